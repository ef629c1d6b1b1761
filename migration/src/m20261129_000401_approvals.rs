//! What staff ask a customer to confirm. A row is written once; only what became of it is added.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("approvals")
                    .col(big_pk_auto("id"))
                    .col(big_integer("ticket_id"))
                    .col(text("text"))
                    .col(text("amount"))
                    // The files that belong to it, as JSON: id, name and sum of each.
                    .col(text("files"))
                    // Over all of that.
                    .col(text("sha256"))
                    .col(big_integer("pin_id").unique_key().take())
                    .col(big_integer_null("asked_by"))
                    .col(big_integer("asked_at"))
                    // What became of it, when, in which session, and why not.
                    .col(text_null("answer"))
                    .col(big_integer_null("decided_at"))
                    .col(text_null("sid"))
                    .col(text_null("why"))
                    // What was said goes with its ticket.
                    .foreign_key(
                        ForeignKey::create()
                            .from("approvals", "ticket_id")
                            .to("tickets", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        let index =
            Index::create().name("approvals_ticket_id").table("approvals").col("ticket_id").col("id").to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("approvals").to_owned()).await
    }
}
