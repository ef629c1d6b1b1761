//! PINs for customers who are marked as sensitive: one of staff asks for one, another one confirms it.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("pin_requests")
                    .col(big_pk_auto("id"))
                    .col(big_integer("user_id"))
                    // What it is to be: how many seconds it can be redeemed, and what it opens, as in `pins`.
                    .col(big_integer("life"))
                    .col(big_integer_null("ticket_id"))
                    .col(text_null("can"))
                    .col(big_integer_null("stays"))
                    .col(text_null("label"))
                    .col(text_null("purpose"))
                    .col(big_integer("asked_by"))
                    .col(big_integer("asked_at"))
                    .col(big_integer_null("confirmed_by"))
                    .col(big_integer_null("confirmed_at"))
                    // When it was issued, withdrawn or asked for anew; and the PIN.
                    .col(big_integer_null("done_at"))
                    .col(big_integer_null("pin_id"))
                    .to_owned(),
            )
            .await?;
        // One at a time for each customer.
        let open = "CREATE UNIQUE INDEX pin_requests_open ON pin_requests (user_id) WHERE done_at IS NULL";
        manager.get_connection().execute_unprepared(open).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("pin_requests").to_owned()).await
    }
}
