//! Plain forms, without script.

use domain::Role;

use crate::harness::{World, form, png, raw, urlencoded};

#[tokio::test]
async fn a_refused_form_is_shown_again_with_what_was_typed() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let body = form(&[("title", "Kept <title>"), ("description", "Kept description")], &[("bad.exe", b"MZ\x90\0")]);
    let reply = ana.post("/tickets/new?fn=create_ticket", &body).await;
    assert_eq!(reply.status, 400);
    assert!(reply.header("content-type").starts_with("text/html"));
    let page = reply.text();
    assert!(page.contains("Kept &lt;title&gt;") && page.contains("Kept description"), "{page}");
    assert!(page.contains("is not a PDF"), "{page}");
    assert_eq!(world.files_on_disk(), 0);
}

#[tokio::test]
async fn a_good_form_leads_on() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let body = form(
        &[("title", "T"), ("description", "one\r\ntwo"), ("priority", ""), ("category", "")],
        &[("a.png", &png(1000)), ("", b"")],
    );
    let reply = ana.post("/tickets/new?fn=create_ticket", &body).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let place = reply.header("location").to_owned();
    assert!(place.starts_with("/tickets/"), "{place}");
    let page = ana.get(&place).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("one\ntwo"));
}

#[tokio::test]
async fn secrets_are_not_shown_again() {
    let world = World::new().await;
    let client = world.anonymous();
    let reply = client.post("/?fn=login", &urlencoded("pin=SUP-ABCD-WXYZ")).await;
    assert_eq!(reply.status, 400);
    assert!(!reply.text().contains("ABCD"));
    world.staff_member("adam", Role::Admin).await;
    let reply = client.post("/admin/login?fn=staff_login", &urlencoded("username=adam&password=hush-hush-hush")).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("adam") && !reply.text().contains("hush-hush"));
}

