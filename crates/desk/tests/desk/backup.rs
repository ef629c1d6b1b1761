//! A desk is backed up and restored, on and between both databases.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use desk::{Desk, DeskConfig, Severity};
use domain::{Actor, Cursor, LoginKind, Role, TicketId};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connection, Statement};
use tempfile::TempDir;

use crate::support::{Bench, Database, PDF, PNG, client, file, form, new_postgres, on_both_databases, text, ticket};

/// A place to restore into.
struct Place {
    config: DeskConfig,
    folder: TempDir,
}

async fn place(database: Database, like: &DeskConfig) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let mut config = DeskConfig { data_dir: folder.path().to_owned(), ..like.clone() };
    config.database_url = match database {
        Database::Sqlite => None,
        Database::Postgres => Some(new_postgres().await),
    };
    Place { config, folder }
}

/// Something of most kinds; the customer and a ticket with a conversation.
async fn fill(bench: &Bench) -> (Actor, TicketId) {
    let admin = bench.staff("mia", Role::Admin).await;
    let ana = bench.customer("ana").await;
    let desk = &bench.desk;
    let mut opened = ticket([file("stripes.png", PNG), file("invoice.pdf", PDF), text("idempotency_key", "once")]);
    let id = desk.tickets().open(&ana, &mut opened).await.unwrap().id;
    let mut answer = form([text("body", "Is it \u{1f50c} **in**?\n\"Yes\" \\ no\t'"), file("plug.png", PNG)]);
    desk.tickets().reply(&admin, id, &mut answer).await.unwrap();
    desk.tickets().note(&admin, id, &mut form([text("body", "Not \u{4e2d}\u{6587}.")])).await.unwrap();
    let withdrawn = desk.tickets().open(&ana, &mut ticket([file("gone.png", PNG)])).await.unwrap().id;
    desk.tickets().delete(&ana, withdrawn).await.unwrap();
    (ana, id)
}

/// Every row of every table, as text.
async fn rows(config: &DeskConfig) -> BTreeMap<String, Vec<String>> {
    let file = || format!("sqlite://{}/pindesk.db", config.data_dir.display());
    let is_sqlite = config.database_url.is_none();
    let mut options = ConnectOptions::new(config.database_url.clone().unwrap_or_else(file));
    options.max_connections(1);
    let connection = Connection::connect(options).await.unwrap();
    let ask = async |sql: String| {
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        rows.unwrap()
    };
    let tables = [
        "attachments",
        "categories",
        "drafts",
        "events",
        "failed_hours",
        "failed_logins",
        "ledger",
        "ledger_head",
        "messages",
        "pins",
        "sent",
        "sessions",
        "tickets",
        "unread",
        "users",
    ];
    let mut found = BTreeMap::new();
    for table in tables {
        let columns = if is_sqlite {
            format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name")
        } else {
            format!(
                "SELECT CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY 1"
            )
        };
        let mut columns: Vec<String> = ask(columns).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        columns.sort();
        // Truths are 1 and 0 on the one, and words on the other.
        let truths = [
            "is_active",
            "is_default",
            "is_internal",
            "is_alone",
            "has_shortcuts",
            "may_delegate",
            "is_sensitive",
            "is_unnamed",
            "ends_sessions",
        ];
        let value = |name: &String| {
            let is_truth = truths.contains(&name.as_str());
            let value = if is_truth { format!("CAST(\"{name}\" AS INTEGER)") } else { format!("\"{name}\"") };
            format!("COALESCE(CAST({value} AS TEXT), '-')")
        };
        let values = columns.iter().map(value).collect::<Vec<_>>().join(" || '|' || ");
        let mut lines: Vec<String> = ask(format!("SELECT {values} FROM {table}"))
            .await
            .iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect();
        lines.sort();
        found.insert(table.to_owned(), lines);
    }
    connection.close().await.unwrap();
    found
}

/// Names below `media`, and what is in them.
fn media(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&folder.join("media"), folder, &mut found);
    found
}

async fn refused(config: &DeskConfig, file: &Path, replace: bool, words: &[&str]) {
    let refusal = desk::restore(config, file, replace).await.unwrap_err().to_string();
    for word in words {
        assert!(refusal.contains(word), "{word}: {refusal}");
    }
}

