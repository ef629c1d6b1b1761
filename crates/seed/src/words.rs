//! What differs from ticket to ticket: products, places, numbers, and the phrases around what a theme says.

use domain::Timestamp;

use crate::random::Random;

const PRODUCTS: [&str; 14] = [
    "Ledger",
    "Ledger Mobile",
    "Shelf",
    "Route Planner",
    "Booking",
    "Till 3",
    "Till Go",
    "Reports",
    "Customer Portal",
    "Sync Agent",
    "Loyalty",
    "Webshop Connect",
    "Payroll",
    "Inventory Pro",
];
/// Two scanners, three printers, two terminals, and others.
const DEVICES: [&str; 12] = [
    "Scanner S2",
    "Scanner S4",
    "Label Printer LP-40",
    "Label Printer LP-62",
    "Receipt Printer RP-80",
    "Terminal T1",
    "Terminal T2 Plus",
    "Gateway G5",
    "Tablet Stand",
    "Kiosk K10",
    "Handheld H7",
    "Scale W3",
];
const BROWSERS: [&str; 4] = ["Firefox", "Chrome", "Safari", "Edge"];
const SYSTEMS: [&str; 7] =
    ["Windows 11", "Windows 10", "macOS 15", "Ubuntu 24.04", "Android 15", "iOS 18", "Debian 12"];
const TEAMS: [&str; 12] = [
    "accounting",
    "warehouse",
    "sales",
    "logistics",
    "reception",
    "marketing",
    "purchasing",
    "workshop",
    "quality",
    "service",
    "kitchen",
    "dispatch",
];
const SITES: [&str; 48] = [
    "Hamburg",
    "Köln",
    "Leipzig",
    "Graz",
    "Zürich",
    "Basel",
    "Lyon",
    "Nantes",
    "Lille",
    "Brugge",
    "Gent",
    "Utrecht",
    "Århus",
    "Malmö",
    "Göteborg",
    "Turku",
    "Bergen",
    "Gdańsk",
    "Kraków",
    "Łódź",
    "Brno",
    "Plzeň",
    "Győr",
    "Cluj",
    "Varna",
    "Split",
    "Maribor",
    "Torino",
    "Bari",
    "Valencia",
    "Málaga",
    "Porto",
    "Coimbra",
    "Cork",
    "Leeds",
    "Bristol",
    "Cardiff",
    "Dundee",
    "Toronto",
    "Québec",
    "Boston",
    "Denver",
    "Austin",
    "Sapporo",
    "Nagoya",
    "Perth",
    "Izmir",
    "Hanoi",
];
const WEEKDAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const COLLEAGUES: [&str; 16] = [
    "Ms Novák",
    "Mr Okafor",
    "Ms Jensen",
    "Mr Ferrari",
    "Ms Yılmaz",
    "Mr Dubois",
    "Ms Kowalska",
    "Mr Silva",
    "Ms Lindgren",
    "Mr Tanaka",
    "Ms Weber",
    "Mr Murphy",
    "Ms Ivanova",
    "Mr García",
    "Ms Nguyen",
    "Mr Haddad",
];
const GREETINGS: [&str; 6] = ["Hello,", "Hi,", "Dear support team,", "Good morning,", "Hello everybody,", "Good day,"];
const MORE: [&str; 16] = [
    "We use {product} {version} with {browser} on {os}.",
    "This is the {count}th time this year.",
    "It concerns our {team} in {site}.",
    "A restart did not help, neither did another cable.",
    "Nothing was changed on our side.",
    "Our customer number is on invoice {order}.",
    "Please answer until {weekday}, if possible before {time}.",
    "I already talked to {colleague} on the phone about it.",
    "What we tried so far:\n\n- restarted the {device}\n- another network cable\n- {browser} instead of the app",
    "The exact message:\n\n> {code}: the operation could not be completed\n> (step 3 of 5)",
    "Details are in your guide, https://help.example.com/{code} , but that did not help.",
    "It works at our place in {site}, with the same version.",
    "Our {team} cannot go on without it.",
    "There is no hurry.",
    "The log says:\n\n```\n{time}:17 WARN  retrying in 5 s\n{time}:22 ERROR {code}\n```",
    "If you need remote access, call {colleague}.",
];
const FAREWELLS: [&str; 6] =
    ["Thank you!", "Thanks in advance", "Best regards", "Kind regards", "Many thanks and greetings", "Cheers"];
const NUDGES: [&str; 10] = [
    "Is there any news?",
    "One more thing: it also happens with the {device}.",
    "We tried again at {time}, without success.",
    "Any idea when this will be solved? Our {team} is waiting.",
    "I found out that it only happens in {browser}.",
    "Sorry, the version is {version}, not the one I wrote.",
    "It happened again today, now with {code}.",
    "Meanwhile {colleague} has seen the same thing.",
    "Thank you, we will try that on {weekday} and tell you.",
    "That did not help, sorry. The message is still the same.",
];
const UPDATES: [&str; 10] = [
    "Thank you for your message. We are looking into it and come back to you until {weekday}.",
    "We could see the problem ourselves and passed it on to development, number {code}.",
    "A short update: the cause is found, a correction is being tested.",
    "Could you please try it once more with version {version}?",
    "Thank you, that helps. We have all we need now.",
    "Sorry for the wait. It takes a little longer than we thought.",
    "Please do the following, in this order:\n\n1. Close {product}\n2. Start the {device} again\n3. Log in and try once more",
    "I have asked our {team}; they answer today.",
    "Please run this on the computer and send us what it prints:\n\n```\nsync-agent --diagnose --since {time}\n```",
    "Could you send us a screenshot of the whole window?",
];
const NOTES: [&str; 8] = [
    "Called back at {time}, nobody there. Try again on {weekday}.",
    "See also {order}, looks like the same cause.",
    "Customer has the premium contract, answer until {time}.",
    "Asked development, they know of it ({code}).",
    "Please do not promise a date yet.",
    "Handing over: diagnosis is done, only the answer is missing.",
    "Had the same customer last month with {device}.",
    "Checked the logs, **nothing** before {time}.",
];
const THANKS: [&str; 5] = [
    "Works again, thank you very much!",
    "Perfect, you can close this.",
    "Thank you for the quick help.",
    "That was it. Thanks!",
    "Great, everything runs again. Have a nice {weekday}.",
];

