//! A desk of an earlier release moves in: its database and files are opened by this one, and everything is there.
//!
//! `crates/desk/tests/kept/<release>/` holds what each release left. A release adds its own: with `PINDESK_KEEP_DESK`
//! naming a new folder there, `a_desk_with_everything` writes the desk that it made (see CONTRIBUTING).

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use desk::{NewPins, UserFilter};
use domain::{
    Actor, Cursor, DraftPlace, Error, EventKind, LoginKind, PersonDraft, PinState, Priority, Role, ScopeDraft,
    SearchQuery, Status, TicketChange, TicketFilter, TicketId, UserId,
};
use futures::TryStreamExt;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::support::{Bench, Database, PDF, PNG, client, file, form, on_both_databases, text, ticket};

/// 2026-11-25T09:00:00Z in seconds, when the kept desks begin.
const BEGIN: i64 = 1_795_597_200;
const PASSWORD: &str = "a long enough password";

/// What a later release has to find.
#[derive(Debug, Serialize, Deserialize)]
struct Facts {
    /// When it was kept, in microseconds.
    at: i64,
    ana: UserId,
    agent: UserId,
    unused_pin: String,
    used_pins: Vec<String>,
    api_refresh: String,
    ended_refresh: String,
    browser_refresh: String,
    /// Ana's tickets and their statuses.
    tickets: Vec<(TicketId, Status)>,
    /// The one with files and a conversation.
    talk: TicketId,
    /// Kinds of events on its timeline, as staff read it.
    kinds: BTreeSet<String>,
}

impl Facts {
    fn ana(&self) -> Actor {
        Actor {
            id: Some(self.ana),
            role: Role::Customer,
            username: "ana".into(),
            name: "Élodie".into(),
            ..Actor::command_line()
        }
    }

    fn agent(&self) -> Actor {
        Actor {
            id: Some(self.agent),
            role: Role::Agent,
            username: "sam".into(),
            name: "Sam".into(),
            ..Actor::command_line()
        }
    }
}

fn change(status: Status) -> TicketChange {
    TicketChange { status: Some(status), ..TicketChange::default() }
}

fn with_key(key: &str) -> crate::support::Form {
    ticket([text("idempotency_key", key), file("stripes.png", PNG), file("invoice.pdf", PDF)])
}

/// Moves the clock to this second.
fn set_clock(bench: &Bench, second: i64) {
    bench.advance(second - bench.desk.now().as_seconds());
}