/// What differs between a desk and the same one restored: only what a restore has to do.
async fn compare(before: &BTreeMap<String, Vec<String>>, config: &DeskConfig) {
    let after = rows(config).await;
    for (table, before) in before {
        let after = &after[table];
        match table.as_str() {
            "pins" | "sessions" | "ledger_head" => assert_eq!(before.len(), after.len(), "{table}"),
            "events" | "ledger" => assert!(before.iter().all(|line| after.contains(line)), "{table}"),
            _ => assert_eq!(before, after, "{table}"),
        }
    }
}

on_both_databases! {
    async fn a_desk_is_restored_row_by_row_and_byte_by_byte(bench) {
        let (ana, id) = fill(&bench).await;
        let admin = Actor::command_line();
        let to = bench.folder.path().join("kept/");
        let made = bench.desk.back_up(&admin, Some(&to)).await.unwrap();
        assert!(made.path.starts_with(&to) && made.warnings.is_empty(), "{made:?}");
        assert_eq!((made.tickets, made.files), (1, 3));
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1, "nothing but the backup");
        let before = rows(&bench.config).await;
        let verified = desk::verify(&bench.config, &made.path).await.unwrap();
        assert_eq!((verified.tickets, verified.files), (1, 3));
        assert!(!fs::read_dir(bench.folder.path()).unwrap().any(|entry| {
            entry.unwrap().file_name().to_string_lossy().starts_with(".restore")
        }));
        assert_eq!(rows(&bench.config).await, before, "it looked at a copy");
        for database in [Database::Sqlite, Database::Postgres] {
            let place = place(database, &bench.config).await;
            let restored = desk::restore(&place.config, &made.path, false).await.unwrap();
            assert_eq!((restored.tickets, restored.before), (1, None));
            compare(&before, &place.config).await;
            assert_eq!(media(place.folder.path()), media(bench.folder.path()));
            for end in ["-wal", "-shm"] {
                assert!(!place.folder.path().join(format!("pindesk.db{end}")).exists());
            }
            let moved = Desk::open(place.config.clone()).await.unwrap();
            let view = moved.tickets().view(&ana, id, Cursor::First).await.unwrap();
            assert_eq!(view.ticket.title, "Printer");
            // Sequences go on, and the search finds.
            let next = moved.tickets().open(&ana, &mut ticket([])).await.unwrap();
            assert!(next.id.0 > 2, "{}", next.id);
            let findings = desk::examine(&place.config, 7, false).await;
            let checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
            assert_eq!(checks, ["kept files"], "{findings:?}");
            // And back again.
            let again = moved.back_up(&admin, Some(&to)).await.unwrap();
            drop(moved);
            assert_eq!(desk::verify(&place.config, &again.path).await.unwrap().tickets, 2);
        }
        // A customer makes no backup.
        assert!(bench.desk.back_up(&ana, None).await.is_err());
        let agent = bench.staff("sam", Role::Agent).await;
        assert!(bench.desk.back_up(&agent, None).await.is_err());
    }

    async fn a_restored_desk_knows_that_it_may_have_missed_something(bench) {
        let (ana, _) = fill(&bench).await;
        let used = bench.pin(&ana).await;
        let opened = bench.log_in(&bench.customer("ben").await, LoginKind::Browser).await;
        let rotated = bench.desk.sessions().renew(&opened.tokens.refresh).await.unwrap();
        let made = bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        // After the backup: the PIN is used, a session opens, a ticket comes with a file.
        bench.desk.pins().redeem(&used, &client(4), LoginKind::Browser).await.unwrap();
        let later = bench.desk.tickets().open(&ana, &mut ticket([file("later.png", PNG)])).await.unwrap();
        let Bench { desk, config, folder, .. } = bench;
        refused(&config, &made.path, true, &["Stop it first"]).await;
        drop(desk);
        // Its tasks end a moment later.
        let restored = crate::support::eventually(async || desk::restore(&config, &made.path, true).await).await;
        let names: Vec<_> = restored.pins.iter().map(|pin| pin.username.as_str()).collect();
        assert_eq!(names, ["ana"]);
        assert_eq!(restored.sessions, 1);
        let before = restored.before.unwrap();
        assert!(before.starts_with(folder.path()) && before.join("secret").exists());
        assert_eq!(before.join("pindesk.db").exists(), config.database_url.is_none());
        assert!(before.join(format!("media/tickets/{}", later.id)).exists());
        assert_eq!(restored.before_schema.is_some(), config.database_url.is_some());

        let restored = Desk::open(config.clone()).await.unwrap();
        // 1. No PIN of before can be used.
        assert!(restored.pins().redeem(&used, &client(5), LoginKind::Browser).await.is_err());
        // 2. Sessions ended, for this reason, and nobody raises an alarm.
        for token in [&opened.tokens.refresh, &rotated.tokens.refresh] {
            assert!(restored.sessions().renew(token).await.is_err());
        }
        let lines = rows(&config).await;
        assert!(lines["sessions"].iter().any(|line| line.contains("restored")), "{:?}", lines["sessions"]);
        assert!(!lines["events"].iter().any(|line| line.contains("token_reused")));
        // 3. Ids go on above those that were ever given.
        let next = restored.tickets().open(&ana, &mut ticket([])).await.unwrap();
        assert!(next.id > later.id, "{} {}", next.id, later.id);
        // 4. Newer files stay until an admin says otherwise.
        let folder = folder.path().join("media/tickets").join(later.id.to_string());
        fs::create_dir_all(&folder).unwrap();
        let stray = folder.join("later.png");
        fs::write(&stray, PNG).unwrap();
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 24 * 3600);
        fs::File::options().append(true).open(&stray).unwrap().set_modified(old).unwrap();
        restored.upkeep().await.unwrap();
        assert!(stray.exists());
        let admin = Actor::command_line();
        let held = restored.held(&admin).await.unwrap().unwrap();
        assert_eq!(held.files, [format!("tickets/{}/later.png", later.id)]);
        assert!(restored.held(&ana).await.is_err() && restored.confirm_sweep(&ana).await.is_err());
        let findings = desk::examine(&config, 7, false).await;
        assert!(findings.iter().any(|finding| finding.check == "kept files" && finding.files.len() == 1), "{findings:?}");
        restored.confirm_sweep(&admin).await.unwrap();
        restored.upkeep().await.unwrap();
        assert!(!stray.exists() && restored.held(&admin).await.unwrap().is_none());
    }

    async fn a_place_that_is_not_empty_is_refused(bench) {
        fill(&bench).await;
        let admin = Actor::command_line();
        let made = bench.desk.back_up(&admin, None).await.unwrap();
        let database = if bench.config.database_url.is_none() { Database::Sqlite } else { Database::Postgres };
        for name in ["pindesk.db", "pindesk.db-wal", "notes.txt"] {
            let place = place(database, &bench.config).await;
            fs::write(place.folder.path().join(name), "x").unwrap();
            refused(&place.config, &made.path, false, &[name, "--replace"]).await;
            assert_eq!(fs::read(place.folder.path().join(name)).unwrap(), b"x");
        }
        // A database that holds something, whatever the folder.
        let place = place(database, &bench.config).await;
        drop(Desk::open(place.config.clone()).await.unwrap());
        for name in ["incoming", "media", "secret", "desk.lock", "seen.json"] {
            let path = place.folder.path().join(name);
            let _ = fs::remove_dir_all(&path);
            let _ = fs::remove_file(&path);
        }
        refused(&place.config, &made.path, false, &["--replace"]).await;
        // No backup, and none at all.
        let other = bench.folder.path().join("other.tar");
        refused(&place.config, &other, false, &["other.tar"]).await;
        fs::write(&other, PNG).unwrap();
        refused(&place.config, &other, true, &["is no backup"]).await;
        let mut bytes = fs::read(&made.path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&other, bytes).unwrap();
        refused(&place.config, &other, true, &["is damaged"]).await;
        assert!(desk::verify(&place.config, &other).await.is_err());
        // Nothing of ours is overwritten that is no backup.
        let taken = bench.folder.path().join("taken");
        fs::write(&taken, "x").unwrap();
        assert!(bench.desk.back_up(&admin, Some(&taken)).await.is_err());
        assert_eq!(fs::read(&taken).unwrap(), b"x");
    }

    async fn every_row_of_a_backup_has_its_file_whatever_happens_meanwhile(bench) {
        let ana = bench.customer("ana").await;
        let desk = bench.desk.clone();
        let customer = ana.clone();
        let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
        let busy = tokio::spawn(async move {
            let mut count = 0;
            while stopped.try_recv().is_err() {
                let one = desk.tickets().open(&customer, &mut ticket([file("a.png", PNG), file("b.pdf", PDF)])).await;
                let one = one.unwrap().id;
                if count % 3 > 0 {
                    desk.tickets().delete(&customer, one).await.unwrap();
                }
                count += 1;
            }
            count
        });
        let to = bench.folder.path().join("backup.tar");
        for _ in 0..6 {
            let made = bench.desk.back_up(&Actor::command_line(), Some(&to)).await.unwrap();
            assert!(made.warnings.is_empty(), "{made:?}");
            assert_eq!(made.files, 2 * made.tickets);
            desk::verify(&bench.config, &to).await.unwrap();
        }
        stop.send(()).unwrap();
        assert!(busy.await.unwrap() > 3);
    }

    async fn the_doctor_finds_what_is_wrong_and_changes_nothing(bench) {
        let (_, id) = fill(&bench).await;
        assert_eq!(desk::examine(&bench.config, 7, false).await, []);
        let folder = bench.folder.path().join("media/tickets").join(id.to_string());
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        fs::remove_file(&files[0]).unwrap();
        let bytes = fs::read(&files[1]).unwrap();
        fs::write(&files[1], vec![b'x'; bytes.len()]).unwrap();
        bench.forget_documents().await;
        bench.advance(8 * 24 * 3600);
        let findings = desk::examine(&bench.config, 7, false).await;
        let checks: Vec<_> = findings.iter().map(|finding| (finding.check, finding.severity)).collect();
        assert_eq!(checks, [
            ("search", Severity::Warning),
            ("backup", Severity::Warning),
            ("missing files", Severity::Fault),
            ("damaged files", Severity::Fault),
        ]);
        assert_eq!(findings, desk::examine(&bench.config, 7, false).await);
        // Only the harmless is put right.
        let fixed = desk::examine(&bench.config, 7, true).await;
        let fixed: Vec<_> = fixed.iter().filter(|finding| finding.is_fixed).map(|finding| finding.check).collect();
        assert_eq!(fixed, ["search"]);
        assert_eq!(bench.documents().await, 3);
        // A backup is made all the same, and says so.
        let made = bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        assert_eq!(made.warnings.len(), 2, "{made:?}");
        assert_eq!(desk::verify(&bench.config, &made.path).await.unwrap().missing.len(), 1);
    }
}

