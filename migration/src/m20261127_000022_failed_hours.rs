//! How many log-ins failed in an hour, of those that no limit looks at any more.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("failed_hours")
                    // Hours since 1970.
                    .col(big_integer("hour").primary_key().take())
                    .col(big_integer("failures"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("failed_hours")).to_owned()).await
    }
}