#[tokio::test]
async fn throttled_forms_say_so() {
    let world = World::with(|settings| settings.desk.failures_per_client = 1).await;
    let client = world.anonymous();
    assert_eq!(client.post("/?fn=login", &urlencoded("pin=SUP-0000-0000")).await.status, 400);
    let reply = client.post("/?fn=login", &urlencoded("pin=SUP-0000-0000")).await;
    assert_eq!(reply.status, 429);
    assert!(reply.header("retry-after").parse::<u32>().is_ok());
    assert!(reply.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn what_is_no_form_of_ours() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    assert_eq!(ana.post("/tickets", &urlencoded("a=b")).await.status, 400, "it names no function");
    assert_eq!(ana.post("/tickets?fn=../api/tickets", &urlencoded("")).await.status, 400);
    assert_eq!(ana.post("/tickets?fn=no_such_function", &urlencoded("")).await.status, 404);
    assert_eq!(ana.post("/nowhere", &urlencoded("")).await.status, 404);
    assert_eq!(ana.send(http::Method::PUT, "/tickets", None).await.status, 405);
    let wrong_kind = ana.post("/fn/create_ticket", &urlencoded("title=a")).await;
    assert_eq!(wrong_kind.status, 415);
    let wrong_kind = ana.post("/fn/create_ticket", &raw("multipart/form-data", "x")).await;
    assert_eq!(wrong_kind.status, 415);
    assert_eq!(ana.post("/fn/no_such_function", &urlencoded("")).await.status, 404);
    assert_eq!(ana.get("/fn/log_out").await.status, 405);
    let large = urlencoded(&format!("title={}", "x".repeat(300 * 1024)));
    assert_eq!(ana.post("/fn/update_ticket", &large).await.status, 413);
    assert_eq!(ana.post("/tickets?fn=update_ticket", &large).await.status, 413);
}

#[tokio::test]
async fn a_choice_of_colours_is_kept_anywhere() {
    let world = World::new().await;
    let client = world.anonymous();
    for page in ["/", "/no/such/page"] {
        let reply = client.post(&format!("{page}?fn=set_theme"), &urlencoded("theme=dark")).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, page));
        assert_eq!(client.cookie("pindesk_theme").as_deref(), Some("dark"));
    }
    assert!(client.get("/").await.text().contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn ones_own_password_is_changed_with_the_one_before() {
    let world = World::new().await;
    let agent = world.staff("ida", Role::Agent).await;
    let id = world.staff_member("ida", Role::Agent).await.id;
    let path = format!("/admin/staff/{id}?fn=set_staff_password");
    assert!(agent.get(&format!("/admin/staff/{id}")).await.text().contains("name=\"current_password\""));
    let body = |current: &str, new: &str| {
        urlencoded(&format!("id={id}&current_password={current}&password={new}&password_again={new}"))
    };
    for (current, new, sentence) in [
        ("", "an+even+longer+one", "Enter the password you have now."),
        ("wrong+horse", "an+even+longer+one", "This is not the password you have now."),
        ("correct+horse+battery", "password1", "one of the first that others try"),
        ("correct+horse+battery", "ida-ida-ida", "without your own username"),
    ] {
        let reply = agent.post(&path, &body(current, new)).await;
        assert_eq!(reply.status, 400, "{sentence}");
        assert!(reply.text().contains(sentence), "{}", reply.text());
    }
    let reply = agent.post(&path, &body("correct+horse+battery", "an+even+longer+one")).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    // An admin's page for somebody else asks for none.
    let admin = world.staff("adam", Role::Admin).await;
    assert!(!admin.get(&format!("/admin/staff/{id}")).await.text().contains("name=\"current_password\""));
    let reply = admin.post(&path, &body("", "a+third+one+entirely")).await;
    assert_eq!(reply.status, 303, "{}", reply.text());
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_carried_out_once() {
    let world = World::new().await;
    let adam = world.staff("adam", Role::Admin).await;
    let (me, ana) = (world.staff_member("adam", Role::Admin).await.id, world.customer("ana").await.id);
    let withdrawn = world.ticket("ana").await.id;
    let password =
        "current_password=correct horse battery&password=a new horse battery&password_again=a new horse battery";
    let password = password.replace("correct horse battery", crate::harness::PASSWORD);
    let forms = [
        ("/admin/customers/new?fn=create_customer".to_owned(), "username=new.customer".to_owned()),
        ("/admin/categories?fn=add_category".to_owned(), "name=Printer".to_owned()),
        (format!("/admin/customers/{ana}?fn=issue_pin"), format!("user_id={ana}&hours=1")),
        (format!("/admin/staff/{me}?fn=set_staff_password"), format!("id={me}&{password}")),
        (format!("/admin/tickets/{withdrawn}?fn=staff_delete_ticket"), format!("id={withdrawn}")),
    ];
    for (path, body) in forms {
        let body = urlencoded(&body);
        let (first, second) = futures::future::join(adam.post(&path, &body), adam.post(&path, &body)).await;
        let third = adam.post(&path, &body).await;
        for reply in [&first, &second, &third] {
            assert_eq!(reply.status, 303, "{path}: {}", reply.text());
            assert_eq!(reply.header("location"), first.header("location"), "{path}");
        }
    }
    let pins = adam.get(&format!("/admin/customers/{ana}")).await.text();
    assert_eq!(pins.matches("fn=revoke_pin").count(), 1, "one PIN was issued");
    // Another session's form is its own, and one that was refused is tried again.
    let other = world.staff("alex", Role::Admin).await;
    let again = urlencoded("name=Printer");
    assert_eq!(other.post("/admin/categories?fn=add_category", &again).await.status, 400);
    assert_eq!(other.post("/admin/categories?fn=add_category", &again).await.status, 400);
}

#[tokio::test]
async fn what_cannot_be_sent_any_more_is_shown_to_be_copied() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let ana = world.browser("ana").await;
    let path = format!("/tickets/{id}");
    let draft = urlencoded(&format!("place=reply-{id}&body=Kept+draft"));
    assert_eq!(ana.post("/fn/save_draft", &draft).await.status, 200);
    let close = domain::TicketChange { status: Some(domain::Status::Closed), ..domain::TicketChange::default() };
    world.desk.tickets().update(&domain::Actor::command_line(), id, &close).await.unwrap();
    let number = id.to_string();
    let reply = form(&[("id", &number), ("body", "Kept reply")], &[]);
    let refused = ana.post(&format!("{path}?fn=reply"), &reply).await;
    let page = refused.text();
    assert_eq!(refused.status, 409);
    assert!(page.contains("Kept reply") && page.matches("role=\"alert\"").count() == 1, "{page}");
    assert!(!page.contains("?fn=reply\"") && page.contains("?fn=discard_draft"), "{page}");
    let edit = urlencoded(&format!("id={id}&title=Kept+title&description=Kept+description"));
    let refused = ana.post(&format!("{path}?edit=1&fn=update_ticket"), &edit).await;
    let page = refused.text();
    assert_eq!(refused.status, 409);
    assert!(page.contains("value=\"Kept title\"") && page.contains("Kept description"), "{page}");
    assert!(page.contains("This ticket is Closed") && !page.contains("Save changes"), "{page}");
    assert_eq!(page.matches("role=\"alert\"").count(), 1, "it is said once: {page}");
    let page = ana.get(&path).await.text();
    assert!(page.contains("Kept draft"), "{page}");
}

#[tokio::test]
async fn a_refused_form_that_no_page_shows_says_why() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    for path in ["/tickets?fn=discard_draft", "/tickets/new?fn=discard_draft", "/sessions?fn=discard_draft"] {
        let refused = ana.post(path, &urlencoded("place=nowhere")).await;
        assert_eq!(refused.status, 404, "{path}");
        let page = refused.text();
        assert!(page.contains("role=\"alert\"") && page.contains("Not found."), "{path}: {page}");
    }
}

