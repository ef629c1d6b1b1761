use proptest::prelude::*;

use super::*;

#[test]
fn the_last_group_is_typed_back_as_people_write() {
    let pin = Pin::parse("SUP-AAAA-BBBB-CCCC-D01Z").unwrap();
    for good in ["D01Z", " d0iz", "DO1-Z", "d o l z"] {
        assert!(pin.ends_in(good), "{good}");
    }
    for bad in ["", "01Z", "CCCC", "D01Z D01Z", "SUP-AAAA-BBBB-CCCC-D01Z", "D01Y"] {
        assert!(!pin.ends_in(bad), "{bad}");
    }
}

#[test]
fn reads_what_a_person_would_write() {
    let pin = Pin::parse("SUP-01AB-CDEF").unwrap();
    for typed in [
        "sup-01ab-cdef",
        "01ABCDEF",
        " sup 01ab cdef ",
        "SUP01ABCDEF",
        "O1AB-CDEF",
        "0iab cdef",
        "0LAB‑CDEF",
        "S U P-01AB–CDEF",
    ] {
        assert_eq!(Pin::parse(typed).as_ref(), Ok(&pin), "{typed}");
    }
    assert_eq!(pin.to_string(), "SUP-01AB-CDEF");
}

#[test]
fn refuses_what_cannot_be_one() {
    for typed in ["", "SUP", "SUP-01AB-CDE", "SUP-01AB-CDEFG", "SUP-01AB-CDEU", "ＳＵＰ-01AB-CDEü", "SUP-SUP-01AB-CDEF"]
    {
        assert_eq!(Pin::parse(typed), Err(PinFormError), "{typed}");
    }
}

#[test]
fn reads_what_keyboards_write() {
    let pin = Pin::parse("SUP-7K3M-Q9WD").unwrap();
    for typed in [
        "ＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤ",
        "ｓｕｐー７ｋ３ｍーｑ９ｗｄ",
        "ＳＵＰｰ７Ｋ３Ｍ　Ｑ９ＷＤ",
        "SUP-٧K٣M-Q٩WD",
        "SUP-۷K۳M-Q۹WD",
        "SUP-७K३M-Q९WD",
        "SUP-৭K৩M-Q৯WD",
        "SUP-๗K๓M-Q๙WD",
        "𝐒𝐔𝐏-𝟕𝐊𝟑𝐌-𝐐𝟗𝐖𝐃",
        "𝓢𝓤𝓟-𝟽𝓚𝟹𝓜-𝓠𝟿𝓦𝓓",
        "Ⓢⓤⓟ ⑦Ⓚ③Ⓜ Ⓠ⑨ⓌⒹ",
        "🅂🅄🄿-7🄺3🄼-🅀9🅆🄳",
        "7️⃣K3️⃣M-Q9️⃣WD",
        "SUP‐7K3M‑Q9WD",
        "SUP–7K3M—Q9WD",
        "SUP−7K3M―Q9WD",
        "SUP⁃7K3M﹣Q9WD",
        "SUP·7K3M·Q9WD",
        "SUP_7K3M_Q9WD",
        "\u{feff}SUP\u{200b}-7K\u{ad}3M-\u{2060}Q9WD\u{200e}",
        "\u{202a}SUP-7K3M-Q9WD\u{202c}",
        "\u{2068}SUP\u{a0}7K3M\u{202f}Q9WD\u{2069}",
        "SUP-7К3М-Q9WD",
        "SUP-7Κ3Μ-Q9WD",
        "sup-7к3м-q9wd",
    ] {
        assert_eq!(Pin::parse(typed).as_ref(), Ok(&pin), "{typed}");
    }
    assert_eq!(Pin::parse("sup-oı23-ілое").map(|pin| pin.to_string()).ok(), None, "л is no look-alike");
    assert_eq!(Pin::parse("SUP-О123-ІСОЕ").unwrap().to_string(), "SUP-0123-1C0E");
}

