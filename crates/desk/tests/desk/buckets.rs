//! Files in a bucket: what fails leaves nothing, what is there is found from anywhere, and nothing is lost on the way.

use std::time::Duration;

use bucket::{Mood, Server};
use desk::{Bucket, Desk, DeskConfig, Severity, Trouble};
use domain::{Actor, Attachment, AuditFilter, AuditGroup, Cursor, Error};
use futures::TryStreamExt as _;

use crate::support::{Bench, Database, PDF, PNG, file, form, in_bucket, new_postgres, text, ticket, until};

/// As impatient as a test.
fn hasty(mut bucket: Bucket, millis: u64) -> Bucket {
    bucket.access.patience = Duration::from_millis(millis);
    bucket
}

async fn bytes(desk: &Desk, file: &Attachment) -> domain::Result<Vec<u8>> {
    let content = desk.attachments().read(None, file, None).await?;
    let pieces: Result<Vec<_>, _> = content.try_collect().await;
    pieces.map(|pieces| pieces.concat()).map_err(|_| Error::Unavailable)
}

/// A desk in a folder of its own with its files in this bucket.
struct Place {
    config: DeskConfig,
    _folder: tempfile::TempDir,
}

fn place(storage: Option<Bucket>) -> Place {
    let folder = tempfile::tempdir().unwrap();
    Place { config: DeskConfig { storage, ..DeskConfig::new(folder.path()) }, _folder: folder }
}

async fn open_with_files(desk: &Desk) -> (Actor, domain::Ticket) {
    let draft = domain::PersonDraft { username: "ana".into(), ..domain::PersonDraft::default() };
    let person = desk.users().create_customer(&Actor::command_line(), &draft).await.unwrap();
    let ana =
        Actor { id: Some(person.id), role: domain::Role::Customer, username: "ana".into(), ..Actor::command_line() };
    let opened = desk.tickets().open(&ana, &mut ticket([file("a.png", PNG), file("b.pdf", PDF)])).await.unwrap();
    (ana, opened)
}

#[tokio::test]
async fn a_bucket_that_fails_refuses_and_leaves_nothing() {
    let server = Server::start();
    let place = place(Some(hasty(in_bucket(&server, "desk"), 400)));
    let desk = Desk::open(place.config.clone()).await.unwrap();
    let (ana, opened) = open_with_files(&desk).await;
    assert_eq!(server.objects("desk/media/").len(), 2);
    for (mood, trouble) in [
        (Mood::Refuses, Trouble::Storage),
        (Mood::CutsOff, Trouble::Storage),
        (Mood::Silent, Trouble::Storage),
        (Mood::Gone, Trouble::Storage),
    ] {
        server.set(mood);
        let refusal = desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap_err();
        assert_eq!(refusal, Error::Unavailable, "{mood:?}");
        let reply = desk.tickets().reply(&ana, opened.id, &mut form([text("body", "Look."), file("c.png", PNG)])).await;
        assert_eq!(reply.unwrap_err(), Error::Unavailable, "{mood:?}");
        assert_eq!(desk.trouble(), Some(trouble), "{mood:?}");
        assert_eq!(desk.ready().await, Err(Error::Unavailable), "{mood:?}");
        // What has no files needs no bucket.
        let plain = desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        server.set(Mood::Well);
        until("the bucket is used again", async || desk.ready().await.is_ok()).await;
        assert_eq!(desk.trouble(), None, "{mood:?}");
        assert!(desk.tickets().get(&ana, plain.id).await.is_ok());
        until("nothing is left in it", async || server.objects("desk/media/").len() == 2).await;
        assert_eq!(server.objects("desk/looks/"), [""; 0]);
        let tickets = desk.tickets().list_own(&ana, Cursor::First, 50).await.unwrap().items;
        assert!(tickets.iter().all(|ticket| ticket.id == opened.id || ticket.attachments.is_empty()), "{mood:?}");
        assert_eq!(desk.tickets().timeline(&ana, opened.id, Cursor::First, 50).await.unwrap().items.len(), 1);
        assert!(
            std::fs::read_dir(place.config.data_dir.join("incoming"))
                .unwrap()
                .flatten()
                .all(|entry| { !entry.path().is_dir() || std::fs::read_dir(entry.path()).unwrap().next().is_none() })
        );
    }
    server.set(Mood::Slow(Duration::from_millis(100)));
    let late = desk.tickets().open(&ana, &mut ticket([file("late.png", PNG)])).await.unwrap();
    assert_eq!(bytes(&desk, &late.attachments[0]).await.unwrap(), PNG);
}

