use std::sync::Arc;

use domain::{Error, Status, TicketId, Timestamp};
use sea_orm::Value;

use super::{AT_ONCE, HotRow, Pool};
use crate::{
    DeskConfig,
    store::{
        db::{Db, Hot as _, Sql as _},
        fault::Trouble,
        health::Health,
    },
};

async fn write(db: &Db, sql: &str, values: impl IntoIterator<Item = Value>) {
    let tx = db.begin().await.unwrap();
    tx.sql_run(sql, values).await.unwrap();
    tx.commit().await.unwrap();
}

hot_row! {
    /// A row with a column of each kind.
    #[derive(sea_orm::FromQueryResult)]
    #[derive(Debug, PartialEq)]
    struct Thing {
        id: TicketId,
        status: Status,
        words: String,
        at: Option<Timestamp>,
        note: Option<String>,
        is_new: bool,
    }
}

hot_row! {
    #[derive(sea_orm::FromQueryResult)]
    struct Number {
        number: i64,
    }
}

const THINGS: &str =
    "SELECT id, status, words, at, note, is_new FROM things WHERE id >= $2 AND words <> $1 ORDER BY id";

struct Bench {
    db: Db,
    health: Arc<Health>,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let health = Arc::new(Health::default());
        let db = Db::open(&DeskConfig::new(folder.path()), &health, Arc::new(|_| ())).await.unwrap();
        let table =
            "CREATE TABLE things (id INTEGER PRIMARY KEY, status TEXT NOT NULL, words TEXT NOT NULL, at INTEGER,
            note TEXT, is_new BOOLEAN NOT NULL)";
        write(&db, table, []).await;
        Self { db, health, folder }
    }

    async fn add(&self, status: &str, note: Option<&str>) {
        let sql = "INSERT INTO things (status, words, at, note, is_new) VALUES ($1, 'ä', $2, $3, TRUE)";
        let at = note.map(|_| 7i64);
        write(&self.db, sql, [status.into(), at.into(), note.map(str::to_owned).into()]).await;
    }

    fn pool(&self) -> Pool {
        Pool::new(&self.folder.path().join("pindesk.db"), 2)
    }
}

fn values(from: i64) -> [Value; 2] {
    ["nothing".into(), from.into()]
}

fn read<T: HotRow>(pool: &Pool, sql: &str, values: &[Value]) -> Result<Vec<T>, String> {
    pool.read(sql, values).map_err(|cause| cause.to_string())
}

#[tokio::test]
async fn rows_are_what_was_written_last() {
    let bench = Bench::new().await;
    let pool = bench.pool();
    assert_eq!(read::<Thing>(&pool, THINGS, &values(0)), Ok(vec![]));
    for number in 1..20 {
        bench.add("In Progress", (number % 2 == 0).then_some("seen")).await;
        let things = read::<Thing>(&pool, THINGS, &values(number)).unwrap();
        let is_even = number % 2 == 0;
        let thing = Thing {
            id: TicketId(number),
            status: Status::InProgress,
            words: "ä".to_owned(),
            at: is_even.then_some(Timestamp::from_micros(7)),
            note: is_even.then(|| "seen".to_owned()),
            is_new: true,
        };
        assert_eq!(things, [thing]);
        // Both roads say the same, and by name and by number alike.
        assert_eq!(bench.db.hot::<Thing>(THINGS, values(number)).await.unwrap(), things);
    }
    assert_eq!(pool.idle().len(), 1);
}

#[tokio::test]
async fn nothing_is_held_between_reads() {
    let bench = Bench::new().await;
    let pool = bench.pool();
    bench.add("Open", None).await;
    read::<Thing>(&pool, THINGS, &values(0)).unwrap();
    // All of the log can be written back and emptied: no reader is in it. The first number would be 1 if one were.
    let connection = rusqlite::Connection::open(&pool.file).unwrap();
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
    assert_eq!(read::<Thing>(&pool, THINGS, &values(0)).unwrap().len(), 1);
}

#[tokio::test]
async fn a_writer_beside_it_is_no_hindrance() {
    let bench = Bench::new().await;
    let pool = bench.pool();
    bench.add("Open", None).await;
    let tx = bench.db.begin().await.unwrap();
    assert_eq!(read::<Thing>(&pool, THINGS, &values(0)).unwrap().len(), 1);
    drop(tx);
    // The table itself changes, and a statement that is prepared is prepared again.
    write(&bench.db, "ALTER TABLE things ADD COLUMN more TEXT", []).await;
    assert_eq!(read::<Thing>(&pool, THINGS, &values(0)).unwrap().len(), 1);
}

