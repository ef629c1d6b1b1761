//! REST: log in, refresh, log out.

use serde_json::json as value;

use crate::harness::{World, form, json, raw, urlencoded};

#[tokio::test]
async fn a_pin_works_once_in_every_kind_of_body() {
    let world = World::new().await;
    let client = world.anonymous();
    for (path, body) in
        [("/api/users/login/", "json"), ("/api/users/login", "form"), ("/api/users/login/", "multipart")]
    {
        let pin = world.pin("ana").await;
        let body = match body {
            "json" => json(&value!({ "pin": pin })),
            "form" => urlencoded(&format!("pin={pin}")),
            _ => form(&[("pin", &pin)], &[]),
        };
        let reply = client.post(path, &body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        let answer = reply.json();
        assert_eq!(answer["user"]["username"], "ana");
        assert!(answer["user"]["id"].is_i64());
        assert_eq!(answer["access"].as_str().unwrap().split('.').count(), 3);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert!(reply.header("set-cookie").is_empty(), "REST never sets cookies");
        let again = client.post(path, &body).await;
        assert_eq!(again.status, 400);
        assert_eq!(again.json(), value!({"detail": "Invalid or used PIN", "error": "Invalid or used PIN"}));
    }
}

#[tokio::test]
async fn every_wrong_pin_gets_the_same_answer() {
    let world = World::new().await;
    let client = world.anonymous();
    let expired = world.pin("ana").await;
    world.clock.advance(24 * 3600 + 1);
    let revoked = world.pin("ana").await;
    world.desk.pins().revoke_by_pin(&domain::Actor::command_line(), &revoked).await.unwrap();
    let mut answers = Vec::new();
    let replaced = world.pin("ana").await;
    world.pin("ana").await;
    let others = ["SUP-0000-0000", "SUP-00000-00000", "SUP-0000-0000-0000", "SUP-0000-0000-0000-0000"];
    for pin in [expired.as_str(), &revoked, &replaced, "nonsense"].into_iter().chain(others) {
        let reply = client.post("/api/users/login/", &json(&value!({ "pin": pin }))).await;
        answers.push((reply.status, reply.text()));
    }
    assert_eq!(answers[0].0, 400);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn field_errors_are_those_of_the_original() {
    let world = World::new().await;
    let client = world.anonymous();
    for (body, expected) in [
        (value!({}), value!({"pin": ["This field is required."]})),
        (value!({ "pin": null }), value!({"pin": ["This field may not be null."]})),
        (value!({ "pin": "  " }), value!({"pin": ["This field may not be blank."]})),
        (value!({ "pin": true }), value!({"pin": ["Not a valid string."]})),
        (value!({ "pin": ["x"] }), value!({"pin": ["Not a valid string."]})),
        (value!([1]), value!({"non_field_errors": ["Invalid data. Expected a dictionary."]})),
        (value!({ "pin": 12_345_678 }), value!({"detail": "Invalid or used PIN", "error": "Invalid or used PIN"})),
    ] {
        let reply = client.post("/api/users/login/", &json(&body)).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (400, expected), "{body}");
    }
    let broken = client.post("/api/users/login/", &raw("application/json", "{\"pin\"")).await;
    assert_eq!(broken.status, 400);
    assert!(broken.json()["detail"].as_str().unwrap().starts_with("JSON parse error"));
    let no_boundary = client.post("/api/users/login/", &raw("multipart/form-data", "x")).await;
    assert_eq!(no_boundary.status, 400);
    let text = client.post("/api/users/login/", &raw("text/plain", "x")).await;
    assert_eq!(text.status, 415);
    assert!(text.json()["detail"].as_str().unwrap().starts_with("Unsupported media type \"text/plain\" in request."));
    let nothing = client.send(http::Method::POST, "/api/users/login/", None).await;
    assert_eq!(nothing.json(), value!({"pin": ["This field is required."]}));
    let large = client.post("/api/users/login/", &json(&value!({ "pin": "x".repeat(300 * 1024) }))).await;
    assert_eq!(large.status, 413);
    assert!(large.json().is_object());
}

#[tokio::test]
async fn refresh_and_log_out() {
    let world = World::new().await;
    let client = world.anonymous();
    let pin = world.pin("ana").await;
    let login = client.post("/api/users/login/", &json(&value!({ "pin": pin }))).await.json();
    let refresh = json(&value!({ "refresh": login["refresh"] }));
    world.clock.advance(3600);
    // The refresh token does not rotate: it works again and again.
    for _ in 0..2 {
        let reply = client.post("/api/token/refresh/", &refresh).await;
        assert_eq!(reply.status, 200);
        let bearer = reply.json()["access"].as_str().unwrap().to_owned();
        let mut caller = world.anonymous();
        caller.bearer = Some(bearer);
        assert_eq!(caller.get("/api/tickets/").await.status, 200);
        world.clock.advance(60);
    }
    let over = client.post("/api/token/blacklist/", &refresh).await;
    assert_eq!((over.status.as_u16(), over.json()), (200, value!({})));
    for path in ["/api/token/blacklist/", "/api/token/refresh/"] {
        let reply = client.post(path, &refresh).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.json(), value!({"detail": "Token is invalid or expired", "code": "token_not_valid"}));
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        let missing = client.post(path, &json(&value!({}))).await;
        assert_eq!((missing.status.as_u16(), missing.json()), (400, value!({"refresh": ["This field is required."]})));
        let access = client.post(path, &json(&value!({ "refresh": login["access"] }))).await;
        assert_eq!(access.status, 401, "an access token is no refresh token");
    }
}

