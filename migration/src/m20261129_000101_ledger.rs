//! The access ledger: entries that are only ever added, each with the hash of the one before.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("ledger")
                    // Given by the one who writes, one after the other and without gaps.
                    .col(big_integer("number").primary_key())
                    .col(big_integer("at"))
                    .col(text("kind"))
                    .col(text_null("data"))
                    // No foreign keys: it stays written when the ticket, the person, the PIN or the session is gone.
                    .col(big_integer_null("user_id"))
                    .col(big_integer_null("ticket_id"))
                    .col(big_integer_null("actor_id"))
                    .col(text_null("via"))
                    .col(big_integer_null("pin_id"))
                    .col(text_null("sid"))
                    // The network of the address, for good, and the address itself, for 30 days.
                    .col(text_null("network"))
                    .col(text_null("client"))
                    // What is noted once: a file in a session and hour, the end of a PIN's time.
                    .col(text_null("once").unique_key().take())
                    .col(text("hash"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in
            [("ledger_user_id", "user_id"), ("ledger_ticket_id", "ticket_id"), ("ledger_pin_id", "pin_id")]
        {
            let index = Index::create().name(name).table("ledger").col(column).col("number").to_owned();
            manager.create_index(index).await?;
        }
        let index = "CREATE INDEX ledger_client ON ledger (at) WHERE client IS NOT NULL";
        manager.get_connection().execute_unprepared(index).await?;
        // Of sessions, too, only the network stays after a while.
        let index = Index::create().name("sessions_created_at").table("sessions").col("created_at").to_owned();
        manager.create_index(index).await?;
        manager
            .create_table(
                Table::create()
                    .table("ledger_head")
                    // One row.
                    .col(big_integer("id").primary_key())
                    // Since when the ledger is kept.
                    .col(big_integer("since"))
                    // The last entry whose time was over and that was removed; 0 and nothing when there is none.
                    .col(big_integer("removed_number"))
                    .col(text("removed_hash"))
                    // The newest entry; the same when there is none.
                    .col(big_integer("last_number"))
                    .col(text("last_hash"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("sessions_created_at").table("sessions").to_owned()).await?;
        for table in ["ledger_head", "ledger"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
