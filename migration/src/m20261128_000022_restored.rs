//! What a restored desk notes: files without a row are kept while the database may be older than they are, and why sessions ended.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("sweep_hold")
            // One row at most.
            .col(big_integer("id").primary_key())
            .col(big_integer("since"))
            // A word: why.
            .col(text("reason"))
            .to_owned();
        manager.create_table(table).await?;
        // A word: why it ended; null for whoever logged out or was logged out.
        let mut alter = Table::alter();
        manager.alter_table(alter.table("sessions").add_column(text_null("end_reason")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        manager.alter_table(alter.table("sessions").drop_column("end_reason").to_owned()).await?;
        manager.drop_table(Table::drop().table("sweep_hold").to_owned()).await
    }
}
