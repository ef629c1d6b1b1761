//! What staff and their programs do by REST: customers, their PINs and sessions, the queue of tickets, tickets for customers.

use domain::{Actor, LoginKind, Role};
use http::Method;
use serde_json::{Value, json as value};

use crate::harness::{Client, Reply, World, form, json, png, urlencoded};

fn ids(reply: &Reply) -> Vec<i64> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json().as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

/// The fields that were refused.
fn fields(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 400, "{}", reply.text());
    let fields = reply.json();
    let fields = fields.as_object().unwrap();
    assert!(fields.values().all(|sentences| sentences[0].is_string()), "{}", reply.text());
    fields.keys().cloned().collect()
}

/// All pages of a list, by following the header `Link`.
async fn all_pages(client: &Client, first: &str) -> Vec<Vec<i64>> {
    let (mut pages, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let reply = client.get(&path).await;
        pages.push(ids(&reply));
        let link = reply.header("link").strip_prefix("<http://127.0.0.1:8000").map(ToOwned::to_owned);
        next = link.map(|link| link.strip_suffix(">; rel=\"next\"").unwrap().to_owned());
    }
    pages
}

async fn patch(client: &Client, path: &str, body: Value) -> Reply {
    client.send(Method::PATCH, path, Some(&json(&body))).await
}

#[tokio::test]
async fn customers_are_made_found_and_changed() {
    let world = World::new().await;
    let (_, crm) = world.program("agnes", Role::Agent, false).await;
    let made = crm
        .post("/api/customers/", &json(&value!({"username": "ana", "name": "Ana Ruiz", "email": "a@example.com"})))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_i64().unwrap();
    let path = format!("/api/customers/{id}/");
    assert_eq!(made.header("location"), path);
    let now = world.clock.now().to_string();
    let expected = value!({
        "id": id, "username": "ana", "name": "Ana Ruiz", "email": "a@example.com", "is_active": true, "is_unnamed": false,
        "created_at": now, "last_seen_at": null, "tickets": 0,
    });
    assert_eq!(made.json(), expected);
    for path in [&*path, path.trim_end_matches('/')] {
        assert_eq!(crm.get(path).await.json(), expected);
    }
    // Forms and what is left out.
    let ben = crm.post("/api/customers", &urlencoded("username=ben")).await;
    assert_eq!((ben.status.as_u16(), &ben.json()["name"], &ben.json()["email"]), (201, &value!("ben"), &value!("")));
    for (body, wrong) in [
        (value!({}), vec!["username"]),
        (value!({"username": "ANA"}), vec!["username"]),
        (value!({"username": "a b", "name": "x".repeat(151), "email": "x"}), vec!["email", "name", "username"]),
        (value!({"username": null, "name": []}), vec!["name", "username"]),
        (value!({"username": ["ana"]}), vec!["username"]),
        (value!({"is_unnamed": false}), vec!["username"]),
        (value!({"is_unnamed": "perhaps"}), vec!["is_unnamed", "username"]),
        (
            value!({"is_unnamed": true, "username": "ana", "name": "Ana", "email": "a@b.c"}),
            vec!["email", "name", "username"],
        ),
    ] {
        assert_eq!(fields(&crm.post("/api/customers/", &json(&body)).await), wrong, "{body}");
    }
    let taken = crm.post("/api/customers/", &json(&value!({"username": "ana"}))).await.json();
    assert_eq!(taken["username"][0], "A user with that username already exists. Choose another one.");

    // Somebody without an identity has an alias, and nothing else.
    let unnamed = crm.post("/api/customers/", &json(&value!({"is_unnamed": true, "email": ""}))).await;
    let person = unnamed.json();
    assert_eq!((unnamed.status.as_u16(), &person["is_unnamed"], &person["email"]), (201, &value!(true), &value!("")));
    assert!(person["name"].as_str().unwrap().starts_with("Unknown person "), "{person}");
    assert_eq!(patch(&crm, unnamed.header("location"), value!({"name": "Ana"})).await.status, 409);

    let changed = patch(&crm, &path, value!({"email": ""})).await;
    assert_eq!((&changed.json()["email"], &changed.json()["name"]), (&value!(""), &value!("Ana Ruiz")));
    let changed = patch(&crm, &path, value!({"name": null, "username": "ana.r"})).await.json();
    assert_eq!((&changed["name"], &changed["username"]), (&value!("ana.r"), &value!("ana.r")));
    for (body, wrong) in [
        (value!({}), vec!["non_field_errors"]),
        (value!({"active": false}), vec!["non_field_errors"]),
        (value!({"username": ""}), vec!["username"]),
        (value!({"username": null}), vec!["username"]),
        (value!({"username": "ben"}), vec!["username"]),
        (value!({"email": "x", "name": {}}), vec!["name"]),
        (value!({"email": "x"}), vec!["email"]),
        (value!({"is_active": "perhaps", "username": 7}), vec!["is_active"]),
        (value!({"is_active": null}), vec!["is_active"]),
        (value!({"is_active": [true]}), vec!["is_active"]),
    ] {
        assert_eq!(fields(&patch(&crm, &path, body.clone()).await), wrong, "{body}");
    }
    // Nothing of a change that is refused is done.
    assert_eq!(fields(&patch(&crm, &path, value!({"is_active": false, "username": "ben"})).await), ["username"]);
    assert_eq!(crm.get(&path).await.json()["is_active"], true);
    // Deactivated, they are logged out.
    let ana = world.api("ana.r").await;
    assert_eq!(ana.get("/api/tickets/").await.status, 200);
    assert_eq!(patch(&crm, &path, value!({"is_active": false})).await.json()["is_active"], false);
    assert_eq!(ana.get("/api/tickets/").await.status, 401);
    let changed = crm.send(Method::PATCH, &path, Some(&urlencoded("is_active=true"))).await;
    assert_eq!(changed.json()["is_active"], true);

    // Staff and strangers are no customers.
    let agnes = world.staff_member("agnes", Role::Agent).await.id.to_string();
    for id in ["4711", "x", "-1", &*agnes] {
        for (method, path) in [
            (Method::GET, format!("/api/customers/{id}/")),
            (Method::PATCH, format!("/api/customers/{id}/")),
            (Method::GET, format!("/api/customers/{id}/pins/")),
            (Method::POST, format!("/api/customers/{id}/pins/")),
            (Method::GET, format!("/api/customers/{id}/sessions/")),
            (Method::DELETE, format!("/api/customers/{id}/sessions/")),
        ] {
            let body = json(&value!({"name": "Eve"}));
            let content = matches!(method, Method::PATCH | Method::POST).then_some(&body);
            let reply = crm.send(method.clone(), &path, content).await;
            assert_eq!(
                (reply.status.as_u16(), &reply.json()["detail"]),
                (404, &value!("Not found.")),
                "{method} {path}"
            );
        }
    }
    assert_eq!(crm.send(Method::DELETE, &path, None).await.status, 405);
    assert_eq!(crm.send(Method::PUT, &path, Some(&json(&value!({"name": "x"})))).await.status, 405);
}