#[tokio::test]
async fn while_a_bucket_is_slow_nobody_else_waits() {
    let server = Server::start();
    let place = place(Some(in_bucket(&server, "")));
    let desk = Desk::open(place.config.clone()).await.unwrap();
    let (ana, _) = open_with_files(&desk).await;
    server.set(Mood::Silent);
    let tickets = desk.tickets();
    let mut form = ticket([file("a.png", PNG)]);
    let mut waits = std::pin::pin!(tickets.open(&ana, &mut form));
    tokio::select! {
        opened = &mut waits => panic!("{opened:?}"),
        plain = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            desk.tickets().open(&ana, &mut ticket([])).await
        } => assert!(plain.is_ok()),
    }
}

#[tokio::test]
async fn a_large_file_goes_in_parts_and_comes_in_ranges() {
    let server = Server::start();
    let mut place = place(Some(in_bucket(&server, "")));
    place.config.upload.max_file_bytes = 30 << 20;
    let desk = Desk::open(place.config.clone()).await.unwrap();
    let (ana, _) = open_with_files(&desk).await;
    let mut large = PNG.to_vec();
    large.extend((0..20_u32 << 20).map(|number| (number % 251) as u8));
    let parts =
        crate::support::Part::File("large.png", large.chunks(64 * 1024).map(bytes::Bytes::copy_from_slice).collect());
    let opened = desk.tickets().open(&ana, &mut ticket([parts])).await.unwrap();
    assert!(bytes(&desk, &opened.attachments[0]).await.unwrap() == large);
    let range = desk.attachments().read(None, &opened.attachments[0], Some(9_000_000..9_000_003)).await.unwrap();
    let range: Vec<bytes::Bytes> = range.try_collect().await.unwrap();
    assert_eq!(range.concat(), large[9_000_000..9_000_003]);
    // One that breaks off half-way leaves no part of it either.
    server.set(Mood::CutsOff);
    let parts =
        crate::support::Part::File("large.png", large.chunks(64 * 1024).map(bytes::Bytes::copy_from_slice).collect());
    assert_eq!(desk.tickets().open(&ana, &mut ticket([parts])).await.unwrap_err(), Error::Unavailable);
    server.set(Mood::Well);
    until("nothing is left of it", async || server.objects("media/").len() == 3).await;
}