#[tokio::test]
async fn words_for_what_is_gone_stay_on_the_page() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let (ana, adam) = (world.browser("ana").await, world.staff("adam", Role::Admin).await);
    world.desk.tickets().delete(&domain::Actor::command_line(), id).await.unwrap();
    let number = id.to_string();
    let words = form(&[("id", &number), ("body", "Kept <words>")], &[("a.png", &png(1000))]);
    for (client, path) in [
        (&ana, format!("/tickets/{id}?fn=reply")),
        (&adam, format!("/admin/tickets/{id}?fn=reply")),
        (&adam, format!("/admin/tickets/{id}?fn=add_note")),
    ] {
        let refused = client.post(&path, &words).await;
        let page = refused.text();
        assert_eq!(refused.status, 404, "{path}");
        assert!(page.contains("Kept &lt;words&gt;") && !page.contains("Send it now"), "{path}: {page}");
    }
    let gone = adam.post("/admin/customers/4711?fn=update_customer", &urlencoded("id=4711&username=kept.name")).await;
    assert_eq!(gone.status, 404);
    assert!(gone.text().contains("value=\"kept.name\""), "{}", gone.text());
}

#[tokio::test]
async fn whoever_is_logged_out_by_now_gets_every_field_back() {
    let world = World::new().await;
    let stranger = world.anonymous();
    for (path, typed, seen, unseen) in [
        (
            "/admin/customers/new?fn=create_customer",
            "username=kept.name&name=Kept+Name&email=kept%40x.example",
            "value=\"kept.name\" value=\"Kept Name\" value=\"kept@x.example\"",
            "",
        ),
        ("/admin/categories?fn=rename_category", "id=3&name=Kept", "value=\"Kept\"", "name=\"id\" value=\"3\""),
        (
            "/admin/tickets/1?fn=staff_update_ticket",
            "id=1&shown_status=Open&status=Resolved&assignee=7",
            "value=\"Resolved\"",
            "name=\"assignee\" value=\"7\"",
        ),
        (
            "/admin/staff?fn=create_staff_member",
            "username=kept.name&role=agent&password=hush-hush-hush&password_again=hush-hush-hush",
            "value=\"kept.name\" value=\"agent\"",
            "",
        ),
    ] {
        let refused = stranger.post(path, &urlencoded(typed)).await;
        let page = refused.text();
        assert_eq!(refused.status, 401, "{path}");
        assert!(page.contains("You are logged out") && page.contains("Send it now"), "{path}: {page}");
        for value in seen.split_inclusive("\" ").map(str::trim).filter(|value| !value.is_empty()) {
            assert!(page.contains(value), "{path} lacks {value}: {page}");
        }
        assert!(page.contains(unseen) && !page.contains("hush"), "{path}: {page}");
        for label in page.split(" for=\"").skip(1) {
            let id = label.split('"').next().unwrap();
            assert!(page.contains(&format!(" id=\"{id}\"")), "{path}: no field has the label {id}: {page}");
        }
    }
    // Where nothing was typed the login comes at once.
    for (path, typed) in [
        ("/tickets?fn=log_out_everywhere", ""),
        ("/admin/tickets/1?fn=claim_ticket", "id=1"),
        ("/admin/staff/1?fn=set_staff_password", "id=1&password=hush-hush-hush&password_again=hush-hush-hush"),
    ] {
        assert_eq!(stranger.post(path, &urlencoded(typed)).await.status, 303, "{path}");
    }
}

