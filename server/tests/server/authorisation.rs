//! Who may do what, for every address of the site. The table below is held against the routes, pages and server functions
//! that the program really has: one without an entry here, or an entry without one, fails.

use std::collections::BTreeSet;

use desk::{ClientAddress, NewPins};
use domain::{
    Actor, ApprovalDraft, BatchDraft, BatchId, BulkChange, Cursor, FactorDuty, Purpose, RecoveryDraft, Role,
    ScopeDraft, SessionId, Status, TokenDraft,
};
use http::Method;
use server::router::Part;

use crate::harness::{Client, Content, PASSWORD, World, form, png, urlencoded};

/// What a row sends.
#[derive(Clone, Copy)]
enum Sends {
    /// Nothing.
    Nothing,
    /// An urlencoded form; `{ticket}` and the like stand for fresh ones of the customer `ana`.
    Form(&'static str),
    /// A ticket's form with files, beginning with these fields.
    Multipart(&'static [(&'static str, &'static str)]),
}

use Sends::{Form, Multipart, Nothing};

/// Who tries: nobody, the customer whose things they are, another customer, an agent, an admin; and the customer with a
/// session for another ticket alone, and with one to drop files.
const WHO: [&str; 7] = ["nobody", "ana", "ben", "agent", "admin", "scoped", "drop"];

/// Address, what is sent, and the status for each.
type Row = (&'static str, Sends, [u16; WHO.len()]);

const EVERYBODY: [u16; WHO.len()] = [200; WHO.len()];
/// Staff pages: nobody is sent to log in, customers are refused.
const STAFF_PAGE: [u16; WHO.len()] = [303, 403, 403, 200, 200, 403, 403];
const ADMIN_PAGE: [u16; WHO.len()] = [303, 403, 403, 403, 200, 403, 403];
/// Calls and server functions.
const STAFF: [u16; WHO.len()] = [401, 403, 403, 200, 200, 403, 403];
const STAFF_MADE: [u16; WHO.len()] = [401, 403, 403, 201, 201, 403, 403];
const STAFF_DONE: [u16; WHO.len()] = [401, 403, 403, 204, 204, 403, 403];
const ADMIN: [u16; WHO.len()] = [401, 403, 403, 403, 200, 403, 403];
/// The customer's own things, which staff see too and others never learn of.
const OWN: [u16; WHO.len()] = [401, 200, 404, 200, 200, 404, 403];
/// For whoever is logged in to be themselves.
const LOGGED_IN: [u16; WHO.len()] = [401, 200, 200, 200, 200, 200, 403];

/// For who was let in to drop files.
const DROP: [u16; WHO.len()] = [401, 403, 403, 403, 403, 403, 200];

const ROUTES: &[Row] = &[
    ("GET /healthz", Nothing, EVERYBODY),
    ("GET /readyz", Nothing, EVERYBODY),
    ("GET /pkg/{*path}", Nothing, [404; WHO.len()]),
    ("POST /api/users/login", Form("pin=SUP-0000-0000"), [400; WHO.len()]),
    ("POST /api/token/refresh", Form("refresh=x"), [401; WHO.len()]),
    ("POST /api/token/blacklist", Form("refresh=x"), [401; WHO.len()]),
    ("GET /api/schema", Nothing, EVERYBODY),
    ("GET /api/docs", Nothing, EVERYBODY),
    ("GET /api/docs/docs.js", Nothing, EVERYBODY),
    ("GET /api/docs/docs.css", Nothing, EVERYBODY),
    ("GET /api/users/me", Nothing, LOGGED_IN),
    ("POST /api/caller-code", Nothing, [401, 201, 201, 403, 403, 201, 403]),
    ("POST /api/caller-code/check", Form("code=000000"), [401, 403, 403, 400, 400, 403, 403]),
    ("GET /api/tickets", Nothing, LOGGED_IN),
    // What customers say of a customer is passed over.
    ("POST /api/tickets", Form("title=a&description=b&customer=ana"), [401, 201, 201, 201, 201, 403, 403]),
    ("GET /api/tickets/{id}", Nothing, OWN),
    ("POST /api/tickets/{id}/changes", Form("title=a"), OWN),
    ("POST /api/tickets/{id}/claim", Nothing, STAFF),
    ("GET /api/tickets/{id}/timeline", Nothing, OWN),
    ("GET /api/tickets/{id}/download", Nothing, OWN),
    ("POST /api/tickets/{id}/replies", Multipart(&[("body", "Hello")]), [401, 201, 404, 201, 201, 404, 403]),
    ("POST /api/tickets/{id}/notes", Multipart(&[("body", "Hello")]), [401, 403, 403, 201, 201, 403, 403]),
    ("GET /api/customers", Nothing, STAFF),
    ("POST /api/customers", Form("username=new{n}"), STAFF_MADE),
    ("GET /api/customers/{id}", Nothing, STAFF),
    ("PATCH /api/customers/{id}", Form("name=Changed"), STAFF),
    ("GET /api/customers/{id}/export", Nothing, ADMIN),
    ("GET /api/customers/{id}/pins", Nothing, STAFF),
    ("POST /api/customers/{id}/pins", Form("ttl=1h"), STAFF_MADE),
    ("GET /api/customers/{id}/sessions", Nothing, STAFF),
    ("DELETE /api/customers/{id}/sessions", Nothing, STAFF_DONE),
    ("GET /api/pins", Nothing, STAFF),
    ("DELETE /api/pins/{id}", Nothing, STAFF_DONE),
    ("DELETE /api/pins/{id}/family", Nothing, STAFF),
    ("GET /api/tickets/{id}/ledger", Nothing, STAFF),
    ("GET /api/customers/{id}/ledger", Nothing, STAFF),
    ("GET /api/tickets/{id}/approvals", Nothing, OWN),
    ("POST /api/tickets/{id}/approvals", Form("text=Yes"), STAFF_MADE),
    ("DELETE /api/approvals/{id}", Nothing, STAFF_DONE),
    ("POST /api/approvals/{id}/confirm", Form("pin=SUP-0000-0000"), [401, 400, 404, 403, 403, 404, 403]),
    ("POST /api/approvals/{id}/decline", Form("why=No"), [401, 200, 404, 403, 403, 404, 403]),
    ("GET /api/audit", Nothing, ADMIN),
    ("GET /api/categories", Nothing, LOGGED_IN),
    // Each finds what they may see; the journeys of `search.rs` look closer.
    ("GET /api/search", Nothing, [401, 400, 400, 400, 400, 400, 403]),
    ("GET /api/drafts/{place}", Nothing, OWN),
    ("PUT /api/drafts/{place}", Form("body=x"), OWN),
    ("DELETE /api/drafts/{place}", Nothing, [401, 204, 404, 204, 204, 404, 403]),
    ("GET /api/delegations", Nothing, [401, 200, 200, 403, 403, 403, 403]),
    ("POST /api/delegations", Form("for=Ben"), [401, 201, 201, 403, 403, 403, 403]),
    ("DELETE /api/delegations/{id}", Nothing, [401, 404, 404, 403, 403, 403, 403]),
    ("GET /api/drop", Nothing, DROP),
    ("POST /api/drop", Multipart(&[]), [401, 403, 403, 403, 403, 403, 201]),
    ("GET /api/events", Nothing, LOGGED_IN),
    // There is no provider.
    ("GET /admin/login/sso", Nothing, [404; WHO.len()]),
    ("GET /admin/login/sso/callback", Nothing, [404; WHO.len()]),
    ("GET /live", Nothing, LOGGED_IN),
    ("GET /admin/backups/{file}", Nothing, ADMIN),
    ("GET /tickets/{id}/download", Nothing, OWN),
    ("GET /admin/customers/{id}/export", Nothing, ADMIN),
    ("GET /media/tickets/{ticket_id}/{file}", Nothing, OWN),
];

const PAGES: &[Row] = &[
    // Who may only drop files may log in as somebody else.
    ("GET /", Nothing, [200, 303, 303, 303, 303, 303, 200]),
    ("GET /welcome", Nothing, [303, 200, 200, 303, 303, 200, 200]),
    ("GET /recover", Nothing, [200, 200, 200, 200, 200, 200, 403]),
    ("GET /drop", Nothing, [303, 303, 303, 303, 303, 303, 200]),
    ("GET /tickets", Nothing, [303, 200, 200, 303, 303, 200, 403]),
    ("GET /tickets/new", Nothing, [303, 200, 200, 303, 303, 403, 403]),
    ("GET /tickets/{id}", Nothing, [303, 200, 404, 303, 303, 404, 403]),
    ("GET /approvals/{id}", Nothing, [303, 200, 404, 303, 303, 404, 403]),
    ("GET /sessions", Nothing, [303, 200, 200, 303, 303, 200, 403]),
    ("GET /delegations", Nothing, [303, 200, 200, 303, 303, 403, 403]),
    ("GET /caller-code", Nothing, [303, 200, 200, 303, 303, 200, 403]),
    ("GET /admin", Nothing, STAFF_PAGE),
    ("GET /admin/login", Nothing, [200, 403, 403, 303, 303, 403, 403]),
    // Nobody took the first step.
    ("GET /admin/login/code", Nothing, [303, 303, 303, 303, 303, 303, 403]),
    ("GET /admin/second-factor", Nothing, STAFF_PAGE),
    ("GET /admin/set-up", Nothing, [404, 404, 404, 404, 404, 404, 403]),
    ("GET /admin/tickets", Nothing, STAFF_PAGE),
    ("GET /admin/tickets/{id}", Nothing, STAFF_PAGE),
    ("GET /admin/tickets/{id}/ledger", Nothing, STAFF_PAGE),
    ("GET /admin/customers", Nothing, STAFF_PAGE),
    ("GET /admin/customers/new", Nothing, STAFF_PAGE),
    ("GET /admin/customers/{id}", Nothing, STAFF_PAGE),
    ("GET /admin/customers/{id}/ledger", Nothing, STAFF_PAGE),
    ("GET /admin/ledger", Nothing, ADMIN_PAGE),
    ("GET /admin/audit", Nothing, ADMIN_PAGE),
    ("GET /admin/pins", Nothing, STAFF_PAGE),
    ("GET /admin/batches", Nothing, STAFF_PAGE),
    ("GET /admin/batches/new", Nothing, STAFF_PAGE),
    ("GET /admin/batches/{id}", Nothing, STAFF_PAGE),
    ("GET /admin/batches/{id}/sheet", Nothing, STAFF_PAGE),
    ("GET /admin/files", Nothing, STAFF_PAGE),
    ("GET /admin/callers", Nothing, STAFF_PAGE),
    ("GET /admin/recoveries", Nothing, STAFF_PAGE),
    ("GET /admin/sessions", Nothing, STAFF_PAGE),
    ("GET /admin/staff", Nothing, ADMIN_PAGE),
    ("GET /admin/staff/{id}", Nothing, ADMIN_PAGE),
    ("GET /admin/categories", Nothing, ADMIN_PAGE),
    ("GET /admin/backups", Nothing, ADMIN_PAGE),
    ("GET /admin/retention", Nothing, ADMIN_PAGE),
    // No list waits.
    ("GET /admin/retention/{id}", Nothing, [303, 403, 403, 403, 404, 403, 403]),
];

const SERVER_FNS: &[Row] = &[
    ("POST /fn/set_theme", Form("theme=dark"), EVERYBODY),
    // Logging in and out.
    ("POST /fn/login", Form("pin=SUP-0000-0000"), [400; WHO.len()]),
    ("POST /fn/staff_login", Form("username=nobody&password=whatever"), [400; WHO.len()]),
    ("POST /fn/staff_login_code", Form("factor_code=000000"), [401; WHO.len()]),
    ("POST /fn/set_up", Form("token=x&username=u&password=long+enough&password_again=long+enough"), [404; WHO.len()]),
    ("POST /fn/log_out", Form(""), EVERYBODY),
    ("POST /fn/refresh", Form(""), LOGGED_IN),
    // Of people who are known by name.
    ("POST /fn/note_return_code", Form("group=0000"), [401, 404, 404, 404, 404, 404, 403]),
    ("POST /fn/make_return_code", Form(""), [401, 403, 403, 403, 403, 403, 403]),
    ("POST /fn/beat", Form("ticket={ticket}&state=viewing"), OWN),
    // Tickets.
    ("POST /fn/create_ticket", Multipart(&[("title", "a"), ("description", "b")]), [401, 200, 200, 403, 403, 403, 403]),
    ("POST /fn/reply", Multipart(&[("id", "{ticket}"), ("body", "Hello")]), OWN),
    ("POST /fn/drop_files", Multipart(&[]), DROP),
    ("POST /fn/release_files", Form("id={ticket}&event=4711"), [401, 403, 403, 404, 404, 403, 403]),
    ("POST /fn/add_note", Multipart(&[("id", "{ticket}"), ("body", "Hello")]), STAFF),
    ("POST /fn/preview", Form("body=Hello"), LOGGED_IN),
    ("POST /fn/update_ticket", Form("id={ticket}&title=a&description=b"), OWN),
    ("POST /fn/close_ticket", Form("id={ticket}"), OWN),
    ("POST /fn/delete_ticket", Form("id={ticket}"), [401, 200, 404, 403, 200, 404, 403]),
    ("POST /fn/save_draft", Form("place={place}&body=x"), OWN),
    ("POST /fn/discard_draft", Form("place={place}"), OWN),
    ("POST /fn/staff_list_tickets", Form(""), STAFF),
    ("POST /fn/staff_update_ticket", Form("id={ticket}&status=Resolved"), STAFF),
    ("POST /fn/claim_ticket", Form("id={ticket}"), STAFF),
    ("POST /fn/change_tickets", Form("tickets[]={ticket}&status=Resolved"), STAFF),
    // Somebody else's, but for admins.
    ("POST /fn/undo_change", Form("id={report}"), [401, 403, 403, 404, 200, 403, 403]),
    ("POST /fn/set_shortcuts", Form("on=false"), STAFF),
    // The password in these is wrong.
    ("POST /fn/begin_authenticator", Form("current_password=wrong"), [401, 403, 403, 400, 400, 403, 403]),
    ("POST /fn/confirm_authenticator", Form("factor_code=000000"), [401, 403, 403, 404, 404, 403, 403]),
    ("POST /fn/begin_passkey", Form("name=Phone&current_password=wrong"), [401, 403, 403, 409, 409, 403, 403]),
    ("POST /fn/finish_passkey", Form("factor_passkey=none"), [401, 403, 403, 400, 400, 403, 403]),
    (
        "POST /fn/remove_passkey",
        Form("id=4711&current_password=wrong&factor_code=000000"),
        [401, 403, 403, 404, 404, 403, 403],
    ),
    (
        "POST /fn/new_recovery_codes",
        Form("current_password=wrong&factor_code=000000"),
        [401, 403, 403, 400, 400, 403, 403],
    ),
    (
        "POST /fn/switch_factor_off",
        Form("current_password=wrong&factor_code=000000"),
        [401, 403, 403, 400, 400, 403, 403],
    ),
    ("POST /fn/take_factor_away", Form("id={factor}"), ADMIN),
    ("POST /fn/make_api_token", Form("name=Phone&ttl=3600"), STAFF),
    // Whose it is not learns of none.
    ("POST /fn/revoke_api_token", Form("id={token}"), [401, 403, 403, 404, 200, 403, 403]),
    ("POST /fn/staff_delete_ticket", Form("id={ticket}"), ADMIN),
    // Customers, their PINs, files and sessions.
    ("POST /fn/create_customer", Form("username=new{n}"), STAFF),
    ("POST /fn/create_unnamed", Form(""), STAFF),
    ("POST /fn/update_customer", Form("id={customer}&username=changed{n}"), STAFF),
    ("POST /fn/set_customer_active", Form("id={customer}&active=false"), STAFF),
    ("POST /fn/erase_customer", Form("id={customer}&username=wrong"), [401, 403, 403, 403, 400, 403, 403]),
    ("POST /fn/set_delegation", Form("id={customer}&may=false"), STAFF),
    ("POST /fn/set_retention", Form("closed_tickets=365"), ADMIN),
    ("POST /fn/look_for_retention", Form(""), ADMIN),
    ("POST /fn/acknowledge_retention", Form("id=4711&items=1"), [401, 403, 403, 403, 404, 403, 403]),
    ("POST /fn/keep_ticket", Form("id={ticket}&why=A+dispute"), STAFF),
    ("POST /fn/let_ticket_go", Form("id={ticket}"), ADMIN),
    ("POST /fn/issue_pin", Form("user_id={customer}&hours=1"), STAFF),
    // For who is not sensitive one of staff is enough.
    ("POST /fn/ask_pin", Form("user_id={customer}"), [401, 403, 403, 409, 409, 403, 403]),
    ("POST /fn/confirm_pin", Form("id={request}"), STAFF),
    // Somebody else asked for it.
    ("POST /fn/issue_asked_pin", Form("id={request}"), [401, 403, 403, 403, 403, 403, 403]),
    ("POST /fn/withdraw_pin", Form("id={request}"), STAFF),
    ("POST /fn/revoke_pin", Form("id={pin}"), STAFF),
    ("POST /fn/end_family", Form("id={pin}"), STAFF),
    ("POST /fn/make_cards", Form("name=Fair&use_by={today}&stays=3600&count=1"), STAFF),
    // More than a few are for admins.
    ("POST /fn/make_cards_again", Form("id={many}"), ADMIN),
    ("POST /fn/revoke_cards", Form("id={batch}"), STAFF),
    ("POST /fn/revoke_card", Form("id={card}"), STAFF),
    ("POST /fn/make_caller_code", Form(""), [401, 200, 200, 403, 403, 200, 403]),
    ("POST /fn/check_caller_code", Form("code=000000"), [401, 403, 403, 400, 400, 403, 403]),
    ("POST /fn/begin_call", Form("id={customer}"), STAFF),
    ("POST /fn/end_call", Form("id={customer}"), STAFF),
    ("POST /fn/vouch_for", Form("id={customer}&how=At+the+counter"), STAFF),
    ("POST /fn/ask_approval", Form("id={ticket}&text=Yes"), STAFF),
    ("POST /fn/withdraw_approval", Form("id={approval}"), STAFF),
    ("POST /fn/confirm_approval", Form("id={approval}&pin=SUP-0000-0000"), [401, 400, 404, 403, 403, 404, 403]),
    ("POST /fn/decline_approval", Form("id={approval}&why=No"), [401, 200, 404, 403, 403, 404, 403]),
    // Anybody may ask, but not in a session that is for something else.
    ("POST /fn/ask_recovery", Form("name=Ana&callback=123"), [200, 200, 200, 200, 200, 200, 403]),
    (
        "POST /fn/answer_recovery",
        Form("id={recovery}&customer=%23{customer}&checked=in_person&how=Seen"),
        [401, 403, 403, 200, 200, 403, 403],
    ),
    // Nobody said yet who it is.
    ("POST /fn/confirm_recovery", Form("id={recovery}"), [401, 403, 403, 409, 409, 403, 403]),
    ("POST /fn/issue_recovery", Form("id={recovery}&customer={customer}"), [401, 403, 403, 409, 409, 403, 403]),
    ("POST /fn/dismiss_recovery", Form("id={recovery}&why=No"), STAFF),
    ("POST /fn/set_sensitive", Form("id={customer}&sensitive=true"), ADMIN),
    ("POST /fn/let_in", Form("for=Ben"), [401, 200, 200, 403, 403, 403, 403]),
    // Staff end those of all, and there is none of this number.
    ("POST /fn/end_delegation", Form("id={pin}"), [401, 404, 404, 404, 404, 403, 403]),
    ("POST /fn/end_session", Form("id={session}"), OWN),
    ("POST /fn/end_all_sessions", Form("user_id={customer}"), STAFF),
    // Staff and settings.
    (
        "POST /fn/create_staff_member",
        Form("username=new{n}&role=agent&password=long+enough&password_again=long+enough"),
        ADMIN,
    ),
    ("POST /fn/update_staff_member", Form("id={staff}&username=changed{n}"), ADMIN),
    ("POST /fn/set_staff_role", Form("id={staff}&role=admin"), ADMIN),
    ("POST /fn/set_staff_password", Form("id={staff}&password=long+enough&password_again=long+enough"), ADMIN),
    ("POST /fn/set_staff_active", Form("id={staff}&active=false"), ADMIN),
    ("POST /fn/confirm_sweep", Form(""), ADMIN),
    ("POST /fn/make_backup", Form(""), ADMIN),
    ("POST /fn/verify_backup", Form("name=nothing.tar"), [401, 403, 403, 403, 404, 403, 403]),
    ("POST /fn/add_category", Form("name=New{n}"), ADMIN),
    ("POST /fn/rename_category", Form("id={category}&name=Changed{n}"), ADMIN),
    ("POST /fn/set_category_active", Form("id={category}&active=false"), ADMIN),
    ("POST /fn/set_default_category", Form("id={category}"), ADMIN),
    // It ends the sessions that the rows before it use.
    ("POST /fn/end_other_sessions", Form(""), [401, 200, 200, 200, 200, 403, 403]),
    ("POST /fn/log_out_everywhere", Form(""), [401, 200, 200, 200, 200, 403, 403]),
];

fn addresses(rows: &[Row]) -> BTreeSet<String> {
    let addresses: BTreeSet<String> = rows.iter().map(|(address, ..)| (*address).to_owned()).collect();
    assert_eq!(addresses.len(), rows.len(), "an address has two rows");
    addresses
}

#[test]
fn every_address_has_a_row() {
    let routes = server::router::routes().into_iter().flat_map(|route| {
        route.methods.iter().map(move |method| format!("{method} {}", route.path)).collect::<Vec<_>>()
    });
    assert_eq!(addresses(ROUTES), routes.collect());
    let pages = server::router::page_paths().into_iter().map(|path| format!("GET {path}"));
    assert_eq!(addresses(PAGES), pages.collect());
    let functions = server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}"));
    assert_eq!(addresses(SERVER_FNS), functions.collect());
}

#[tokio::test]
async fn routes_open_to_whom_they_should() {
    hold(ROUTES).await;
}

#[tokio::test]
async fn pages_open_to_whom_they_should() {
    hold(PAGES).await;
}

#[tokio::test]
async fn server_functions_open_to_whom_they_should() {
    hold(SERVER_FNS).await;
}

/// Programs of staff with an API token get by REST what their owner gets, those that only read for what they read alone; pages,
/// their server functions and their stream do not know them.
#[tokio::test]
async fn every_address_opens_to_programs_as_it_should() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 100_000;
        settings.desk.failures_per_minute = 100_000;
    })
    .await;
    world.customer("ana").await;
    let programs = [
        ("agent", false, world.program("agnes", Role::Agent, false).await.1),
        ("admin", false, world.program("adam", Role::Admin, false).await.1),
        ("admin", true, world.program("adam", Role::Admin, true).await.1),
    ];
    let is_rest = |address: &str| {
        let knows = |part: Part| matches!(part, Part::Api | Part::Media);
        server::router::routes().iter().any(|route| knows(route.part) && address.ends_with(&format!(" {}", route.path)))
    };
    let mut wrong = Vec::new();
    for (address, sends, expected) in [ROUTES, PAGES, SERVER_FNS].concat() {
        for (role, is_read_only, client) in &programs {
            let of = |who: &str| expected[WHO.iter().position(|known| *known == who).unwrap()];
            let expected = match is_rest(address) {
                true if *is_read_only && !address.starts_with("GET ") => 403,
                true => of(role),
                false => of("nobody"),
            };
            let case = Case { world: &world, number: world.number() };
            let status = case.attempt(client, address, &sends).await;
            if status != expected {
                wrong.push(format!(
                    "{address} by a token of an {role} ({is_read_only}): {status} instead of {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whoever gave a password and not the second factor that goes with it is nobody, everywhere.
#[tokio::test]
async fn half_a_log_in_opens_nothing() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 100_000;
        settings.desk.failures_per_minute = 100_000;
    })
    .await;
    world.customer("ana").await;
    world.with_factor("adam", Role::Admin).await;
    let half = world.anonymous();
    half.get("/admin/login").await;
    let form = format!("username=adam&password={}&from_page=1", PASSWORD.replace(' ', "+"));
    half.post("/admin/login?fn=staff_login", &urlencoded(&form)).await;
    let step = half.cookie("pindesk_step").unwrap();
    let mut wrong = Vec::new();
    for (address, sends, expected) in [ROUTES, PAGES, SERVER_FNS].concat() {
        let expected = match address {
            // What the first step leads to.
            "GET /admin/login/code" => 200,
            "POST /fn/staff_login_code" => 400,
            _ => expected[0],
        };
        // In its own cookie, in those of a session, and as a token.
        let as_session = world.anonymous();
        as_session.set_cookie("pindesk_access", &step);
        as_session.set_cookie("pindesk_refresh", &step);
        let case = Case { world: &world, number: world.number() };
        let status = case.attempt(&half, address, &sends).await;
        half.set_cookie("pindesk_step", &step);
        if status != expected {
            wrong.push(format!("{address}: {status} instead of {expected}"));
        }
        if !address.contains("code") {
            for client in [&as_session, &world.anonymous().with_bearer(&step)] {
                let case = Case { world: &world, number: world.number() };
                let status = case.attempt(client, address, &sends).await;
                if status != expected {
                    wrong.push(format!("{address} with the proof as a token: {status} instead of {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Whoever must set up a second factor does nothing else before, by whatever way.
#[tokio::test]
async fn who_must_set_up_a_second_factor_does_nothing_else() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 100_000;
        settings.desk.failures_per_minute = 100_000;
        settings.desk.require_second_factor = FactorDuty::Staff;
    })
    .await;
    world.customer("ana").await;
    let open = [
        ("POST /fn/log_out", 200),
        ("POST /fn/begin_authenticator", 400),
        ("POST /fn/confirm_authenticator", 404),
        ("POST /fn/begin_passkey", 409),
        ("POST /fn/finish_passkey", 400),
        ("GET /admin/second-factor", 200),
    ];
    let mut wrong = Vec::new();
    let mut client = world.staff("adam", Role::Admin).await;
    for (address, sends, expected) in [ROUTES, PAGES, SERVER_FNS].concat() {
        let is_page = PAGES.iter().any(|(page, ..)| *page == address);
        let is_for_all = expected.iter().all(|status| *status == expected[0]);
        let expected = match open.iter().find(|(known, _)| *known == address) {
            Some((_, status)) => *status,
            None if is_page => 303,
            None if is_for_all => expected[0],
            None => 403,
        };
        let case = Case { world: &world, number: world.number() };
        let status = case.attempt(&client, address, &sends).await;
        if status != expected {
            wrong.push(format!("{address}: {status} instead of {expected}"));
        }
        if address == "POST /fn/log_out" {
            client = world.staff("adam", Role::Admin).await;
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let led = client.get("/admin/tickets?status=Open").await;
    assert_eq!(led.header("location"), "/admin/second-factor");
}

/// Whose browser was not told yet whose access it has writes nothing, by whatever way; programs get that with their tokens.
#[tokio::test]
async fn who_was_not_told_whose_access_it_is_writes_nothing() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 100_000;
        settings.desk.failures_per_minute = 100_000;
    })
    .await;
    world.customer("ana").await;
    // Logging in and out, a choice of colours, and what is read by POST.
    let open = [
        "login",
        "staff_login",
        "staff_login_code",
        "set_up",
        "set_theme",
        "refresh",
        "preview",
        "beat",
        "note_return_code",
    ];
    let open: Vec<String> = open.iter().map(|name| format!("POST /fn/{name}")).collect();
    let is_outside = |address: &str| {
        let is_open = |route: &server::router::Route| matches!(route.part, Part::Open | Part::System);
        let is_it = |route: &server::router::Route| address.ends_with(&format!(" {}", route.path));
        server::router::routes().iter().any(|route| is_open(route) && is_it(route))
    };
    let mut wrong = Vec::new();
    let mut held = BTreeSet::new();
    for (at, scope) in [(1, ScopeDraft::default()), (6, of_another_ticket(&world).await)] {
        let scope = if at == 6 { ScopeDraft { purpose: Purpose::Drop, ..scope } } else { scope };
        for (address, sends, expected) in [ROUTES, SERVER_FNS].concat() {
            let is_way_out = ["POST /fn/log_out", "POST /fn/log_out_everywhere"].contains(&address);
            if is_way_out || address.starts_with("GET ") || is_outside(address) {
                continue;
            }
            let is_open = open.iter().any(|known| known == address) || address == "POST /fn/staff_list_tickets";
            let client = world.hasty_browser_for("ana", scope.clone()).await;
            let case = Case { world: &world, number: world.number() };
            let status = case.attempt(&client, address, &sends).await;
            // What is refused whoever asks may be refused for that.
            let is_right = if is_open { status == expected[at] } else { status == 409 || (status == 403 && at == 6) };
            if !is_right {
                wrong.push(format!("{address} by {:?}: {status}", scope.purpose));
            }
            if status == 409 && (200..300).contains(&expected[at]) {
                held.insert(address);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for address in ["POST /fn/create_ticket", "POST /fn/reply", "POST /fn/drop_files", "POST /api/tickets"] {
        assert!(held.contains(address), "{address}");
    }
    assert_eq!(client(&world, "ana").await.post("/fn/make_caller_code", &urlencoded("")).await.status, 200);
}

/// Tries every row as everybody.
async fn hold(rows: &[Row]) {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 100_000;
        settings.desk.failures_per_minute = 100_000;
    })
    .await;
    world.staff_member("adam", Role::Admin).await;
    // Logging staff in takes long on purpose, so they stay logged in until they log out.
    let (agent, admin) = (world.staff("agnes", Role::Agent).await, world.staff("adam", Role::Admin).await);
    let mut wrong = Vec::new();
    for (address, sends, expected) in rows {
        for (who, expected) in WHO.into_iter().zip(expected) {
            let case = Case { world: &world, number: world.number() };
            let new;
            let client = match who {
                "agent" if !address.contains("log_out") => &agent,
                "admin" if !address.contains("log_out") => &admin,
                _ => {
                    new = client(&world, who).await;
                    &new
                }
            };
            let status = case.attempt(client, address, sends).await;
            if status != *expected {
                wrong.push(format!("{address} as {who}: {status} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

async fn client(world: &World, who: &str) -> Client {
    match who {
        "nobody" => world.anonymous(),
        "agent" => world.staff("agnes", Role::Agent).await,
        "admin" => world.staff("adam", Role::Admin).await,
        "scoped" => world.browser_for("ana", of_another_ticket(world).await).await,
        "drop" => {
            let scope = ScopeDraft { purpose: Purpose::Drop, ..of_another_ticket(world).await };
            world.browser_for("ana", scope).await
        }
        customer => world.browser(customer).await,
    }
}

async fn of_another_ticket(world: &World) -> ScopeDraft {
    ScopeDraft { ticket: Some(world.ticket("ana").await.id), ..ScopeDraft::default() }
}

/// What the placeholders of one request stand for: things made for it, so that no request disturbs another.
struct Case<'a> {
    world: &'a World,
    number: u32,
}

impl Case<'_> {
    /// The status of a request.
    async fn attempt(&self, client: &Client, address: &str, sends: &Sends) -> u16 {
        let (method, path) = address.split_once(' ').unwrap();
        let path = self.fill_path(path).await;
        let content = match sends {
            Nothing => None,
            Form(text) => Some(urlencoded(&self.fill(text).await)),
            Multipart(fields) => Some(self.multipart(fields).await),
        };
        let method: Method = method.parse().unwrap();
        client.send(method, &path, content.as_ref()).await.status.as_u16()
    }

    /// The one `{id}` of a page is of what its path is about.
    async fn fill_path(&self, path: &str) -> String {
        if path.starts_with("/admin/backups/") {
            let made = self.world.desk.back_up(&Actor::command_line(), None).await.unwrap();
            return path.replace("{file}", made.path.file_name().unwrap().to_str().unwrap());
        }
        if path.contains("{file}") {
            let ticket = self.world.ticket("ana").await;
            return ticket.attachments[0].path();
        }
        let id = match path {
            path if path.contains("/pins/{id}") => "{pin}",
            path if path.contains("/approvals/{id}") => "{approval}",
            path if path.contains("/batches/") => "{batch}",
            path if path.contains("/customers/") => "{customer}",
            path if path.contains("/staff/") => "{staff}",
            _ => "{ticket}",
        };
        self.fill(&path.replace("{id}", id).replace("{*path}", "nothing.css")).await
    }

    async fn fill(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
        let (name, after) = rest.split_once('}').unwrap();
        let value = self.value(name).await;
        format!("{before}{value}{}", Box::pin(self.fill(after)).await)
    }

    async fn value(&self, name: &str) -> String {
        let (desk, actor, n) = (&self.world.desk, Actor::command_line(), self.number);
        let customer = || async { self.world.customer(&format!("customer{n}")).await.id };
        match name {
            "n" => n.to_string(),
            "ticket" => self.world.ticket("ana").await.id.to_string(),
            "place" => format!("reply-{}", self.world.ticket("ana").await.id),
            "customer" => customer().await.to_string(),
            "pin" => {
                self.world.pin(&format!("customer{n}")).await;
                let pins = desk.pins().list(&actor, None, Some(customer().await), Cursor::First, 1).await.unwrap();
                pins.items[0].id.to_string()
            }
            "session" => {
                self.world.api("ana").await;
                let ana = self.world.customer("ana").await.id;
                let sessions = desk.sessions().list(&actor, Some(ana), Cursor::First, 1).await.unwrap();
                sessions.items[0].id.to_string()
            }
            "recovery" => {
                let draft = RecoveryDraft { name: "Ana".into(), callback: "123".into() };
                let [high, low] = u16::try_from(n).unwrap().to_be_bytes();
                let from = ClientAddress::of([10, high, low, 1].into());
                desk.recoveries().ask(&from, &draft).await.unwrap();
                desk.recoveries().list(&actor).await.unwrap().0.last().unwrap().id.to_string()
            }
            "request" => {
                let (customer, asker) = (customer().await, self.world.staff_member("asker", Role::Agent).await);
                let asker = Actor { id: Some(asker.id), role: Role::Agent, ..actor.clone() };
                desk.recoveries().set_sensitive(&actor, customer, true).await.unwrap();
                desk.pins().ask(&asker, NewPins::one(customer)).await.unwrap().to_string()
            }
            "approval" => {
                let ticket = self.world.ticket("ana").await.id;
                let draft = ApprovalDraft { text: "Yes".into(), ..ApprovalDraft::default() };
                desk.approvals().ask(&actor, ticket, &draft).await.unwrap().approval.id.to_string()
            }
            "today" => desk.now().to_date(),
            "batch" => self.batch(1).await.to_string(),
            "many" => self.batch(51).await.to_string(),
            "card" => {
                let batch = desk.cards().batch(&actor, self.batch(1).await).await.unwrap();
                desk.cards().list(&actor, &batch, (None, None), Cursor::First, 1).await.unwrap().items[0].id.to_string()
            }
            "report" => {
                let ticket = self.world.ticket("ana").await.id;
                let change = [BulkChange::Status(Status::Resolved)];
                desk.tickets().bulk_form(&actor, &[ticket], &change, None).await.unwrap().id.to_string()
            }
            "staff" => self.world.staff_member(&format!("staff{n}"), Role::Agent).await.id.to_string(),
            "factor" => self.world.with_factor(&format!("staff{n}"), Role::Agent).await.0.id.to_string(),
            "token" => {
                let owner = self.world.staff_member(&format!("staff{n}"), Role::Agent).await.id;
                let draft = TokenDraft { name: "Phone".into(), ttl: Some(3600), is_read_only: false };
                desk.api_tokens().make_for(&actor, owner, &draft).await.unwrap().record.id.to_string()
            }
            "category" => {
                desk.categories().add(&actor, &format!("Category {n}")).await.unwrap();
                let categories = desk.categories().list(&actor).await.unwrap();
                categories.iter().map(|category| category.id).max().unwrap().to_string()
            }
            other => panic!("nothing is called {other}"),
        }
    }

    /// A batch of so many cards.
    async fn batch(&self, count: u32) -> BatchId {
        let desk = &self.world.desk;
        let actor = Actor { session: Some(SessionId("a browser".into())), ..Actor::command_line() };
        let draft = BatchDraft {
            name: "Fair".into(),
            site: String::new(),
            category: String::new(),
            can: None,
            use_by: desk.now().to_date(),
            stays: 3600,
            count,
            is_unnamed: false,
        };
        desk.cards().make(&actor, &draft).await.unwrap()
    }

    async fn multipart(&self, fields: &[(&str, &str)]) -> Content {
        let mut filled = Vec::new();
        for (name, value) in fields {
            filled.push((*name, self.fill(value).await));
        }
        let fields: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form(&fields, &[("a.png", &png(100))])
    }
}
