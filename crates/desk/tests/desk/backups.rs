//! Backups that the desk makes by itself, and those that admins ask for.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use desk::{BackupOrigin, BackupState, Desk, DeskConfig};
use domain::{Actor, Error, Role};
use futures::TryStreamExt as _;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::Database as Connection;

use crate::support::{Bench, Database, PNG, file, on_both_databases, ticket, until};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The same desk, which makes backups by itself.
async fn scheduled(bench: &Bench, every: i64, keep: u32) -> (Desk, DeskConfig) {
    let config = DeskConfig { backup_every: every, backup_keep: keep, ..bench.config.clone() };
    (Desk::open(config.clone()).await.unwrap(), config)
}

fn state(desk: &Desk) -> BackupState {
    desk.backups().state(&Actor::command_line()).unwrap()
}

fn files(config: &DeskConfig) -> Vec<PathBuf> {
    let entries = fs::read_dir(config.data_dir.join("backups")).into_iter().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

async fn done(desk: &Desk) -> BackupState {
    until("it is done", async || !state(desk).is_busy).await;
    state(desk)
}

async fn checks(config: &DeskConfig) -> Vec<&'static str> {
    desk::examine(config, 7, false).await.iter().map(|finding| finding.check).collect()
}

on_both_databases! {
    async fn it_makes_one_when_it_is_time_and_keeps_the_newest_of_its_own(bench) {
        let ana = bench.customer("ana").await;
        bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
        // By itself it makes none unless it is told to.
        bench.desk.backups().round().await;
        assert!(files(&bench.config).is_empty() && state(&bench.desk).last.is_none());
        let (desk, config) = scheduled(&bench, DAY, 2).await;
        let another = scheduled(&bench, DAY, 2).await.0;
        tokio::join!(async { desk.backups().round().await }, async { another.backups().round().await });
        desk.backups().round().await;
        assert_eq!(files(&config).len(), 1, "one of several processes makes it, once");
        let first = state(&desk);
        let made = &first.files[0];
        assert_eq!((made.origin, first.last.as_ref().map(|last| last.size)), (Some(BackupOrigin::Scheduled), Some(made.size)));
        assert!(made.verified_at.is_some() && first.not_made.is_none() && first.not_verified.is_none(), "{first:?}");
        for (path, mode) in [(files(&config)[0].clone(), 0o600), (config.data_dir.join("backups"), 0o700)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode);
        }
        // What others put there is theirs, also under such a name, and stays.
        let others = ["pindesk-2020-01-01T000000.tar", "notes.txt"].map(|name| config.data_dir.join("backups").join(name));
        for other in &others {
            fs::copy(&files(&config)[0], other).unwrap();
        }
        let asked = desk.back_up(&Actor::command_line(), None).await.unwrap().path;
        let oldest = state(&desk).files.iter().find(|file| file.origin.is_some()).unwrap().name.clone();
        for _ in 0..3 {
            bench.advance(DAY - 1);
            another.backups().round().await;
            bench.advance(1);
            another.backups().round().await;
        }
        let left = state(&desk).files;
        let own = left.iter().filter(|file| file.origin == Some(BackupOrigin::Scheduled)).count();
        // Two, and the last that was verified.
        assert_eq!(own, 3, "{left:?}");
        assert!(left.iter().any(|file| file.name == oldest && file.verified_at.is_some()));
        assert!(others.iter().all(|path| path.exists()) && asked.exists());
        // One of its own that is another file by now is not its own any more.
        let own = left.iter().find(|file| file.origin.is_some() && file.verified_at.is_none()).unwrap();
        let changed = config.data_dir.join("backups").join(&own.name);
        fs::write(&changed, "tables/ and something else").unwrap();
        for _ in 0..6 {
            bench.advance(DAY);
            desk.backups().round().await;
        }
        assert!(changed.exists());
        let left = state(&desk).files;
        let (own, verified): (Vec<_>, Vec<_>) = (
            left.iter().filter(|file| file.origin == Some(BackupOrigin::Scheduled)).collect(),
            left.iter().filter(|file| file.verified_at.is_some()).map(|file| &file.name).collect(),
        );
        assert!(own.len() <= 3, "{left:?}");
        assert!(!verified.contains(&&oldest), "within a week another one was verified: {left:?}");
    }

    async fn who_may_not_learns_nothing_of_backups(bench) {
        let (agent, ana) = (bench.staff("eva", Role::Agent).await, bench.customer("ana").await);
        let admin = bench.staff("mia", Role::Admin).await;
        let by = domain::ByToken { id: domain::TokenId(1), is_read_only: false };
        let program = Actor { token: Some(by), ..admin.clone() };
        let made = bench.desk.back_up(&admin, None).await.unwrap();
        let name = made.path.file_name().unwrap().to_str().unwrap();
        let backups = bench.desk.backups();
        for who in [&agent, &ana, &program] {
            for refused in [
                backups.state(who).map(drop),
                backups.make_soon(who).await,
                backups.verify_soon(who, name).await,
                backups.read(who, name).await.map(drop),
            ] {
                assert!(matches!(refused, Err(Error::Forbidden { .. })), "{}", who.username);
            }
        }
        for name in ["nothing.tar", "../secret", "../../etc/passwd", "", ".", "secret"] {
            assert!(matches!(backups.read(&admin, name).await.map(drop), Err(Error::NotFound)), "{name}");
            assert!(matches!(backups.verify_soon(&admin, name).await, Err(Error::NotFound)), "{name}");
        }
        let (size, bytes) = backups.read(&admin, name).await.unwrap();
        let bytes: Vec<_> = bytes.try_collect().await.unwrap();
        let bytes = bytes.concat();
        assert_eq!((size, &bytes), (made.size, &fs::read(&made.path).unwrap()));
    }

    async fn an_admin_asks_for_one_and_sees_what_came_of_it(bench) {
        let admin = bench.staff("mia", Role::Admin).await;
        let backups = bench.desk.backups();
        backups.make_soon(&admin).await.unwrap();
        assert!(state(&bench.desk).is_busy);
        let after = done(&bench.desk).await;
        assert_eq!(after.files.iter().map(|file| file.origin).collect::<Vec<_>>(), [Some(BackupOrigin::Asked)]);
        assert!(after.verified.is_none());
        let name = after.files[0].name.clone();
        // While another process is at it.
        let other = fs::File::open(bench.config.data_dir.join("backup.lock")).unwrap();
        other.lock().unwrap();
        assert!(matches!(backups.make_soon(&admin).await, Err(Error::Conflict { .. })));
        assert!(matches!(backups.verify_soon(&admin, &name).await, Err(Error::Conflict { .. })));
        drop(other);
        backups.verify_soon(&admin, &name).await.unwrap();
        let after = done(&bench.desk).await;
        assert_eq!(after.verified.unwrap().name, name);
        assert!(after.files[0].verified_at.is_some());
        let left = fs::read_dir(&bench.config.data_dir).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.map(|name| name.into_string().unwrap()).all(|name| !name.starts_with(".restore")));
        // One that changed on the disk is found out.
        let path = files(&bench.config)[0].clone();
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        backups.verify_soon(&admin, &name).await.unwrap();
        let after = done(&bench.desk).await;
        assert!(after.files[0].is_bad && after.not_verified.unwrap().message.contains("damaged"));
        assert!(checks(&bench.config).await.contains(&"verified backup"));
    }

    async fn one_that_is_late_or_failed_is_told(bench) {
        bench.customer("ana").await;
        let (desk, config) = scheduled(&bench, DAY, 7).await;
        desk.backups().round().await;
        assert_eq!(checks(&config).await, Vec::<&str>::new());
        bench.advance(2 * DAY);
        assert!(!state(&desk).is_late);
        bench.advance(1);
        assert!(state(&desk).is_late);
        assert_eq!(checks(&config).await, ["backup"]);
        // A file stands where the folder should be.
        let elsewhere = config.data_dir.join("media/elsewhere");
        fs::write(&elsewhere, "").unwrap();
        let broken = DeskConfig { backup_to: Some(elsewhere.join("backups")), ..config.clone() };
        let failing = Desk::open(broken.clone()).await.unwrap();
        failing.backups().round().await;
        let after = state(&failing);
        assert!(after.not_made.unwrap().message.contains("elsewhere"));
        assert_eq!(checks(&broken).await, ["backup", "backup"]);
        // It tries again within the hour, and not at once.
        bench.advance(HOUR - 1);
        desk.backups().round().await;
        assert!(state(&desk).not_made.is_some());
        bench.advance(1);
        desk.backups().round().await;
        assert!(state(&desk).not_made.is_none() && !state(&desk).is_late);
        assert_eq!(checks(&config).await, Vec::<&str>::new());
        // None was verified for long.
        let unscheduled = DeskConfig { backup_every: 0, ..config };
        bench.advance(16 * DAY);
        bench.desk.back_up(&Actor::command_line(), None).await.unwrap();
        assert_eq!(checks(&unscheduled).await, ["verified backup"]);
    }
}