#[tokio::test]
async fn whoever_is_logged_out_by_now_keeps_the_button_and_chooses_files_again() {
    let world = World::new().await;
    let stranger = world.anonymous();
    let mut words = form(&[("id", "7"), ("body", "Kept words")], &[("a.png", &png(1000))]);
    // The button that was pressed comes behind the files.
    let then = "--XX\r\nContent-Disposition: form-data; name=\"then\"\r\n\r\nresolve\r\n--XX--\r\n";
    words.bytes = [&words.bytes[..words.bytes.len() - "--XX--\r\n".len()], then.as_bytes()].concat().into();
    let refused = stranger.post("/admin/tickets/7?fn=reply", &words).await;
    let page = refused.text();
    assert!(page.contains("Kept words") && page.contains("name=\"then\" value=\"resolve\""), "{page}");
    assert!(page.contains("type=\"file\"") && page.contains("name=\"attachments\""), "{page}");
    assert!(page.contains("chosen again"), "{page}");
    let plain = stranger.post("/tickets/7?edit=1&fn=update_ticket", &urlencoded("id=7&title=Kept&description=d")).await;
    assert!(plain.text().contains("Kept") && !plain.text().contains("type=\"file\""), "{}", plain.text());
}

#[tokio::test]
async fn the_switch_of_colours_throws_nothing_away() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let empty = form(&[("title", "Kept"), ("description", "")], &[]);
    let refused = ana.post("/tickets/new?fn=create_ticket", &empty).await.text();
    assert!(refused.contains("value=\"Kept\"") && !refused.contains("set_theme"), "{refused}");
    // The address of a form that was sent, asked for later.
    let page = ana.get("/tickets/new?a=1&fn=create_ticket").await.text();
    assert!(page.contains("action=\"/tickets/new?a=1&amp;fn=set_theme\""), "{page}");
}

#[tokio::test]
async fn an_emptied_field_is_refused_and_not_left_as_it_was() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let ana = world.browser("ana").await;
    for (fields, sentence) in [
        ("title=&description=Kept+words", "title"),
        ("title=Kept+words&description=", "description"),
        ("description=Kept+words", "title"),
    ] {
        let form = urlencoded(&format!("id={id}&{fields}"));
        let refused = ana.post(&format!("/tickets/{id}?edit=1&fn=update_ticket"), &form).await;
        let page = refused.text();
        assert_eq!(refused.status, 400, "{fields}: {page}");
        assert!(page.contains("Kept words") && page.contains(&format!("id=\"{sentence}-error\"")), "{fields}: {page}");
    }
}
