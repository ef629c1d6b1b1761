//! How people's names are compared, found and told apart.

use std::collections::HashMap;

use domain::{Actor, Cursor, Result, UserId};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DerivePartialModel, EntityTrait as _, QueryFilter, QueryOrder as _,
    QuerySelect as _, Select,
    sea_query::{Expr, ExprTrait as _, LikeExpr, SimpleExpr},
};
use unicode_normalization::UnicodeNormalization as _;

use crate::store::{
    db::{Db, Tx},
    entities::{Users, users},
    fault::OrRefuse as _,
    fold::fold,
    page,
};

/// Words of a search that count; nobody's name has more.
const MAX_WORDS: usize = 8;

/// Characters of a word of a search that count: SQLite refuses a pattern of more than 50,000 bytes.
const LONGEST_WORD: usize = 1000;

/// Three letters in a row of a word that the index is asked for; the pattern holds the rest.
const MAX_THREES: usize = 12;

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

/// What a search for a person looks in. Kept in the database: whoever changes [`fold`] empties the column in a migration, and
/// the next start makes it anew.
pub(crate) fn name_key(username: &str, name: &str, email: &str) -> String {
    [username, name, email].map(fold).join("\n")
}

/// The words of a search as they are compared.
fn words(text: &str) -> impl Iterator<Item = String> {
    let word = |word| fold(word).chars().take(LONGEST_WORD).collect();
    text.split_whitespace().take(MAX_WORDS).map(word)
}

/// The patterns for `LIKE … ESCAPE '\'` that a person's [`name_key`] must fit, each: one for each word, in no order.
fn patterns(text: &str) -> Vec<String> {
    let pattern = |word: String| {
        let escaped = word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        format!("%{escaped}%")
    };
    words(text).map(pattern).collect()
}

/// What SQLite's index of names is asked for: every three letters in a row of each word, as far as they count; nothing where no
/// word has three. Who fits every word is among those whom it finds.
fn threes(text: &str) -> Option<String> {
    let of_word = |word: String| {
        let letters: Vec<char> = word.chars().collect();
        let quoted = |three: &[char]| format!("\"{}\"", three.iter().collect::<String>().replace('"', "\"\""));
        letters.windows(3).take(MAX_THREES).map(quoted).collect::<Vec<_>>()
    };
    let threes: Vec<String> = words(text).flat_map(of_word).collect();
    (!threes.is_empty()).then(|| threes.join(" AND "))
}

/// SQL for the name to show of a member of staff, for staff: with the username where others of the team have the same name.
/// `table` is what `users` is called in the query. Text, because raw statements need it as well.
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

/// Only the team. The word is part of the text: with a value in its place SQLite leaves the index of the team aside.
pub(crate) fn is_staff() -> SimpleExpr {
    Expr::cust("users.role <> 'customer'")
}

/// By which keys a username is looked for, the better one last: an old database may have two names that are one now.
fn keys(username: &str) -> [String; 2] {
    [username_key(username), username.trim().replace('\0', "\u{fffd}").to_lowercase()]
}

/// Only who has this username, whatever its case, by one key or the other.
pub(crate) fn is_named(username: &str) -> SimpleExpr {
    users::COLUMN.username_key.is_in(keys(username))
}

/// Narrows a query to whom a username means, the best match first.
pub(crate) fn named(query: Select<Users>, username: &str) -> Select<Users> {
    let [_, better] = keys(username);
    query.filter(is_named(username)).order_by_desc(users::COLUMN.username_key.eq(better))
}

/// A page of those who fit every word of a search, newest first.
pub(crate) fn fitting(query: Select<Users>, db: &Db, text: &str, cursor: Cursor, limit: usize) -> Select<Users> {
    let fits = |pattern| users::Column::NameKey.like(LikeExpr::new(pattern).escape('\\'));
    let mut query = query.filter(patterns(text).into_iter().map(fits).fold(Condition::all(), Condition::add));
    // PostgreSQL takes its index by itself, where it has one.
    let Some(threes) = threes(text).filter(|_| db.is_sqlite()) else {
        return page::by_id(query, users::Column::Id, cursor, limit);
    };
    // The index leads, and its order is the page's: so it is read as far as the page goes, however many have these letters.
    let id = Expr::col(("people_names", "rowid"));
    QueryFilter::query(&mut query).from("people_names");
    let query = query
        .filter(Expr::cust_with_values("people_names MATCH ?", [threes]))
        .filter(users::COLUMN.id.into_expr().eq(id.clone()));
    page::by_number(query, id, cursor, limit)
}

/// The name under which staff see somebody.
pub(crate) async fn shown_name(db: &impl ConnectionTrait, actor: &Actor) -> Result<String> {
    let Some(id) = actor.id.filter(|_| actor.role.is_staff()) else { return Ok(actor.name.clone()) };
    Ok(shown_name_of(db, id).await?.unwrap_or_else(|| actor.name.clone()))
}

/// The name under which staff see somebody; none of who is erased.
pub(crate) async fn shown_name_of(db: &impl ConnectionTrait, id: UserId) -> Result<Option<String>> {
    Ok(shown_names(db, vec![id]).await?.remove(&id))
}

/// The names under which staff see these people; of who is erased there is none.
///
/// A vector, no iterator: with the caller's closure in its type, the future could not be shown to be [`Send`] in a page's view.
pub(crate) async fn shown_names(db: &impl ConnectionTrait, ids: Vec<UserId>) -> Result<HashMap<UserId, String>> {
    let named = Users::find().select_only().column(users::Column::Id).expr_as(staff_name_of("users"), "name");
    let named: Vec<(UserId, String)> =
        named.filter(users::COLUMN.id.is_in(ids)).into_tuple().all(db).await.or_refuse()?;
    Ok(named.into_iter().collect())
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "Users")]
struct Unkeyed {
    id: UserId,
    username: String,
    name: String,
    email: String,
}

/// Makes the keys for searches of people from before there were any. The keys of usernames a migration has made.
pub(crate) async fn key_existing(tx: &Tx) -> Result<()> {
    let people = Users::find().filter(users::COLUMN.name_key.is_null()).order_by_asc(users::COLUMN.id);
    for Unkeyed { id, username, name, email } in people.into_partial_model().all(tx).await.or_refuse()? {
        let key = name_key(&username, &name, &email);
        let change = users::ActiveModel { name_key: Set(Some(key)), ..Default::default() };
        Users::update_many().set(change).filter(users::COLUMN.id.eq(id)).exec(tx).await.or_refuse()?;
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
            assert_eq!(username_key(one), username_key(other), "{one} {other}");
        }
        assert_ne!(username_key("elodie"), username_key("élodie"));
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
