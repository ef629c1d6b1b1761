//! The search index on PostgreSQL: every word is one of its bucket, so a search goes from new documents to old ones and
//! ends when it has enough. And which version of the index there is, on both databases: what is written in another way
//! is written anew when the desk is opened.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create().table("search_version").col(big_integer("version")).to_owned();
        manager.create_table(table).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            // A title's words have a place in the one vector. The column stays, empty.
            let statement = "TRUNCATE search_docs; DROP INDEX search_docs_title;
                 ALTER TABLE search_docs ALTER COLUMN title DROP NOT NULL";
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("search_version").to_owned()).await?;
        let statement = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                "INSERT INTO search_public (search_public) VALUES ('delete-all');
                 INSERT INTO search_internal (search_internal) VALUES ('delete-all')"
            }
            _ => {
                "TRUNCATE search_docs;
                 ALTER TABLE search_docs ALTER COLUMN title SET NOT NULL;
                 CREATE INDEX search_docs_title ON search_docs USING GIN (title) WITH (fastupdate = off)"
            }
        };
        manager.get_connection().execute_unprepared(statement).await?;
        Ok(())
    }
}
