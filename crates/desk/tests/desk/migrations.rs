use std::fs;

use domain::{Cursor, EventData, Holder, PersonDraft, PinId, Priority, Role, Status, UserId};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait as _, Database as Connection, Statement};

use crate::support::{Bench, client, on_both_databases, ticket};

fn url(bench: &Bench) -> String {
    bench
        .config
        .database_url
        .clone()
        .unwrap_or_else(|| format!("sqlite://{}/pindesk.db", bench.folder.path().display()))
}

on_both_databases! {
    async fn the_history_runs_down_and_up_again(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        Migrator::down(&connection, None).await.unwrap();
        Migrator::up(&connection, None).await.unwrap();
        assert!(Migrator::get_pending_migrations(&connection).await.unwrap().is_empty());
        bench.customer("ana").await;
    }

    async fn the_history_only_adds(bench) {
        let connection = bench.connection().await;
        let sql = if bench.config.database_url.is_none() {
            "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        } else {
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        };
        let columns = async || -> Vec<String> {
            let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
            rows.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
        };
        Migrator::down(&connection, None).await.unwrap();
        let mut before = Vec::new();
        for step in Migrator::migrations() {
            Migrator::up(&connection, Some(1)).await.unwrap();
            let after = columns().await;
            let lost: Vec<_> = before.iter().filter(|column| !after.contains(column)).collect();
            assert!(lost.is_empty(), "{} takes away {lost:?}", step.name());
            before = after;
        }
    }

    async fn usernames_from_before_are_found_as_people_type_them(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        let me = domain::Actor::command_line();
        let ids = [bench.customer("\u{c9}lodie").await.id, bench.customer("ana").await.id, bench.customer("zoe").await.id];
        let [elodie, ana, zoe] = ids.map(|id| id.unwrap().0);
        // As it was: keys in lower case and nothing else; and two names that are one now.
        let history = Migrator::migrations();
        let before = history.iter().position(|step| step.name().ends_with("usernames")).unwrap();
        Migrator::down(&connection, Some((history.len() - before) as u32)).await.unwrap();
        for (id, name) in [(elodie, "E\u{301}lodie"), (ana, "Straße"), (zoe, "STRASSE")] {
            let update = format!("UPDATE users SET username = '{name}', username_key = '{}' WHERE id = {id}", name.to_lowercase());
            connection.execute_unprepared(&update).await.unwrap();
        }
        Migrator::up(&connection, None).await.unwrap();
        for (typed, id) in [("\u{e9}LODIE", elodie), ("e\u{301}lodie", elodie), ("straße", ana), ("strasse", zoe)] {
            assert_eq!(bench.desk.users().by_username(&me, typed).await.unwrap().id.0, id, "{typed}");
            assert_eq!(bench.desk.users().customer_named(&me, typed).await.unwrap().unwrap().id.0, id, "{typed}");
        }
        // Who keeps their name can be changed, and keeps their key.
        for (name, id) in [("Straße", ana), ("STRASSE", zoe)] {
            let draft = PersonDraft { username: name.into(), email: "x@example.org".into(), ..PersonDraft::default() };
            let changed = bench.desk.users().update(&me, UserId(id), &draft).await.unwrap();
            assert_eq!((changed.username.as_str(), changed.email.as_str()), (name, "x@example.org"));
            assert_eq!(bench.desk.users().by_username(&me, name).await.unwrap().id.0, id);
        }
        let draft = PersonDraft { username: "strasse".into(), ..PersonDraft::default() };
        bench.desk.users().update(&me, UserId(elodie), &draft).await.unwrap_err();
        // The same of the team.
        let team = format!("UPDATE users SET role = 'agent' WHERE id IN ({ana}, {zoe})");
        connection.execute_unprepared(&team).await.unwrap();
        for (typed, id) in [("straße", ana), ("strasse", zoe)] {
            assert_eq!(bench.desk.users().member_named(&me, typed).await.unwrap(), Some(UserId(id)));
        }
    }

    async fn events_from_before_say_what_they_said(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        let me = domain::Actor::command_line();
        let ana = bench.customer("ana").await;
        let [mia, tom, twin] = [
            bench.staff("mia", Role::Agent).await,
            bench.staff("tom", Role::Agent).await,
            bench.staff("twin", Role::Agent).await,
        ];
        let draft = PersonDraft { username: "twin".into(), name: "tom".into(), ..PersonDraft::default() };
        bench.desk.users().update(&me, twin.id.unwrap(), &draft).await.unwrap();
        let id = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap().id;
        let history = Migrator::migrations();
        let before = history.iter().position(|step| step.name().ends_with("event_data")).unwrap();
        Migrator::down(&connection, Some((history.len() - before) as u32)).await.unwrap();
        let mia_id = mia.id.unwrap();
        let at = bench.desk.now().as_micros();
        for (kind, from, to, to_user) in [
            ("status_changed", "'Open'", "'In Progress'", None),
            ("priority_changed", "'Low'", "'Urgent'", None),
            ("category_changed", "'Bug'", "'It''s \"new\"'", None),
            ("files_added", "NULL", "'2'", None),
            ("assignee_changed", "NULL", "'mia'", None),
            ("assignee_changed", "'mia'", "'tom'", None),
            ("assignee_changed", "'tom'", "'as it was'", Some(mia_id)),
            ("assignee_changed", "'nobody now'", "NULL", None),
        ] {
            let to_user = to_user.map_or("NULL".into(), |id: UserId| id.to_string());
            let insert = format!(
                "INSERT INTO events (kind, ticket_id, actor_id, from_value, to_value, to_user_id, at)
                 VALUES ('{kind}', {id}, {mia_id}, {from}, {to}, {to_user}, {at})"
            );
            connection.execute_unprepared(&insert).await.unwrap();
        }
        for (kind, to) in [("pin_redeemed", "'7'"), ("session_ended", "NULL"), ("session_ended", "'3'")] {
            let insert = format!(
                "INSERT INTO events (kind, user_id, actor_id, to_value, at) VALUES ('{kind}', {0}, {0}, {to}, {at})",
                ana.id.unwrap()
            );
            connection.execute_unprepared(&insert).await.unwrap();
        }
        Migrator::up(&connection, None).await.unwrap();
        // A process of the version before that has not stopped yet.
        let late = format!(
            "INSERT INTO events (kind, ticket_id, actor_id, from_value, to_value, at)
             VALUES ('status_changed', {id}, {mia_id}, 'In Progress', 'Resolved', {at})"
        );
        connection.execute_unprepared(&late).await.unwrap();
        bench.another().await;

        let timeline = bench.desk.tickets().view(&tom, id, Cursor::First).await.unwrap().timeline.items;
        let told: Vec<EventData> = timeline.into_iter().rev().skip(1).map(|event| event.data).collect();
        let holder = |id: Option<UserId>, name: &str| Some(Holder { id, name: name.into() });
        assert_eq!(
            told,
            [
                EventData::StatusChanged { from: Status::Open, to: Status::InProgress },
                EventData::PriorityChanged { from: Priority::Low, to: Priority::Urgent },
                EventData::CategoryChanged { from: "Bug".into(), to: "It's \"new\"".into() },
                EventData::FilesAdded { count: 2 },
                // Who took it is the one who did it.
                EventData::AssigneeChanged { from: None, to: holder(mia.id, "mia") },
                // Two have the name.
                EventData::AssigneeChanged { from: holder(mia.id, "mia"), to: holder(None, "tom") },
                EventData::AssigneeChanged { from: holder(None, "tom"), to: holder(mia.id, "mia") },
                EventData::AssigneeChanged { from: holder(None, "nobody now"), to: None },
                EventData::PinRedeemed { pin: PinId(7) },
                EventData::SessionEnded { count: 1 },
                EventData::SessionEnded { count: 3 },
                EventData::StatusChanged { from: Status::InProgress, to: Status::Resolved },
            ]
        );
    }

    async fn a_desk_in_use_never_gets_a_new_secret_by_itself(bench) {
        bench.customer("ana").await;
        let path = bench.folder.path().join("secret");
        let secret = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let message = desk::Desk::open(bench.config.clone()).await.err().unwrap().to_string();
        assert!(message.contains("--new-secret") && message.contains("PINDESK_SECRET_KEY"), "{message}");
        assert!(!path.exists());
        let given = desk::DeskConfig {
            secret: Some(desk::Secret::from_text(&secret).unwrap()),
            ..bench.config.clone()
        };
        desk::Desk::open(given).await.unwrap();
        desk::Desk::open(desk::DeskConfig { new_secret: true, ..bench.config.clone() }).await.unwrap();
        assert_ne!(fs::read_to_string(&path).unwrap(), secret);
        // Once there is one, the flag changes nothing.
        let secret = fs::read_to_string(&path).unwrap();
        desk::Desk::open(desk::DeskConfig { new_secret: true, ..bench.config.clone() }).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    }

    async fn a_desk_in_use_knows_its_secret(bench) {
        let ana = bench.customer("ana").await;
        let pin = bench.pin(&ana).await;
        let path = bench.folder.path().join("secret");
        let (own, other) = (fs::read_to_string(&path).unwrap(), "another secret of at least 32 characters");
        let with = |secret: &str| desk::DeskConfig {
            secret: Some(desk::Secret::from_text(secret).unwrap()),
            ..bench.config.clone()
        };
        let refused = async |config| desk::Desk::open(config).await.err().unwrap().to_string();
        let message = refused(with(other)).await;
        assert!(message.contains("PINDESK_SECRET_KEY is not the one") && message.contains("--new-secret"), "{message}");
        fs::write(&path, other).unwrap();
        let message = refused(bench.config.clone()).await;
        assert!(message.contains(&*path.to_string_lossy()) && message.contains("--new-secret"), "{message}");
        assert!(!message.contains(other) && !message.contains(&own));
        assert_eq!(fs::read_to_string(&path).unwrap(), other, "nothing is changed");
        // The right one is still known, whatever was tried.
        let right = desk::Desk::open(with(&own)).await.unwrap();
        // Who goes on with another one does so for good.
        desk::Desk::open(desk::DeskConfig { new_secret: true, ..bench.config.clone() }).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), other);
        let changed = bench.another().await;
        let login = changed.pins().redeem(&pin, &client(1), domain::LoginKind::Api).await;
        assert_eq!(login.unwrap_err(), domain::Error::WrongPin);
        assert!(refused(with(&own)).await.contains("is not the one"));
        drop((right, changed));
        let connection = bench.connection().await;
        let marks = connection
            .query_all_raw(Statement::from_string(connection.get_database_backend(), "SELECT mark FROM secret_mark"))
            .await
            .unwrap();
        let mark: String = marks[0].try_get_by_index(0).unwrap();
        assert!(marks.len() == 1 && mark.len() == 64 && !mark.contains(other));
    }

    async fn a_desk_without_people_takes_any_secret(bench) {
        let path = bench.folder.path().join("secret");
        fs::write(&path, "another secret of at least 32 characters").unwrap();
        bench.another().await;
        fs::remove_file(&path).unwrap();
        bench.another().await;
    }

    async fn processes_that_start_together_agree(bench) {
        let connection = Connection::connect(url(&bench)).await.unwrap();
        Migrator::down(&connection, None).await.unwrap();
        connection.close().await.unwrap();
        let (one, two) = tokio::join!(desk::Desk::open(bench.config.clone()), desk::Desk::open(bench.config.clone()));
        assert!(one.is_ok() && two.is_ok());
    }
}