#[tokio::test]
async fn an_unknown_word_fails_and_is_named() {
    let bench = Bench::new().await;
    bench.add("Frozen", None).await;
    let words = read::<Thing>(&bench.pool(), THINGS, &values(0)).unwrap_err();
    assert!(words.contains("\"Frozen\"") && words.contains("Status"), "{words}");
    assert!(matches!(bench.db.hot::<Thing>(THINGS, values(0)).await, Err(Error::Internal)));
    assert_eq!(bench.health.trouble(), None);
    let pool = bench.pool();
    for (sql, value) in
        [("SELECT 'a' AS number", None), ("SELECT NULL AS number", None), ("SELECT $1 AS number", Some(1.5))]
    {
        let values: Vec<Value> = value.into_iter().map(Value::from).collect();
        assert!(read::<Number>(&pool, sql, &values).is_err(), "{sql}");
    }
    assert_eq!(read::<Number>(&pool, "SELECT ? - ? AS number", &[5i64.into(), 3i64.into()]).unwrap()[0].number, 2);
    assert!(read::<Number>(&pool, "SELECT ? + ? AS number", &[1i64.into()]).is_err());
    assert!(read::<Number>(&pool, "SELECT 1 AS other", &[]).is_err());
    assert!(read::<Number>(&pool, "SELECT $2 AS number", &[1i64.into()]).is_err());
    assert!(read::<Number>(&pool, "DELETE FROM things RETURNING id AS number", &[]).is_err());
}

#[tokio::test]
async fn a_null_character_is_in_no_row() {
    let bench = Bench::new().await;
    bench.add("Open", None).await;
    assert_eq!(bench.db.hot::<Thing>(THINGS, ["a\0b".into(), 0i64.into()]).await.unwrap(), []);
    assert!(bench.db.hot_one::<Thing>(THINGS, values(0)).await.unwrap().is_some());
}

/// More numbers than are counted at once.
const MANY: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT COUNT(*) AS number FROM n";

#[tokio::test]
async fn what_takes_long_takes_the_usual_road() {
    let bench = Bench::new().await;
    let pool = bench.pool();
    let start = std::time::Instant::now();
    assert_eq!(read::<Number>(&pool, MANY, &[i64::MAX.into()]).map(|rows| rows.len()), Err("interrupted".to_owned()));
    assert!(start.elapsed() >= AT_ONCE);
    // Its connection is as good as before.
    assert_eq!(pool.idle().len(), 1);
    assert_eq!(read::<Number>(&pool, MANY, &[3i64.into()]).unwrap()[0].number, 3);
    assert_eq!(bench.db.hot_one::<Number>(MANY, [2_000_000i64.into()]).await.unwrap().unwrap().number, 2_000_000);
}

#[tokio::test]
async fn a_file_that_is_gone_is_asked_on_the_usual_road() {
    let bench = Bench::new().await;
    bench.add("Open", None).await;
    std::fs::remove_file(bench.folder.path().join("pindesk.db")).unwrap();
    assert!(read::<Thing>(&bench.pool(), THINGS, &values(0)).is_err());
    // Whose connections have it open.
    assert_eq!(bench.db.hot::<Thing>(THINGS, values(0)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn damage_is_called_so() {
    let bench = Bench::new().await;
    bench.add("Open", None).await;
    let file = bench.folder.path().join("pindesk.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    std::fs::write(&file, vec![0x55; std::fs::metadata(&file).unwrap().len() as usize]).unwrap();
    assert!(read::<Thing>(&bench.pool(), THINGS, &values(0)).is_err());
    let db = Db::open(&DeskConfig::new(bench.folder.path()), &bench.health, Arc::new(|_| ())).await;
    match db {
        Ok(db) => {
            assert!(matches!(db.hot::<Thing>(THINGS, values(0)).await, Err(Error::Unavailable)));
            assert_eq!(bench.health.trouble(), Some(Trouble::Damaged));
        }
        Err(cause) => assert!(cause.to_string().contains("damaged"), "{cause}"),
    }
}

#[tokio::test]
async fn many_threads_ask_at_once() {
    let bench = Bench::new().await;
    bench.add("Open", None).await;
    let pool = bench.pool();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(read::<Thing>(&pool, THINGS, &values(0)).unwrap().len(), 1);
                }
            });
        }
    });
    assert!((1..=2).contains(&pool.idle().len()));
}
