//! What was answered as done is in the database, whatever failed before; what failed leaves nothing.

use domain::{CustomerDraft, LoginKind, Role};
use sea_orm::{ConnectionTrait, Statement};

use crate::support::{Bench, PNG, client, file, form, on_both_databases, text, ticket};

/// Makes every new ticket fail. On SQLite with a rollback that the database does by itself, as it does when the disk is full.
const BREAK_SQLITE: &str =
    "CREATE TRIGGER broken BEFORE INSERT ON tickets BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END";
const BREAK_POSTGRES: &str = "CREATE OR REPLACE FUNCTION broken() RETURNS trigger AS $$
    BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file'; END $$ LANGUAGE plpgsql;
    CREATE TRIGGER broken BEFORE INSERT ON tickets FOR EACH ROW EXECUTE FUNCTION broken()";

impl Bench {
    async fn sql(&self, sqlite: &str, postgres: &str) {
        let sql = if self.config.database_url.is_none() { sqlite } else { postgres };
        self.connection().await.execute_unprepared(sql).await.unwrap();
    }

    async fn break_tickets(&self) {
        self.sql(BREAK_SQLITE, BREAK_POSTGRES).await;
    }

    async fn mend_tickets(&self) {
        self.sql("DROP TRIGGER broken", "DROP TRIGGER broken ON tickets").await;
    }

    /// How many rows a table has, as somebody else sees it.
    async fn count(&self, table: &str) -> i64 {
        let connection = self.connection().await;
        let sql = format!("SELECT COUNT(*) FROM {table}");
        let row = connection.query_one_raw(Statement::from_string(connection.get_database_backend(), sql)).await;
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    }
}

on_both_databases! {
    async fn what_is_answered_after_a_failed_write_is_kept(bench) {
        let ana = bench.customer("ana").await;
        let root = bench.staff("root", Role::Admin).await;
        let pin = bench.pin(&ana).await;
        let first = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap();
        for _ in 0..3 {
            bench.break_tickets().await;
            bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap_err();
            // A refusal after it rolls back as well.
            bench.desk.users().create_customer(&root, &CustomerDraft { username: "ana".into(), ..Default::default() }).await.unwrap_err();
            bench.mend_tickets().await;
            let before = bench.count("tickets").await;
            let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
            assert_eq!(bench.count("tickets").await, before + 1);
            bench.desk.tickets().reply(&ana, first.id, &mut form([text("body", "And again")])).await.unwrap();
            assert_eq!(bench.another().await.tickets().get(&ana, opened.id).await.unwrap().attachments.len(), 1);
        }
        assert_eq!(bench.count("messages").await, 3);
        bench.desk.pins().redeem(&pin, &client(1), LoginKind::Api).await.unwrap();
        bench.another().await.pins().redeem(&pin, &client(1), LoginKind::Api).await.unwrap_err();
        assert_eq!(bench.files().len(), 3);
    }
}
