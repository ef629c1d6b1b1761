//! The entities and what the migrations make are the same tables, on both databases.

#![expect(clippy::disallowed_methods, reason = "tests look behind the desk, at its tables")]

use std::collections::BTreeMap;

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{
    ColumnTrait as _, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, Iden as _,
    Iterable as _, Statement, sea_query::ColumnType,
};

use super::*;

/// Columns that nothing reads or writes any more. A later release takes them away: what is in use while a new version begins
/// must stay.
const RETIRED: [(&str, &str); 4] =
    [("events", "from_value"), ("events", "to_value"), ("events", "from_user_id"), ("events", "to_user_id")];

/// A column's type and whether it may be null.
type Columns = BTreeMap<String, (&'static str, bool)>;

fn of_entity<E: EntityTrait>(entity: E) -> (String, Columns) {
    let column = |column: E::Column| {
        let definition = column.def();
        let kind = match definition.get_column_type() {
            ColumnType::BigInteger => "number",
            ColumnType::Boolean => "truth",
            ColumnType::String(_) | ColumnType::Text => "text",
            other => panic!("{}: {other:?}", column.to_string()),
        };
        (column.to_string(), (kind, definition.is_null()))
    };
    (entity.table_name().to_owned(), E::Column::iter().map(column).collect())
}

fn entities() -> BTreeMap<String, Columns> {
    [
        of_entity(ApiTokens),
        of_entity(Approvals),
        of_entity(Attachments),
        of_entity(Authenticators),
        of_entity(Batches),
        of_entity(BulkChangeMarks),
        of_entity(BulkChangeTickets),
        of_entity(BulkChanges),
        of_entity(BulkReports),
        of_entity(CallerChecks),
        of_entity(CallerCodes),
        of_entity(Cards),
        of_entity(Categories),
        of_entity(Drafts),
        of_entity(Events),
        of_entity(FailedHours),
        of_entity(FailedLogins),
        of_entity(Identities),
        of_entity(Ledger),
        of_entity(LedgerHead),
        of_entity(LoginGate),
        of_entity(Messages),
        of_entity(PasskeyChallenges),
        of_entity(Passkeys),
        of_entity(PinRequests),
        of_entity(Pins),
        of_entity(Pulse),
        of_entity(RecoveryCodes),
        of_entity(Recoveries),
        of_entity(RetentionItems),
        of_entity(RetentionLists),
        of_entity(RetentionRules),
        of_entity(ReturnCodes),
        of_entity(SecretMark),
        of_entity(Sent),
        of_entity(Sessions),
        of_entity(ShownOnce),
        of_entity(SweepHold),
        of_entity(TicketHolds),
        of_entity(Tickets),
        of_entity(Unread),
        of_entity(Users),
    ]
    .into()
}

/// The tables of a database, but for those of the migrations and of the search.
async fn of_database(db: &DatabaseConnection) -> BTreeMap<String, Columns> {
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT m.name, c.name, lower(c.type), NOT c.\"notnull\" FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table'"
        }
        _ => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_nullable = 'YES'
             FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap() {
        let table: String = row.try_get_by_index(0).unwrap();
        if ["seaql_", "sqlite_", "search_", "people_names"].iter().any(|other| table.starts_with(other)) {
            continue;
        }
        let kind = match row.try_get_by_index::<String>(2).unwrap().as_str() {
            "integer" | "bigint" => "number",
            "boolean" => "truth",
            "text" => "text",
            other => panic!("{table}: {other}"),
        };
        let column = (row.try_get_by_index(1).unwrap(), (kind, row.try_get_by_index(3).unwrap()));
        tables.entry(table).or_default().extend([column]);
    }
    tables
}

async fn check(url: &str) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let mut made = of_database(&db).await;
    for (table, column) in RETIRED {
        let columns = made.get_mut(table).unwrap();
        assert!(columns.remove(column).is_some(), "{table}.{column} is gone: it is no exception any more");
    }
    assert_eq!(made, entities());
    db.close().await.unwrap();
}

#[tokio::test]
async fn entities_are_what_the_migrations_make_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check(&format!("sqlite://{}?mode=rwc", folder.path().join("pindesk.db").display())).await;
}

#[tokio::test]
async fn entities_are_what_the_migrations_make_on_postgresql() {
    let server =
        std::env::var("PINDESK_TEST_POSTGRES_URL").expect("set PINDESK_TEST_POSTGRES_URL, or run `cargo xtask test`");
    let name = format!("entities_{}", std::process::id());
    let admin = Database::connect(&server).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (start, _) = server.rsplit_once('/').unwrap();
    check(&format!("{start}/{name}")).await;
    admin.execute_unprepared(&format!("DROP DATABASE {name}")).await.unwrap();
}
