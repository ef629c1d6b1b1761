//! PINs and sessions that are for less than their owner, and how long PINs are.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What a PIN opens, and what its session is for: the same on both. Without any of them it is for all that its owner may do.
fn scope() -> [ColumnDef; 4] {
    [
        // This ticket alone. No foreign key: what was let in for a ticket stays narrow when the ticket is gone.
        big_integer_null("ticket_id"),
        // Words with commas between them, as `read,reply`; null is everything, whatever a later version adds to it.
        text_null("can"),
        text_null("label"),
        // Null is a log-in.
        text_null("purpose"),
    ]
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    let of_pins = [
        // Symbols in it; null for one from when all had eight.
        big_integer_null("symbols"),
        // Seconds that its session stays, if less than others.
        big_integer_null("stays"),
        // Whether it was issued alone; null when nobody knows.
        boolean_null("is_alone"),
        // The PIN for which it was revoked.
        big_integer_null("replaced_by"),
    ];
    let of_sessions = [
        // The PIN that opened it.
        big_integer_null("pin_id"),
        // When it ends, if sooner than others.
        big_integer_null("until"),
    ];
    let pins = scope().into_iter().chain(of_pins).map(|column| ("pins", column));
    let sessions = scope().into_iter().chain(of_sessions).map(|column| ("sessions", column));
    pins.chain(sessions).collect()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns().into_iter().rev() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(table).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
