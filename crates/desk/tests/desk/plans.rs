//! How the databases find what is asked for. A tour through the desk collects every statement; then each database says how it
//! goes about it: tables that grow are never read from end to end, and pages of lists come out of an index in order.

use std::collections::BTreeSet;

use desk::{Deed, FileFilter, PastDeed, PastFile, PastTicket, UserFilter};
use domain::{
    Actor, AssigneeFilter, BulkChange, Cursor, EventId, FileKind, Key, LoginKind, MessageKind, PinState, Priority,
    Role, ScopeDraft, SearchQuery, Status, TicketFilter, TicketId, TicketOrder, Timestamp, TokenDraft,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::support::{Bench, PNG, Statements, client, form, on_both_databases, text, ticket};

/// The tables that grow.
const GROWING: [&str; 16] = [
    "tickets",
    "messages",
    "events",
    "attachments",
    "sessions",
    "pins",
    "unread",
    "drafts",
    "sent",
    "bulk_changes",
    "bulk_change_tickets",
    "bulk_change_marks",
    "failed_logins",
    "search_public",
    "search_internal",
    "search_docs",
];

/// Statements that may read a whole table, by a part of their text, and why.
const ALLOWED: [(&str, &str); 3] = [
    (
        r#"FROM (SELECT "attachments"."size" FROM "attachments" LIMIT"#,
        "the first 2000 files; of more it is asked now and then",
    ),
    (
        "FROM \"sessions\" INNER JOIN \"users\"",
        "upkeep deletes sessions that are over, so most of the table is what is looked for",
    ),
    (r#"DELETE FROM "sessions""#, "upkeep, once an hour"),
];

/// The people of the tour.
struct People {
    ana: Actor,
    bob: Actor,
    root: Actor,
}

/// Some hundred tickets, so that PostgreSQL has something to weigh.
async fn fill(bench: &Bench) -> (People, TicketId) {
    let people = People {
        ana: bench.customer("ana").await,
        bob: bench.staff("bob", Role::Agent).await,
        root: bench.staff("root", Role::Admin).await,
    };
    let mut customers = vec![people.ana.id.unwrap()];
    for number in 0..20 {
        customers.push(bench.customer(&format!("customer{number}")).await.id.unwrap());
    }
    let start = Timestamp::from_micros(1_700_000_000_000_000);
    let bob = people.bob.id.unwrap();
    let tickets = (0..1500).map(|number: i64| {
        let requester = customers[number as usize % customers.len()];
        let at = start.plus_seconds(number * 600);
        let file = || PastFile { name: "a.png".into(), bytes: PNG.into() };
        let wrote = |by, kind, files| PastDeed {
            at,
            by,
            deed: Deed::Wrote { kind, body: format!("About printer {number}"), files },
        };
        let mut deeds = vec![wrote(requester, MessageKind::Reply, vec![])];
        if number % 3 > 0 {
            deeds.push(PastDeed { at, by: bob, deed: Deed::Assigned(Some(bob)) });
            deeds.push(wrote(bob, MessageKind::Note, vec![file()]));
            deeds.push(wrote(bob, MessageKind::Reply, vec![]));
        }
        if let Some(next) = Status::ALL.get(1 + number as usize % 8) {
            deeds.push(PastDeed { at, by: bob, deed: Deed::Moved(*next) });
        }
        PastTicket {
            requester,
            at,
            title: format!("Printer {number}"),
            description: format!("It prints stripes, number {number}"),
            priority: Priority::ALL[number as usize % 4],
            category: ["Bug", "Request", "Billing"][number as usize % 3].into(),
            files: if number % 7 == 0 { vec![file()] } else { Vec::new() },
            deeds,
        }
    });
    let ids = bench.desk.import().tickets(&Actor::command_line(), tickets.collect()).await.unwrap();
    (people, ids[700])
}

/// The filters that a list offers, alone and with a status.
fn filters(people: &People) -> Vec<TicketFilter> {
    let none = TicketFilter::default();
    let one = [
        none.clone(),
        TicketFilter { priority: Some(Priority::Urgent), ..none.clone() },
        TicketFilter { category: Some("Billing".into()), ..none.clone() },
        TicketFilter { requester: people.ana.id, ..none.clone() },
        TicketFilter { assignee: Some(AssigneeFilter::Unassigned), ..none.clone() },
        TicketFilter { assignee: Some(AssigneeFilter::Mine), ..none.clone() },
        TicketFilter {
            assignee: Some(AssigneeFilter::Unassigned),
            priority: Some(Priority::Low),
            category: Some("Bug".into()),
            ..none.clone()
        },
        TicketFilter { requester: people.ana.id, assignee: Some(AssigneeFilter::Mine), ..none },
    ];
    let status = [None, Some(Status::Closed)];
    let order = [TicketOrder::Newest, TicketOrder::Changed];
    one.iter()
        .flat_map(|filter| status.map(|status| TicketFilter { status, ..filter.clone() }))
        .flat_map(|filter| order.map(|order| TicketFilter { order, ..filter.clone() }))
        .collect()
}

/// Asks for everything that pages and REST calls ask for.
async fn tour(bench: &Bench, people: &People, id: TicketId) {
    let desk = &bench.desk;
    let key = Key { at: Some(1_700_000_300_000_000), id: 500 };
    let cursors = [Cursor::First, Cursor::Before(key), Cursor::After(key)];
    let scope = ScopeDraft { ticket: Some(id), ..ScopeDraft::default() };
    let owner = desk.tickets().view(&people.bob, id, Cursor::First).await.unwrap();
    let owner = Actor { id: Some(owner.requester_id), ..people.ana.clone() };
    let scoped = bench.let_in(&owner, scope, LoginKind::Api).await;
    desk.sessions().authenticate(&scoped.tokens.access).await.unwrap();
    desk.sessions().list_own(&scoped.actor, Cursor::First, 50).await.unwrap();
    // What it missed is told first.
    drop(desk.live().subscribe(&scoped.actor, Some(EventId(0))).await.unwrap());
    drop(desk.live().subscribe(&owner, Some(EventId(0))).await.unwrap());
    for reader in [&people.bob, &people.ana, &scoped.actor] {
        for filter in filters(people) {
            for cursor in cursors {
                desk.tickets().list(reader, &filter, cursor, 50).await.unwrap();
            }
            desk.tickets().count_by_status(reader, &filter).await.unwrap();
        }
        for cursor in cursors {
            desk.tickets().view(reader, id, cursor).await.ok();
            desk.tickets().timeline(reader, id, cursor, 50).await.ok();
            desk.tickets().list_own(reader, cursor, 50).await.ok();
        }
        desk.tickets().get(reader, id).await.ok();
        desk.tickets().unread_count(reader).await.unwrap();
        desk.tickets().seen(reader, id).await.unwrap();
        desk.live().newest(reader).await.unwrap();
        for words in ["printer", "prin", "printer number 700", "zebra", "#17", "e-mail.2", "プリンター"] {
            for filter in
                [TicketFilter::default(), TicketFilter { status: Some(Status::Closed), ..TicketFilter::default() }]
            {
                let query = SearchQuery { text: words.into(), filter, limit: 20 };
                desk.tickets().search(reader, &query).await.unwrap();
            }
        }
        desk.attachments().get(reader, id, "none.png").await.ok();
    }
    let own = desk.tickets().open(&people.ana, &mut ticket([])).await.unwrap().id;
    desk.tickets().view(&people.ana, own, Cursor::First).await.unwrap();
    desk.tickets().reply(&people.ana, own, &mut form([text("body", "And?")])).await.unwrap();
    desk.tickets().reply(&people.bob, own, &mut form([text("body", "Yes."), text("then", "wait")])).await.unwrap();
    desk.tickets().note(&people.bob, own, &mut form([text("body", "Hm.")])).await.unwrap();
    desk.tickets()
        .claim(&people.root, desk.tickets().open(&people.ana, &mut ticket([])).await.unwrap().id)
        .await
        .unwrap();
    for change in [
        BulkChange::Status(Status::Resolved),
        BulkChange::Priority(Priority::Urgent),
        BulkChange::Category("Bug".into()),
        BulkChange::Assignee(people.root.id),
    ] {
        let ids: Vec<TicketId> = (own.0 - 100..=own.0).map(TicketId).collect();
        let done = desk.tickets().bulk(&people.bob, &ids, &change).await.unwrap();
        desk.tickets().undo_bulk(&people.bob, done.undo.unwrap().id).await.unwrap();
    }
    for cursor in cursors {
        for filter in [
            FileFilter::default(),
            FileFilter { requester: people.ana.id, ..FileFilter::default() },
            FileFilter { kind: Some(FileKind::Png), ..FileFilter::default() },
        ] {
            desk.attachments().list(&people.bob, &filter, cursor, 50).await.unwrap();
        }
        for user in [None, people.ana.id] {
            for state in PinState::ALL.iter().copied().map(Some).chain([None]) {
                desk.pins().list(&people.bob, state, user, cursor, 50).await.unwrap();
            }
            desk.sessions().list(&people.root, user, cursor, 50).await.unwrap();
        }
        for text in [None, Some("customer1 ana".to_owned())] {
            let filter = UserFilter { text, ..UserFilter::default() };
            desk.users().list(&people.root, &filter, cursor, 50).await.unwrap();
        }
    }
    for cursor in cursors {
        desk.tickets().list_whole(&people.bob, &TicketFilter::default(), cursor, 50).await.unwrap();
    }
    desk.tickets().open_for(&people.bob, &mut ticket([text("customer", "ana")])).await.unwrap();
    desk.tickets().open_for(&people.bob, &mut ticket([text("customer", "4711")])).await.unwrap_err();
    let draft = TokenDraft { name: "Tour".into(), ttl: Some(3600), is_read_only: false };
    let token = desk.api_tokens().make(&people.bob, &draft).await.unwrap();
    desk.api_tokens().authenticate(&token.token).await.unwrap();
    desk.api_tokens().list(&people.bob, people.bob.id, Cursor::First, 50).await.unwrap();
    desk.users().overview(&people.bob).await.unwrap();
    desk.pins().guessing(&people.root).await.unwrap();
    desk.pins().alarm(&people.root).await.unwrap();
    let caller = bench.log_in(&people.ana, LoginKind::Browser).await.actor;
    let code = desk.callers().make(&caller).await.unwrap().code.unwrap();
    desk.callers().current(&caller).await.unwrap();
    desk.callers().check(&people.bob, "").await.unwrap_err();
    let checked = desk.callers().check(&people.bob, code.digits()).await.unwrap();
    desk.callers().check(&people.bob, code.digits()).await.unwrap_err();
    desk.callers().checked(&people.bob, checked.check).await.unwrap();
    desk.callers().verified(&people.bob, people.ana.id.unwrap()).await.unwrap();
    desk.upkeep().await.unwrap();
    desk.users().customer(&people.bob, people.ana.id.unwrap()).await.unwrap();
    desk.users().member(&people.root, people.bob.id.unwrap()).await.unwrap();
    desk.users().assignable(&people.bob).await.unwrap();
    desk.categories().list(&people.bob).await.unwrap();
    desk.categories().all_names(&people.bob).await.unwrap();
    let logged_in = bench.log_in(&people.ana, LoginKind::Browser).await;
    desk.sessions().authenticate(&logged_in.tokens.access).await.unwrap();
    let renewed = desk.sessions().renew(&logged_in.tokens.refresh).await.unwrap();
    desk.sessions().authenticate(&renewed.tokens.access).await.unwrap();
    desk.sessions().list_own(&renewed.actor, Cursor::First, 50).await.unwrap();
    let pin = bench.pin(&people.ana).await;
    for _ in 0..2 {
        desk.pins().redeem_in_browser(&pin, &client(1), Some("a browser")).await.unwrap();
    }
    desk.users().log_in("bob", "wrong", &client(1), LoginKind::Browser).await.unwrap_err();
    desk.users().log_in("bob", "correct horse", &client(1), LoginKind::Browser).await.unwrap();
}

/// The lines in which the database says how it would run a statement.
async fn plan(connection: &DatabaseConnection, is_sqlite: bool, sql: &str) -> Vec<String> {
    let backend = connection.get_database_backend();
    if is_sqlite {
        let explain = Statement::from_string(backend, format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = connection.query_all_raw(explain).await.unwrap();
        return rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    }
    let parameters = (1..100).take_while(|number| sql.contains(&format!("${number}"))).count();
    let nulls = if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    connection.execute_unprepared(&format!("PREPARE tour AS {sql}")).await.unwrap();
    let explain = Statement::from_string(backend, format!("EXPLAIN (COSTS OFF) EXECUTE tour{nulls}"));
    let rows = connection.query_all_raw(explain).await.unwrap();
    connection.execute_unprepared("DEALLOCATE tour").await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
}

/// What a statement calls a table that grows, itself included.
fn names(sql: &str) -> Vec<String> {
    // The query builder puts names in quotes, and an `AS` before those that it gives.
    let words: Vec<&str> = sql
        .split(|c: char| c.is_whitespace() || "(),\"".contains(c))
        .filter(|word| !word.is_empty() && *word != "AS")
        .collect();
    let mut names = Vec::new();
    for pair in words.windows(2).filter(|pair| GROWING.contains(&pair[0])) {
        names.push(pair[0].to_owned());
        if pair[1].chars().all(char::is_lowercase) {
            names.push(pair[1].to_owned());
        }
    }
    names
}

/// What a statement that looks for tickets calls them: by hand `t`, by the query builder as the table.
fn tickets(sql: &str) -> Option<&'static str> {
    let names = [("FROM tickets t ", "t"), ("FROM tickets ", "tickets")];
    names.into_iter().find(|(from, _)| sql.contains(from)).map(|(_, name)| name)
}

/// On SQLite, the column that should lead to the tickets of a list: the one that finds least.
fn leader(sql: &str, tickets: &str) -> Option<&'static str> {
    let leads = [("requester_id = ?", "requester_id=?"), ("assignee_id ", "assignee_id=?"), ("status = ?", "status=?")];
    let sql = sql.replace('$', "?");
    let (_, conditions) =
        sql.split_once(&format!("WHERE {tickets}.")).or_else(|| sql.split_once(&format!("WHERE ({tickets}.")))?;
    let conditions = format!("{tickets}.{conditions}");
    // One ticket is found by its id, whatever else it must be.
    let is_one = conditions.starts_with(&format!("{tickets}.id = ?"));
    let leads_by = |condition: &str| !is_one && conditions.contains(&format!("{tickets}.{condition}"));
    leads.into_iter().find(|(condition, _)| leads_by(condition)).map(|(_, way)| way)
}

/// A statement without what is in parentheses.
fn outside(sql: &str) -> String {
    let mut depth = 0;
    let is_outside = |c: &char| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0
    };
    sql.chars().filter(is_outside).collect()
}

