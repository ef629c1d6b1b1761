//! The first page of the archive with all that the desk has of a customer. It needs nothing else.

use desk::{PersonCall, PersonDraftKept, PersonExport, PersonRecovery, PersonSession};
use domain::{CallerOutcome, PinRecord, PinState, Result};
use futures::{Stream, StreamExt as _, stream};

use crate::{
    admin::parts::counted,
    tickets::copy::{begin, facts, text},
};

/// Why what is internal is not in it, as the page of the customer and that of the archive say it.
pub(crate) const LEFT_OUT: &str = "Internal notes, and files that came with them, are left out: they are what members of staff write \
    to each other, and may be about other people. Whoever must give them out as well reads them first; a member of staff finds them in \
    the copy of each ticket.";

/// The page, in pieces.
pub fn index(export: &PersonExport) -> impl Stream<Item = Result<String>> + Send + use<> {
    let head = head(export);
    let entries = export.ledger().map(|entries| {
        let mut html = String::new();
        for entry in entries? {
            let address = entry.address.as_deref().map(|address| format!(" · from {address}")).unwrap_or_default();
            let small = format!("no. {} · {}{address}", entry.number, entry.at.to_minute());
            item(&mut html, &entry.sentence(ToOwned::to_owned), &small);
        }
        Ok(html)
    });
    let first = stream::once(async move { Ok(head) });
    first.chain(entries).chain(stream::once(async { Ok("</section></body></html>\n".to_owned()) }))
}

fn head(export: &PersonExport) -> String {
    let person = &export.person;
    let mut html = String::new();
    begin(&mut html, &format!("All that is kept of {}", person.name));
    html.push_str("<h1 dir=\"auto\">");
    text(&mut html, &person.name);
    html.push_str("</h1>");
    let yes = |is: bool| if is { "Yes" } else { "No" }.to_owned();
    let email = if person.email.is_empty() { "None".to_owned() } else { person.email.clone() };
    let mut known = vec![
        ("Username", person.username.clone()),
        ("Email address", email),
        ("Number", person.id.to_string()),
        ("Added", person.created_at.to_minute()),
        ("Last seen", person.last_seen_at.map_or_else(|| "Never".to_owned(), |at| at.to_minute())),
        ("May log in", yes(person.is_active)),
        ("May let others in", yes(export.may_delegate)),
        ("Sensitive", yes(export.is_sensitive)),
    ];
    if let Some(card) = &export.card {
        known.push(("Came by", format!("card {:03} of {}", card.number, card.name)));
    }
    let with = format!("{} and {}", counted(export.tickets.len() as u64, "ticket"), counted(export.files, "file"));
    known.push(("In here", format!("{with}; data.json has the same for programs")));
    known.push(("Taken out", format!("{}, by {}", export.at.to_minute(), export.by)));
    facts(&mut html, &known);
    html.push_str("<p class=\"small\">");
    let count = format!(
        "{LEFT_OUT} On these tickets are {} and {}. Addresses are given of what the customer did, not of others.",
        counted(export.notes_left_out, "internal note"),
        counted(export.files_left_out, "internal file")
    );
    text(&mut html, &count);
    html.push_str("</p>");
    tickets(&mut html, export);
    list(&mut html, "PINs", &export.pins, pin);
    list(&mut html, "Sessions", &export.sessions, session);
    list(&mut html, "Lost access", &export.recoveries, recovery);
    list(&mut html, "Calls", &export.calls, call);
    list(&mut html, "Typed and not sent", &export.drafts, draft);
    html.push_str("<section><h2>Access ledger</h2>\n");
    html
}

fn tickets(html: &mut String, export: &PersonExport) {
    html.push_str("<section><h2>Tickets</h2>");
    if export.tickets.is_empty() {
        html.push_str("<p>None.</p>");
    }
    for (id, title) in &export.tickets {
        html.push_str(&format!("<p><a href=\"tickets/{id}/index.html\" dir=\"auto\">#{id} "));
        text(html, title);
        html.push_str("</a></p>");
    }
    html.push_str("</section>\n");
}

fn list<T>(html: &mut String, title: &str, rows: &[T], words: impl Fn(&T) -> (String, String)) {
    if rows.is_empty() {
        return;
    }
    html.push_str("<section><h2>");
    text(html, title);
    html.push_str("</h2>");
    for (said, small) in rows.iter().map(words) {
        item(html, &said, &small);
    }
    html.push_str("</section>\n");
}

fn item(html: &mut String, said: &str, small: &str) {
    html.push_str("<article><div class=\"text\" dir=\"auto\">");
    text(html, said);
    html.push_str("</div><p class=\"small\">");
    text(html, small);
    html.push_str("</p></article>\n");
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn pin(pin: &PinRecord) -> (String, String) {
    let what = pin.scope.in_words().unwrap_or_else(|| "all tickets".to_owned());
    let at = |word: &str, at: Option<domain::Timestamp>| at.map(|at| format!("{word} {}", at.to_minute()));
    let small = joined([
        Some(pin.scope.label.clone()),
        at("issued", Some(pin.issued_at)),
        pin.issued_by.as_ref().map(|by| format!("by {by}")),
        at("used", pin.redeemed_at),
        at("revoked", pin.revoked_at),
        at(if pin.state == PinState::Expired { "expired" } else { "good until" }, Some(pin.expires_at)),
    ]);
    (format!("PIN {}: {what}", pin.id), small)
}

fn session(session: &PersonSession) -> (String, String) {
    let by = match session.kind {
        domain::LoginKind::Browser => "By browser",
        domain::LoginKind::Api => "By a program",
    };
    let what = session.ticket_id.map_or_else(|| "all tickets".to_owned(), |id| format!("ticket #{id}"));
    let small = joined([
        session.label.clone(),
        Some(format!("from {} to {}", session.created_at.to_minute(), session.last_seen_at.to_minute())),
        session.ended_at.map(|at| format!("ended {}", at.to_minute())),
        session.end_reason.map(|reason| reason.because().to_owned()),
        Some(session.client.clone()),
    ]);
    (format!("{by}, for {what}"), small)
}

fn recovery(asked: &PersonRecovery) -> (String, String) {
    let small = joined([
        Some(asked.at.to_minute()),
        asked.checked.map(|checked| format!("Support {}", checked.in_words())),
        asked.how.clone(),
        asked.pin_id.map(|pin| format!("PIN {pin} was issued")),
        asked.dismissed.as_ref().map(|why| format!("dismissed: {why}")),
    ]);
    (format!("Request {}: {}, {}", asked.id, asked.name, asked.callback), small)
}

fn call(call: &PersonCall) -> (String, String) {
    let said = match call.outcome {
        CallerOutcome::Calling => "Support said that they call.",
        CallerOutcome::Vouched => "Support made sure without a code who called.",
        CallerOutcome::Checked | CallerOutcome::Wrong | CallerOutcome::Refused => "A caller's code was checked.",
    };
    (said.to_owned(), joined([Some(call.at.to_minute()), call.how.clone()]))
}

fn draft(draft: &PersonDraftKept) -> (String, String) {
    let said = draft.fields.values().map(String::as_str).filter(|text| !text.is_empty()).collect::<Vec<_>>();
    (said.join("\n"), format!("{} · {}", draft.place, draft.saved_at.to_minute()))
}
