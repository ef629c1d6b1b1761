//! What goes after a while: rules, lists of what is due by them, and tickets that are kept whatever they say.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("retention_rules")
                    .col(text("subject").primary_key().take())
                    .col(big_integer("days"))
                    // Null for the command line.
                    .col(big_integer_null("set_by"))
                    .col(big_integer("set_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("retention_lists")
                    .col(big_pk_auto("id"))
                    .col(text("subject"))
                    .col(big_integer("days"))
                    .col(big_integer("made_at"))
                    .col(big_integer("items"))
                    .col(big_integer("bytes"))
                    .col(big_integer("oldest"))
                    .col(big_integer("newest"))
                    .col(big_integer_null("acknowledged_at"))
                    .col(big_integer_null("acknowledged_by"))
                    .col(big_integer_null("done_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("retention_items")
                    .col(big_integer("list_id"))
                    // Of a ticket, a customer or a PIN. No foreign key: it stays written what went.
                    .col(big_integer("number"))
                    // From when its days count.
                    .col(big_integer("since"))
                    // What tells whether somebody touched it since.
                    .col(big_integer("touched"))
                    .col(big_integer("bytes"))
                    .col(text_null("outcome"))
                    .primary_key(Index::create().col("list_id").col("number"))
                    .foreign_key(
                        ForeignKey::create()
                            .from("retention_items", "list_id")
                            .to("retention_lists", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("ticket_holds")
                    .col(big_integer("ticket_id").primary_key().take())
                    .col(text("why"))
                    // Null for the command line.
                    .col(big_integer_null("kept_by"))
                    .col(big_integer("kept_at"))
                    // None cascades: a ticket that is kept is not deleted.
                    .foreign_key(ForeignKey::create().from("ticket_holds", "ticket_id").to("tickets", "id"))
                    .to_owned(),
            )
            .await?;
        // Of one subject one list waits or is under way at a time.
        let open = "CREATE UNIQUE INDEX retention_lists_open ON retention_lists (subject) WHERE done_at IS NULL";
        manager.get_connection().execute_unprepared(open).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["ticket_holds", "retention_items", "retention_lists", "retention_rules"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
