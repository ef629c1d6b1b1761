//! Calls of agents, and how else they know a customer, beside the codes that they checked.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "caller_checks";
const INDEX: &str = "caller_checks_customer_id_at";

fn columns() -> [ColumnDef; 2] {
    // When an agent said that their call was over; and what they wrote of how they know the customer.
    [big_integer_null("ended_at"), text_null("how")]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        let index = format!("CREATE INDEX {INDEX} ON {TABLE} (customer_id, at) WHERE customer_id IS NOT NULL");
        manager.get_connection().execute_unprepared(&index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(TABLE).to_owned()).await?;
        for column in columns().into_iter().rev() {
            let name = Alias::new(column.get_column_name());
            manager.alter_table(Table::alter().table(TABLE).drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}
