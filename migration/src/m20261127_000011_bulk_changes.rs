//! Changes of many tickets at once, with what their tickets had before, so that they can be taken back.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("bulk_changes")
                    .col(big_pk_auto("id"))
                    .col(big_integer_null("actor_id"))
                    .col(big_integer("at"))
                    // JSON: what changed, and what it was set to.
                    .col(text("given"))
                    .col(big_integer_null("undone_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("bulk_change_tickets")
                    .col(big_integer("bulk_id"))
                    // No foreign key: one that is gone by then is named when the bulk is taken back.
                    .col(big_integer("ticket_id"))
                    .col(big_integer("event_id"))
                    // JSON: what it was before.
                    .col(text("former"))
                    .primary_key(Index::create().col("bulk_id").col("ticket_id"))
                    .foreign_key(&mut of_bulk("bulk_change_tickets"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("bulk_change_marks")
                    .col(big_integer("bulk_id"))
                    .col(big_integer("user_id"))
                    .col(big_integer("ticket_id"))
                    .col(big_integer("event_id"))
                    .primary_key(Index::create().col("bulk_id").col("user_id").col("ticket_id"))
                    .foreign_key(&mut of_bulk("bulk_change_marks"))
                    .to_owned(),
            )
            .await?;
        // They go a day later.
        manager.create_index(Index::create().name("bulk_changes_at").table("bulk_changes").col("at").to_owned()).await
    }

    /// What can be taken back is forgotten; what changed stays.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["bulk_change_marks", "bulk_change_tickets", "bulk_changes"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn of_bulk(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(table), Alias::new("bulk_id"))
        .to(Alias::new("bulk_changes"), Alias::new("id"))
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
