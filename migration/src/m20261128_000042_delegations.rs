//! Customers let others in, for less than they may do themselves.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INDEXES: [(&str, &str); 2] = [("pins_parent", "pins"), ("sessions_parent", "sessions")];

fn columns() -> [(&'static str, ColumnDef); 4] {
    [
        // The session that let them in, without which there is nothing. No foreign key: upkeep forgets sessions.
        ("pins", text_null("parent_sid")),
        ("sessions", text_null("parent_sid")),
        // Who did it in their place.
        ("events", text_null("via")),
        // Whether they may, by staff's decision.
        ("users", boolean("may_delegate").default(true).to_owned()),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        for (index, table) in INDEXES {
            let index = format!("CREATE INDEX {index} ON {table} (parent_sid) WHERE parent_sid IS NOT NULL");
            manager.get_connection().execute_unprepared(&index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (index, table) in INDEXES {
            manager.drop_index(Index::drop().name(index).table(Alias::new(table)).to_owned()).await?;
        }
        for (table, column) in columns().into_iter().rev() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