/// What is wrong with a plan; nothing when it is well.
fn complaint(is_sqlite: bool, sql: &str, plan: &[String]) -> Option<String> {
    let sql = &sql.replace('"', "");
    // A page of a list without a filter goes along the index that it is ordered by, and ends at its limit.
    let outside = outside(sql);
    let is_unfiltered = ["WHERE TRUE ORDER BY", "WHERE 1 = 1 ORDER BY"].iter().any(|nothing| outside.contains(nothing));
    let is_first_page = is_unfiltered && outside.contains(" ORDER BY ") && outside.contains(" LIMIT ");
    let tickets = tickets(sql);
    if is_sqlite
        && let Some(tickets) = tickets
        && let Some(leader) = leader(sql, tickets)
        && !plan.iter().any(|line| line.starts_with(&format!("SEARCH {tickets} USING")) && line.contains(leader))
    {
        return Some(format!("does not go by {leader}"));
    }
    if is_sqlite && sql.contains("people_names MATCH") {
        let by_name =
            plan[0].starts_with("SCAN people_names VIRTUAL TABLE") && plan[1].starts_with("SEARCH users USING INTEGER");
        let is_sorted = plan.iter().any(|line| line.contains("TEMP B-TREE"));
        return (!by_name || is_sorted).then(|| "does not go by the index of names, in its order".to_owned());
    }
    for line in plan {
        if is_sqlite {
            let scanned = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            if scanned.is_some_and(|name| names(sql).iter().any(|known| known == name))
                && !is_first_page
                // These hold only what is looked for, in order.
                && !["pins_unused", "pins_redeemed", "pins_revoked", "attachments_unmeasured", "VIRTUAL TABLE INDEX"].iter().any(|way| line.contains(way))
            {
                return Some(format!("reads a whole table: {line}"));
            }
            if line.contains("USE TEMP B-TREE FOR ORDER BY")
                && ["FROM tickets t JOIN", "FROM tickets INNER JOIN"].iter().any(|from| sql.contains(from))
            {
                return Some(format!("sorts what it should find in order: {line}"));
            }
        } else if let Some((_, rest)) = line.split_once("Seq Scan on ") {
            let table = rest.split(' ').next().unwrap_or_default();
            if GROWING.contains(&table) {
                return Some(format!("reads a whole table: {line}"));
            }
        }
    }
    None
}

