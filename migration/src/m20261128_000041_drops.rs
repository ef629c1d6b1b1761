//! Files that come from outside.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What a session brought.
const BY_SESSION: &str = "CREATE INDEX attachments_dropped ON attachments (dropped_by) WHERE dropped_by IS NOT NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key: upkeep forgets sessions, and their files stay.
        let column = text_null("dropped_by");
        manager.alter_table(Table::alter().table("attachments").add_column(column).to_owned()).await?;
        manager.get_connection().execute_unprepared(BY_SESSION).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("attachments_dropped").table(Alias::new("attachments")).to_owned();
        manager.drop_index(index).await?;
        manager.alter_table(Table::alter().table("attachments").drop_column("dropped_by").to_owned()).await
    }
}