/// Makes something of every kind.
async fn fill(bench: &Bench) -> Facts {
    set_clock(bench, BEGIN);
    let desk = &bench.desk;
    let (tickets, pins, sessions, users) = (desk.tickets(), desk.pins(), desk.sessions(), desk.users());
    let line = Actor::command_line();
    let admin = bench.staff("mia", Role::Admin).await;
    let agent = bench.staff("sam", Role::Agent).await;
    users.set_password(&line, agent.id.unwrap(), PASSWORD).await.unwrap();
    users.log_in("sam", PASSWORD, &client(3), LoginKind::Browser).await.unwrap();
    assert!(users.log_in("sam", "something else", &client(3), LoginKind::Browser).await.is_err());

    let ana = bench.customer("ana").await;
    let named = PersonDraft { username: "ana".into(), name: "Élodie Martin".into(), email: "ana@example.com".into() };
    users.update(&admin, ana.id.unwrap(), &named).await.unwrap();
    let ben = bench.customer("ben").await;
    let used = bench.pins(&ana, 3).await;
    let mut opened = Vec::new();
    for (pin, kind) in used.iter().zip([LoginKind::Api, LoginKind::Api, LoginKind::Browser]) {
        opened.push(pins.redeem(pin, &client(4), kind).await.unwrap().tokens.refresh);
    }
    let [api_refresh, ended_refresh, browser_refresh] = <[String; 3]>::try_from(opened).unwrap();
    sessions.end_by_token(&ended_refresh).await.unwrap();
    assert!(pins.redeem("SUP-0000-0000", &client(4), LoginKind::Api).await.is_err());
    // A rotated token that comes back.
    let reused = bench.log_in(&ana, LoginKind::Browser).await.tokens.refresh;
    let second = sessions.renew(&reused).await.unwrap().tokens.refresh;
    let third = sessions.renew(&second).await.unwrap().tokens.refresh;
    sessions.renew(&third).await.unwrap();
    assert!(sessions.renew(&reused).await.is_err());
    let revoked = pins.issue(&agent, NewPins::one(ana.id.unwrap())).await.unwrap();
    pins.revoke(&agent, revoked[0].id).await.unwrap();
    // One that is called something else is not in the place of another one.
    let called = ScopeDraft { label: "at the counter".into(), ..ScopeDraft::default() };
    let short = NewPins { ttl: Some(60), scope: called, ..NewPins::one(ana.id.unwrap()) };
    pins.issue(&agent, short).await.unwrap();
    let days = 90 * 24 * 3600;
    let unused = pins.issue(&agent, NewPins { ttl: Some(days), ..NewPins::one(ana.id.unwrap()) }).await.unwrap();
    bench.advance(120);

    desk.categories().add(&admin, "Hardware").await.unwrap();
    let other =
        desk.categories().list(&admin).await.unwrap().into_iter().find(|known| known.name == "Billing").unwrap();
    desk.categories().set_active(&admin, other.id, false).await.unwrap();

    let talk = tickets.open(&ana, &mut with_key("kept")).await.unwrap().id;
    let plain = tickets.open(&ana, &mut ticket([text("priority", "Urgent")])).await.unwrap().id;
    let withdrawn = tickets.open(&ana, &mut ticket([file("gone.png", PNG)])).await.unwrap().id;
    let resolved = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
    let waiting = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
    let closed = tickets.open(&ana, &mut ticket([])).await.unwrap().id;
    tickets.open(&ben, &mut ticket([])).await.unwrap();
    tickets.delete(&ana, withdrawn).await.unwrap();
    let words = TicketChange { title: Some("The printer in the hall".into()), ..TicketChange::default() };
    tickets.update(&ana, talk, &words).await.unwrap();
    tickets.claim(&agent, talk).await.unwrap();
    let sorted = TicketChange {
        priority: Some(Priority::High),
        category: Some("Hardware".into()),
        status: Some(Status::InProgress),
        ..TicketChange::default()
    };
    tickets.update(&agent, talk, &sorted).await.unwrap();
    bench.advance(60);
    let mut answer = form([text("body", "Is it **plugged in**?"), text("then", "wait"), file("plug.png", PNG)]);
    tickets.reply(&agent, talk, &mut answer).await.unwrap();
    let mut note = form([text("body", "The drum is from 2019."), file("drum.pdf", PDF)]);
    tickets.note(&agent, talk, &mut note).await.unwrap();
    bench.advance(60);
    tickets.reply(&ana, talk, &mut form([text("body", "Yes, since Monday.")])).await.unwrap();
    tickets.update(&agent, resolved, &change(Status::Resolved)).await.unwrap();
    tickets.update(&agent, waiting, &change(Status::WaitingOnCustomer)).await.unwrap();
    tickets.update(&agent, closed, &change(Status::Closed)).await.unwrap();

    // No deed of today writes this kind any more; older desks have it.
    let sql = format!(
        "INSERT INTO events (kind, ticket_id, actor_id, data, at)
         VALUES ('files_added', {talk}, {}, '{{\"count\":1}}', {})",
        ana.id.unwrap(),
        desk.now().as_micros()
    );
    bench.connection().await.execute_unprepared(&sql).await.unwrap();

    let fields = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let half = fields(&[("title", "Not yet sure"), ("description", "Something with the lamp")]);
    desk.drafts().save(&ana, DraftPlace::Ticket, &half, None).await.unwrap();
    desk.drafts().save(&ana, DraftPlace::Reply(plain), &fields(&[("body", "Half a reply")]), None).await.unwrap();
    desk.drafts().save(&agent, DraftPlace::Note(plain), &fields(&[("body", "Half a note")]), None).await.unwrap();
    users.set_active(&admin, ben.id.unwrap(), false).await.unwrap();
    users.set_active(&admin, ben.id.unwrap(), true).await.unwrap();
    users.set_active(&admin, ben.id.unwrap(), false).await.unwrap();

    let timeline = tickets.timeline(&agent, talk, Cursor::First, 100).await.unwrap();
    Facts {
        at: desk.now().as_micros(),
        ana: ana.id.unwrap(),
        agent: agent.id.unwrap(),
        unused_pin: unused[0].pin.to_string(),
        used_pins: used,
        api_refresh,
        ended_refresh,
        browser_refresh,
        tickets: vec![
            (talk, Status::Open),
            (plain, Status::Open),
            (resolved, Status::Resolved),
            (waiting, Status::WaitingOnCustomer),
            (closed, Status::Closed),
        ],
        talk,
        kinds: timeline.items.iter().map(|event| event.kind().as_str().to_owned()).collect(),
    }
}

