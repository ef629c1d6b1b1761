//! How the crate is built: three floors with arrows only down, no circles of files, SQL only on the ground floor.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use floors::Source;

fn source() -> Source {
    let source = Source::read(env!("CARGO_MANIFEST_DIR")).unwrap();
    assert!(source.files().count() > 50);
    source
}

#[test]
fn arrows_point_down() {
    let source = source();
    assert!(!source.files().any(|(_, code)| code.contains("super::super")), "name it from the crate's root");
    assert_eq!(source.upward(&[&["store"], &["trail"], &["rooms"]]), [""; 0]);
}

#[test]
fn no_circle_has_more_than_two_files() {
    // Tables name each other, as their relations go both ways.
    let is_table = |module: &str| module.starts_with("store::entities::");
    let circles = source();
    let circles = circles.circles(|from, to| is_table(from) && is_table(to));
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn sql_is_on_the_ground_floor() {
    let sql = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM", "Statement::", "FromQueryResult", "Expr::cust"];
    let mut found = Vec::new();
    for (module, code) in source().files().filter(|(module, _)| !module.starts_with("store")) {
        found.extend(sql.iter().filter(|sql| code.contains(**sql)).map(|sql| format!("{module}: {sql}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn who_sees_which_tickets_is_said_in_one_place() {
    // What `store::reach` says, and who may say more: statements that get it as values, staff's filters by a customer, what
    // staff see beside the tickets, whether a customer wrote since a bulk, whether a PIN's ticket is its customer's, and what an
    // admin takes out of a customer's.
    let sayings = [
        (
            "requester_id.eq(",
            &["store::reach", "rooms::attachments", "rooms::export::rows", "rooms::tickets::list"][..],
        ),
        ("requester_id = $", &["store::raw::live", "store::raw::search", "store::raw::tickets"]),
        ("can_work_tickets()", &["store::reach", "rooms::live", "rooms::tickets::list"]),
        ("requester_id ==", &["rooms::pins::order"]),
        ("== row.requester_id", &[]),
        ("Some(row.requester_id)", &["rooms::tickets::undo"]),
    ];
    let mut found = Vec::new();
    for (module, code) in source().files() {
        let elsewhere =
            sayings.iter().filter(|(saying, _)| code.contains(saying)).filter(|(_, may)| !may.contains(&module));
        found.extend(elsewhere.map(|(saying, _)| format!("{module}: {saying}")));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn files_are_short() {
    assert_eq!(source().longer_than(400).unwrap(), [""; 0]);
}
