//! The first desk: people, PINs, sessions, tickets, files, events.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        people(manager).await?;
        tickets(manager).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        default_categories(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["events", "attachments", "tickets", "categories", "failed_logins", "sessions", "pins", "users"] {
            manager.drop_table(Table::drop().table(Alias::new(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn foreign_key(from: (&str, &str), to: &str, on_delete: ForeignKeyAction) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(Alias::new(from.0), Alias::new(from.1))
        .to(Alias::new(to), Alias::new("id"))
        .on_delete(on_delete)
        .to_owned()
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("users")
                .col(big_pk_auto("id"))
                .col(text("username"))
                // The username in lower case: unique whatever its case, without a database's own idea of case.
                .col(text_uniq("username_key"))
                .col(text("name"))
                .col(text("email"))
                .col(text("role"))
                // Staff only; a customer never has one.
                .col(text_null("password_hash"))
                .col(boolean("is_active"))
                .col(big_integer("created_at"))
                .col(big_integer_null("last_seen_at"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("pins")
                .col(big_pk_auto("id"))
                .col(big_integer("user_id"))
                // Keyed hash of the PIN; the PIN itself is nowhere.
                .col(text_uniq("hash"))
                .col(big_integer_null("issued_by"))
                .col(big_integer("issued_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("redeemed_at"))
                .col(big_integer_null("revoked_at"))
                .foreign_key(&mut foreign_key(("pins", "user_id"), "users", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("sessions")
                // A number for paging beside the `sid` that tokens carry.
                .col(big_pk_auto("id"))
                .col(text_uniq("sid"))
                .col(big_integer("user_id"))
                .col(text("kind"))
                .col(text("client"))
                .col(big_integer("created_at"))
                .col(big_integer("last_seen_at"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("ended_at"))
                // The `jti` of the refresh token that counts, and of the one before it.
                .col(text("refresh_jti"))
                .col(text_null("previous_jti"))
                .col(big_integer_null("rotated_at"))
                .foreign_key(&mut foreign_key(("sessions", "user_id"), "users", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("failed_logins")
                .col(big_pk_auto("id"))
                .col(text("client"))
                .col(big_integer("at"))
                .to_owned(),
        )
        .await
}

async fn tickets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("categories")
                .col(big_pk_auto("id"))
                .col(text("name"))
                .col(text_uniq("name_key"))
                .col(big_integer("position"))
                .col(boolean("is_active"))
                .col(boolean("is_default"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("tickets")
                .col(big_pk_auto("id"))
                .col(big_integer("requester_id"))
                .col(text("title"))
                .col(text("description"))
                .col(text("priority"))
                .col(big_integer("category_id"))
                .col(text("status"))
                // Set by the first thing staff do with the ticket; from then on it cannot be withdrawn.
                .col(big_integer_null("worked_on_at"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .foreign_key(&mut foreign_key(("tickets", "requester_id"), "users", ForeignKeyAction::Restrict))
                .foreign_key(&mut foreign_key(("tickets", "category_id"), "categories", ForeignKeyAction::Restrict))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("attachments")
                .col(big_pk_auto("id"))
                .col(big_integer("ticket_id"))
                .col(text("stored_name"))
                .col(text("name"))
                .col(big_integer("size"))
                .col(text("kind"))
                .col(big_integer("uploaded_at"))
                .foreign_key(&mut foreign_key(("attachments", "ticket_id"), "tickets", ForeignKeyAction::Cascade))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("events")
                .col(big_pk_auto("id"))
                .col(text("kind"))
                // No foreign keys: what happened stays written when the ticket or the person is gone.
                .col(big_integer_null("ticket_id"))
                .col(big_integer_null("user_id"))
                .col(big_integer_null("actor_id"))
                .col(text_null("from_value"))
                .col(text_null("to_value"))
                .col(big_integer("at"))
                .to_owned(),
        )
        .await
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(format!("{table}_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        index
    };
    let mut stored_name = index("attachments", &["ticket_id", "stored_name"]);
    stored_name.unique();
    vec![
        index("pins", &["user_id", "id"]),
        index("sessions", &["user_id", "id"]),
        index("failed_logins", &["client", "at"]),
        index("failed_logins", &["at"]),
        // Lists are newest first by id; each filter that a page offers has its index.
        index("tickets", &["requester_id", "id"]),
        index("tickets", &["requester_id", "status", "id"]),
        index("tickets", &["status", "id"]),
        index("tickets", &["priority", "id"]),
        index("tickets", &["category_id", "id"]),
        stored_name,
        index("attachments", &["kind", "id"]),
        index("events", &["ticket_id", "id"]),
        index("events", &["user_id", "id"]),
    ]
}

async fn default_categories(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut insert = Query::insert();
    insert.into_table("categories").columns(["name", "name_key", "position", "is_active", "is_default"]);
    for (position, name) in (1i64..).zip(["Bug", "Request", "Billing", "Other"]) {
        insert.values_panic([
            name.into(),
            name.to_lowercase().into(),
            position.into(),
            true.into(),
            (name == "Other").into(),
        ]);
    }
    manager.get_connection().execute(&insert).await.map(|_| ())
}
