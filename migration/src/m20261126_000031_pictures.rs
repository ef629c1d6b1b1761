//! How large pictures are.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What was not looked at yet, and nothing else.
const UNMEASURED: &str = "CREATE INDEX attachments_unmeasured ON attachments (id) WHERE width IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // In pixels; 0 for a file that has no size, null for a picture that was not looked at yet, which upkeep does.
        for column in ["width", "height"] {
            let mut alter = Table::alter();
            manager.alter_table(alter.table("attachments").add_column(big_integer_null(column)).to_owned()).await?;
        }
        let db = manager.get_connection();
        let others = "UPDATE attachments SET width = 0, height = 0 WHERE kind NOT IN ('jpg', 'png')";
        db.execute_unprepared(others).await?;
        db.execute_unprepared(UNMEASURED).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::drop().name("attachments_unmeasured").table(Alias::new("attachments")).to_owned();
        manager.drop_index(index).await?;
        for column in ["width", "height"] {
            let mut alter = Table::alter();
            manager.alter_table(alter.table("attachments").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
