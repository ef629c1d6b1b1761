//! Failed logins count for networks and accounts, too, and a gate for the time when too many fail.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Columns of `failed_logins`: the IPv4 /24 or IPv6 /48, and a keyed hash of the username that was tried.
const COLUMNS: [&str; 2] = ["network", "account"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let mut alter = Table::alter();
            manager.alter_table(alter.table("failed_logins").add_column(text_null(column)).to_owned()).await?;
            let mut index = Index::create();
            index.name(index_name(column)).table("failed_logins").col(column).col("at");
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("login_gate")
                    .col(big_integer("id").primary_key().take())
                    // When the next attempt that comes is let through.
                    .col(big_integer("next_at"))
                    .to_owned(),
            )
            .await?;
        let mut insert = Query::insert();
        insert.into_table("login_gate").columns(["id", "next_at"]).values_panic([1i64.into(), 0i64.into()]);
        manager.get_connection().execute(&insert).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Alias::new("login_gate")).to_owned()).await?;
        for column in COLUMNS {
            let drop = Index::drop().name(index_name(column)).table(Alias::new("failed_logins")).to_owned();
            manager.drop_index(drop).await?;
            let mut alter = Table::alter();
            manager.alter_table(alter.table("failed_logins").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn index_name(column: &str) -> String {
    format!("failed_logins_{column}_at")
}
