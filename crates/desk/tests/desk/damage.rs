//! A database that is damaged while it is used, and a restore that breaks off.

use std::{fs, os::unix::fs::FileExt as _, path::Path};

use desk::{Desk, DeskConfig, Severity, Trouble};
use domain::{Actor, Cursor, Error, Role, TicketFilter};
use sea_orm::{ConnectionTrait as _, Database as Connection, Statement};
use tempfile::TempDir;

use crate::support::{Bench, Database, PNG, eventually, file, on_both_databases, ticket, until};

const DAY: i64 = 24 * 3600;

/// A desk with tickets, whose file holds all of it; and the place of a page of theirs in it.
async fn filled() -> (Desk, DeskConfig, TempDir, u64) {
    let bench = Bench::open(Database::Sqlite).await;
    let ana = bench.customer("ana").await;
    for _ in 0..40 {
        bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
    }
    let Bench { desk, config, folder, .. } = bench;
    drop(desk);
    until("the log is in the file", async || !folder.path().join("pindesk.db-wal").exists()).await;
    let connection = Connection::connect(format!("sqlite://{}/pindesk.db", folder.path().display())).await.unwrap();
    let number = async |sql: &str| -> i64 {
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    };
    let page = number("SELECT CAST(rootpage AS BIGINT) FROM sqlite_schema WHERE name = 'tickets'").await;
    let size = number("SELECT CAST(page_size AS BIGINT) FROM pragma_page_size").await;
    connection.close().await.unwrap();
    let desk = Desk::open(config.clone()).await.unwrap();
    (desk, config, folder, u64::try_from((page - 1) * size).unwrap())
}

/// Overwrites a page of the file in place; what was there.
fn overwrite(folder: &Path, at: u64, with: &[u8]) -> Vec<u8> {
    let file = fs::File::options().read(true).write(true).open(folder.join("pindesk.db")).unwrap();
    let mut before = vec![0; with.len()];
    file.read_exact_at(&mut before, at).unwrap();
    file.write_all_at(with, at).unwrap();
    before
}

async fn list(desk: &Desk) -> Result<(), Error> {
    desk.tickets().list(&Actor::command_line(), &TicketFilter::default(), Cursor::First, 100).await.map(drop)
}

#[tokio::test]
async fn a_database_that_is_damaged_takes_nothing_more() {
    let (desk, config, folder, page) = filled().await;
    desk.ready().await.unwrap();
    let before = overwrite(folder.path(), page, &[0xa5; 4096]);
    assert!(matches!(list(&desk).await, Err(Error::Unavailable)));
    // From here on, whatever else works.
    assert_eq!(desk.trouble(), Some(Trouble::Damaged));
    assert!(matches!(desk.ready().await, Err(Error::Unavailable)));
    let draft = domain::PersonDraft { username: "ben".into(), ..Default::default() };
    let written = desk.users().create_customer(&Actor::command_line(), &draft).await;
    assert!(matches!(written, Err(Error::Unavailable)), "{written:?}");
    let refusal = desk.back_up(&Actor::command_line(), None).await.unwrap_err().to_string();
    assert!(refusal.contains("damaged") && refusal.contains("restore a backup"), "{refusal}");
    assert!(fs::read_dir(folder.path().join("backups")).into_iter().flatten().next().is_none());
    let findings = desk::examine(&config, 7, false).await;
    assert!(findings.iter().any(|finding| finding.severity == Severity::Fault), "{findings:?}");
    assert!(desk.upkeep().await.is_err(), "nothing is swept away by what a damaged database names");
    assert_eq!(desk.trouble(), Some(Trouble::Damaged));
    // It was the cable.
    overwrite(folder.path(), page, &before);
    desk.upkeep().await.unwrap();
    assert_eq!(desk.trouble(), None);
    list(&desk).await.unwrap();
    desk.users().create_customer(&Actor::command_line(), &draft).await.unwrap();
}

#[tokio::test]
async fn damage_that_nobody_met_is_found_within_a_week() {
    let (desk, config, folder, page) = filled().await;
    let admin = Actor::command_line();
    desk.upkeep().await.unwrap();
    assert_eq!(desk.concerns(&admin).await.unwrap(), []);
    overwrite(folder.path(), page, &[0xa5; 4096]);
    config.clock.advance(7 * DAY - 1);
    let _ = desk.upkeep().await;
    assert_eq!(desk.trouble(), None, "it is not looked at all the time");
    config.clock.advance(1);
    assert!(desk.upkeep().await.is_err());
    assert_eq!(desk.trouble(), Some(Trouble::Damaged));
    let concerns = desk.concerns(&admin).await.unwrap();
    assert!(concerns.iter().any(|concern| concern.is_fault && concern.check == "integrity"), "{concerns:?}");
}

