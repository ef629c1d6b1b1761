//! One row that is written to find out whether anything can be.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut table = Table::create();
        table.table("pulse").col(big_integer("id").primary_key()).col(big_integer("at"));
        manager.create_table(table.to_owned()).await?;
        manager.get_connection().execute_unprepared("INSERT INTO pulse (id, at) VALUES (1, 0)").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("pulse").to_owned()).await
    }
}
