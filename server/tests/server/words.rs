//! What people wrote, on pages: its own direction everywhere; and filters whose words mean nothing.

use domain::{Actor, PersonDraft, Role, UserId};

use crate::harness::{Client, World, form, png, urlencoded};

/// Titles, texts and names from right to left. No other text of a page has such letters.
const HEBREW: &str = "שלום";
const ARABIC: &str = "مرحبا";

fn is_theirs(text: &str) -> bool {
    text.chars().any(|c| ('\u{590}'..='\u{6FF}').contains(&c))
}

/// Elements without an end.
const VOID: [&str; 9] = ["meta", "link", "input", "img", "br", "hr", "path", "circle", "base"];

/// Texts of a page that are not in an element with a direction of their own.
fn without_direction(html: &str) -> Vec<String> {
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut found = Vec::new();
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    for part in body.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { continue };
        let name: String =
            tag.trim_start_matches('/').chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        if tag.starts_with('/') {
            while open.pop().is_some_and(|(other, _)| other != name) {}
        } else if !tag.starts_with('!') {
            let is_apart = name == "bdi" || tag.contains("dir=\"auto\"");
            if !VOID.contains(&name.as_str()) && !tag.ends_with('/') {
                open.push((name.clone(), is_apart));
            } else if is_theirs(tag)
                && tag.contains("value=")
                && !tag.contains("type=\"hidden\"")
                && !is_apart
                && !tag.contains("hidden")
            {
                found.push(tag.to_owned());
            }
        }
        if is_theirs(text) && !open.iter().any(|(_, is_apart)| *is_apart) {
            found.push(format!("<{tag}>{text}"));
        }
    }
    found
}

async fn expect_direction(client: &Client, path: &str) {
    let reply = client.get(path).await;
    assert_eq!(reply.status, 200, "{path}");
    let page = reply.text();
    assert!(is_theirs(&page), "{path} shows nothing of theirs");
    assert_eq!(without_direction(&page), Vec::<String>::new(), "{path}");
}