#[tokio::test]
async fn a_database_that_was_put_back_by_hand_keeps_newer_files() {
    let bench = Bench::open(Database::Sqlite).await;
    let (ana, _) = fill(&bench).await;
    let Bench { desk, config, folder, .. } = bench;
    let database = folder.path().join("pindesk.db");
    let old = folder.path().join("old.db");
    Connection::connect(format!("sqlite://{}", database.display()))
        .await
        .unwrap()
        .execute_unprepared(&format!("VACUUM INTO '{}'", old.display()))
        .await
        .unwrap();
    let later = desk.tickets().open(&ana, &mut ticket([file("later.png", PNG)])).await.unwrap();
    drop(desk);
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.path().join(format!("pindesk.db{end}")));
    }
    fs::rename(old, database).unwrap();
    let kept = media(folder.path());
    let desk = Desk::open(config.clone()).await.unwrap();
    desk.upkeep().await.unwrap();
    assert_eq!(media(folder.path()), kept);
    assert_eq!(desk.held(&Actor::command_line()).await.unwrap().unwrap().reason, domain::HoldReason::OlderDatabase);
    let next = desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
    assert!(next.id > later.id);
}

#[tokio::test]
async fn a_damaged_database_is_not_backed_up() {
    let bench = Bench::open(Database::Sqlite).await;
    fill(&bench).await;
    let Bench { desk, config, folder, .. } = bench;
    drop(desk);
    let path = folder.path().join("pindesk.db");
    crate::support::until("the database is closed", async || !folder.path().join("pindesk.db-wal").exists()).await;
    let mut bytes = fs::read(&path).unwrap();
    // A page in the middle.
    let at = bytes.len() / 4096 / 2 * 4096;
    bytes[at..at + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let to = folder.path().join("backup.tar");
    let refusal = desk::back_up(&config, Some(&to)).await.unwrap_err().to_string();
    assert!(refusal.contains("damaged") || refusal.contains("malformed"), "{refusal}");
    assert!(!to.exists());
    let findings = desk::examine(&config, 7, false).await;
    assert!(findings.iter().any(|finding| finding.severity == Severity::Fault), "{findings:?}");
}
