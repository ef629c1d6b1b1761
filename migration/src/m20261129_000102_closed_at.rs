//! Since when a ticket is closed: access to it alone ends some days later.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        manager.alter_table(alter.table("tickets").add_column(big_integer_null("closed_at")).to_owned()).await?;
        // The best that is known of those from before: nothing the customer sees changed since.
        let connection = manager.get_connection();
        connection.execute_unprepared("UPDATE tickets SET closed_at = updated_at WHERE status = 'Closed'").await?;
        for index in [
            "CREATE INDEX tickets_closed_at ON tickets (closed_at) WHERE closed_at IS NOT NULL",
            "CREATE INDEX sessions_ticket_id ON sessions (ticket_id) WHERE ticket_id IS NOT NULL",
        ] {
            connection.execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (index, table) in [("sessions_ticket_id", "sessions"), ("tickets_closed_at", "tickets")] {
            manager.drop_index(Index::drop().name(index).table(Alias::new(table)).to_owned()).await?;
        }
        let mut alter = Table::alter();
        manager.alter_table(alter.table("tickets").drop_column("closed_at").to_owned()).await
    }
}
