//! Passkeys of staff, and the challenges that they answer.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("passkeys")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id"))
                    .col(text("name"))
                    .col(text("credential_id").unique_key().take())
                    // The public key and what goes with it, as JSON.
                    .col(text("credential"))
                    .col(big_integer("counter"))
                    .col(big_integer("made_at"))
                    .col(big_integer_null("used_at"))
                    .to_owned(),
            )
            .await?;
        let by_owner = Index::create().name("passkeys_user_id").table("passkeys").col("user_id").to_owned();
        manager.create_index(by_owner).await?;
        manager
            .create_table(
                Table::create()
                    .table("passkey_challenges")
                    .col(big_pk_auto("id"))
                    // Keyed hash of the log-in or the session that it is for.
                    .col(text("bound_to").unique_key().take())
                    .col(big_integer("user_id"))
                    // What a new passkey will be called.
                    .col(text_null("name"))
                    // What the browser is asked, and what its answer is held against, as JSON.
                    .col(text("options"))
                    .col(text("state"))
                    .col(big_integer("made_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["passkey_challenges", "passkeys"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