#[test]
fn finds_it_in_a_sentence() {
    let pin = Pin::parse("SUP-7K3M-Q9WD").unwrap();
    for text in [
        "Your Support PIN is SUP-7K3M-Q9WD. It works once.",
        "SUP-7K3M-Q9WD is your Support PIN",
        "Support Desk: SUP-7K3M-Q9WD",
        "Support desk: your PIN is 7K3M-Q9WD",
        "PIN: 7K3M Q9WD",
        "Your code 7K3M Q9WD works until Friday",
        "your code 7k3m q9wd works until 2026-11-30, 10:00",
        "Use 7K3MQ9WD to log in",
        "PASSWORD: 7K3MQ9WD",
        "Hello Ana,\r\n\r\nyour Support PIN:\r\nSUP-7K3M-Q9WD\r\n\r\nSupport Team",
        "wrapped SUP-7K3M-\nQ9WD by a mail program",
        "“SUP-7K3M-Q9WD”, (SUP-7K3M-Q9WD), <b>SUP-7K3M-Q9WD</b>",
        "https://desk.example.org/#SUP-7K3M-Q9WD",
        "Go to https://desk.example.org and type sup 7k3m q9wd there",
        "Ihr Support-PIN lautet SUP-7K3M-Q9WD und gilt einmal.",
        "Ihr Schlüssel: SUP 7K3M Q9WD",
        "Votre code d’assistance est SUP-7K3M-Q9WD, à usage unique.",
        "Ваш PIN-код: SUP-7K3M-Q9WD. Он действует один раз.",
        "Ο κωδικός σας είναι SUP-7K3M-Q9WD.",
        "您的支持PIN码是SUP-7K3M-Q9WD。只能使用一次。",
        "サポートPINはＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤです。",
        "지원 PIN은 SUP-7K3M-Q9WD입니다.",
        "รหัสของคุณคือSUP-7K3M-Q9WDใช้ได้ครั้งเดียว",
        "رمز الدعم الخاص بك هو SUP-٧K٣M-Q٩WD ويعمل مرة واحدة.",
        "קוד התמיכה שלך הוא SUP-7K3M-Q9WD",
        "Your PIN—SUP-7K3M-Q9WD—works once",
        "Not SUP-7K3M: the whole is SUP-7K3M-Q9WD",
        "Ticket 12345678 of 2025-2026, PIN 7K3M-Q9WD",
        "Call 0800-1234 and say 7K3M-Q9WD",
        "SUP7K3MQ9WD, that is all",
        "SUP code 7K3M-Q9WD",
        "what’s sup? 7K3M-Q9WD",
        "First SUP-7K3M-Q9WD, then SUP-AAAA-AAAA",
        "7AAA-AAAA is old, SUP-7K3M-Q9WD is new",
    ] {
        assert_eq!(Pin::parse(text).as_ref(), Ok(&pin), "{text}");
    }
}

#[test]
fn a_sentence_without_one_is_none() {
    for text in [
        "Your Support PIN is on its way.",
        "the Support desk",
        "please call back",
        "call me back",
        "Please use this page to log in",
        "SUP-7K3M-Q9WD-AAA",
        "SUP-7K3M-Q9WD-AAAA-BBBB-CCCC",
        "ref 2025-2026-2027",
        "from 2025-2026-2027 on",
        "7K3M-Q9WD-1234-5678-9ABC",
    ] {
        assert_eq!(Pin::parse(text), Err(PinFormError), "{text}");
    }
}

#[test]
fn reads_every_length_as_a_person_would_write_it() {
    for (printed, typed) in [
        ("SUP-7K3MQ-9WDA1", "sup 7k3mq 9wda1"),
        ("SUP-7K3MQ-9WDA1", "7K3MQ9WDA1"),
        ("SUP-7K3MQ-9WDA1", "7k3mq–9wda1"),
        ("SUP-7K3MQ-9WDA1", "7K 3M Q9 WD A1"),
        ("SUP-7K3MQ-9WDA1", "7k3m q9wd a1"),
        ("SUP-7K3MQ-9WDA1", "SUP-7K3MQ 9WDA1"),
        ("SUP-7K3M-Q9WD-A1B2", "sup 7k3m q9wd a1b2"),
        ("SUP-7K3M-Q9WD-A1B2", "7K3MQ9WDA1B2"),
        ("SUP-7K3M-Q9WD-A1B2", "SUP7K3MQ9WDA1B2"),
        ("SUP-7K3M-Q9WD-A1B2", "SUP7K3M-Q9WD-A1B2"),
        ("SUP-7K3M-Q9WD-A1B2", "S U P 7K3M Q9WD A1B2"),
        ("SUP-7K3M-Q9WD-A1B2", "7K3M.Q9WD.A1B2"),
        ("SUP-7K3M-Q9WD-A1B2", "7k3m q9 wd a1 b2"),
        ("SUP-0K31-Q9WD-A1B2", "sup-ok3l-q9wd-aib2"),
        ("SUP-7K3M-Q9WD-A1B2-C3D4", "7k3m q9wd a1b2 c3d4"),
        ("SUP-7K3M-Q9WD-A1B2-C3D4", "ＳＵＰ－７Ｋ３Ｍ－Ｑ９ＷＤ－Ａ１Ｂ２－Ｃ３Ｄ４"),
        ("SUP-7K3M-Q9WD-A1B2-C3D4", "SUP-٧K٣M-Q٩WD-A١B٢-C٣D٤"),
        ("SUP-7K3M-Q9WD-1234-5678", "7K3M-Q9WD-1234-5678"),
    ] {
        assert_eq!(Pin::parse(typed).map(|pin| pin.to_string()).as_deref(), Ok(printed), "{typed}");
    }
}