#[tokio::test]
async fn customers_are_listed_in_pages() {
    let world = World::new().await;
    let (_, crm) = world.program("agnes", Role::Agent, true).await;
    let mut made = Vec::new();
    for name in ["ana", "ben", "anabel", "cem", "anatol"] {
        made.push(world.customer(name).await.id.0);
    }
    made.reverse();
    assert_eq!(ids(&crm.get("/api/customers/").await), made, "newest first, and no staff");
    let pages = all_pages(&crm, "/api/customers/?limit=2").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(pages.concat(), made);
    let found = all_pages(&crm, "/api/customers?q=Ana&limit=2").await;
    assert_eq!(found, [vec![made[0], made[2]], vec![made[4]]], "the next page is of the same search");
    assert_eq!(ids(&crm.get("/api/customers/?q=n%C3%A1me+ben").await), [made[3]], "whatever the accents");
    assert_eq!(ids(&crm.get("/api/customers/?q=%20").await).len(), 5);
    assert_eq!(ids(&crm.get("/api/customers/?q=nobody").await), [0; 0]);
    for (query, wrong) in [
        ("limit=0", vec!["limit"]),
        ("limit=501", vec!["limit"]),
        ("limit=x&cursor=y", vec!["cursor", "limit"]),
        ("cursor=17-5", vec!["cursor"]),
        ("cursor=-5", vec!["cursor"]),
    ] {
        for path in ["/api/customers/", "/api/pins/", &format!("/api/customers/{}/sessions/", made[0])] {
            assert_eq!(fields(&crm.get(&format!("{path}?{query}")).await), wrong, "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn pins_are_issued_listed_and_revoked() {
    let world = World::new().await;
    let (_, phone) = world.program("agnes", Role::Agent, false).await;
    let ticket = world.ticket("ana").await.id;
    let ana = world.customer("ana").await.id;
    let path = format!("/api/customers/{ana}/pins/");
    let issued = phone.post(&path, &json(&value!({"ttl": "15m"}))).await;
    assert_eq!((issued.status.as_u16(), issued.header("cache-control")), (201, "no-store"), "{}", issued.text());
    let list = issued.json();
    let pin = list[0]["pin"].as_str().unwrap();
    let id = list[0]["id"].as_i64().unwrap();
    let until = world.clock.now().plus_seconds(900).to_string();
    let expected = value!([{
        "id": id, "pin": pin, "username": "ana", "expires_at": until, "ticket": null,
        "can": ["read", "reply", "upload", "delegate"], "stays": null, "label": "", "purpose": "login",
    }]);
    assert_eq!(list, expected);
    let login = world.anonymous().post("/api/users/login/", &json(&value!({"pin": pin}))).await;
    assert_eq!((login.status.as_u16(), &login.json()["user"]["username"]), (200, &value!("ana")));
    // It is nowhere afterwards.
    let state = async |id: i64| {
        let list = phone.get("/api/pins/").await.json();
        list.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(id).await, "redeemed");
    let reply = phone.get(&path).await;
    assert!(!reply.text().contains(pin) && !reply.text().contains("SUP-"), "{}", reply.text());
    let row = &reply.json()[0];
    assert_eq!((&row["issued_by"], &row["customer"]["username"]), (&value!("agnes"), &value!("ana")));
    assert!(row.get("pin").is_none());

    // For less.
    let narrow = value!({"ticket": ticket, "can": ["read", "upload"], "stays": "8h", "label": "by phone"});
    let narrow = phone.post(&path, &json(&narrow)).await.json()[0].clone();
    assert_eq!(
        (&narrow["ticket"], &narrow["can"], &narrow["stays"], &narrow["label"]),
        (&value!(ticket), &value!(["read", "upload"]), &value!(28800), &value!("by phone"))
    );
    let of_form =
        phone.post(&path, &urlencoded(&format!("ticket={ticket}&can=read,reply&ttl=2d"))).await.json()[0].clone();
    assert_eq!(of_form["can"], value!(["read", "reply"]));
    let drop = phone.post(&path, &json(&value!({"ticket": ticket, "purpose": "drop"}))).await.json()[0].clone();
    assert_eq!(
        (&drop["purpose"], &drop["can"], &drop["stays"]),
        (&value!("drop"), &value!(["upload"]), &value!(48 * 3600))
    );
    let login = world.anonymous().post("/api/users/login/", &json(&value!({"pin": drop["pin"]}))).await.json();
    assert_eq!(login["scope"]["purpose"], "drop");
    let several = phone.post(&path, &json(&value!({"count": 3, "ttl": null, "can": null, "ticket": null}))).await;
    assert_eq!(several.json().as_array().unwrap().len(), 3);

    // Whatever is wrong is said of its field.
    for (body, wrong) in [
        (value!({"ttl": 900}), vec!["ttl"]),
        (value!({"ttl": "900"}), vec!["ttl"]),
        (value!({"ttl": "soon", "stays": "8 hours"}), vec!["stays", "ttl"]),
        (value!({"ttl": ["1h"], "stays": {}}), vec!["stays", "ttl"]),
        (value!({"ttl": "1s"}), vec!["ttl"]),
        (value!({"ttl": "91d", "stays": "400d", "count": 0}), vec!["count", "stays", "ttl"]),
        (value!({"count": 1001}), vec!["count"]),
        (value!({"count": "many", "ticket": "first"}), vec!["count", "ticket"]),
        (value!({"count": -1, "ticket": 1.5}), vec!["count", "ticket"]),
        (value!({"ticket": 4711}), vec!["ticket"]),
        (value!({"can": ["fly"]}), vec!["can"]),
        (value!({"can": []}), vec!["can"]),
        (value!({"can": [1]}), vec!["can"]),
        (value!({"can": true}), vec!["can"]),
        (value!({"purpose": "steal"}), vec!["purpose"]),
        (value!({"purpose": "drop"}), vec!["ticket"]),
        (value!({"label": "x".repeat(101)}), vec!["label"]),
    ] {
        assert_eq!(fields(&phone.post(&path, &json(&body)).await), wrong, "{body}");
    }
    let sentence = phone.post(&path, &json(&value!({"ttl": 900}))).await.json()["ttl"][0].clone();
    assert!(sentence.as_str().unwrap().contains("\"24h\""), "{sentence}");
    let many = phone.post(&path, &json(&value!({"count": 51}))).await;
    assert_eq!(many.status, 403);

    // By state, and of whom.
    let count = async |path: &str| ids(&phone.get(path).await).len();
    assert_eq!(count("/api/pins/?state=redeemed").await, count(&format!("{path}?state=REDEEMED")).await);
    assert_eq!(fields(&phone.get("/api/pins/?state=lost").await), ["state"]);
    world.pin("ben").await;
    assert_eq!(count("/api/pins/").await, count(&path).await + 1);
    let pages = all_pages(&phone, &format!("{}?state=issued&limit=2", path.trim_end_matches('/'))).await;
    assert_eq!(pages.concat(), ids(&phone.get(&format!("{path}?state=issued")).await));
    assert!(pages.len() > 1);

    // Revoked, once; and then it lets nobody in.
    let narrow_path = format!("/api/pins/{}/", narrow["id"]);
    let revoked = phone.send(Method::DELETE, &narrow_path, None).await;
    assert_eq!((revoked.status.as_u16(), revoked.text().as_str()), (204, ""));
    assert_eq!(state(narrow["id"].as_i64().unwrap()).await, "revoked");
    let login = world.anonymous().post("/api/users/login/", &json(&value!({"pin": narrow["pin"]}))).await;
    assert_eq!(login.status, 400);
    for (path, status) in
        [(&*narrow_path, 409), (&*format!("/api/pins/{id}"), 409), ("/api/pins/4711/", 404), ("/api/pins/x/", 404)]
    {
        let refused = phone.send(Method::DELETE, path, None).await;
        assert_eq!(refused.status, status, "{path}");
        assert!(refused.json()["detail"].is_string());
    }
    patch(&phone, &format!("/api/customers/{ana}/"), value!({"is_active": false})).await;
    let refused = phone.post(&path, &json(&value!({}))).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let world = World::new().await;
    let (_, crm) = world.program("agnes", Role::Agent, false).await;
    let (program, browser) = (world.api("ana").await, world.browser("ana").await);
    let ben = world.api("ben").await;
    let ana = world.customer("ana").await.id;
    let path = format!("/api/customers/{ana}/sessions/");
    let list = crm.get(&path).await.json();
    let kinds: Vec<&str> = list.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, [LoginKind::Browser.as_str(), LoginKind::Api.as_str()]);
    assert_eq!((&list[0]["client"], &list[0]["scope"]["purpose"]), (&value!("192.0.2.1"), &value!("login")));
    let first = crm.get(&format!("{path}?limit=1")).await;
    let link = first.header("link").strip_prefix("<http://127.0.0.1:8000").unwrap().to_owned();
    let second = crm.get(link.strip_suffix(">; rel=\"next\"").unwrap()).await;
    assert_eq!((&second.json()[0], second.header("link")), (&list[1], ""));
    for _ in 0..2 {
        let ended = crm.send(Method::DELETE, &path, None).await;
        assert_eq!((ended.status.as_u16(), ended.text().as_str()), (204, ""));
    }
    assert_eq!(program.get("/api/tickets/").await.status, 401);
    assert_eq!(browser.get("/api/tickets/").await.status, 401);
    assert_eq!(ben.get("/api/tickets/").await.status, 200);
    assert_eq!(crm.get(&path).await.json(), value!([]));
}

#[tokio::test]
async fn the_queue_is_filtered_ordered_and_paged() {
    let world = World::new().await;
    let (_, crm) = world.program("agnes", Role::Agent, false).await;
    let other = world.staff("olaf", Role::Agent).await;
    let mut made = Vec::new();
    for (who, words, priority, category) in [
        ("ana", "The printer burns", "High", "Bug"),
        ("ben", "A bill", "Low", "Billing"),
        ("ana", "Another printer", "Low", "Bug"),
        ("ben", "Nothing", "Medium", "Other"),
    ] {
        world.clock.advance(10);
        let body = value!({"title": words, "description": "D", "priority": priority, "category": category});
        let opened = world.api(who).await.post("/api/tickets/", &json(&body)).await;
        made.push(opened.json()["id"].as_i64().unwrap());
    }
    let [one, two, three, four] = made[..] else { panic!() };
    world.clock.advance(10);
    assert_eq!(crm.send(Method::POST, &format!("/api/tickets/{one}/claim/"), None).await.status, 200);
    world.clock.advance(10);
    assert_eq!(other.send(Method::POST, &format!("/api/tickets/{two}/claim/"), None).await.status, 200);
    world.clock.advance(10);
    let resolve = json(&value!({"status": "Resolved"}));
    assert_eq!(crm.post(&format!("/api/tickets/{three}/changes/"), &resolve).await.status, 200);
    let ana = world.customer("ana").await.id.to_string();
    let queue = async |query: &str| ids(&crm.get(&format!("/api/tickets/?{query}")).await);
    for (query, expected) in [
        ("", vec![four, three, two, one]),
        ("order=newest", vec![four, three, two, one]),
        ("order=changed", vec![three, four, two, one]),
        ("status=resolved", vec![three]),
        ("status=Open", vec![four, two, one]),
        ("status=In+Progress", vec![]),
        ("priority=low", vec![three, two]),
        ("category=bUG", vec![three, one]),
        ("customer=ANA", vec![three, one]),
        (&format!("customer={ana}"), vec![three, one]),
        ("assignee=me", vec![one]),
        ("assignee=none", vec![four, three]),
        ("assignee=Olaf", vec![two]),
        ("assignee=olaf&customer=ana", vec![]),
        ("status=&priority=&category=&customer=&assignee=&order=&q=", vec![four, three, two, one]),
        ("q=printer&status=Resolved", vec![three]),
        ("q=printer&customer=ben", vec![]),
        ("q=%23", vec![]),
        (&format!("q=%23{two}"), vec![two]),
        ("of=nothing&status=Lost&status=Open", vec![four, two, one]),
    ] {
        assert_eq!(queue(query).await, expected, "{query}");
    }
    let mut found = queue("q=printer").await;
    found.sort_unstable();
    assert_eq!(found, [one, three]);
    for order in ["newest", "changed"] {
        let pages = all_pages(&crm, &format!("/api/tickets?order={order}&limit=3")).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(pages.concat(), queue(&format!("order={order}")).await);
    }
    assert_eq!(all_pages(&crm, "/api/tickets/?customer=ana&priority=Low&limit=1").await, [[three]]);
    // As the ticket is by itself, with its files.
    let files = world.ticket("ana").await.id.0;
    let list = crm.get("/api/tickets/?customer=ana").await.json();
    let single = crm.get(&format!("/api/tickets/{files}/")).await.json();
    let names = |row: &Value| {
        row["attachments"].as_array().unwrap().iter().map(|file| file["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&list[0]), names(&single));
    assert_eq!(names(&list[0]).len(), 1);
    let keys = |row: &Value| row.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&list[0]), keys(&single));

    for (query, wrong) in [
        ("status=Lost", vec!["status"]),
        ("priority=1&category=Cars&order=best", vec!["category", "order", "priority"]),
        ("customer=nobody", vec!["customer"]),
        ("customer=agnes&assignee=ana", vec!["assignee", "customer"]),
        ("limit=0", vec!["limit"]),
        ("cursor=17-3", vec!["cursor"]),
        ("order=changed&cursor=3", vec!["cursor"]),
        ("q=printer&cursor=3", vec!["cursor"]),
    ] {
        assert_eq!(fields(&crm.get(&format!("/api/tickets/?{query}")).await), wrong, "{query}");
    }
    let choices = crm.get("/api/tickets/?status=Lost").await.json()["status"][0].clone();
    assert!(choices.as_str().unwrap().contains("Waiting on Customer"), "{choices}");
    // A customer has their own, whatever they ask for.
    let own = world.api("ana").await;
    assert_eq!(ids(&own.get("/api/tickets/?status=Lost&customer=ben&assignee=me&q=bill").await), [files, three, one]);
    assert_eq!(
        own.get("/api/tickets/?limit=1&customer=ben").await.header("link"),
        format!("<http://127.0.0.1:8000/api/tickets/?limit=1&cursor={files}>; rel=\"next\"")
    );
    assert_eq!(fields(&own.get("/api/tickets/?cursor=17-3").await), ["cursor"]);
    // A person of staff has the same as their program.
    assert_eq!(ids(&other.get("/api/tickets/?assignee=me").await), [two]);
}

#[tokio::test]
async fn staff_open_tickets_for_customers() {
    let world = World::new().await;
    let (_, phone) = world.program("agnes", Role::Agent, false).await;
    let ana = world.customer("ana").await.id;
    let body =
        |customer: Value| json(&value!({"customer": customer, "title": "T", "description": "D", "priority": "High"}));
    let opened = phone.post("/api/tickets/", &body(value!("ana"))).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let id = opened.json()["id"].as_i64().unwrap();
    assert_eq!(opened.header("location"), format!("/api/tickets/{id}/"));
    assert_eq!((&opened.json()["status"], &opened.json()["priority"]), (&value!("Open"), &value!("High")));
    assert_eq!(phone.post("/api/tickets", &body(value!(ana))).await.status, 201, "by id");
    // It is hers, and says who opened it; to her, that is Support.
    let own = world.api("ana").await;
    assert_eq!(own.get(&format!("/api/tickets/{id}/")).await.status, 200);
    assert_eq!(world.api("ben").await.get(&format!("/api/tickets/{id}/")).await.status, 404);
    let opened_by = async |client: &Client| {
        let timeline = client.get(&format!("/api/tickets/{id}/timeline/")).await.json();
        let timeline = timeline.as_array().unwrap().clone();
        timeline.into_iter().find(|entry| entry["kind"] == "ticket_opened").unwrap()["by"].clone()
    };
    assert_eq!(opened_by(&phone).await, value!({"name": "agnes", "is_staff": true}));
    assert_eq!(opened_by(&own).await, value!({"name": "Support", "is_staff": true}));
    // With files, all or nothing.
    let files = form(&[("customer", "ana"), ("title", "T"), ("description", "D")], &[("a.png", &png(2000))]);
    assert_eq!(phone.post("/api/tickets/", &files).await.json()["attachments"][0]["name"], "a.png");
    let before = world.files_on_disk();
    for customer in ["nobody", "agnes", "", "4711"] {
        let wrong = form(&[("customer", customer), ("title", "T"), ("description", "D")], &[("a.png", &png(2000))]);
        assert_eq!(fields(&phone.post("/api/tickets/", &wrong).await), ["customer"], "{customer}");
        assert_eq!(fields(&phone.post("/api/tickets/", &body(value!(customer))).await), ["customer"], "{customer}");
    }
    let nobody = phone.post("/api/tickets/", &json(&value!({"title": "T", "description": "D"}))).await;
    assert_eq!(nobody.json(), value!({"customer": ["This field is required."]}));
    assert_eq!(world.files_on_disk(), before);
    // Sent again it is the same.
    let again = phone.post("/api/tickets/", &body(value!("ana"))).await.json()["id"].clone();
    assert_ne!(again, value!(id));
    let keyed = phone.with_bearer(phone.bearer.as_deref().unwrap()).with_header("idempotency-key", "call-17");
    let first = keyed.post("/api/tickets/", &body(value!("ana"))).await;
    let second = keyed.post("/api/tickets/", &body(value!("ana"))).await;
    assert_eq!((first.status, first.json()["id"].clone()), (second.status, second.json()["id"].clone()));
    world.customer("ben").await;
    assert_eq!(keyed.post("/api/tickets/", &body(value!("ben"))).await.status, 409);
    // A customer opens their own, whomever they name.
    let theirs = own.post("/api/tickets/", &body(value!("ben"))).await;
    assert_eq!(theirs.status, 201);
    let requester = world
        .desk
        .tickets()
        .view(&Actor::command_line(), domain::TicketId(theirs.json()["id"].as_i64().unwrap()), domain::Cursor::First)
        .await;
    assert_eq!(requester.unwrap().requester_username, "ana");
}

/// What a phone system does, in one call: the example of the README.
#[tokio::test]
async fn a_phone_system_issues_a_pin_in_one_call() {
    let world = World::new().await;
    let (_, phone) = world.program("agnes", Role::Agent, false).await;
    let found = phone.get("/api/customers/?q=ana").await;
    assert_eq!(ids(&found), [0; 0]);
    let ana = world.customer("ana").await.id;
    let issued =
        phone.post(&format!("/api/customers/{ana}/pins/"), &json(&value!({"ttl": "15m", "label": "by phone"}))).await;
    let pin = issued.json()[0]["pin"].as_str().unwrap().to_owned();
    assert_eq!(world.anonymous().post("/api/users/login/", &json(&value!({"pin": pin}))).await.status, 200);
}
