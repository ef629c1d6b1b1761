//! Which sessions of browsers were told whose access they have.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = big_integer_null("welcomed_at");
        manager.alter_table(Table::alter().table("sessions").add_column(column).to_owned()).await?;
        // Those that are under way were led there when they began.
        let known = "UPDATE sessions SET welcomed_at = created_at";
        manager.get_connection().execute_unprepared(known).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("sessions").drop_column("welcomed_at").to_owned()).await
    }
}
