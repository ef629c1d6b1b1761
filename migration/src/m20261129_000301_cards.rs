//! Cards: PINs in batches, for people whom nobody knows yet.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("batches")
                    .col(big_pk_auto("id"))
                    .col(text("name"))
                    .col(text("site"))
                    // What a new ticket has at first; no foreign key: categories may be deleted.
                    .col(big_integer_null("category_id"))
                    // Words with commas between them.
                    .col(text("can"))
                    .col(big_integer("expires_at"))
                    // Seconds.
                    .col(big_integer("stays"))
                    // Null for the command line.
                    .col(big_integer_null("made_by"))
                    .col(big_integer("made_at"))
                    // The session that may print the cards, once, and until when.
                    .col(text_null("sheet_sid"))
                    .col(big_integer_null("sheet_until"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("cards")
                    .col(big_pk_auto("id"))
                    .col(big_integer("batch_id"))
                    // What stands on it for the phone.
                    .col(big_integer("number"))
                    // Keyed hash of its PIN.
                    .col(text("hash").unique_key().take())
                    .col(big_integer("made_at"))
                    .col(big_integer_null("redeemed_at"))
                    .col(big_integer_null("revoked_at"))
                    // The customer who came by it.
                    .col(big_integer_null("user_id"))
                    // The PIN under the secret, until it is printed.
                    .col(text_null("sealed"))
                    .foreign_key(ForeignKey::create().from("cards", "batch_id").to("batches", "id"))
                    .to_owned(),
            )
            .await?;
        for index in [
            "CREATE UNIQUE INDEX cards_batch_id_number ON cards (batch_id, number)",
            "CREATE UNIQUE INDEX cards_user_id ON cards (user_id) WHERE user_id IS NOT NULL",
            "CREATE INDEX batches_expires_at ON batches (expires_at)",
        ] {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["cards", "batches"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
