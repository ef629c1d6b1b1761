//! How people's names are compared, found and told apart.

use domain::{Actor, Result};
use sea_orm::{
    FromQueryResult,
    sea_query::{Expr, SimpleExpr},
};
use unicode_normalization::UnicodeNormalization as _;

use crate::store::{
    db::{Db, Sql as _, Tx},
    fold::fold,
};

/// Words of a search that count; nobody's name has more.
const MAX_WORDS: usize = 8;

/// Characters of a word of a search that count: SQLite refuses a pattern of more than 50,000 bytes.
const LONGEST_WORD: usize = 1000;

/// A username as it is compared: the one place that says which are the same. In compatibility form with the case folded
/// (NFKC; Unicode Standard, 3.13), so whatever the case, and however the same letters are written.
pub(crate) fn username_key(username: &str) -> String {
    let fold = |c: char| {
        // The dotless i is a letter of its own.
        let upper: String = if c == 'ı' { c.into() } else { c.to_uppercase().collect() };
        upper.chars().flat_map(char::to_lowercase).collect::<String>()
    };
    // No username has the sign that stands for a null, which PostgreSQL takes in no text.
    username.trim().replace('\0', "\u{fffd}").nfkc().map(fold).collect::<String>().nfkc().collect()
}

/// Whether two usernames are the same one.
pub fn is_same_username(one: &str, other: &str) -> bool {
    username_key(one) == username_key(other)
}

/// What a search for a person looks in. Kept in the database: whoever changes [`fold`] empties the column in a migration, and
/// the next start makes it anew.
pub(crate) fn name_key(username: &str, name: &str, email: &str) -> String {
    [username, name, email].map(fold).join("\n")
}

/// The patterns for `LIKE … ESCAPE '\'` that a person's [`name_key`] must fit, each: one for each word, in no order.
pub(crate) fn patterns(text: &str) -> Vec<String> {
    let pattern = |word: &str| {
        let word: String = fold(word).chars().take(LONGEST_WORD).collect();
        let escaped = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        format!("%{escaped}%")
    };
    text.split_whitespace().take(MAX_WORDS).map(pattern).collect()
}

/// SQL for the name to show of a member of staff, for staff: with the username where others of the team have the same name.
/// `table` is what `users` is called in the query.
pub(crate) fn staff_name(table: &str) -> String {
    format!(
        "CASE WHEN {table}.role <> 'customer' AND EXISTS (SELECT 1 FROM users n
            WHERE n.role <> 'customer' AND n.name = {table}.name AND n.id <> {table}.id)
         THEN {table}.name || ' (' || {table}.username || ')' ELSE {table}.name END"
    )
}

/// As [`staff_name`], for the query builder. Text, because it must say `role <> 'customer'` as the index of the team's names
/// does, with the word itself and no parameter.
pub(crate) fn staff_name_of(table: &str) -> SimpleExpr {
    Expr::cust(staff_name(table))
}

#[derive(FromQueryResult)]
struct Shown {
    name: String,
}

/// The name under which staff see somebody.
pub(crate) async fn shown_name(db: &Db, actor: &Actor) -> Result<String> {
    let Some(id) = actor.id.filter(|_| actor.role.is_staff()) else { return Ok(actor.name.clone()) };
    let sql = format!("SELECT {} AS name FROM users u WHERE u.id = $1", staff_name("u"));
    let shown: Option<Shown> = db.sql_one(&sql, [id.0.into()]).await?;
    Ok(shown.map_or_else(|| actor.name.clone(), |shown| shown.name))
}

#[derive(FromQueryResult)]
struct Unkeyed {
    id: i64,
    username: String,
    name: String,
    email: String,
}

/// Makes the keys for searches of people from before there were any. The keys of usernames a migration has made.
pub(crate) async fn key_existing(tx: &Tx) -> Result<()> {
    let people: Vec<Unkeyed> =
        tx.sql_all("SELECT id, username, name, email FROM users WHERE name_key IS NULL ORDER BY id", []).await?;
    for person in people {
        let key = name_key(&person.username, &person.name, &person.email);
        tx.sql_run("UPDATE users SET name_key = $1 WHERE id = $2", [key.into(), person.id.into()]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_compared() {
        for (one, other) in
            [("ana", " ANA "), ("Élodie", "éLODIE"), ("e\u{301}lodie", "élodie"), ("ＡＮＡ", "ana"), ("ЖЕНЯ", "женя")]
        {
            assert!(is_same_username(one, other), "{one} {other}");
        }
        assert!(!is_same_username("elodie", "élodie"));
    }

    #[test]
    fn people_are_found_as_they_are_typed() {
        let fits = |key: &str, text: &str| {
            patterns(text).iter().all(|pattern| key.contains(&pattern[1..pattern.len() - 1].replace('\\', "")))
        };
        let key = name_key("e.martin", "Élodie Łódź-Straße Ørsted", "E.Martin@Example.com");
        for text in [
            "Élodie",
            "élodie",
            "elodie",
            "ELODIE",
            "e\u{301}lo",
            "lodz",
            "strasse",
            "orsted élo",
            "martin@example",
            "",
        ] {
            assert!(fits(&key, text), "{text}");
        }
        for text in ["elodia", "elodie martina", "%", "_"] {
            assert!(!fits(&key, text), "{text}");
        }
    }

    #[test]
    fn patterns_are_literal() {
        assert_eq!(patterns(" 50%_A\\  b "), [r"%50\%\_a\\%", "%b%"]);
    }
}
