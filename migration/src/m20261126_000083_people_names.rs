//! People are found by three letters of their names, without reading the names of all.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// An index of what is in `users`. Triggers keep it, so what an earlier version writes beside this one is in it as well. What is
/// found is compared with the name once more, so it holds neither places nor sizes.
const SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE people_names USING fts5(name_key, content='users', content_rowid='id', detail=none, columnsize=0,
        tokenize='trigram case_sensitive 1')",
    "CREATE TRIGGER people_names_insert AFTER INSERT ON users BEGIN
        INSERT INTO people_names (rowid, name_key) VALUES (new.id, new.name_key); END",
    "CREATE TRIGGER people_names_delete AFTER DELETE ON users BEGIN
        INSERT INTO people_names (people_names, rowid, name_key) VALUES ('delete', old.id, old.name_key); END",
    "CREATE TRIGGER people_names_update AFTER UPDATE OF name_key ON users BEGIN
        INSERT INTO people_names (people_names, rowid, name_key) VALUES ('delete', old.id, old.name_key);
        INSERT INTO people_names (rowid, name_key) VALUES (new.id, new.name_key); END",
    "INSERT INTO people_names (people_names) VALUES ('rebuild')",
];
const SQLITE_DOWN: &[&str] = &[
    "DROP TRIGGER people_names_insert",
    "DROP TRIGGER people_names_delete",
    "DROP TRIGGER people_names_update",
    "DROP TABLE people_names",
];

/// `LIKE` takes this index by itself. The extension comes with the server and may be made by who owns the database; where it is
/// missing or refused, a search reads the names as before.
const POSTGRES: &[&str] = &["DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        -- It may be there already, in a schema of its own.
        EXECUTE format('CREATE INDEX users_name_key ON users USING GIN (name_key %I.gin_trgm_ops)',
            (SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm'));
    EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN
        RAISE NOTICE 'people are searched without an index: %', SQLERRM;
    END $$"];
/// The extension stays: others may use it.
const POSTGRES_DOWN: &[&str] = &["DROP INDEX IF EXISTS users_name_key"];

async fn run(manager: &SchemaManager<'_>, sqlite: &[&str], postgres: &[&str]) -> Result<(), DbErr> {
    let statements = if manager.get_database_backend() == DbBackend::Sqlite { sqlite } else { postgres };
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE, POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, SQLITE_DOWN, POSTGRES_DOWN).await
    }
}
