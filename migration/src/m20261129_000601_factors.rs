//! Second factors of staff: authenticator apps and recovery codes.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        // Since when a password alone does not let them in.
        manager.alter_table(alter.table("users").add_column(big_integer_null("factor_since")).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("authenticators")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id").unique_key().take())
                    // The secret, encrypted under the server's, and its keyed hash.
                    .col(text("sealed"))
                    .col(text("mark"))
                    .col(text("made_for"))
                    .col(big_integer("made_at"))
                    .col(big_integer_null("confirmed_at"))
                    .col(big_integer_null("last_step"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("recovery_codes")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id"))
                    // Keyed hash of the code; the code itself is nowhere.
                    .col(text("hash").unique_key().take())
                    .col(big_integer("made_at"))
                    .col(big_integer_null("used_at"))
                    // Encrypted under the server's secret, until it was shown to the session that made it.
                    .col(text_null("sealed"))
                    .col(text_null("sealed_for"))
                    .col(big_integer_null("sealed_until"))
                    .to_owned(),
            )
            .await?;
        let by_owner = Index::create().name("recovery_codes_user_id").table("recovery_codes").col("user_id").to_owned();
        manager.create_index(by_owner).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["recovery_codes", "authenticators"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let mut alter = Table::alter();
        manager.alter_table(alter.table("users").drop_column("factor_since").to_owned()).await
    }
}