#[test]
fn of_two_readings_the_one_with_the_printed_form_counts() {
    for (text, printed) in [
        // What is behind it belongs to the sentence.
        ("SUP-7K3M-Q9WD AB12", "SUP-7K3M-Q9WD"),
        ("SUP-7K3M-Q9WD is", "SUP-7K3M-Q9WD"),
        ("SUP-7K3M-Q9WD, room 12", "SUP-7K3M-Q9WD"),
        ("SUP-7K3M-Q9WD - take it with you", "SUP-7K3M-Q9WD"),
        ("SUP-7K3MQ-9WDA1 ab", "SUP-7K3MQ-9WDA1"),
        ("12 SUP-7K3M-Q9WD 34", "SUP-7K3M-Q9WD"),
        ("7K3M-Q9WD-A1B2 or SUP-7K3MQ-9WDA1", "SUP-7K3MQ-9WDA1"),
        ("Not SUP-7K3M: the whole is SUP-7K3M-Q9WD-A1B2.", "SUP-7K3M-Q9WD-A1B2"),
        // What is in front of it, too.
        ("code 7K3M-Q9WD", "SUP-7K3M-Q9WD"),
        ("code: 7k3m q9wd", "SUP-7K3M-Q9WD"),
        ("is 7k3m q9wd", "SUP-7K3M-Q9WD"),
        ("at 7k3m q9wd", "SUP-7K3M-Q9WD"),
        ("sup code 7K3M-Q9WD", "SUP-7K3M-Q9WD"),
        ("Not SUP-7K3M: the whole is 7K3M-Q9WD", "SUP-7K3M-Q9WD"),
        // What belongs to it.
        ("wrapped SUP-7K3M-Q9WD-\nA1B2 by a mail program", "SUP-7K3M-Q9WD-A1B2"),
        ("wrapped sup-7k3m-q9wd-\nabcd by a mail program", "SUP-7K3M-Q9WD-ABCD"),
        ("use sup 7k3m q9wd a1b2 today", "SUP-7K3M-Q9WD-A1B2"),
        ("your code 7k3m q9wd a1b2 works", "SUP-7K3M-Q9WD-A1B2"),
        ("Use 7K3M-Q9WD-ABCD-EFGH now", "SUP-7K3M-Q9WD-ABCD-EFGH"),
        ("Use 7K3MQ9WDA1 now", "SUP-7K3MQ-9WDA1"),
        ("Ihr Schlüssel: 7K3MQ-9WDA1 (eine Woche)", "SUP-7K3MQ-9WDA1"),
        ("https://desk.example.org/#SUP-7K3M-Q9WD-A1B2-C3D4", "SUP-7K3M-Q9WD-A1B2-C3D4"),
        ("您的支持PIN码是SUP-7K3M-Q9WD-A1B2。只能使用一次。", "SUP-7K3M-Q9WD-A1B2"),
    ] {
        assert_eq!(Pin::parse(text).map(|pin| pin.to_string()).as_deref(), Ok(printed), "{text}");
        assert_eq!(Pin::parse_plain(text).map(|pin| pin.to_string()).as_deref(), Ok(printed), "{text}");
    }
}

#[test]
fn debug_hides_it() {
    for pin in ["01ABCDEF", "01ABCDEF01ABCDEF"] {
        assert!(!format!("{:?}", Pin::parse(pin).unwrap()).contains("01AB"));
    }
}

/// Any PIN of any length.
fn any_pin() -> impl Strategy<Value = Pin> {
    let lengths = proptest::sample::select(PinLength::ALL.to_vec());
    (lengths, any::<[u8; 10]>()).prop_map(|(length, random)| Pin::from_random(length, random))
}

