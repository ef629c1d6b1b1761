//! People: names from many places, with the usernames and addresses they would have.

use std::collections::HashMap;

use crate::random::Random;

/// A person to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// What one would greet them with.
    pub(crate) first_name: String,
}

/// First and last names that go together. `name|latin` where the letters need another form in a username.
const NAMES: [(&[&str], &[&str]); 11] = [
    (
        &["Anna", "Jürgen", "Lena", "Matthias", "Sabine", "Thomas", "Ute", "Jörg", "Katrin", "Felix"],
        &["Schmidt", "Müller", "Weiß", "Krüger", "Bauer", "Schröder", "Hoffmann", "Vogel", "Lange", "Jäger"],
    ),
    (
        &["Camille", "René", "Hélène", "Julien", "Aurélie", "Benoît", "Chloé", "Mathieu", "Inès", "Luc"],
        &["Dupont", "Lefèvre", "Moreau", "Girard", "Bérard", "Rousseau", "Fontaine", "Mercier", "Noël", "Garnier"],
    ),
    (
        &["Lucía", "José", "María", "Álvaro", "Carmen", "Íñigo", "Rocío", "Javier", "Begoña", "Hugo"],
        &["García", "Muñoz", "Fernández", "Ibáñez", "Ortega", "Peña", "Castro", "Núñez", "Vidal", "Ramos"],
    ),
    (
        &["Agnieszka", "Łukasz", "Małgorzata", "Paweł", "Zofia", "Michał", "Ewa", "Krzysztof", "Iwona", "Jan"],
        &["Kowalska", "Nowak", "Wiśniewski", "Zając", "Dąbrowski", "Król", "Wróbel", "Mazur", "Pawlak", "Górski"],
    ),
    (
        &["Ayşe", "Emre", "Zeynep", "Çağla", "Mehmet", "Gül", "İpek", "Onur", "Şule", "Can"],
        &["Yılmaz", "Kaya", "Öztürk", "Şahin", "Çelik", "Aydın", "Doğan", "Kılıç", "Arslan", "Güneş"],
    ),
    (
        &["Linh", "Minh", "Hương", "Tuấn", "Thảo", "Quang", "Mai", "Đức", "Ngọc", "Sơn"],
        &["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô"],
    ),
    (
        &["Emily", "James", "Olivia", "Conor", "Grace", "Oliver", "Siobhan", "Harry", "Niamh", "Ethan"],
        &["Clarke", "O'Brien", "Hughes", "Walker", "Murphy", "Campbell", "Evans", "Wright", "Byrne", "Foster"],
    ),
    (
        &["Astrid", "Bjørn", "Åsa", "Søren", "Ingrid", "Lars", "Maja", "Øyvind", "Freja", "Jón"],
        &["Lindqvist", "Hansen", "Östberg", "Nygård", "Sørensen", "Berg", "Dahl", "Åkesson", "Holm", "Strand"],
    ),
    (
        &["Анна|anna", "Дмитрий|dmitri", "Ольга|olga", "Сергей|sergei", "Наталья|natalya", "Иван|ivan"],
        &["Иванова|ivanova", "Петров|petrov", "Соколов|sokolov", "Кузнецова|kuznetsova", "Орлов|orlov"],
    ),
    (
        &["花子|hanako", "健太|kenta", "美咲|misaki", "大輔|daisuke", "陽子|yoko", "翔|sho"],
        &["田中|tanaka", "佐藤|sato", "鈴木|suzuki", "高橋|takahashi", "伊藤|ito"],
    ),
    (
        &["Amara", "Kwame", "Ngozi", "Tunde", "Zainab", "Sipho", "Wanjiru", "Kofi", "Fatima", "Themba"],
        &["Okafor", "Mensah", "Adeyemi", "Dlamini", "Kamau", "Diallo", "Nkosi", "Eze", "Abebe", "Boateng"],
    ),
];
const HOSTS: [&str; 14] = [
    "nordwind.example",
    "baeckerei-sonne.example",
    "velo-atelier.example",
    "casa-verde.example",
    "hafenkontor.example",
    "mail.example",
    "post.example",
    "blumen-und-mehr.example",
    "fjord.example",
    "papierwerk.example",
    "cafe-central.example",
    "tanuki.example",
    "greenfield-farms.example",
    "atelier9.example",
];

