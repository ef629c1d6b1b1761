//! What belongs to an event is one JSON text, by its kind, and no longer two texts that mean another thing for each.
//! The columns that it was in stay as they were left, and are still written by a process of the version before that has
//! not stopped yet: each start converts what came since ([`convert_newest`]).

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        manager.alter_table(alter.table("events").add_column(text_null("data")).to_owned()).await?;
        manager.get_connection().execute_unprepared(&convert(manager.get_database_backend(), "")).await?;
        Ok(())
    }

    /// What was written since is lost.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        manager.alter_table(alter.table("events").drop_column("data").to_owned()).await
    }
}

/// The statement that converts what is not yet, among the newest events.
pub fn convert_newest(backend: DbBackend) -> String {
    convert(backend, "AND id > (SELECT COALESCE(MAX(id), 0) - 50000 FROM events)")
}

fn convert(backend: DbBackend, which: &str) -> String {
    let is_sqlite = backend == DbBackend::Sqlite;
    let object = |fields: &str| match is_sqlite {
        true => format!("json_object({fields})"),
        false => format!("CAST(json_build_object({fields}) AS TEXT)"),
    };
    // Within another one. SQLite takes it for a text unless it is told.
    let part = |condition: &str, part: String| match is_sqlite {
        true => format!("json(CASE WHEN {condition} THEN {part} ELSE 'null' END)"),
        false => format!("CASE WHEN {condition} THEN CAST({part} AS JSON) END"),
    };
    let roles = match is_sqlite {
        true => "json_array(from_value, to_value)",
        false => "json_build_array(from_value, to_value)",
    };
    // Older events have names alone: they mean somebody when one member of the team has it, and was there.
    let holder = |side: &str| {
        let (name, id) = (format!("{side}_value"), format!("{side}_user_id"));
        let named = format!(
            "(SELECT CASE WHEN COUNT(*) = 1 THEN MIN(u.id) END FROM users u
                WHERE u.role <> 'customer' AND u.name = {name} AND u.created_at <= events.at)"
        );
        let known = format!("(SELECT u.name FROM users u WHERE u.id = {id})");
        let fields = format!("'id', COALESCE({id}, {named}), 'name', COALESCE({name}, {known}, '?')");
        part(&format!("{name} IS NOT NULL OR {id} IS NOT NULL"), object(&fields))
    };
    let number = "CAST(to_value AS BIGINT)";
    format!(
        "UPDATE events SET data = CASE
            WHEN kind = 'assignee_changed' THEN {}
            WHEN kind = 'files_added' THEN {}
            WHEN kind = 'session_ended' THEN {}
            WHEN kind = 'pin_redeemed' THEN {}
            WHEN kind = 'user_changed' THEN {}
            ELSE {} END
         WHERE data IS NULL {which} AND kind IN ('assignee_changed', 'files_added', 'session_ended', 'pin_redeemed', 'user_changed', 'status_changed',
            'priority_changed', 'category_changed')",
        object(&format!("'from', {}, 'to', {}", holder("from"), holder("to"))),
        object(&format!("'count', COALESCE({number}, 1)")),
        object(&format!("'count', COALESCE({number}, 1)")),
        object(&format!("'pin', COALESCE({number}, 0)")),
        object(&format!("'role', {}", part("from_value IS NOT NULL", roles.to_owned()))),
        object("'from', from_value, 'to', to_value"),
    )
}