/// Finds it all, and goes on from there.
async fn check(bench: &Bench, facts: &Facts) {
    for text in ["elodie", "MARTIN ana", "é"] {
        let filter = UserFilter { text: Some(text.into()), ..UserFilter::default() };
        let found = bench.desk.users().list(&Actor::command_line(), &filter, Cursor::First, 10).await.unwrap();
        assert!(found.items.iter().any(|person| person.id == facts.ana), "{text}");
    }
    let desk = &bench.desk;
    let (tickets, pins, sessions) = (desk.tickets(), desk.pins(), desk.sessions());
    let (ana, agent, line) = (facts.ana(), facts.agent(), Actor::command_line());

    // People and how they get in.
    let person = desk.users().by_username(&line, "ANA").await.unwrap();
    assert_eq!(
        (person.id, person.name.as_str(), person.email.as_str()),
        (facts.ana, "Élodie Martin", "ana@example.com")
    );
    assert!(!desk.users().by_username(&line, "ben").await.unwrap().is_active);
    desk.users().log_in("sam", PASSWORD, &client(5), LoginKind::Browser).await.unwrap();
    for (state, count) in
        [(PinState::Issued, 1), (PinState::Redeemed, 4), (PinState::Expired, 1), (PinState::Revoked, 1)]
    {
        let found = pins.list(&agent, Some(state), None, Cursor::First, 50).await.unwrap().items;
        assert_eq!(found.len(), count, "{state:?}");
    }
    for used in &facts.used_pins {
        assert_eq!(pins.redeem(used, &client(6), LoginKind::Api).await.unwrap_err(), Error::WrongPin);
    }
    pins.redeem(&facts.unused_pin, &client(7), LoginKind::Api).await.unwrap();
    let access = sessions.renew_access(&facts.api_refresh).await.unwrap();
    assert_eq!(sessions.authenticate(&access).await.unwrap().actor.id, ana.id);
    assert!(sessions.renew_access(&facts.ended_refresh).await.is_err());
    let renewed = sessions.renew(&facts.browser_refresh).await.unwrap().tokens;
    assert!(sessions.authenticate(&renewed.access).await.is_ok());

    // Tickets, what was said, and the files.
    let own = tickets.list_own(&ana, Cursor::First, 50).await.unwrap().items;
    let found: BTreeMap<TicketId, Status> = own.iter().map(|ticket| (ticket.id, ticket.status)).collect();
    assert_eq!(found, facts.tickets.iter().copied().collect());
    let view = tickets.view(&agent, facts.talk, Cursor::First).await.unwrap();
    let talk = &view.ticket;
    assert_eq!(
        (talk.title.as_str(), talk.description.as_str(), talk.priority, talk.category.as_str()),
        ("The printer in the hall", "It prints stripes.", Priority::High, "Hardware")
    );
    assert_eq!(view.assignee.as_ref().map(|member| member.id), Some(facts.agent));
    let kinds: BTreeSet<String> = view.timeline.items.iter().map(|event| event.kind().as_str().to_owned()).collect();
    // What happens to its customer meanwhile is told there too.
    assert!(kinds.is_superset(&facts.kinds), "{kinds:?}");
    let said: Vec<&str> = view.timeline.items.iter().filter_map(|event| event.body.as_deref()).collect();
    assert_eq!(said, ["Yes, since Monday.", "The drum is from 2019.", "Is it **plugged in**?"]);
    let theirs = tickets.view(&ana, facts.talk, Cursor::First).await.unwrap();
    assert!(theirs.timeline.items.iter().all(|event| event.kind() != EventKind::Noted));
    assert_eq!(theirs.opening_files.len(), 2);
    assert_eq!(theirs.ticket.attachments.len(), 3);
    let note = view.timeline.items.iter().find(|event| event.kind() == EventKind::Noted).unwrap();
    for attachment in theirs.ticket.attachments.iter().chain(&note.files) {
        let chunks: Vec<bytes::Bytes> =
            desk.attachments().read(None, attachment, None).await.unwrap().try_collect().await.unwrap();
        let expected = if attachment.name.ends_with(".png") { PNG } else { PDF };
        assert_eq!(chunks.concat(), expected, "{}", attachment.name);
    }
    assert!(tickets.is_unread(&agent, facts.talk).await.unwrap());

    // What was half done.
    for (actor, place, word) in [
        (&ana, DraftPlace::Ticket, "Something with the lamp"),
        (&ana, DraftPlace::Reply(facts.tickets[1].0), "Half a reply"),
        (&agent, DraftPlace::Note(facts.tickets[1].0), "Half a note"),
    ] {
        let draft = desk.drafts().get(actor, place).await.unwrap().unwrap();
        assert!(draft.fields.values().any(|text| text == word), "{draft:?}");
    }
    assert_eq!(tickets.open(&ana, &mut with_key("kept")).await.unwrap().id, facts.talk, "sent again");

    // The search, and work that goes on.
    for (actor, words, count) in
        [(&ana, "printer hall", 1), (&agent, "drum", 1), (&ana, "drum", 0), (&ana, "stripes.png", 1)]
    {
        let query = SearchQuery { text: words.into(), filter: TicketFilter::default(), limit: 10 };
        assert_eq!(tickets.search(actor, &query).await.unwrap().hits.len(), count, "{words}");
    }
    tickets.reply(&agent, facts.talk, &mut form([text("body", "A new drum is there.")])).await.unwrap();
    tickets.update(&agent, facts.talk, &change(Status::Resolved)).await.unwrap();
    let offered = desk.categories().names().await.unwrap();
    assert!(offered.contains(&"Hardware".to_owned()) && !offered.contains(&"Billing".to_owned()));
    desk.upkeep().await.unwrap();
}

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Writes a desk to `folder`: its database, its files, its secret, and what is to be found in it.
async fn keep(bench: &Bench, facts: &Facts, folder: &Path) {
    let word = if bench.config.database_url.is_some() { "postgres" } else { "sqlite" };
    let folder = folder.join(word);
    fs::create_dir_all(&folder).unwrap();
    copy_folder(&bench.folder.path().join("media"), &folder.join("media"));
    fs::copy(bench.folder.path().join("secret"), folder.join("secret")).unwrap();
    fs::write(folder.join("facts.json"), serde_json::to_string_pretty(facts).unwrap() + "\n").unwrap();
    let Some(url) = &bench.config.database_url else {
        let copy = format!("VACUUM INTO '{}'", folder.join("pindesk.db").display());
        bench.connection().await.execute_unprepared(&copy).await.unwrap();
        return;
    };
    let dump = Command::new("pg_dump").args(["--inserts", "--no-owner", "--no-privileges", url]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    // Lines for psql alone are no SQL.
    let text = String::from_utf8(dump.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('\\') && !line.starts_with("--") && !line.is_empty());
    fs::write(folder.join("pindesk.sql"), lines.flat_map(|line| [line, "\n"]).collect::<String>()).unwrap();
}

on_both_databases! {
    async fn a_desk_with_everything(bench) {
        let facts = fill(&bench).await;
        if let Some(folder) = env::var_os("PINDESK_KEEP_DESK") {
            return keep(&bench, &facts, Path::new(&folder)).await;
        }
        check(&bench, &facts).await;
    }
}

/// Every kept desk, opened by this release.
async fn move_in(database: Database, word: &str) {
    let mut releases: Vec<PathBuf> = fs::read_dir(kept()).unwrap().map(|entry| entry.unwrap().path()).collect();
    releases.sort();
    assert!(!releases.is_empty());
    for release in releases {
        let old = release.join(word);
        let facts: Facts = serde_json::from_str(&fs::read_to_string(old.join("facts.json")).unwrap()).unwrap();
        let bench = Bench::prepared(database, async |config, connection| {
            copy_folder(&old.join("media"), &config.data_dir.join("media"));
            fs::copy(old.join("secret"), config.data_dir.join("secret")).unwrap();
            match connection {
                None => drop(fs::copy(old.join("pindesk.db"), config.data_dir.join("pindesk.db")).unwrap()),
                Some(connection) => {
                    let sql = fs::read_to_string(old.join("pindesk.sql")).unwrap();
                    connection.execute_unprepared(&sql).await.unwrap();
                }
            }
            let since = facts.at / 1_000_000 + 600 - config.clock.now().as_seconds();
            config.clock.advance(since);
        })
        .await;
        check(&bench, &facts).await;
    }
}

#[tokio::test]
async fn an_old_desk_moves_in_on_sqlite() {
    move_in(Database::Sqlite, "sqlite").await;
}

#[tokio::test]
async fn an_old_desk_moves_in_on_postgres() {
    move_in(Database::Postgres, "postgres").await;
}