/// The values of one ticket; each text about it has the same.
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// For a ticket of this moment.
    pub(crate) fn new(random: &mut Random, at: Timestamp) -> Self {
        let date = at.to_string();
        let (year, month) = (&date[..4], &date[5..7]);
        let month_name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1)).copied();
        let mut facts = vec![
            ("product", random.pick(&PRODUCTS).to_owned()),
            ("device", random.pick(&DEVICES).to_owned()),
            ("scanner", random.pick(&DEVICES[..2]).to_owned()),
            ("printer", random.pick(&DEVICES[2..5]).to_owned()),
            ("terminal", random.pick(&DEVICES[5..7]).to_owned()),
            ("browser", random.pick(&BROWSERS).to_owned()),
            ("os", random.pick(&SYSTEMS).to_owned()),
            ("team", random.pick(&TEAMS).to_owned()),
            ("site", random.pick(&SITES).to_owned()),
            ("weekday", random.pick(&WEEKDAYS).to_owned()),
            ("colleague", random.pick(&COLLEAGUES).to_owned()),
            ("month", month_name.unwrap_or("January").to_owned()),
            ("year-month", format!("{year}-{month}")),
        ];
        facts.push(("version", {
            format!("{}.{}.{}", random.between(2, 6), random.between(0, 19), random.between(0, 9))
        }));
        facts.push(("code", format!("E{}", random.between(10_000, 99_999))));
        facts.push(("order", format!("A{}", random.between(200_000, 999_999))));
        facts.push(("count", random.between(3, 240).to_string()));
        facts.push(("amount", format!("{}.{:02} €", random.between(9, 2400), random.between(0, 99))));
        facts.push(("time", format!("{:02}:{:02}", random.between(7, 19), random.between(0, 59))));
        Self(facts)
    }

    /// The value for a name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The text with its names replaced by their values.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, name, after)) = next_name(rest) {
            filled.push_str(before);
            filled.push_str(self.get(name));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// A title: the theme's, often with something that tells it from others.
pub(crate) fn title(random: &mut Random, facts: &Facts, title: &str) -> String {
    const TAILS: [&str; 10] = [
        " ({site})",
        " – {product}, {site}",
        ", since {weekday} {time}",
        " [{order}]",
        " on {os}, {site}",
        " ({product} {version})",
        " – {team} {site}",
        " (ref. {order})",
        " – {device}, {version}",
        " ({browser}, {version})",
    ];
    let title = facts.fill(title);
    if random.percent(80) { title + &facts.fill(random.pick(&TAILS)) } else { title }
}

/// A description: what the theme says, with what people put around it.
pub(crate) fn description(random: &mut Random, facts: &Facts, says: &str, is_english: bool) -> String {
    let mut parts = Vec::new();
    if is_english && random.percent(70) {
        parts.push(random.pick(&GREETINGS).to_owned());
    }
    parts.push(facts.fill(says));
    if is_english {
        for _ in 0..random.weighted(&[25, 45, 30]) {
            let more = facts.fill(random.pick(&MORE));
            if !parts.contains(&more) {
                parts.push(more);
            }
        }
        if random.percent(55) {
            parts.push(random.pick(&FAREWELLS).to_owned());
        }
    }
    parts.join("\n\n")
}

/// What a customer writes between a ticket's opening and its end.
pub(crate) fn nudge(random: &mut Random, facts: &Facts) -> String {
    facts.fill(random.pick(&NUDGES))
}

/// What staff write before they know the answer.
pub(crate) fn update(random: &mut Random, facts: &Facts, customer: &str) -> String {
    let text = facts.fill(random.pick(&UPDATES));
    address(random, customer, text)
}

/// What staff write to each other.
pub(crate) fn note(random: &mut Random, facts: &Facts) -> String {
    facts.fill(random.pick(&NOTES))
}

/// What a customer writes in the end.
pub(crate) fn thanks(random: &mut Random, facts: &Facts) -> String {
    facts.fill(random.pick(&THANKS))
}

/// A text of staff's, to the customer by name.
pub(crate) fn address(random: &mut Random, customer: &str, text: String) -> String {
    let mut said = match random.weighted(&[45, 25, 30]) {
        0 => format!("Hello {customer},\n\n{text}"),
        1 => format!("Hi {customer},\n\n{text}"),
        _ => text,
    };
    if random.percent(45) {
        said.push_str("\n\nBest regards");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::themes;

    #[test]
    fn no_name_is_left_without_a_value() {
        let facts = Facts::new(&mut Random::of(1, 2, 3), Timestamp::from_micros(1_795_392_000_000_000));
        let own = [&MORE[..], &NUDGES, &UPDATES, &NOTES, &THANKS].concat();
        let themes = themes::all();
        let theirs = themes.iter().flat_map(|theme| {
            [&theme.titles, &theme.descriptions, &theme.questions, &theme.answers, &theme.fixes, &theme.notes]
        });
        for text in own.into_iter().chain(theirs.flatten().map(String::as_str)) {
            let mut rest = text;
            while let Some((_, name, after)) = next_name(rest) {
                assert_ne!(facts.get(name), "", "{{{name}}} in {text}");
                rest = after;
            }
        }
    }
}