#[tokio::test]
async fn two_processes_are_one_desk() {
    let bench = Bench::on_a_bucket(Database::Postgres).await;
    // A data folder of its own, and the secret that is one for both.
    let other = tempfile::tempdir().unwrap();
    let config = DeskConfig { data_dir: other.path().to_owned(), ..bench.config.clone() };
    let refused = Desk::open(config.clone()).await.err().unwrap().to_string();
    assert!(refused.contains("PINDESK_SECRET_KEY"), "{refused}");
    std::fs::copy(bench.config.data_dir.join("secret"), other.path().join("secret")).unwrap();
    let second = Desk::open(config).await.unwrap();
    let ana = bench.customer("ana").await;
    let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
    assert_eq!(bytes(&second, &opened.attachments[0]).await.unwrap(), PNG);
    let entry = second.tickets().reply(&ana, opened.id, &mut form([file("b.pdf", PDF)])).await.unwrap();
    assert_eq!(bytes(&bench.desk, &entry.files[0]).await.unwrap(), PDF);
    second.tickets().delete(&ana, opened.id).await.unwrap();
    let server = bench.bucket.as_ref().unwrap();
    until("both files are in the trash", async || server.objects("trash/").len() == 2).await;
    assert_eq!(bytes(&bench.desk, &opened.attachments[0]).await.unwrap_err(), Error::NotFound);
    // Both sweep at once, and neither minds the other.
    let left = server.path("media/left.png");
    std::fs::create_dir_all(left.parent().unwrap()).unwrap();
    std::fs::write(&left, PNG).unwrap();
    age(&left, 25);
    server.objects("trash/").iter().for_each(|key| age(&server.path(key), 23));
    let (one, another) = tokio::join!(bench.desk.upkeep(), second.upkeep());
    assert_eq!((one, another), (Ok(()), Ok(())));
    assert_eq!(server.objects("media/"), [""; 0]);
    assert_eq!(server.objects("trash/").len(), 3, "its day began when it was swept");
    server.objects("trash/").iter().for_each(|key| age(&server.path(key), 25));
    bench.desk.upkeep().await.unwrap();
    assert_eq!(server.objects("trash/"), [""; 0]);
}

fn age(path: &std::path::Path, hours: u64) {
    let at = std::time::SystemTime::now() - Duration::from_secs(hours * 3600);
    std::fs::File::options().append(true).open(path).unwrap().set_modified(at).unwrap();
}

#[tokio::test]
async fn a_file_without_a_row_is_left_alone_for_a_day() {
    let bench = Bench::on_a_bucket(Database::Sqlite).await;
    let server = bench.bucket.as_ref().unwrap();
    let ana = bench.customer("ana").await;
    let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
    let own = server.objects("media/").remove(0);
    let left = server.path("media/left.png");
    std::fs::write(&left, PNG).unwrap();
    [server.path(&own), left.clone()].iter().for_each(|path| age(path, 23));
    bench.desk.upkeep().await.unwrap();
    assert!(left.exists());
    [server.path(&own), left.clone()].iter().for_each(|path| age(path, 25));
    bench.desk.upkeep().await.unwrap();
    assert_eq!((server.objects("media/"), server.objects("trash/")), (vec![own], vec!["trash/left.png".to_owned()]));
    assert_eq!(bytes(&bench.desk, &opened.attachments[0]).await.unwrap(), PNG);
}

#[tokio::test]
async fn a_desk_in_a_bucket_is_backed_up_restored_and_looked_at() {
    let server = Server::start();
    let first = place(Some(in_bucket(&server, "first")));
    let desk = Desk::open(first.config.clone()).await.unwrap();
    let (ana, opened) = open_with_files(&desk).await;
    let withdrawn = desk.tickets().open(&ana, &mut ticket([file("gone.png", PNG)])).await.unwrap().id;
    desk.tickets().delete(&ana, withdrawn).await.unwrap();
    let made = desk.back_up(&Actor::command_line(), None).await.unwrap();
    assert_eq!((made.files, made.warnings.as_slice()), (2, [].as_slice()));
    desk::verify(&first.config, &made.path).await.unwrap();
    // Into another part of the bucket, and into a folder.
    for (storage, files) in [(Some(in_bucket(&server, "second")), 2), (None, 0)] {
        let place = place(storage);
        desk::restore(&place.config, &made.path, false).await.unwrap();
        assert_eq!(server.objects("second/media/").len(), 2);
        let restored = Desk::open(place.config.clone()).await.unwrap();
        for (attachment, expected) in opened.attachments.iter().zip([PNG, PDF]) {
            assert_eq!(bytes(&restored, attachment).await.unwrap(), expected);
        }
        let findings = desk::examine(&place.config, 7, false).await;
        assert!(findings.iter().all(|finding| finding.severity == Severity::Warning), "{findings:?}");
        assert_eq!(place.config.data_dir.join("storage.json").exists(), files > 0);
    }
    // Whoever restores does not take over another desk's bucket.
    let foreign = place(Some(in_bucket(&server, "second")));
    let refused = desk::restore(&foreign.config, &made.path, false).await.unwrap_err().to_string();
    assert!(refused.contains("another desk"), "{refused}");
    // What the doctor says of a bucket: a file is gone, one is another one, one has no row.
    let keys = server.objects("first/media/");
    std::fs::remove_file(server.path(&keys[0])).unwrap();
    std::fs::write(server.path(&keys[1]), "other").unwrap();
    let left = server.path("first/media/left.png");
    std::fs::write(&left, PNG).unwrap();
    age(&left, 25);
    let findings = desk::examine(&first.config, 7, false).await;
    for (check, file) in [
        ("missing files", &keys[0]),
        ("damaged files", &keys[1]),
        ("files without a row", &"first/media/left.png".to_owned()),
    ] {
        let finding =
            findings.iter().find(|finding| finding.check == check).unwrap_or_else(|| panic!("{check}: {findings:?}"));
        assert_eq!(finding.files, [file.strip_prefix("first/").unwrap()], "{finding:?}");
    }
    server.set(Mood::Gone);
    let findings = desk::examine(&first.config, 7, false).await;
    let finding = findings.iter().find(|finding| finding.check == "files").unwrap();
    assert!(finding.severity == Severity::Fault && finding.message.contains("s3://desk/first"), "{finding:?}");
    assert!(desk.back_up(&Actor::command_line(), None).await.unwrap_err().to_string().contains("cannot read the file"));
}

