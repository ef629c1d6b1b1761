use std::sync::{
    Mutex as Lock,
    atomic::AtomicBool,
    mpsc::{Receiver, Sender, channel},
};

use domain::{Error, UserId};
use sea_orm::Database;

use super::*;
use crate::{
    DeskConfig,
    store::{db::Db, health::Health, signal::Signal},
};

/// A log whose syncs end when the test says so, and how.
struct Disk {
    durable: Arc<Durable>,
    writer: DatabaseConnection,
    begun: Receiver<()>,
    end: Sender<io::Result<()>>,
    _folder: tempfile::TempDir,
}

impl Disk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        let (begin, begun) = channel();
        let (end, ended) = channel::<io::Result<()>>();
        let (begin, ended) = (Lock::new(begin), Lock::new(ended));
        let sync = move || {
            begin.lock().unwrap().send(()).unwrap();
            ended.lock().unwrap().recv().unwrap()
        };
        let writer = Database::connect(format!("sqlite://{}?mode=rwc", file.display())).await.unwrap();
        writer.execute_unprepared("PRAGMA journal_mode = WAL").await.unwrap();
        writer.execute_unprepared("CREATE TABLE a (id INTEGER)").await.unwrap();
        Self { durable: Arc::new(Durable::new(sync)), writer, begun, end, _folder: folder }
    }

    fn wait(&self) -> (tokio::task::JoinHandle<bool>, Arc<AtomicBool>) {
        let (durable, writer, is_done) =
            (Arc::clone(&self.durable), self.writer.clone(), Arc::new(AtomicBool::new(false)));
        let done = Arc::clone(&is_done);
        let task = tokio::spawn(async move {
            let answer = durable.wait(&writer, &Slot::default()).await.is_ok();
            done.store(true, Ordering::SeqCst);
            answer
        });
        (task, is_done)
    }

    /// Until so many wait.
    async fn until(&self, waiting: u64) {
        while self.durable.written.load(Ordering::SeqCst) < waiting {
            tokio::task::yield_now().await;
        }
    }

    fn begun(&self) {
        self.begun.recv().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_while_one_runs_waits_for_the_next_and_shares_it() {
    let disk = Disk::new().await;
    let (first, _) = disk.wait();
    disk.until(1).await;
    disk.begun();
    let (second, second_is_done) = disk.wait();
    let (third, third_is_done) = disk.wait();
    disk.until(3).await;
    disk.end.send(Ok(())).unwrap();
    assert!(first.await.unwrap());
    // What the first sync wrote may not hold what came after its beginning.
    disk.begun();
    assert!(!second_is_done.load(Ordering::SeqCst) && !third_is_done.load(Ordering::SeqCst));
    disk.end.send(Ok(())).unwrap();
    assert!(second.await.unwrap() && third.await.unwrap());
    assert!(disk.begun.try_recv().is_err(), "one sync for both");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sync_that_failed_the_log_is_copied_before_it_is_trusted_again() {
    let disk = Disk::new().await;
    // Somebody reads, so that the log cannot be emptied.
    let reader = Connection::open(disk._folder.path().join("a.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM a").unwrap();
    disk.writer.execute_unprepared("INSERT INTO a VALUES (1)").await.unwrap();
    disk.writer.execute_unprepared("PRAGMA busy_timeout = 10").await.unwrap();
    let (refused, _) = disk.wait();
    disk.begun();
    disk.end.send(Err(io::Error::from_raw_os_error(5))).unwrap();
    assert!(!refused.await.unwrap());
    // A sync that would go well now says nothing of what the one before has lost.
    let (refused, _) = disk.wait();
    assert!(!refused.await.unwrap());
    assert!(disk.begun.try_recv().is_err(), "not even tried");
    reader.execute_batch("COMMIT").unwrap();
    let (kept, _) = disk.wait();
    assert!(kept.await.unwrap());
    assert!(disk.begun.try_recv().is_err(), "all of it was copied");
    let (synced, _) = disk.wait();
    disk.begun();
    disk.end.send(Ok(())).unwrap();
    assert!(synced.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_nobody_waited_for_to_its_end_is_not_trusted() {
    let disk = Disk::new().await;
    let (broken_off, _) = disk.wait();
    disk.begun();
    broken_off.abort();
    assert!(broken_off.await.unwrap_err().is_cancelled());
    disk.end.send(Err(io::Error::from_raw_os_error(5))).unwrap();
    let (kept, _) = disk.wait();
    assert!(kept.await.unwrap());
    assert!(disk.begun.try_recv().is_err(), "copied instead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_said_to_nobody_before_it_is_on_the_disk() {
    let disk = Disk::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (health, heard) = (Arc::new(Health::default()), Arc::new(AtomicBool::new(false)));
    let hears = Arc::clone(&heard);
    let hear = Arc::new(move |_| hears.store(true, Ordering::SeqCst));
    let mut db = Db::open(&DeskConfig::new(folder.path()), &health, hear).await.unwrap();
    assert!(db.durable.is_some());
    db.durable = Some(Arc::clone(&disk.durable));
    let tx = db.begin().await.unwrap();
    tx.execute_unprepared("CREATE TABLE a (id INTEGER)").await.unwrap();
    tx.signal(Signal::Sessions { user: UserId(1) });
    let commit = tokio::spawn(tx.commit());
    disk.begun();
    // The writer is free meanwhile, and nobody was told.
    drop(db.begin().await.unwrap());
    assert!(!commit.is_finished() && !heard.load(Ordering::SeqCst));
    disk.end.send(Ok(())).unwrap();
    commit.await.unwrap().unwrap();
    assert!(heard.load(Ordering::SeqCst));
}

#[tokio::test]
async fn the_log_is_found_wherever_the_database_is() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real folder");
    fs::create_dir(&real).unwrap();
    let file = real.join("a b.db");
    fs::File::create(&file).unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    for path in [file, link] {
        // It is there as long as a connection is.
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS a (id INTEGER)").unwrap();
        let durable = Durable::of(&path).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (1)").unwrap();
        for _ in 0..2 {
            (durable.sync)().unwrap();
        }
    }
}

#[test]
fn a_log_that_is_another_file_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log { path: folder.path().join("a-wal"), open: SyncMutex::default() };
    assert!(log.sync().is_err());
    for text in ["one", "two"] {
        let other = folder.path().join("other");
        fs::write(&other, text).unwrap();
        fs::rename(&other, &log.path).unwrap();
        log.sync().unwrap();
        assert!(is_same(log.open.lock().as_ref().unwrap(), &log.path).unwrap());
    }
    fs::remove_file(&log.path).unwrap();
    assert!(log.sync().is_err());
}

/// What was committed and may not be on the disk can be read; whoever is told of it once more waits for it, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_of_nothing_waits_for_what_was_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let health = Arc::new(Health::default());
    let mut db = Db::open(&DeskConfig::new(folder.path()), &health, Arc::new(|_| ())).await.unwrap();
    let is_broken = Arc::new(AtomicBool::new(true));
    let breaks = Arc::clone(&is_broken);
    db.durable = Some(Arc::new(Durable::new(move || match breaks.load(Ordering::SeqCst) {
        true => Err(io::Error::from_raw_os_error(5)),
        false => Ok(()),
    })));
    // Somebody reads, so that the log cannot be copied either.
    let write = async |sql: &str| {
        let tx = db.begin().await.unwrap();
        tx.execute_unprepared(sql).await.unwrap();
        tx.commit().await
    };
    write("CREATE TABLE a (id INTEGER)").await.unwrap();
    let reader = Connection::open(folder.path().join("pindesk.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM a").unwrap();
    db.write.execute_unprepared("PRAGMA busy_timeout = 10").await.unwrap();
    assert_eq!(write("INSERT INTO a VALUES (1)").await, Err(Error::Unavailable));
    is_broken.store(false, Ordering::SeqCst);
    assert_eq!(db.begin().await.unwrap().commit().await, Err(Error::Unavailable));
    reader.execute_batch("COMMIT").unwrap();
    db.begin().await.unwrap().commit().await.unwrap();
}
