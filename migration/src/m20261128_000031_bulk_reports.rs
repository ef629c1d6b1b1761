//! What forms changed of many tickets at once: each form counts once, and its page says what became of it.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("bulk_reports")
                    .col(big_pk_auto("id"))
                    .col(big_integer_null("user_id"))
                    // The form's key; null where it had none, and for taking back.
                    .col(text_null("key"))
                    // JSON: the tickets and what was to change of them.
                    .col(text("asked"))
                    // JSON: each thing that was to change, with what became of it.
                    .col(text("parts"))
                    .col(big_integer("at"))
                    .col(big_integer_null("undone_at"))
                    .to_owned(),
            )
            .await?;
        let mut once = Index::create();
        once.name("bulk_reports_user_id_key").table("bulk_reports").col("user_id").col("key").unique();
        manager.create_index(once).await?;
        // They go a day later.
        manager.create_index(Index::create().name("bulk_reports_at").table("bulk_reports").col("at").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("bulk_reports").to_owned()).await
    }
}