#[tokio::test]
async fn a_desk_moves_into_a_bucket_and_back() {
    let server = Server::start();
    for database in [None, Some(new_postgres().await)] {
        let mut place = place(None);
        place.config.database_url = database;
        let desk = Desk::open(place.config.clone()).await.unwrap();
        let (ana, opened) = open_with_files(&desk).await;
        let prefix = if place.config.database_url.is_some() { "pg" } else { "lite" };
        let bucket = in_bucket(&server, prefix);
        let there = DeskConfig { storage: Some(bucket.clone()), ..place.config.clone() };
        // Beside a running desk it brings what there is, and says that there may be more.
        let moved = desk::move_files(&place.config, Some(bucket.clone()), |_| {}).await.unwrap();
        assert_eq!((moved.files, moved.were_there, moved.is_complete), (2, 0, false));
        desk.tickets().reply(&ana, opened.id, &mut form([file("c.png", PNG)])).await.unwrap();
        drop(desk);
        let refused = Desk::open(there.clone()).await.err().unwrap().to_string();
        assert!(refused.contains("pindesk storage move --to s3://"), "{refused}");
        // Nothing is brought from where none of its files are, wherever it is to go.
        let elsewhere = in_bucket(&server, &format!("{prefix}-other"));
        for to in [None, Some(bucket.clone())] {
            let wrong = DeskConfig { storage: Some(elsewhere.clone()), ..place.config.clone() };
            let refused = desk::move_files(&wrong, to, |_| {}).await.unwrap_err().to_string();
            assert!(refused.contains("has no files of this desk"), "{refused}");
        }
        // As after one that broke off.
        std::fs::remove_file(server.path(&server.objects(&format!("{prefix}/media/"))[0])).unwrap();
        let moved = moved_alone(&place.config, Some(bucket.clone())).await;
        assert_eq!((moved.files, moved.were_there), (2, 1));
        assert!(moved.missing.is_empty() && moved.wrong.is_empty(), "{moved:?}");
        assert_eq!(
            std::fs::read_dir(place.config.data_dir.join("media/tickets/1")).unwrap().count(),
            3,
            "all is there still"
        );
        let refused = Desk::open(place.config.clone()).await.err().unwrap().to_string();
        assert!(refused.contains("set PINDESK_STORAGE_URL=s3://"), "{refused}");
        let findings = desk::examine(&place.config, 7, false).await;
        assert!(findings.iter().any(|finding| finding.check == "storage"), "{findings:?}");
        // Its files are read from there alone.
        std::fs::remove_dir_all(place.config.data_dir.join("media")).unwrap();
        let desk = Desk::open(there.clone()).await.unwrap();
        // It is in the audit, once.
        for _ in 0..2 {
            desk.note_settings().await.unwrap();
            let filter = AuditFilter { group: Some(AuditGroup::Settings), ..AuditFilter::default() };
            let audit = desk.audit().list(&Actor::command_line(), &filter, Cursor::First, 9).await.unwrap().items;
            let told = format!("All files were moved from the data folder to {bucket}: 3 files.");
            let said = audit.iter().filter(|entry| entry.sentence(ToOwned::to_owned) == told).count();
            assert_eq!(said, 1, "{audit:?}");
        }
        let later = desk.tickets().reply(&ana, opened.id, &mut form([file("d.pdf", PDF)])).await.unwrap();
        for file in desk.tickets().get(&ana, opened.id).await.unwrap().attachments {
            assert!(bytes(&desk, &file).await.is_ok());
        }
        drop(desk);
        let moved = moved_alone(&there, None).await;
        assert_eq!((moved.files, moved.were_there), (4, 0));
        // Who goes on with the settings of before is told, and loses no file.
        let refused = Desk::open(there.clone()).await.err().unwrap().to_string();
        assert!(refused.contains("has no files of this desk"), "{refused}");
        let desk = Desk::open(place.config.clone()).await.unwrap();
        assert_eq!(bytes(&desk, &later.files[0]).await.unwrap(), PDF);
        let refused = desk::move_files(&place.config, None, |_| {}).await.unwrap_err().to_string();
        assert!(refused.contains("name another place"), "{refused}");
    }
}

