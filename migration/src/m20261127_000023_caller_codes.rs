//! Codes that callers read to an agent, and what agents typed.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("caller_codes")
                    .col(big_pk_auto("id"))
                    // One a session: another one takes its place.
                    .col(text("sid").unique_key().take())
                    .col(big_integer("user_id"))
                    // From it and the secret the code is made; without the secret it tells nothing.
                    .col(text("nonce"))
                    // Keyed hash of the code; null once it was used.
                    .col(text_null("hash").unique_key().take())
                    .col(big_integer("made_at"))
                    .col(big_integer("expires_at"))
                    .col(big_integer_null("checked_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("caller_checks")
                    .col(big_pk_auto("id"))
                    .col(big_integer("agent_id"))
                    .col(big_integer("at"))
                    // checked, wrong or refused.
                    .col(text("outcome"))
                    // Who called, and from which session; null for one that was wrong.
                    .col(big_integer_null("customer_id"))
                    .col(text_null("sid"))
                    .to_owned(),
            )
            .await?;
        for (name, table, columns) in [
            ("caller_codes_expires_at", "caller_codes", &["expires_at"][..]),
            ("caller_checks_agent_id_at", "caller_checks", &["agent_id", "at"]),
            ("caller_checks_at", "caller_checks", &["at"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["caller_checks", "caller_codes"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
