//! People who lost their access and ask for it, and customers for whom two of staff are needed then.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("recoveries")
                    .col(big_pk_auto("id"))
                    // Who they say they are, and how to call them back.
                    .col(text("name"))
                    .col(text("callback"))
                    .col(big_integer("at"))
                    // Where it came from, for a day.
                    .col(text_null("client"))
                    .col(text_null("network"))
                    // Whom staff took them for, how they made sure of it, and who did.
                    .col(big_integer_null("customer_id"))
                    .col(text_null("checked"))
                    .col(text_null("how"))
                    .col(boolean_null("ends_sessions"))
                    .col(big_integer_null("prepared_by"))
                    .col(big_integer_null("prepared_at"))
                    // The second one, where two are needed.
                    .col(big_integer_null("confirmed_by"))
                    // What became of it: the PIN that was issued, or why there is none.
                    .col(big_integer_null("decided_by"))
                    .col(big_integer_null("decided_at"))
                    .col(big_integer_null("pin_id"))
                    .col(text_null("dismissed"))
                    .to_owned(),
            )
            .await?;
        let open = "CREATE INDEX recoveries_open ON recoveries (id) WHERE decided_at IS NULL";
        manager.get_connection().execute_unprepared(open).await?;
        let sensitive = boolean("is_sensitive").default(false).to_owned();
        manager.alter_table(Table::alter().table("users").add_column(sensitive).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("users").drop_column("is_sensitive").to_owned()).await?;
        manager.drop_table(Table::drop().table("recoveries").to_owned()).await
    }
}
