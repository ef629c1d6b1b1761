//! By which a desk knows the secret that its PINs and sessions were made with.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("secret_mark")
                    // There is one row, 1.
                    .col(big_integer("id").primary_key())
                    // A keyed hash of nothing, which tells nothing of its key.
                    .col(text("mark"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("secret_mark").to_owned()).await
    }
}