/// A desk that was closed may take a moment until its database knows.
async fn moved_alone(config: &DeskConfig, to: Option<Bucket>) -> desk::FilesMoved {
    let (mut brought, mut were_there) = (0, None);
    crate::support::eventually(async || {
        let moved = desk::move_files(config, to.clone(), |_| {}).await.map_err(|error| error.to_string())?;
        brought += moved.files;
        were_there.get_or_insert(moved.were_there);
        if moved.is_complete { Ok(moved) } else { Err("somebody has it open".to_owned()) }
    })
    .await
    .counted(brought, were_there.unwrap_or_default())
}

trait Counted {
    fn counted(self, files: u64, were_there: u64) -> Self;
}

impl Counted for desk::FilesMoved {
    fn counted(self, files: u64, were_there: u64) -> Self {
        Self { files, were_there, ..self }
    }
}

#[tokio::test]
async fn a_bucket_is_one_desks_and_wants_its_key() {
    let server = Server::start();
    let first = place(Some(in_bucket(&server, "")));
    let desk = Desk::open(first.config.clone()).await.unwrap();
    open_with_files(&desk).await;
    drop(desk);
    Desk::open(first.config.clone()).await.unwrap();
    let refusal = |config: DeskConfig| async { Desk::open(config).await.err().unwrap().to_string() };
    let other = place(Some(in_bucket(&server, "")));
    assert!(refusal(other.config.clone()).await.contains("the files of another desk"));
    let mut wrong = place(Some(in_bucket(&server, "")));
    let key = "somebody else's key";
    wrong.config.storage.as_mut().unwrap().access.key = Some(key.to_owned());
    let refused = refusal(wrong.config.clone()).await;
    assert!(refused.contains("cannot use s3://desk") && refused.contains("SignatureDoesNotMatch"), "{refused}");
    assert!(!refused.contains(key) && !refused.contains(bucket::KEY_ID), "{refused}");
    let mut nowhere = place(Some(in_bucket(&server, "")));
    nowhere.config.storage.as_mut().unwrap().access.endpoint = Some("http://127.0.0.1:1".to_owned());
    assert!(refusal(nowhere.config.clone()).await.contains("AWS_ENDPOINT"));
}
