//! Each answer of REST as it goes over the wire, and the description of the API: a change of either is seen in what it changes.
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p server --test server snapshots` writes them again.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use domain::{Purpose, Role, ScopeDraft, TicketId};
use http::Method;
use serde_json::{Value, json as value};
use server::router::Part;

use crate::harness::{Client, Content, World, form, json, png, raw, urlencoded};

/// Headers that a client of REST goes by.
const HEADERS: [&str; 13] = [
    "content-type",
    "location",
    "link",
    "retry-after",
    "allow",
    "www-authenticate",
    "cache-control",
    "content-disposition",
    "content-length",
    "content-range",
    "accept-ranges",
    "etag",
    "vary",
];

/// Sends calls and keeps what was answered.
struct Tour {
    called: BTreeSet<String>,
}

impl Tour {
    async fn call(
        &mut self,
        name: &str,
        client: &Client,
        method: Method,
        path: &str,
        content: Option<&Content>,
    ) -> Value {
        let reply = client.send(method.clone(), path, content).await;
        let mut shown = format!("{method} {}\n\n{}\n", stable(path), reply.status.as_u16());
        for header in HEADERS {
            let value = reply.header(header);
            // How long JSON is follows from it.
            let is_told = header == "content-length" && reply.header("content-type") == "application/json";
            if !value.is_empty() && !is_told {
                writeln!(shown, "{header}: {}", stable(value)).unwrap();
            }
        }
        let body = serde_json::from_slice::<Value>(&reply.bytes);
        let shown_body = match &body {
            Ok(body) => serde_json::to_string_pretty(body).unwrap(),
            Err(_) => format!("({} bytes)", reply.bytes.len()),
        };
        write!(shown, "\n{}", stable(&shown_body)).unwrap();
        insta::assert_snapshot!(name, shown);
        self.called.insert(format!("{method} {}", path.split('?').next().unwrap().trim_end_matches('/')));
        body.unwrap_or_default()
    }

    async fn get(&mut self, name: &str, client: &Client, path: &str) -> Value {
        self.call(name, client, Method::GET, path, None).await
    }

    async fn post(&mut self, name: &str, client: &Client, path: &str, content: &Content) -> Value {
        self.call(name, client, Method::POST, path, Some(content)).await
    }
}

/// A text without what is new each time: moments, tokens, signatures, the names of stored files.
fn stable(text: &str) -> String {
    let mut stable = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
        let word = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let is_moment = word.len() >= 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
        // A caller's code.
        let is_code = word.len() == 6 && word.bytes().all(|digit| digit.is_ascii_digit());
        // A PIN, and the id of a session.
        let is_code =
            is_code || word.starts_with("SUP-") || (word.len() == 32 && word.bytes().all(|c| c.is_ascii_hexdigit()));
        let is_file = word.len() == 36 && word.as_bytes()[32] == b'.';
        let is_token = word.len() > 60 || stable.ends_with("signature=") || stable.ends_with("expires=");
        if is_moment || is_file || is_token || is_code {
            stable.push_str(if is_moment { "[moment]" } else { "[new each time]" });
            rest = &rest[word.len()..];
        } else {
            let taken = word.len().max(first.len_utf8());
            stable.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    stable
}

#[tokio::test]
async fn each_answer() {
    let world = World::new().await;
    let mut tour = Tour { called: BTreeSet::new() };
    let nobody = world.anonymous();
    let agent = world.staff("agnes", Role::Agent).await;

    let pin = world.pin("ana").await;
    let login = tour.post("login", &nobody, "/api/users/login/", &json(&value!({"pin": pin}))).await;
    tour.post("login_used_pin", &nobody, "/api/users/login/", &urlencoded(&format!("pin={pin}"))).await;
    tour.post("login_without_pin", &nobody, "/api/users/login/", &json(&value!({}))).await;
    tour.post("login_other_type", &nobody, "/api/users/login/", &raw("text/plain", "pin")).await;
    tour.post("login_no_json", &nobody, "/api/users/login/", &raw("application/json", "{")).await;
    let refresh = json(&value!({"refresh": login["refresh"]}));
    tour.post("refresh", &nobody, "/api/token/refresh/", &refresh).await;
    tour.post("refresh_bad", &nobody, "/api/token/refresh/", &urlencoded("refresh=x")).await;
    let mut ana = world.anonymous();
    ana.bearer = Some(login["access"].as_str().unwrap().to_owned());

    tour.get("me", &ana, "/api/users/me/").await;
    tour.get("me_of_staff", &agent, "/api/users/me/").await;
    let code = tour.post("caller_code", &ana, "/api/caller-code/", &json(&value!({}))).await;
    tour.post("caller_code_of_staff", &agent, "/api/caller-code/", &json(&value!({}))).await;
    let code = json(&value!({"code": code["code"]}));
    tour.post("caller", &agent, "/api/caller-code/check/", &code).await;
    tour.post("caller_used", &agent, "/api/caller-code/check/", &code).await;
    tour.post("caller_wrong", &agent, "/api/caller-code/check/", &json(&value!({"code": "12"}))).await;
    tour.post("caller_of_customer", &ana, "/api/caller-code/check/", &code).await;
    tour.get("tickets_none", &ana, "/api/tickets/").await;
    tour.get("tickets_nobody", &nobody, "/api/tickets/").await;
    let files: [(&str, &[u8]); 2] = [("Ünïcode \"1\".png", &png(2000)), ("b.pdf", b"%PDF-1.4\n")];
    let ticket = form(&[("title", "The printer"), ("description", "It *burns*."), ("priority", "High")], &files);
    let created = tour.post("ticket_created", &ana, "/api/tickets/", &ticket).await;
    let second = json(&value!({"title": "Second", "description": "Words", "category": "Billing"}));
    tour.post("ticket_created_json", &ana, "/api/tickets/", &second).await;
    let wrong = json(&value!({"title": "", "priority": "Top", "attachments": "a.png"}));
    tour.post("ticket_wrong", &ana, "/api/tickets/", &wrong).await;
    let wrong =
        form(&[("title", "t"), ("description", "d")], &[("a.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0")]);
    tour.post("ticket_wrong_file", &ana, "/api/tickets/", &wrong).await;
    tour.post("ticket_of_staff", &agent, "/api/tickets/", &second).await;
    tour.get("tickets", &ana, "/api/tickets/").await;
    tour.get("tickets_page", &ana, "/api/tickets/?limit=1").await;
    tour.get("tickets_bad_page", &ana, "/api/tickets/?limit=x&cursor=y").await;
    tour.get("ticket", &ana, "/api/tickets/1/").await;
    tour.get("ticket_missing", &ana, "/api/tickets/99/").await;
    tour.call("ticket_other_method", &ana, Method::DELETE, "/api/tickets/1/", None).await;

    let change = json(&value!({"title": "The printer in the hall"}));
    tour.post("changed", &ana, "/api/tickets/1/changes/", &change).await;
    tour.post("changed_nothing", &ana, "/api/tickets/1/changes/", &json(&value!({}))).await;
    let wrong = json(&value!({"title": " ", "status": "Away", "priority": [], "assignee": "nobody"}));
    tour.post("changed_wrong", &agent, "/api/tickets/1/changes/", &wrong).await;
    tour.post("changed_not_ones_own", &ana, "/api/tickets/1/changes/", &urlencoded("priority=Low")).await;
    tour.call("claimed", &agent, Method::POST, "/api/tickets/1/claim/", None).await;
    tour.call("claimed_by_customer", &ana, Method::POST, "/api/tickets/1/claim/", None).await;
    let reply = form(&[("body", "Have you tried *water*?"), ("then", "wait")], &[("c.png", &png(100))]);
    tour.post("replied", &agent, "/api/tickets/1/replies/", &reply).await;
    tour.post("replied_wrong", &ana, "/api/tickets/1/replies/", &json(&value!({"body": null, "then": 7}))).await;
    tour.post("noted", &agent, "/api/tickets/1/notes/", &urlencoded("body=Old+model.")).await;
    tour.get("timeline", &ana, "/api/tickets/1/timeline/").await;
    tour.get("download", &ana, "/api/tickets/1/download/").await;
    tour.get("download_of_nothing", &ana, "/api/tickets/4711/download/").await;
    tour.get("timeline_of_staff", &agent, "/api/tickets/1/timeline/?limit=2").await;

    tour.get("categories", &ana, "/api/categories/").await;
    tour.get("found", &ana, "/api/search/?q=water").await;
    tour.get("found_wrong", &ana, "/api/search/?limit=900").await;
    let draft = json(&value!({"body": "Dear all"}));
    tour.call("draft_kept", &ana, Method::PUT, "/api/drafts/reply-1/", Some(&draft)).await;
    tour.get("draft", &ana, "/api/drafts/reply-1/").await;
    tour.call("draft_discarded", &ana, Method::DELETE, "/api/drafts/reply-1/", None).await;
    tour.get("draft_none", &ana, "/api/drafts/reply-1/").await;
    tour.get("draft_nowhere", &ana, "/api/drafts/elsewhere/").await;
    tour.get("events", &ana, "/api/events/").await;

    let file = created["attachments"][0]["file"].as_str().unwrap().split_once("/media/").unwrap().1;
    let file = format!("/media/{file}");
    tour.get("file", &nobody, &file).await;
    tour.get("file_bad_signature", &nobody, &format!("{}?expires=1&signature=x", file.split('?').next().unwrap()))
        .await;
    tour.get("file_missing", &ana, "/media/tickets/1/none.png").await;

    let one =
        ScopeDraft { ticket: Some(TicketId(2)), label: "by phone".into(), stays: Some(3600), ..ScopeDraft::default() };
    let pin = world.pin_for("ana", one).await;
    let scoped = tour.post("login_scoped", &nobody, "/api/users/login/", &json(&value!({"pin": pin}))).await;
    let mut of_second = world.anonymous();
    of_second.bearer = Some(scoped["access"].as_str().unwrap().to_owned());
    tour.get("ticket_not_of_scope", &of_second, "/api/tickets/1/").await;
    tour.post("ticket_created_scoped", &of_second, "/api/tickets/", &second).await;
    let reading = ScopeDraft { can: Some("read".parse().unwrap()), ..ScopeDraft::default() };
    let reader = world.api_for("ana", reading).await;
    tour.post("replied_reading", &reader, "/api/tickets/1/replies/", &json(&value!({"body": "And?"}))).await;
    let writing = ScopeDraft { can: Some("reply".parse().unwrap()), ..ScopeDraft::default() };
    let writer = world.api_for("ana", writing).await;
    let with_file = form(&[("body", "Here")], &[("d.png", &png(100))]);
    tour.post("replied_without_upload", &writer, "/api/tickets/1/replies/", &with_file).await;
    let let_in = json(&value!({"for": "Ben", "can": ["read"], "ttl": "2h"}));
    let delegated = tour.post("delegated", &ana, "/api/delegations/", &let_in).await;
    tour.get("delegations", &ana, "/api/delegations/").await;
    tour.post("delegated_nobody", &ana, "/api/delegations/", &json(&value!({"can": "delegate", "ttl": "40"}))).await;
    let pin = json(&value!({"pin": delegated["pin"]}));
    let ben = tour.post("login_delegated", &nobody, "/api/users/login/", &pin).await;
    let mut of_ben = world.anonymous();
    of_ben.bearer = Some(ben["access"].as_str().unwrap().to_owned());
    tour.post("delegated_by_delegate", &of_ben, "/api/delegations/", &let_in).await;
    let path = format!("/api/delegations/{}/", delegated["id"]);
    tour.call("delegation_ended", &ana, Method::DELETE, &path, None).await;
    let dropping = ScopeDraft { ticket: Some(TicketId(2)), purpose: Purpose::Drop, ..ScopeDraft::default() };
    let dropper = world.api_for("ana", dropping).await;
    tour.get("me_of_drop", &dropper, "/api/users/me/").await;
    tour.get("drop", &dropper, "/api/drop/").await;
    tour.post("dropped", &dropper, "/api/drop/", &form(&[], &[("d.png", &png(100))])).await;
    tour.post("dropped_nothing", &dropper, "/api/drop/", &form(&[], &[])).await;
    tour.post("dropped_program", &dropper, "/api/drop/", &form(&[], &[("d.pdf", b"MZ")])).await;
    tour.get("drop_of_others", &ana, "/api/drop/").await;

    let ask = json(&value!({"text": "Two doors, oak.", "amount": "120 EUR", "files": "1"}));
    let asked = tour.post("approval_asked", &agent, "/api/tickets/1/approvals/", &ask).await;
    tour.post("approval_asked_by_customer", &ana, "/api/tickets/1/approvals/", &ask).await;
    let wrong = json(&value!({"amount": 7, "files": ["first"]}));
    tour.post("approval_asked_wrong", &agent, "/api/tickets/1/approvals/", &wrong).await;
    tour.get("approvals", &ana, "/api/tickets/1/approvals/").await;
    let path = format!("/api/approvals/{}/", asked["id"]);
    let wrong = json(&value!({"pin": "SUP-0000-0000"}));
    tour.post("approval_wrong_pin", &ana, &format!("{path}confirm/"), &wrong).await;
    let pin = json(&value!({"pin": asked["pin"]}));
    tour.post("approval_confirmed", &ana, &format!("{path}confirm/"), &pin).await;
    tour.post("approval_confirmed_already", &ana, &format!("{path}confirm/"), &pin).await;
    tour.call("approval_withdrawn_late", &agent, Method::DELETE, &path, None).await;
    let asked = tour.post("approval_asked_again", &agent, "/api/tickets/1/approvals/", &ask).await;
    let why = json(&value!({"why": "Too dear."}));
    let path = format!("/api/approvals/{}/decline/", asked["id"]);
    tour.post("approval_declined", &ana, &path, &why).await;

    let (_, program) = world.program("agnes", Role::Agent, false).await;
    let (_, reader) = world.program("agnes", Role::Agent, true).await;
    let new = json(&value!({"username": "ben", "name": "Ben B", "email": "ben@example.com"}));
    tour.post("customer_created", &program, "/api/customers/", &new).await;
    tour.post("customer_taken", &program, "/api/customers/", &new).await;
    tour.post("customer_by_reader", &reader, "/api/customers/", &new).await;
    tour.post("customer_by_customer", &ana, "/api/customers/", &new).await;
    tour.get("customers", &reader, "/api/customers/?q=e&limit=1").await;
    tour.get("customer", &reader, "/api/customers/2/").await;
    tour.get("customer_missing", &reader, "/api/customers/99/").await;
    let change = json(&value!({"name": "Ana Ruiz"}));
    tour.call("customer_changed", &program, Method::PATCH, "/api/customers/2/", Some(&change)).await;
    let wrong = json(&value!({"username": " ", "is_active": 7}));
    tour.call("customer_changed_wrong", &program, Method::PATCH, "/api/customers/2/", Some(&wrong)).await;
    let pins = json(&value!({"ttl": "1h", "ticket": 2, "can": ["read"], "stays": "8h", "label": "by phone"}));
    let issued = tour.post("pins_issued", &program, "/api/customers/2/pins/", &pins).await;
    let wrong = json(&value!({"ttl": 60, "count": "many", "can": ["fly"], "purpose": "lend"}));
    tour.post("pins_wrong", &program, "/api/customers/2/pins/", &wrong).await;
    tour.get("pins_of_customer", &reader, "/api/customers/2/pins/?state=issued").await;
    tour.get("pins", &reader, "/api/pins/?limit=2").await;
    tour.get("pins_wrong_state", &reader, "/api/pins/?state=lost").await;
    let path = format!("/api/pins/{}/", issued[0]["id"]);
    tour.call("pin_revoked", &program, Method::DELETE, &path, None).await;
    tour.call("pin_revoked_twice", &program, Method::DELETE, &path, None).await;
    tour.get("ledger_of_ticket", &reader, "/api/tickets/2/ledger/?limit=1").await;
    tour.get("ledger_of_customer", &reader, "/api/customers/2/ledger/?limit=1").await;
    tour.get("ledger_as_csv", &reader, "/api/customers/2/ledger/?format=csv&limit=1").await;
    tour.get("ledger_wrong_format", &reader, "/api/tickets/2/ledger/?format=zip&limit=0").await;
    tour.get("audit_of_staff", &reader, "/api/audit/?limit=1").await;
    // What an admin gets is an archive, which has other bytes each time.
    tour.get("customer_export_of_an_agent", &agent, "/api/customers/2/export/").await;
    tour.get("ledger_of_ones_own", &ana, "/api/tickets/1/ledger/").await;
    tour.call("family_ended_already", &program, Method::DELETE, &format!("{path}family/"), None).await;
    let issued = tour.post("pins_issued_to_end", &program, "/api/customers/2/pins/", &json(&value!({}))).await;
    let path = format!("/api/pins/{}/family/", issued[0]["id"]);
    tour.call("family_ended", &program, Method::DELETE, &path, None).await;
    tour.get("sessions", &reader, "/api/customers/2/sessions/?limit=1").await;
    tour.call("sessions_ended", &program, Method::DELETE, "/api/customers/3/sessions/", None).await;
    tour.get("queue", &reader, "/api/tickets/?status=Waiting+on+Customer&assignee=me").await;
    tour.get("queue_wrong", &reader, "/api/tickets/?status=Lost&assignee=nobody&order=best").await;
    let (_, admin) = world.program("root", Role::Admin, true).await;
    tour.get("audit_wrong_filter", &admin, "/api/audit/?format=zip&who=nobody").await;
    let third = json(&value!({"customer": "ben", "title": "By phone", "description": "It rings."}));
    tour.post("ticket_created_for", &program, "/api/tickets/", &third).await;
    let mut bad = world.anonymous();
    bad.bearer = Some("pdk_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned());
    tour.get("token_bad", &bad, "/api/tickets/").await;

    tour.post("logged_out", &nobody, "/api/token/blacklist/", &refresh).await;
    tour.get("tickets_logged_out", &ana, "/api/tickets/").await;
    tour.get("nowhere", &ana, "/api/nowhere/").await;

    // No call is left out.
    let has = |route: &str, method: &Method| {
        let parts: Vec<&str> = route.split('/').collect();
        tour.called.iter().filter_map(|called| called.strip_prefix(&format!("{method} "))).any(|called| {
            let called: Vec<&str> = called.split('/').collect();
            called.len() == parts.len()
                && called.iter().zip(&parts).all(|(called, part)| part.starts_with('{') || called == part)
        })
    };
    for route in server::router::routes() {
        let is_call = matches!(route.part, Part::Api | Part::Media)
            || (route.part == Part::Open && !route.path.contains("/docs") && !route.path.ends_with("/schema"));
        for method in route.methods.iter().filter(|_| is_call) {
            assert!(has(&route.path, method), "{method} {} has no snapshot", route.path);
        }
    }
}

#[test]
fn the_description_of_the_api() {
    let mut now = serde_json::to_string_pretty(&server::router::openapi()).unwrap();
    now.push('\n');
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept != now && std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(&file, &now).unwrap();
        return;
    }
    let differs = kept.lines().zip(now.lines()).position(|(kept, now)| kept != now);
    assert!(kept == now, "docs/openapi.json is not what the code says, from line {}", differs.unwrap_or_default() + 1);
}