on_both_databases! {
    async fn tables_that_grow_are_never_read_from_end_to_end(bench) {
        let (people, id) = fill(&bench).await;
        let statements = Statements::default();
        {
            let _collecting = statements.collect();
            tour(&bench, &people, id).await;
        }
        let statements = BTreeSet::from_iter(statements.taken());
        assert!(statements.len() > 100, "only {} statements were seen", statements.len());
        let connection = bench.connection().await;
        let is_sqlite = bench.config.database_url.is_none();
        if !is_sqlite {
            // A forbidden way is taken only where there is no other.
            let settings = "ANALYZE; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
            connection.execute_unprepared(settings).await.unwrap();
        }
        let mut complaints = Vec::new();
        for sql in statements.iter().filter(|sql| !sql.starts_with("INSERT")) {
            if ALLOWED.iter().any(|(part, _)| sql.contains(part)) {
                continue;
            }
            let plan = plan(&connection, is_sqlite, sql).await;
            if let Some(complaint) = complaint(is_sqlite, sql, &plan) {
                complaints.push(format!("{complaint}\n{sql}\n  {}", plan.join("\n  ")));
            }
        }
        assert!(complaints.is_empty(), "{} of {}:\n\n{}", complaints.len(), statements.len(), complaints.join("\n\n"));
    }
}
