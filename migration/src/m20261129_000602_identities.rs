//! Accounts elsewhere that staff log in with.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("identities")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id").unique_key().take())
                    .col(text("issuer"))
                    .col(text("subject"))
                    .col(big_integer("linked_at"))
                    .col(big_integer_null("used_at"))
                    .to_owned(),
            )
            .await?;
        let known_by = Index::create()
            .name("identities_issuer_subject")
            .table("identities")
            .col("issuer")
            .col("subject")
            .unique()
            .to_owned();
        manager.create_index(known_by).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("identities").to_owned()).await
    }
}
