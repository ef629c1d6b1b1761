//! People are found by their names whatever the case and the accents, and events name people by their ids.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [(&str, &str); 3] = [("users", "name_key"), ("events", "from_user_id"), ("events", "to_user_id")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            // Username, name and email as they are compared in a search. None until the desk has made it.
            ("users", text_null("name_key")),
            // Of a change of assignee, who had the ticket and who got it: names are not unique.
            ("events", big_integer_null("from_user_id")),
            ("events", big_integer_null("to_user_id")),
        ] {
            let mut alter = Table::alter();
            manager.alter_table(alter.table(table).add_column(column).to_owned()).await?;
        }
        // Tells which members of staff have a name that others have too.
        let index = "CREATE INDEX users_staff_name ON users (name) WHERE role <> 'customer'";
        manager.get_connection().execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("users_staff_name").table(Alias::new("users")).to_owned()).await?;
        for (table, column) in COLUMNS {
            let mut alter = Table::alter();
            manager.alter_table(alter.table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