#[tokio::test]
async fn everything_people_wrote_runs_in_its_own_direction() {
    let world = World::new().await;
    let command = Actor::command_line();
    let users = world.desk.users();
    let called = |username: &str| PersonDraft {
        username: username.into(),
        name: format!("{HEBREW} {username}"),
        email: format!("{ARABIC}@x.example"),
    };
    let ana = users.create_customer(&command, &called(ARABIC)).await.unwrap();
    let admin = world.staff("admin", Role::Admin).await;
    let mia = users.create_staff(&command, &called("מיה"), Role::Agent, "a long password").await.unwrap();
    let agnes = world.staff("agnes", Role::Agent).await;
    for member in ["admin", "agnes"] {
        let id = users.by_username(&command, member).await.unwrap().id;
        users.update(&command, id, &called(member)).await.unwrap();
    }
    world.desk.categories().add(&command, HEBREW).await.unwrap();
    let api = world.api(ARABIC).await;
    let browser = world.browser(ARABIC).await;
    let text = format!("{HEBREW}\n\n- {ARABIC} a\n- b\n\n> {HEBREW}\n\n```\n{ARABIC}\n```");
    let content = form(
        &[("title", &format!("{HEBREW} title")), ("description", &text), ("category", HEBREW)],
        &[(&format!("{ARABIC}.png"), &png(2000))],
    );
    let id = api.post("/api/tickets/", &content).await.json()["id"].as_i64().unwrap();
    let replied = form(&[("body", &text)], &[(&format!("{HEBREW}.png"), &png(3000))]);
    assert_eq!(api.post(&format!("/api/tickets/{id}/replies/"), &replied).await.status, 201);
    // Everything that can happen to it, by staff whose names are theirs too.
    let assign = |to: UserId, from: &str| urlencoded(&format!("id={id}&assignee={to}&shown_assignee={from}"));
    let path = format!("/admin/tickets/{id}?fn=staff_update_ticket");
    assert_eq!(agnes.post(&path, &assign(mia.id, "none")).await.status, 303);
    let categorised =
        urlencoded(&format!("id={id}&category=Bug&shown_category=x&status=In+Progress&shown_status=Open"));
    assert_eq!(agnes.post(&path, &categorised).await.status, 303);
    let back = urlencoded(&format!("id={id}&category=%D7%A9%D7%9C%D7%95%D7%9D&shown_category=Bug"));
    assert_eq!(agnes.post(&path, &back).await.status, 303);
    let note = form(&[("id", &id.to_string()), ("body", &text)], &[]);
    assert_eq!(agnes.post(&format!("/admin/tickets/{id}?fn=add_note"), &note).await.status, 303);
    let draft = urlencoded(&format!("place=reply-{id}&body={HEBREW}"));
    for client in [&browser, &agnes] {
        assert_eq!(client.post("/fn/save_draft", &draft).await.status, 200);
    }
    for path in [
        "/tickets".to_owned(),
        format!("/tickets?q={HEBREW}"),
        format!("/tickets?q={ARABIC}nothing"),
        format!("/tickets?status={ARABIC}"),
        "/tickets/new".to_owned(),
        format!("/tickets/{id}"),
        format!("/tickets/{id}?edit=1"),
        format!("/tickets/{id}?preview=reply"),
        "/admin".to_owned(),
    ] {
        let path = escaped(&path);
        if path == "/admin" {
            let page = browser.get(&path).await.text();
            assert!(is_theirs(&page), "{page}");
            assert_eq!(without_direction(&page), Vec::<String>::new(), "{path}");
        } else {
            expect_direction(&browser, &path).await;
        }
    }
    let today = world.desk.now().to_date();
    let cards = format!("name={HEBREW}&site={ARABIC}&category={HEBREW}&use_by={today}&stays=3600&count=2");
    let sheet = admin.post("/admin/batches/new?fn=make_cards", &urlencoded(&cards)).await;
    let sheet = sheet.header("location").to_owned();
    let batch = sheet.split("/sheet").next().unwrap().to_owned();
    let session = urlencoded(&format!("user_id={}&hours=24", ana.id));
    let issued = admin.post(&format!("/admin/customers/{}?fn=issue_pin", ana.id), &session).await;
    let issued = issued.header("location").to_owned();
    for path in [
        issued,
        "/admin".to_owned(),
        "/admin/tickets".to_owned(),
        format!("/admin/tickets?q={HEBREW}&customer={ARABIC}"),
        format!("/admin/tickets?customer={ARABIC}"),
        format!("/admin/tickets?customer={HEBREW}"),
        format!("/admin/tickets?assignee={HEBREW}"),
        format!("/admin/tickets?category={HEBREW}"),
        format!("/admin/tickets?q=a&category={ARABIC}"),
        format!("/admin/tickets/{id}"),
        format!("/admin/tickets/{id}?preview=reply"),
        "/admin/customers".to_owned(),
        format!("/admin/customers?q={HEBREW}"),
        format!("/admin/customers/{}", ana.id),
        "/admin/pins".to_owned(),
        format!("/admin/pins?customer={HEBREW}"),
        sheet,
        batch,
        "/admin/batches".to_owned(),
        "/admin/batches/new".to_owned(),
        "/admin/files".to_owned(),
        format!("/admin/files?kind={HEBREW}"),
        "/admin/sessions".to_owned(),
        "/admin/staff".to_owned(),
        format!("/admin/staff/{}", mia.id),
        "/admin/categories".to_owned(),
    ] {
        expect_direction(&admin, &escaped(&path)).await;
    }
    expect_direction(&agnes, &format!("/admin/staff/{}", users.by_username(&command, "agnes").await.unwrap().id)).await;
}

#[tokio::test]
async fn refusals_name_people_and_files_in_their_own_direction() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let (ana, agnes) = (world.browser("ana").await, world.staff("agnes", Role::Agent).await);
    let command = Actor::command_line();
    let other = world.staff_member("mia", Role::Agent).await;
    let named = PersonDraft { username: "mia".into(), name: HEBREW.into(), email: String::new() };
    world.desk.users().update(&command, other.id, &named).await.unwrap();
    let taken = domain::TicketChange { assignee: Some(Some(other.id)), ..domain::TicketChange::default() };
    world.desk.tickets().update(&command, id, &taken).await.unwrap();
    let (number, file) = (id.to_string(), format!("{ARABIC}.exe"));
    let words = form(&[("id", &number), ("title", "T"), ("description", "D"), ("body", "b")], &[(&file, b"MZ\x90\0")]);
    for (client, path, content, sentence) in [
        (&ana, "/tickets/new?fn=create_ticket".to_owned(), &words, "is not a PDF"),
        (&ana, format!("/tickets/{id}?fn=reply"), &words, "is not a PDF"),
        (&agnes, format!("/admin/tickets/{id}?fn=add_note"), &words, "is not a PDF"),
        (
            &agnes,
            format!("/admin/tickets/{id}?fn=claim_ticket"),
            &urlencoded(&format!("id={id}")),
            "has this ticket by now",
        ),
        (
            &agnes,
            format!("/admin/tickets/{id}?fn=staff_update_ticket"),
            &urlencoded(&format!("id={id}&priority={HEBREW}")),
            "is not a valid choice",
        ),
    ] {
        let page = client.post(&path, content).await.text();
        assert!(page.contains(sentence) && is_theirs(&page), "{path}: {page}");
        assert_eq!(without_direction(&page), Vec::<String>::new(), "{path}");
    }
}

