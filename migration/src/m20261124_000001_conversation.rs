//! The conversation: replies and notes, assignees, unread marks, drafts, keys of what was sent, the search index.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        columns(manager).await?;
        tables(manager).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        for statement in search(manager.get_database_backend()).iter().chain(PIN_INDEXES) {
            db.execute_unprepared(statement).await?;
        }
        db.execute_unprepared(
            "UPDATE attachments SET event_id = (SELECT MAX(e.id) FROM events e WHERE e.ticket_id = attachments.ticket_id
                AND e.at = attachments.uploaded_at AND e.kind IN ('ticket_opened', 'files_added'))",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let search: &[&str] = match manager.get_database_backend() {
            DbBackend::Sqlite => &["search_public", "search_internal"],
            _ => &["search_docs"],
        };
        for table in ["messages", "unread", "drafts", "sent"].iter().chain(search) {
            manager.drop_table(Table::drop().table(Alias::new(*table)).to_owned()).await?;
        }
        for (table, columns) in TICKET_INDEXES.iter().chain(OTHER_INDEXES) {
            manager.drop_index(Index::drop().name(name(table, columns)).table(Alias::new(*table)).to_owned()).await?;
        }
        for index in ["pins_expires_at", "pins_unused", "pins_redeemed", "pins_revoked"] {
            manager.drop_index(Index::drop().name(index).table(Alias::new("pins")).to_owned()).await?;
        }
        for (table, column) in [
            ("attachments", "is_internal"),
            ("attachments", "event_id"),
            ("events", "is_internal"),
            ("events", "message_id"),
            ("tickets", "assignee_id"),
        ] {
            let mut alter = Table::alter();
            manager.alter_table(alter.table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

async fn columns(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for (table, column) in [
        // The member of staff who has it. Nobody who has one is ever deleted, so it names somebody.
        ("tickets", big_integer_null("assignee_id")),
        // The reply or note that this event is about.
        ("events", big_integer_null("message_id")),
        // Never told to customers.
        ("events", boolean("is_internal").default(false).take()),
        // What the file came with.
        ("attachments", big_integer_null("event_id")),
        // Came with a note, so it is never shown to customers.
        ("attachments", boolean("is_internal").default(false).take()),
    ] {
        let mut alter = Table::alter();
        manager.alter_table(alter.table(table).add_column(column).to_owned()).await?;
    }
    Ok(())
}

async fn tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let ticket = |from: (&str, &str)| {
        ForeignKey::create()
            .from(Alias::new(from.0), Alias::new(from.1))
            .to(Alias::new("tickets"), Alias::new("id"))
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    };
    manager
        .create_table(
            Table::create()
                .table("messages")
                .col(big_pk_auto("id"))
                .col(big_integer("ticket_id"))
                .col(big_integer_null("author_id"))
                // `reply` or `note`.
                .col(text("kind"))
                // Markdown, as it was written.
                .col(text("body"))
                .col(big_integer("at"))
                .foreign_key(&mut ticket(("messages", "ticket_id")))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("unread")
                .col(big_integer("user_id"))
                .col(big_integer("ticket_id"))
                // The first thing they have not seen.
                .col(big_integer("event_id"))
                .primary_key(Index::create().col("user_id").col("ticket_id"))
                .foreign_key(&mut ticket(("unread", "ticket_id")))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("drafts")
                .col(big_integer("user_id"))
                // What it is a draft of: `ticket`, `reply-7`, `note-7`.
                .col(text("place"))
                // The fields as JSON.
                .col(text("fields"))
                .col(big_integer("saved_at"))
                .primary_key(Index::create().col("user_id").col("place"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("sent")
                .col(big_integer("user_id"))
                // Chosen by the sender, once for each thing they send.
                .col(text("key"))
                // A hash of what was sent, to tell a retry from something else.
                .col(text("fingerprint"))
                .col(big_integer("ticket_id"))
                .col(big_integer_null("message_id"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("user_id").col("key"))
                .foreign_key(&mut ticket(("sent", "ticket_id")))
                .to_owned(),
        )
        .await
}

type Columns = (&'static str, &'static [&'static str]);

/// The staff's list is newest first or last changed first; each filter it offers has its index for both.
const TICKET_INDEXES: &[Columns] = &[
    ("tickets", &["assignee_id", "id"]),
    ("tickets", &["assignee_id", "status", "id"]),
    ("tickets", &["status", "priority", "id"]),
    ("tickets", &["status", "category_id", "id"]),
    ("tickets", &["updated_at", "id"]),
    ("tickets", &["status", "updated_at", "id"]),
    ("tickets", &["assignee_id", "updated_at", "id"]),
    ("tickets", &["assignee_id", "status", "updated_at", "id"]),
    ("tickets", &["priority", "updated_at", "id"]),
    ("tickets", &["category_id", "updated_at", "id"]),
    ("tickets", &["requester_id", "updated_at", "id"]),
];
const OTHER_INDEXES: &[Columns] = &[("attachments", &["event_id"])];
const INDEXES_OF_NEW_TABLES: &[Columns] = &[
    ("messages", &["ticket_id", "id"]),
    ("unread", &["ticket_id"]),
    ("drafts", &["saved_at"]),
    ("sent", &["at"]),
    ("sent", &["ticket_id"]),
];

/// The list of PINs by what became of them; those that can be redeemed are found by their time.
const PIN_INDEXES: &[&str] = &[
    "CREATE INDEX pins_expires_at ON pins (expires_at)",
    "CREATE INDEX pins_unused ON pins (id) WHERE redeemed_at IS NULL AND revoked_at IS NULL",
    "CREATE INDEX pins_redeemed ON pins (id) WHERE redeemed_at IS NOT NULL",
    "CREATE INDEX pins_revoked ON pins (id) WHERE revoked_at IS NOT NULL",
];

fn name(table: &str, columns: &[&str]) -> String {
    format!("{table}_{}", columns.join("_"))
}

fn indexes() -> impl Iterator<Item = IndexCreateStatement> {
    TICKET_INDEXES.iter().chain(OTHER_INDEXES).chain(INDEXES_OF_NEW_TABLES).map(|(table, columns)| {
        let mut index = Index::create();
        index.name(name(table, columns)).table(*table);
        for column in *columns {
            index.col(*column);
        }
        index
    })
}

/// One document for each event that brought text: a ticket's opening, a reply, a note, added files. Its key is the
/// event's id, so newer documents have larger keys. What customers may never find is apart from what they may.
fn search(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        // Only the index is kept; the texts are where they are anyway. It gets words with blanks between them, folded
        // and each once, and takes them as they are: `ascii` splits at nothing but ASCII. `owner` holds one word, `u`
        // and the requester's id.
        DbBackend::Sqlite => &[
            "CREATE VIRTUAL TABLE search_public USING fts5(title, body, files, owner,
                content='', contentless_delete=1, detail=column, tokenize='ascii', prefix='2 3')",
            "CREATE VIRTUAL TABLE search_internal USING fts5(title, body, files, owner,
                content='', contentless_delete=1, detail=column, tokenize='ascii', prefix='2 3')",
        ],
        // `title` has the words of a ticket's title, for its opening; `words` all words.
        _ => &[
            "CREATE TABLE search_docs (
                event_id BIGINT PRIMARY KEY,
                ticket_id BIGINT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
                requester_id BIGINT NOT NULL,
                is_internal BOOLEAN NOT NULL,
                title TSVECTOR NOT NULL,
                words TSVECTOR NOT NULL)",
            // Without the list of what is not yet in the index: each search would read it from end to end.
            "CREATE INDEX search_docs_title ON search_docs USING GIN (title) WITH (fastupdate = off)",
            "CREATE INDEX search_docs_words ON search_docs USING GIN (words) WITH (fastupdate = off)",
            "CREATE INDEX search_docs_requester_id ON search_docs (requester_id, event_id)",
            "CREATE INDEX search_docs_ticket_id ON search_docs (ticket_id)",
        ],
    }
}
