//! API tokens: what programs of staff call with.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("api_tokens")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id"))
                    .col(text("name"))
                    // Keyed hash of the token; the token itself is nowhere.
                    .col(text("hash").unique_key().take())
                    .col(boolean("is_read_only"))
                    .col(big_integer("made_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("last_used_at"))
                    .col(big_integer_null("revoked_at"))
                    // Encrypted under the server's secret, until it was shown to the session that made it.
                    .col(text_null("sealed"))
                    .col(text_null("sealed_for"))
                    .col(big_integer_null("sealed_until"))
                    .to_owned(),
            )
            .await?;
        let by_owner = Index::create().name("api_tokens_user_id").table("api_tokens").col("user_id").to_owned();
        manager.create_index(by_owner).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("api_tokens").to_owned()).await
    }
}