#[tokio::test]
async fn an_expired_bearer_does_not_stand_in_the_way_of_a_login() {
    let world = World::new().await;
    let mut client = world.anonymous();
    client.bearer = Some("not.a.token".into());
    let pin = world.pin("ana").await;
    assert_eq!(client.post("/api/users/login/", &json(&value!({ "pin": pin }))).await.status, 200);
}

#[tokio::test]
async fn too_many_failures_lock_one_address_and_leave_the_pin_unused() {
    let world = World::with(|settings| settings.desk.failures_per_client = 3).await;
    let client = world.anonymous();
    let wrong = json(&value!({ "pin": "SUP-0000-0000" }));
    for _ in 0..3 {
        assert_eq!(client.post("/api/users/login/", &wrong).await.status, 400);
    }
    let right = json(&value!({ "pin": world.pin("ana").await }));
    let refused = client.post("/api/users/login/", &right).await;
    assert_eq!(refused.status, 429);
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=600).contains(&seconds));
    assert!(refused.json()["detail"].is_string());
    // A forged header makes nobody somebody else.
    let forged = world.anonymous().with_header("x-forwarded-for", "203.0.113.5");
    assert_eq!(forged.post("/api/users/login/", &right).await.status, 429);
    let elsewhere = world.anonymous().from("198.51.100.7");
    assert_eq!(elsewhere.post("/api/users/login/", &right).await.status, 200);
    world.clock.advance(601);
    let right = json(&value!({ "pin": world.pin("ana").await }));
    assert_eq!(client.post("/api/users/login/", &right).await.status, 200);
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_is_counted_by_itself() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 1;
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    })
    .await;
    let through = |address: &str| world.anonymous().from("10.0.0.1").with_header("x-forwarded-for", address);
    let wrong = json(&value!({ "pin": "SUP-0000-0000" }));
    assert_eq!(through("203.0.113.5").post("/api/users/login/", &wrong).await.status, 400);
    assert_eq!(through("203.0.113.5").post("/api/users/login/", &wrong).await.status, 429);
    assert_eq!(through("1.1.1.1, 203.0.113.5").post("/api/users/login/", &wrong).await.status, 429);
    assert_eq!(through("203.0.113.6").post("/api/users/login/", &wrong).await.status, 400);
}

#[tokio::test]
async fn of_64_simultaneous_attempts_one_succeeds() {
    let world = World::with(|settings| {
        settings.desk.failures_per_client = 1_000;
        settings.desk.failures_per_minute = 1_000;
    })
    .await;
    let body = json(&value!({ "pin": world.pin("ana").await }));
    let clients: Vec<_> = (0..64).map(|_| world.anonymous()).collect();
    let attempts = clients.iter().map(|client| client.post("/api/users/login/", &body));
    let replies = futures::future::join_all(attempts).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 400).count(), 63);
}
