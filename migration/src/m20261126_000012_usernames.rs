//! Usernames compare in compatibility form with their case folded (NFKC; Unicode Standard, 3.13): `É` typed as one sign
//! or as a letter and its accent is one name. The keys of names beyond ASCII are written anew.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, Statement},
};
use unicode_normalization::UnicodeNormalization as _;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rewrite(manager, folded).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rewrite(manager, |username| username.trim().to_lowercase()).await
    }
}

#[expect(clippy::disallowed_methods, reason = "a migration has no desk around it")]
async fn rewrite(manager: &SchemaManager<'_>, key: fn(&str) -> String) -> Result<(), DbErr> {
    let (db, backend) = (manager.get_connection(), manager.get_database_backend());
    let select = "SELECT id, username, username_key FROM users ORDER BY id";
    for row in db.query_all_raw(Statement::from_string(backend, select)).await? {
        let (id, username, old): (i64, String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        let new = key(&username);
        if new == old {
            continue;
        }
        // Two that are one name now both stay: the later one is found by the key it has.
        let update = "UPDATE users SET username_key = $1 WHERE id = $2
            AND NOT EXISTS (SELECT 1 FROM users other WHERE other.username_key = $1 AND other.id <> $2)";
        db.execute_raw(Statement::from_sql_and_values(backend, update, [new.into(), id.into()])).await?;
    }
    Ok(())
}

fn folded(username: &str) -> String {
    let fold = |c: char| {
        // The dotless i is a letter of its own.
        let upper: String = if c == 'ı' { c.into() } else { c.to_uppercase().collect() };
        upper.chars().flat_map(char::to_lowercase).collect::<String>()
    };
    username.trim().nfkc().map(fold).collect::<String>().nfkc().collect()
}
