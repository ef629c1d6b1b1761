//! People without an identity: an alias is all that is known of them, and a code is their way back.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 2] = ["users", "batches"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let column = boolean("is_unnamed").default(false).to_owned();
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("return_codes")
                    .col(big_pk_auto("id"))
                    // One of each person.
                    .col(big_integer_uniq("user_id"))
                    // Keyed hash of the code.
                    .col(text_uniq("hash"))
                    // What it opens, as the PIN did that they came by; and that PIN.
                    .col(text_null("can"))
                    .col(big_integer_null("stays"))
                    .col(big_integer_null("pin_id"))
                    // The code for the session that is to see it, until it was seen twice.
                    .col(text_null("sealed"))
                    .col(text_null("sid"))
                    .col(big_integer("made_at"))
                    // When its last group was typed back, when they first came back by it, and when they last did.
                    .col(big_integer_null("noted_at"))
                    .col(big_integer_null("returned_at"))
                    .col(big_integer_null("used_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("return_codes").to_owned()).await?;
        for table in TABLES {
            manager.alter_table(Table::alter().table(table).drop_column("is_unnamed").to_owned()).await?;
        }
        Ok(())
    }
}