#[tokio::test]
async fn one_that_was_broken_off_leaves_nothing() {
    let bench = Bench::open(Database::Sqlite).await;
    let ana = bench.customer("ana").await;
    bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
    let (desk, config) = scheduled(&bench, DAY, 2).await;
    // As when the program stops: nobody waits for it any more.
    for millis in [1, 5, 20, 50] {
        let round = async { desk.backups().round().await };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(millis), round).await;
    }
    until("nobody makes one", async || !state(&desk).is_busy).await;
    bench.advance(DAY);
    desk.backups().round().await;
    let after = state(&desk);
    assert!(after.not_made.is_none() && after.not_verified.is_none(), "{after:?}");
    let names = |folder: PathBuf| {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.filter(|name| name.starts_with('.')).collect::<Vec<_>>()
    };
    until("what was begun is gone", async || names(config.data_dir.join("backups")).is_empty()).await;
    assert_eq!(names(config.data_dir.clone()), Vec::<String>::new());
}

fn url(bench: &Bench) -> String {
    let file = || format!("sqlite://{}/pindesk.db", bench.folder.path().display());
    bench.config.database_url.clone().unwrap_or_else(file)
}

on_both_databases! {
    async fn before_an_upgrade_there_is_a_backup(bench) {
        let ana = bench.customer("ana").await;
        bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
        assert!(files(&bench.config).is_empty(), "a new desk needs none");
        let connection = Connection::connect(url(&bench)).await.unwrap();
        Migrator::down(&connection, Some(1)).await.unwrap();
        let pending = Migrator::migrations().last().unwrap().name().to_owned();
        // What would be done is told, and nothing is done.
        let plan = desk::rehearse_upgrade(&bench.config).await.unwrap();
        assert_eq!((plan.migrations, plan.took.is_some()), (vec![pending], bench.config.database_url.is_none()));
        assert_eq!(Migrator::get_pending_migrations(&connection).await.unwrap().len(), 1);
        assert!(files(&bench.config).is_empty());
        // Where it cannot be made, the upgrade does not begin, unless it was told to.
        let in_the_way = bench.config.data_dir.join("backups");
        fs::write(&in_the_way, "").unwrap();
        let refusal = Desk::open(bench.config.clone()).await.err().unwrap().to_string();
        assert!(refusal.contains("there is no backup from before") && refusal.contains("PINDESK_UPGRADE_BACKUP=off"), "{refusal}");
        assert_eq!(Migrator::get_pending_migrations(&connection).await.unwrap().len(), 1);
        fs::remove_file(&in_the_way).unwrap();
        let desks = tokio::join!(bench.another(), bench.another());
        let desk = &desks.0;
        let made = state(desk).files;
        assert_eq!(made.len(), 1, "{made:?}");
        assert!(made[0].name.starts_with(&format!("pre-{}-", env!("CARGO_PKG_VERSION"))), "{made:?}");
        assert_eq!(made[0].origin, Some(BackupOrigin::Upgrade));
        assert_eq!(desk::rehearse_upgrade(&bench.config).await.unwrap().migrations, Vec::<String>::new());
        // An archive of an older schema is restored, and brought to this one.
        let restored = desk::verify(&bench.config, &files(&bench.config)[0]).await.unwrap();
        assert_eq!((restored.tickets, restored.files), (1, 1));
        // It is kept for a week.
        bench.advance(7 * DAY);
        desk.upkeep().await.unwrap();
        assert_eq!(state(desk).files.len(), 1);
        bench.advance(1);
        desk.upkeep().await.unwrap();
        assert_eq!(state(desk).files, []);
    }

    async fn a_database_of_a_later_version_is_not_opened(bench) {
        bench.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_000001_wonders', 0)").await;
        let known = Migrator::migrations().len();
        for refusal in [
            Desk::open(bench.config.clone()).await.err().unwrap().to_string(),
            desk::rehearse_upgrade(&bench.config).await.unwrap_err().to_string(),
        ] {
            for words in [
                format!("schema {} (m29991231_000001_wonders)", known + 1),
                format!("schema {known} ("),
                "Start that version or a later one".to_owned(),
            ] {
                assert!(refusal.contains(&words), "{words}: {refusal}");
            }
        }
        assert!(files(&bench.config).is_empty());
    }
}