proptest! {
    #[test]
    fn every_pin_reads_back(pin in any_pin()) {
        prop_assert_eq!(pin.symbols().len(), pin.length().symbols());
        let printed = pin.to_string();
        let small = printed.to_lowercase();
        for typed in [
            printed.clone(),
            small.clone(),
            small.replace('-', " "),
            printed.replace('-', " "),
            printed.replace('-', ""),
            printed.replace('-', "\u{2013}"),
            printed.replace("SUP-", ""),
            small.replace("sup-", "").replace('-', " "),
            pin.symbols().to_owned(),
            pin.symbols().to_lowercase(),
            printed.replace('0', "O").replace('1', "l"),
            printed.chars().flat_map(|c| [c, ' ']).collect(),
        ] {
            prop_assert_eq!(Pin::parse(&typed), Ok(pin.clone()), "{}", typed);
            prop_assert_eq!(Pin::parse_plain(&typed), Ok(pin.clone()), "{}", typed);
        }
    }

    #[test]
    fn every_bit_counts(length in proptest::sample::select(PinLength::ALL.to_vec()), random: [u8; 10], bit in 0usize..80) {
        let mut other = random;
        other[bit / 8] ^= 1 << (bit % 8);
        let is_of_it = bit < length.bits() as usize;
        prop_assert_eq!(Pin::from_random(length, random) != Pin::from_random(length, other), is_of_it);
    }

    #[test]
    fn every_pin_is_found_between_any_words(pin in any_pin(), before in ".{0,60}", after in ".{0,60}") {
        // Another PIN before it would be the first, and a letter beside it a part of it.
        prop_assume!(!before.to_lowercase().contains("sup"));
        prop_assert_eq!(Pin::parse(&format!("{before} \u{3002} {pin} \u{3002} {after}")), Ok(pin.clone()));
        let small = pin.to_string().to_lowercase();
        prop_assert_eq!(Pin::parse(&format!("{before}: \u{201c}{small}\u{201d}. {after}")), Ok(pin));
    }

    #[test]
    fn every_pin_is_found_between_words_without_its_prefix(pin in any_pin()) {
        // Numbers with dashes are rather numbers, and letters alone rather a word.
        prop_assume!(pin.symbols().bytes().any(|byte| byte.is_ascii_digit()));
        prop_assume!(pin.symbols().bytes().any(|byte| byte.is_ascii_alphabetic()));
        let bare = pin.to_string().replace("SUP-", "");
        prop_assert_eq!(Pin::parse(&format!("Your PIN: {bare}, it works once")), Ok(pin.clone()));
        prop_assert_eq!(Pin::parse(&format!("use {} today", bare.to_lowercase())), Ok(pin));
    }

    #[test]
    fn every_pin_is_read_in_every_script(pin in any_pin(), zero in proptest::sample::select(vec!['٠', '०', '๐', '０', '𝟎'])) {
        let written: String = pin
            .to_string()
            .chars()
            .map(|c| c.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value)).unwrap_or(c))
            .collect();
        prop_assert_eq!(Pin::parse(&written), Ok(pin.clone()));
        let wide: String = pin
            .to_string()
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c))
            .collect();
        prop_assert_eq!(Pin::parse(&wide), Ok(pin.clone()));
        prop_assert_eq!(Pin::parse_plain(&wide), Ok(pin));
    }

    #[test]
    fn invisible_signs_change_nothing(pin in any_pin(), at in proptest::collection::vec(0usize..24, 0..6)) {
        let mut written: Vec<char> = pin.to_string().chars().collect();
        for (place, sign) in at.into_iter().zip(['\u{200b}', '\u{feff}', '\u{ad}', '\u{200f}', '\u{2066}', '\u{2060}']) {
            written.insert(place.min(written.len()), sign);
        }
        let written: String = written.into_iter().collect();
        prop_assert_eq!(Pin::parse(&written), Ok(pin.clone()));
        prop_assert_eq!(Pin::parse_plain(&written), Ok(pin));
    }

    #[test]
    fn never_panics(typed: String) {
        let _ = Pin::parse(&typed);
        let _ = Pin::parse_plain(&typed);
    }

    #[test]
    fn never_panics_at_what_looks_like_one(typed in "(SUP|sup|[0-9A-Za-z]{1,6}|[- .\n–]{1,2}){0,12}") {
        let _ = Pin::parse(&typed);
    }
}