on_both_databases! {
    async fn admins_are_told_what_is_missing(bench) {
        let (agent, ana) = (bench.staff("eva", Role::Agent).await, bench.customer("ana").await);
        for who in [&agent, &ana] {
            assert!(matches!(bench.desk.concerns(who).await, Err(Error::Forbidden { .. })));
        }
        let told = async || {
            let concerns = bench.desk.concerns(&Actor::command_line()).await.unwrap();
            concerns.into_iter().map(|concern| concern.check).collect::<Vec<_>>()
        };
        bench.desk.upkeep().await.unwrap();
        assert_eq!(told().await, Vec::<String>::new());
        bench.advance(7 * DAY + 1);
        assert_eq!(told().await, ["backup"]);
        bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        assert_eq!(told().await, Vec::<String>::new());
        // What is found at the weekly look is told until the next one.
        bench.forget_documents().await;
        bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        bench.forget_documents().await;
        bench.advance(1);
        bench.desk.upkeep().await.unwrap();
        assert_eq!(told().await, ["search"]);
    }

    async fn after_a_restore_somebody_looks_who_may_come_in(bench) {
        let admin = bench.staff("mia", Role::Admin).await;
        let gone = bench.staff("tom", Role::Agent).await;
        let left = bench.staff("ben", Role::Agent).await;
        let me = Actor::command_line();
        bench.desk.users().set_active(&me, left.id.unwrap(), false).await.unwrap();
        let made = bench.desk.back_up(&admin, None).await.unwrap();
        bench.desk.users().set_active(&me, gone.id.unwrap(), false).await.unwrap();
        let Bench { desk, config, folder: _folder, .. } = bench;
        drop(desk);
        let restored = eventually(async || desk::restore(&config, &made.path, true).await).await;
        assert_eq!(restored.staff, ["mia", "tom"]);
        let desk = Desk::open(config.clone()).await.unwrap();
        let held = desk.held(&admin).await.unwrap().unwrap();
        let names = [(admin.id.unwrap(), "mia".to_owned()), (gone.id.unwrap(), "tom".to_owned())];
        assert_eq!((held.staff, held.files), (names.to_vec(), Vec::new()));
        // The doctor does not confirm what somebody has to look at.
        let findings = desk::examine(&config, 7, true).await;
        assert_eq!(findings.iter().map(|finding| (finding.check, finding.is_fixed)).collect::<Vec<_>>(), [("kept files", false)]);
        assert!(desk.confirm_sweep(&gone).await.is_err());
        desk.confirm_sweep(&admin).await.unwrap();
        assert!(desk.held(&admin).await.unwrap().is_none());
    }

    async fn a_restore_that_broke_off_is_done_again(bench) {
        let ana = bench.customer("ana").await;
        bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
        let made = bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        let later = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        let Bench { desk, config, folder, .. } = bench;
        drop(desk);
        if config.database_url.is_none() {
            until("the database is closed", async || !folder.path().join("pindesk.db-wal").exists()).await;
        }
        // As a crash between two moves leaves it.
        let before = folder.path().join("before-restore-2026-11-27T100000");
        fs::create_dir(&before).unwrap();
        fs::write(folder.path().join("restore-under-way"), "").unwrap();
        for name in ["media", "pindesk.db"] {
            let _ = fs::rename(folder.path().join(name), before.join(name));
        }
        for refusal in [
            Desk::open(config.clone()).await.err().unwrap().to_string(),
            desk::back_up(&config, None).await.err().map_or_else(String::new, |error| error.to_string()),
        ] {
            assert!(refusal.contains("broken off") || refusal.contains("there is no desk"), "{refusal}");
        }
        assert!(!folder.path().join("pindesk.db").exists());
        let findings = desk::examine(&config, 7, false).await;
        assert!(findings.iter().any(|finding| finding.check == "restore" && finding.severity == Severity::Fault), "{findings:?}");
        eventually(async || desk::restore(&config, &made.path, true).await).await;
        assert!(!folder.path().join("restore-under-way").exists());
        let desk = Desk::open(config.clone()).await.unwrap();
        let next = desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        assert!(next.id > later.id, "{} {}", next.id, later.id);
        let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(left.filter(|name| name.starts_with(".restore")).count(), 0);
    }
}