/// So many customers, each with a username of their own that is none of `taken`.
pub(crate) fn customers(seed: u64, count: usize, taken: &[Person]) -> Vec<Person> {
    let mut used: HashMap<String, usize> = taken.iter().map(|person| (person.username.clone(), 1)).collect();
    (0..count as u64)
        .map(|index| {
            let mut person = person(&mut Random::of(seed, 1, index));
            let namesakes = used.entry(person.username.clone()).or_default();
            *namesakes += 1;
            if *namesakes > 1 {
                let host = person.email.split_once('@').map_or("mail.example", |(_, host)| host);
                person.username = format!("{}{namesakes}", person.username);
                person.email = format!("{}@{host}", person.username);
            }
            person
        })
        .collect()
}

/// The staff: two admins, then agents.
pub(crate) fn staff() -> Vec<Person> {
    [
        ("admin", "Ada Lindqvist"),
        ("marek", "Marek Dvořák"),
        ("priya", "Priya Raman"),
        ("jonas", "Jonas Keller"),
        ("sofia", "Sofia Marino"),
        ("tom", "Tom Byrne"),
        ("yuki", "Yuki Tanaka"),
        ("lea", "Léa Fontaine"),
        ("omar", "Omar Haddad"),
        ("ines", "Inês Carvalho"),
        ("nils", "Nils Østergaard"),
        ("grace", "Grace Mensah"),
    ]
    .into_iter()
    .map(|(username, name)| Person {
        username: username.to_owned(),
        name: name.to_owned(),
        email: format!("{username}@desk.example"),
        first_name: name.split(' ').next().unwrap_or_default().to_owned(),
    })
    .collect()
}

fn person(random: &mut Random) -> Person {
    // As often as their lists are long.
    let (first_names, last_names) = NAMES[random.weighted(&NAMES.map(|(first, _)| first.len() as u64))];
    let (first_name, first) = both(random.pick(first_names));
    let (last_name, last) = both(random.pick(last_names));
    let username = match random.below(3) {
        0 => format!("{first}.{last}"),
        1 => format!("{}{last}", &first[..1]),
        _ => format!("{first}_{last}"),
    };
    let email = format!("{first}.{last}@{}", random.pick(&HOSTS));
    // In Japan the family comes first.
    let is_japanese = last_name.chars().all(|letter| letter > '\u{3000}');
    let name = if is_japanese { format!("{last_name} {first_name}") } else { format!("{first_name} {last_name}") };
    Person { username, name, email, first_name: first_name.to_owned() }
}

/// A name as it is written, and in plain letters.
fn both(name: &str) -> (&str, String) {
    match name.split_once('|') {
        Some((name, latin)) => (name, latin.to_owned()),
        None => (name, name.chars().filter_map(plain).collect()),
    }
}

/// A letter without its marks, in lower case; none for what is no letter.
fn plain(letter: char) -> Option<char> {
    const PLAIN: [(&str, char); 15] = [
        ("áàâäãåăąảạấầặậ", 'a'),
        ("çćč", 'c'),
        ("đðď", 'd'),
        ("éèêëęễệě", 'e'),
        ("ğ", 'g'),
        ("íìîïıị", 'i'),
        ("ł", 'l'),
        ("ñńň", 'n'),
        ("óòôöõøộọồơỗ", 'o'),
        ("ř", 'r'),
        ("śşšß", 's'),
        ("úùûüũụưứũ", 'u'),
        ("ýÿ", 'y'),
        ("źżž", 'z'),
        ("æ", 'a'),
    ];
    let letter = letter.to_lowercase().next()?;
    if letter.is_ascii_lowercase() {
        return Some(letter);
    }
    PLAIN.iter().find(|(marked, _)| marked.contains(letter)).map(|(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn usernames_are_plain_and_nobodys_else() {
        let staff = staff();
        let people = customers(1, 3000, &staff);
        let usernames: HashSet<_> = people.iter().chain(&staff).map(|person| &person.username).collect();
        assert_eq!(usernames.len(), people.len() + staff.len());
        for person in people {
            assert!(person.username.parse::<domain::Username>().is_ok(), "{person:?}");
            assert!(person.username.is_ascii() && person.email.is_ascii(), "{person:?}");
        }
    }

    #[test]
    fn every_letter_has_its_plain_form() {
        for name in NAMES.iter().flat_map(|(first, last)| first.iter().chain(*last)) {
            let (written, latin) = both(name);
            let letters = written.chars().filter(|letter| letter.is_alphabetic()).count();
            assert!(name.contains('|') || latin.len() == letters, "{name}: {latin}");
        }
    }
}
