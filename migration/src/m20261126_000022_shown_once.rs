//! Secrets that wait, sealed, for the one page that shows them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("shown_once")
                    .col(big_pk_auto("id"))
                    .col(big_integer("pin_id"))
                    // The session that may see it.
                    .col(text("sid"))
                    // Encrypted under the server's secret.
                    .col(text("sealed"))
                    .col(big_integer("until"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("shown_once").to_owned()).await
    }
}
