//! The SHA-256 of each file, by which a backup and the doctor know it.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What was not hashed yet, and nothing else.
const UNHASHED: &str = "CREATE INDEX attachments_unhashed ON attachments (id) WHERE sha256 IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // 64 hexadecimal digits; null for a file from before, which upkeep reads.
        let mut alter = Table::alter();
        manager.alter_table(alter.table("attachments").add_column(text_null("sha256")).to_owned()).await?;
        manager.get_connection().execute_unprepared(UNHASHED).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("attachments_unhashed").table(Alias::new("attachments")).to_owned();
        manager.drop_index(index).await?;
        let mut alter = Table::alter();
        manager.alter_table(alter.table("attachments").drop_column("sha256").to_owned()).await
    }
}
