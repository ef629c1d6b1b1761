//! A bare server for `cargo xtask bench` to compare with: one handler, hand-written SQL, no login. It writes the JSON
//! that `GET /api/tickets/` writes, from the database that the desk filled. What it does cannot be left out; what the
//! desk needs beyond it is the price of sessions, layers and signed addresses.
//!
//! `baseline DATABASE USER_ID ORIGIN` prints the address on which it listens.

use std::{cell::RefCell, env, error::Error, path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
    serve::ListenerExt as _,
};
use rusqlite::{Connection, OpenFlags, Result, Row};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::net::TcpListener;

const TICKETS: &str = "SELECT t.id, t.title, t.description, t.priority, c.name, t.status, t.created_at, t.updated_at
    FROM tickets t JOIN categories c ON c.id = t.category_id
    WHERE t.requester_id = ?1 ORDER BY t.id DESC LIMIT 501";
const FILES: &str = "SELECT a.ticket_id, a.id, a.stored_name, a.name, a.size, a.kind, a.uploaded_at
    FROM attachments a JOIN tickets t ON t.id = a.ticket_id
    WHERE t.requester_id = ?1 AND t.id BETWEEN ?2 AND ?3 ORDER BY t.id DESC, a.id";
/// As long as a real one.
const SIGNATURE: &str = "expires=0000000000&signature=0000000000000000000000000000000000000000000000000000000000000000";

#[derive(Serialize)]
struct Ticket {
    id: i64,
    title: String,
    description: String,
    priority: String,
    category: String,
    status: String,
    created_at: String,
    updated_at: String,
    attachments: Vec<Attachment>,
}

#[derive(Serialize)]
struct Attachment {
    id: i64,
    file: String,
    name: String,
    size: i64,
    content_type: &'static str,
    uploaded_at: String,
}

struct Desk {
    database: PathBuf,
    user: i64,
    origin: String,
}

thread_local! {
    /// A connection of each thread's own, with its statements kept.
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let [database, user, origin] =
        env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "usage: baseline DATABASE USER_ID ORIGIN")?;
    let desk = Desk { database: database.into(), user: user.parse()?, origin };
    let router = Router::new().route("/", get(list)).with_state(Arc::new(desk));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // It is only slower without.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

async fn list(State(desk): State<Arc<Desk>>) -> Response {
    let json = CONNECTION.with_borrow_mut(|kept| {
        let connection = match kept.take() {
            Some(connection) => connection,
            None => Connection::open_with_flags(
                &desk.database,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
        };
        let tickets = tickets(&desk, &connection)?;
        *kept = Some(connection);
        serde_json::to_vec(&tickets).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    });
    match json {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn tickets(desk: &Desk, connection: &Connection) -> Result<Vec<Ticket>> {
    let mut select = connection.prepare_cached(TICKETS)?;
    let mut tickets = select.query_map([desk.user], ticket)?.collect::<Result<Vec<_>>>()?;
    let (Some(newest), Some(oldest)) = (tickets.first(), tickets.last()) else { return Ok(tickets) };
    let mut select = connection.prepare_cached(FILES)?;
    let mut files = select.query([desk.user, oldest.id, newest.id])?;
    // Both are by ticket, newest first.
    let mut owners = tickets.iter_mut().peekable();
    while let Some(file) = files.next()? {
        let ticket_id: i64 = file.get(0)?;
        while owners.next_if(|owner| owner.id > ticket_id).is_some() {}
        if let Some(owner) = owners.peek_mut().filter(|owner| owner.id == ticket_id) {
            owner.attachments.push(attachment(&desk.origin, ticket_id, file)?);
        }
    }
    Ok(tickets)
}

fn ticket(row: &Row<'_>) -> Result<Ticket> {
    Ok(Ticket {
        id: row.get(0)?,
        title: row.get(1)?,
        description: row.get(2)?,
        priority: row.get(3)?,
        category: row.get(4)?,
        status: row.get(5)?,
        created_at: time(row.get(6)?),
        updated_at: time(row.get(7)?),
        attachments: Vec::new(),
    })
}

fn attachment(origin: &str, ticket: i64, row: &Row<'_>) -> Result<Attachment> {
    let stored_name = row.get_ref(2)?.as_str()?;
    Ok(Attachment {
        id: row.get(1)?,
        file: format!("{origin}/media/tickets/{ticket}/{stored_name}?{SIGNATURE}"),
        name: row.get(3)?,
        size: row.get(4)?,
        content_type: match row.get_ref(5)?.as_str()? {
            "png" => "image/png",
            _ => "application/octet-stream",
        },
        uploaded_at: time(row.get(6)?),
    })
}

/// Microseconds since 1970 as RFC 3339.
fn time(micros: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        micros.rem_euclid(1_000_000)
    )
}
