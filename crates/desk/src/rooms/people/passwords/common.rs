//! Passwords that are tried first, and so are not taken: the most common ones and the person's own names, also
//! trivially varied.

use std::{collections::HashSet, sync::OnceLock};

/// The 10,000 most common passwords; where the list is from stands at its top.
const LIST: &str = include_str!("common.txt");
/// What everybody who knows the desk would try.
const OURS: [&str; 3] = ["pindesk", "support", "supportdesk"];
/// What is left of a password beside a name must be as long as this.
const BESIDE_NAME: usize = 5;
/// Signs that are put around a common word.
const AROUND: usize = 5;

/// # Errors
/// The sentence for the field.
pub(super) fn check(password: &str, names: &[&str]) -> Result<(), String> {
    let folded = password.trim().to_lowercase();
    if names.iter().flat_map(|name| parts(name)).any(|name| is_mostly(&folded, &name)) {
        return Err("Choose a password without your own username, name or email address.".into());
    }
    let is_common = [folded.clone(), unleet(&folded)].iter().any(|text| is_common(text));
    if is_common || OURS.iter().any(|name| is_mostly(&folded, name)) {
        return Err(
            "This password is one of the first that others try. Use a few words that do not belong together.".into()
        );
    }
    Ok(())
}

/// A name, and what stands before the `@` of an address.
fn parts(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    let local = name.split_once('@').map(|(local, _)| local.to_owned());
    [Some(name), local].into_iter().flatten().filter(|name| name.chars().count() >= 3).collect()
}

/// Whether the password is the name with little beside it.
fn is_mostly(folded: &str, name: &str) -> bool {
    folded.contains(name) && folded.replace(name, "").chars().count() < BESIDE_NAME
}

fn is_common(text: &str) -> bool {
    let core = text.trim_matches(|c: char| !c.is_alphabetic());
    let around = text.chars().count() - core.chars().count();
    let half = text.chars().count() / 2;
    let (first, second) = text.split_at(text.char_indices().nth(half).map_or(0, |(at, _)| at));
    is_listed(text)
        || (around <= AROUND && is_listed(core))
        || (first == second && (is_listed(first) || is_run(first)))
        || is_run(text)
}

fn is_listed(text: &str) -> bool {
    static WORDS: OnceLock<HashSet<&str>> = OnceLock::new();
    WORDS.get_or_init(|| LIST.lines().filter(|line| !line.starts_with('#')).collect()).contains(text)
}

/// Whether each sign is the one before it, or the next, or the last, as in `aaaaaaaa`, `abcdefgh` and `87654321`.
fn is_run(text: &str) -> bool {
    let signs: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    [0, 1, -1].iter().any(|step| signs.windows(2).all(|pair| matches!(pair, [a, b] if b - a == *step)))
}

/// Signs that stand for letters, back to the letters.
fn unleet(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_ones_are_refused_however_they_are_varied() {
        for password in [
            "password",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "password1",
            "Password1!",
            "PASSWORD",
            "P@ssw0rd",
            "p4ssw0rd123",
            "monkey123",
            "Dragon2024",
            "11111111",
            "abcdefgh",
            "87654321",
            "passwordpassword",
            "letmein!",
            "1234512345",
            "pindesk1",
            "Support!",
            " password ",
        ] {
            assert!(check(password, &[]).is_err(), "{password}");
        }
    }

    #[test]
    fn names_are_refused() {
        for (password, names) in [
            ("rootroot", ["root", "", ""]),
            ("Root1234", ["root", "", ""]),
            ("ana.ruiz@x.example", ["ana", "ana.ruiz@x.example", ""]),
            ("ana.ruiz1", ["ana", "ana.ruiz@x.example", ""]),
            ("Ana Ruiz!", ["aruiz", "", "Ana Ruiz"]),
        ] {
            assert!(check(password, &names).is_err(), "{password}");
        }
    }

    #[test]
    fn others_are_taken() {
        for password in [
            "a long enough password",
            "correct horse battery staple",
            "correct horse",
            "Sup3r-secret-Pass",
            "not the password",
            "long enough",
            "an even longer password",
            "xkq7-vbn2-mmp9",
            "zwölf Boxkämpfer",
            "ключ от машины",
        ] {
            assert_eq!(check(password, &["ana", "ana@example.com", "Ana Ruiz"]), Ok(()), "{password}");
        }
    }
}
