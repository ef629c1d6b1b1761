//! All of a ticket as one page that needs nothing else: what is in the archive that somebody takes out.

use desk::{Desk, Export, ExportFile};
use domain::{Actor, Approval, Attachment, Cursor, Event, EventKind, Page, Result, TicketId, Timestamp};
use futures::{Stream, StreamExt as _, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::conversation::{Reader, event_sentence};

/// Entries that are read with one query.
const AT_ONCE: usize = 100;

const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1d2526}\
    h1{line-height:1.2}section,article{border-top:1px solid #ccd3d4;padding:.75rem 0}.small{color:#4e595c;font-size:.875rem}\
    .text{white-space:pre-wrap;overflow-wrap:anywhere}article{overflow-wrap:anywhere}.note{background:#fff7e0;padding:.75rem;\
    border-left:4px solid #b7791f}dt{float:left;clear:left;width:8rem;color:#4e595c}dd{margin:0 0 0 8rem}\
    pre{white-space:pre-wrap}@media(prefers-color-scheme:dark){body{background:#101415;color:#e4e9ea}.small,dt{color:#a7b1b3}\
    section,article{border-color:#394345}.note{background:#2b2413}a{color:#7cc4d4}}";

/// The page, in pieces: what was written, the files, and every entry of the timeline that `actor` may see, oldest first. `by` is who
/// takes it out.
pub fn page(desk: Desk, actor: Actor, by: &str, export: &Export) -> impl Stream<Item = Result<String>> + Send + use<> {
    let (ticket, files) = (export.view.ticket.id, export.files.clone());
    let now = desk.now();
    let head = head(export, by, now);
    let first = stream::once(async move { Ok(head) });
    let from = Some(Cursor::After(0.into()));
    let entries = stream::unfold(from, move |from| {
        let (desk, actor, files) = (desk.clone(), actor.clone(), files.clone());
        async move {
            let read = entries(&desk, &actor, ticket, from?, &files).await;
            Some(match read {
                Ok((html, next)) => (Ok(html), next),
                Err(error) => (Err(error), None),
            })
        }
    });
    first.chain(entries).chain(stream::once(async { Ok("</section></body></html>\n".to_owned()) }))
}

fn reader(actor: &Actor) -> Reader {
    if actor.role.is_staff() { Reader::Staff } else { Reader::Customer }
}

/// Some entries as HTML, and where the next ones begin.
async fn entries(
    desk: &Desk,
    actor: &Actor,
    ticket: TicketId,
    from: Cursor,
    files: &[ExportFile],
) -> Result<(String, Option<Cursor>)> {
    let Page { items, newer, .. } = desk.tickets().timeline(actor, ticket, from, AT_ONCE).await?;
    let bodies = items.iter().map(|event| event.body.clone().filter(|body| !body.is_empty())).collect();
    let bodies = markdown::all(bodies, markdown::html).await?;
    let mut html = String::new();
    for (event, body) in items.iter().zip(bodies).rev() {
        entry(&mut html, event, body.as_deref(), reader(actor), files);
    }
    Ok((html, newer.map(Cursor::After)))
}

fn entry(html: &mut String, event: &Event, body: Option<&str>, reader: Reader, files: &[ExportFile]) {
    let is_note = event.kind() == EventKind::Noted;
    let is_said = is_note || event.kind() == EventKind::Replied;
    let words = if is_said {
        event.actor_name.clone().unwrap_or_else(|| "Command line".to_owned())
    } else {
        event_sentence(event, reader)
    };
    html.push_str(if is_note { "<article class=\"note\">" } else { "<article>" });
    html.push_str("<p class=\"small\">");
    text(html, &words);
    if is_note {
        html.push_str(" · Internal note: the customer does not see this");
    }
    html.push_str(" · ");
    text(html, &event.at.to_minute());
    html.push_str("</p>");
    if let Some(body) = body {
        // Made safe by `markdown`.
        html.push_str(body);
    }
    links(html, &event.files, files);
    html.push_str("</article>\n");
}

fn head(export: &Export, by: &str, now: Timestamp) -> String {
    let (view, ticket) = (&export.view, &export.view.ticket);
    let mut html = String::new();
    begin(&mut html, &format!("#{} {}", ticket.id, ticket.title));
    html.push_str("<h1 dir=\"auto\">");
    text(&mut html, &ticket.title);
    html.push_str("</h1>");
    let known = [
        ("Ticket", format!("#{}", ticket.id)),
        ("Customer", view.requester_name.clone()),
        ("Status", ticket.status.to_string()),
        ("Priority", ticket.priority.to_string()),
        ("Category", ticket.category.clone()),
        ("Opened", ticket.created_at.to_minute()),
        ("Last change", ticket.updated_at.to_minute()),
        ("Taken out", format!("{}, by {by}", now.to_minute())),
    ];
    facts(&mut html, &known);
    html.push_str("<section><h2>Description</h2><div class=\"text\" dir=\"auto\">");
    text(&mut html, &ticket.description);
    html.push_str("</div>");
    links(&mut html, &view.opening_files, &export.files);
    html.push_str("</section>");
    if !export.approvals.is_empty() {
        html.push_str("<section><h2>Confirmations</h2>");
        export.approvals.iter().rev().for_each(|approval| confirmation(&mut html, approval));
        html.push_str("</section>");
    }
    html.push_str("<section><h2>Conversation</h2>\n");
    html
}

fn confirmation(html: &mut String, approval: &Approval) {
    html.push_str("<article><div class=\"text\" dir=\"auto\">");
    text(html, &approval.text);
    html.push_str("</div><p class=\"small\">");
    let at = approval.since().to_minute();
    let parts = [
        format!("Request {}", approval.id),
        approval.amount.clone(),
        format!("{} {at}", approval.standing()),
        approval.why.clone(),
        format!("SHA-256 {}", approval.sha256),
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    text(html, &parts.join(" · "));
    html.push_str("</p></article>");
}

fn links(html: &mut String, these: &[Attachment], files: &[ExportFile]) {
    for known in these.iter().filter_map(|file| files.iter().find(|known| known.file.id == file.id)) {
        html.push_str("<p><a href=\"");
        html.extend(utf8_percent_encode(&known.path, IN_A_PATH));
        html.push_str("\" dir=\"auto\">");
        text(html, &known.file.name);
        html.push_str("</a> <span class=\"small\">");
        text(html, &domain::human_bytes(known.file.size));
        html.push_str("</span></p>");
    }
}

/// The beginning of a page that needs nothing else.
pub(crate) fn begin(html: &mut String, title: &str) {
    html.push_str(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
    );
    text(html, title);
    html.push_str("</title><style>");
    html.push_str(STYLE);
    html.push_str("</style></head><body>");
}

/// Names with their values.
pub(crate) fn facts(html: &mut String, facts: &[(&str, String)]) {
    html.push_str("<dl>");
    for (name, value) in facts {
        html.push_str("<dt>");
        text(html, name);
        html.push_str("</dt><dd dir=\"auto\">");
        text(html, value);
        html.push_str("</dd>");
    }
    html.push_str("</dl>");
}

/// A text as HTML.
pub(crate) fn text(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}