fn escaped(path: &str) -> String {
    let escape = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    path.chars().map(escape).collect()
}

#[test]
fn a_text_without_direction_is_noticed() {
    assert_eq!(without_direction("<body><p>שלום</p><p dir=\"auto\">שלום</p><bdi><b>שלום</b></bdi>").len(), 1);
    assert_eq!(without_direction("<body><input value=\"שלום\"><input value=\"שלום\" dir=\"auto\"/>").len(), 1);
}

#[tokio::test]
async fn a_filter_that_names_nothing_finds_nothing_and_says_so() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let (agent, gone) = (world.staff("agnes", Role::Agent).await, world.staff_member("Élodie", Role::Agent).await);
    let command = Actor::command_line();
    let change = domain::TicketChange { assignee: Some(Some(gone.id)), ..domain::TicketChange::default() };
    world.desk.tickets().update(&command, id, &change).await.unwrap();
    world.desk.users().set_active(&command, gone.id, false).await.unwrap();
    let link = format!("href=\"/admin/tickets/{id}\"");
    for (path, sentence) in [
        ("/admin/tickets?assignee=nosuch", "Nobody in the team has the username"),
        ("/admin/tickets?assignee=ana", "Nobody in the team has the username"),
        ("/admin/tickets?customer=nosuch", "Nobody has the username"),
        ("/admin/tickets?customer=agnes", "Nobody has the username"),
        ("/admin/tickets?status=Paused", "There is no status"),
        ("/admin/tickets?priority=Extreme", "There is no priority"),
        ("/admin/tickets?category=Nothing", "There is no category"),
        ("/admin/tickets?q=T&assignee=nosuch", "Nobody in the team has the username"),
        ("/admin/tickets?q=T&status=Paused", "There is no status"),
        ("/admin/tickets?q=T&category=Nothing", "There is no category"),
        ("/admin/pins?state=lost", "There is no state"),
        ("/admin/pins?customer=nosuch", "Nobody has the username"),
        ("/admin/files?kind=exe", "There is no kind"),
        ("/admin/files?customer=nosuch", "Nobody has the username"),
        ("/admin/customers?state=lost", "There is no state"),
    ] {
        let reply = agent.get(path).await;
        let page = reply.text();
        assert_eq!(reply.status, 200, "{path}");
        assert!(page.contains(sentence), "{path}: {page}");
        assert!(!page.contains(&link) && !page.contains("href=\"/admin/customers/1\""), "{path} shows something");
    }
    for path in [
        "/admin/tickets?assignee=%20e%CC%81LODIE",
        "/admin/tickets?assignee=%C3%89lodie&customer=ANA&status=open&priority=medium&category=other",
        "/admin/tickets?q=T&assignee=%C3%A9lodie",
        "/admin/files?kind=PNG",
    ] {
        assert!(agent.get(path).await.text().contains(&link), "{path}");
    }
    for path in [
        "/admin/customers?state=Active",
        "/admin/pins?state=REDEEMED",
        "/admin/tickets?assignee=None",
        "/admin/tickets?assignee=ME",
    ] {
        let page = agent.get(path).await.text();
        assert!(!page.contains("There is no") && !page.contains("Nobody in the team"), "{path}: {page}");
    }
    for (endpoint, field) in
        [("staff_list_tickets?assignee=nosuch", "assignee"), ("staff_list_tickets?status=Paused", "status")]
    {
        let (path, words) = endpoint.split_once('?').unwrap();
        let reply = agent.post(&format!("/fn/{path}"), &urlencoded(words)).await;
        assert_eq!(reply.status, 400, "{endpoint}");
        assert!(reply.text().contains(&format!("\"{field}\"")), "{endpoint}: {}", reply.text());
    }
    let browser = world.browser("ana").await;
    for path in ["/tickets?status=Paused", "/tickets?status=Paused&q=T"] {
        let page = browser.get(path).await.text();
        assert!(!page.contains(&format!("href=\"/tickets/{id}\"")), "{path}");
        assert!(page.contains("Paused"), "{path}: {page}");
        assert_eq!(page.contains("value=\"T\""), path.contains("q=T"), "{path}: {page}");
    }
}
