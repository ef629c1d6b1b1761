//! Sessions: when the newest refresh token was first used, and which log-in opened them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const LOGIN_KEY: &str = "sessions_login_key";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            // Nobody may have received the refresh token that counts until it, or what came with it, was used.
            big_integer_null("refresh_used_at"),
            // Keyed hash of the browser and of what it proved, so that a form sent twice is one log-in.
            text_null("login_key"),
        ] {
            manager.alter_table(Table::alter().table("sessions").add_column(column).to_owned()).await?;
        }
        manager.create_index(Index::create().name(LOGIN_KEY).table("sessions").col("login_key").to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(LOGIN_KEY).table("sessions").to_owned()).await?;
        for column in ["login_key", "refresh_used_at"] {
            manager.alter_table(Table::alter().table("sessions").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