#[tokio::test]
async fn a_data_folder_may_have_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("what? 100% ü #1");
    desk::Desk::open(desk::DeskConfig::new(&data)).await.unwrap().ready().await.unwrap();
    assert!(data.join("pindesk.db").is_file());
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["mysql://localhost/desk", "sqlite::memory:", "postgres://user:geheim@127.0.0.1:1/desk"] {
        let mut config = desk::DeskConfig::new(folder.path());
        config.database_url = Some(url.into());
        let message = desk::Desk::open(config).await.err().unwrap().to_string();
        assert!(!message.is_empty() && !message.contains("geheim"), "{message}");
    }
}

#[test]
fn a_secret_is_made_once_and_only_its_owner_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        desk::Desk::open(desk::DeskConfig::new(folder.path())).await.unwrap();
        let path = folder.path().join("secret");
        let secret = fs::read_to_string(&path).unwrap();
        assert!(secret.len() >= 32);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        desk::Desk::open(desk::DeskConfig::new(folder.path())).await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), secret);
    });
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_could_read_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| fs::set_permissions(data.join(name), fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(&data).unwrap();
    set("", 0o755);
    drop(desk::Desk::open(desk::DeskConfig::new(&data)).await.unwrap());
    assert_eq!(mode(&data), 0o700);
    for (name, mode) in [("", 0o775), ("secret", 0o644), ("pindesk.db", 0o666), ("media", 0o755), ("incoming", 0o755)] {
        set(name, mode);
    }
    drop(desk::Desk::open(desk::DeskConfig::new(&data)).await.unwrap());
    for (name, closed) in [("", 0o700), ("secret", 0o600), ("pindesk.db", 0o600), ("media", 0o700), ("incoming", 0o700)]
    {
        assert_eq!(mode(&data.join(name)), closed, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_others_use_too_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mode = |name: &str| fs::metadata(data.join(name)).unwrap().permissions().mode() & 0o777;
    let set = |name: &str, mode| fs::set_permissions(data.join(name), fs::Permissions::from_mode(mode)).unwrap();
    for theirs in ["dpkg", "media/usb"] {
        fs::create_dir_all(data.join(theirs)).unwrap();
    }
    for name in ["", "dpkg", "media", "media/usb"] {
        set(name, 0o755);
    }
    drop(desk::Desk::open(desk::DeskConfig::new(data)).await.unwrap());
    set("pindesk.db", 0o644);
    drop(desk::Desk::open(desk::DeskConfig::new(data)).await.unwrap());
    for name in ["", "dpkg", "media", "media/usb"] {
        assert_eq!(mode(name), 0o755, "{name:?}");
    }
    // What is the desk's own in it is closed all the same.
    for name in ["pindesk.db", "secret"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    // Without what is theirs it is ours again.
    fs::remove_dir(data.join("dpkg")).unwrap();
    fs::remove_dir(data.join("media/usb")).unwrap();
    fs::create_dir(data.join("lost+found")).unwrap();
    drop(desk::Desk::open(desk::DeskConfig::new(data)).await.unwrap());
    assert_eq!((mode(""), mode("media")), (0o700, 0o700));
}
