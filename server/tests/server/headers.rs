//! Headers that every answer has, and health.

use domain::{Actor, Role};
use http::Method;

use crate::harness::World;

#[tokio::test]
async fn pages_run_only_our_own_script() {
    let world = World::new().await;
    let first = world.anonymous().get("/").await;
    let policy = first.header("content-security-policy");
    for part in [
        "default-src 'self'",
        "'wasm-unsafe-eval'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "object-src 'none'",
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    let page = first.text();
    let scripts = page.matches("<script").count();
    assert!(scripts > 0);
    assert_eq!(page.matches(&format!("nonce=\"{nonce}\"")).count(), scripts, "every script has the nonce");
    assert!(!page.contains(" style=\"") && !page.contains(" onclick="));
    let second = world.anonymous().get("/").await;
    assert!(!second.header("content-security-policy").contains(nonce), "a new nonce for each page");
}

#[tokio::test]
async fn a_part_of_a_page_has_only_what_it_needs() {
    let world = World::new().await;
    let page = world.anonymous().get("/").await.text();
    // Without a release build there is no folder with a hash, and nothing is kept for good.
    let Some((_, rest)) = page.split_once("href=\"/pkg/") else { return };
    let (path, _) = rest.split_once('"').unwrap();
    let reply = world.anonymous().get(&format!("/pkg/{path}")).await;
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    if reply.header("cache-control").contains("immutable") {
        assert_eq!(reply.header("content-security-policy"), "");
    }
}

#[tokio::test]
async fn every_answer_has_them() {
    let world = World::new().await;
    for path in [
        "/",
        "/no/such/page",
        "/api/tickets/",
        "/api/nothing",
        "/media/tickets/1/a.png",
        "/healthz",
        "/fn/nothing",
        "/pkg/nothing",
    ] {
        let reply = world.anonymous().get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(reply.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(reply.header("content-security-policy").contains("default-src"), "{path}");
        assert_eq!(reply.header("x-request-id").len(), 16, "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let world = World::new().await;
    let reply = world.anonymous().get("/no/such/page").await;
    assert_eq!(reply.status, 404);
    assert!(reply.header("content-type").starts_with("text/html"));
    assert_eq!(world.anonymous().get("/pkg/../Cargo.toml").await.status, 404);
    assert_eq!(world.anonymous().get("/pkg/%2e%2e/%2e%2e/Cargo.toml").await.status, 404);
}

#[tokio::test]
async fn health() {
    let world = World::new().await;
    let reply = world.anonymous().get("/healthz").await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, "ok"));
    assert_eq!(world.anonymous().get("/readyz").await.status, 200);
    assert_eq!(world.anonymous().send(Method::POST, "/healthz", None).await.status, 405);
}

#[tokio::test]
async fn pages_are_compressed_for_those_who_can_read_it() {
    let world = World::new().await;
    let reply = world.anonymous().with_header("accept-encoding", "br").get("/").await;
    assert_eq!(reply.header("content-encoding"), "br");
    let small = world.anonymous().with_header("accept-encoding", "br").get("/api/nothing").await;
    assert_eq!(small.header("content-encoding"), "");
}

#[tokio::test]
async fn a_backup_is_saved_and_never_shown() {
    let world = World::new().await;
    let admin = world.staff("adam", Role::Admin).await;
    let made = world.desk.back_up(&Actor::command_line(), None).await.unwrap();
    let name = made.path.file_name().unwrap().to_str().unwrap();
    let reply = admin.get(&format!("/admin/backups/{name}")).await;
    assert_eq!(reply.status, 200);
    // Of two, browsers refuse the answer.
    assert_eq!(reply.headers.get_all("content-disposition").iter().count(), 1);
    assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"{name}\""));
    assert_eq!(reply.header("content-length"), made.size.to_string());
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.bytes.as_ref(), std::fs::read(&made.path).unwrap());
    for other in ["..%2Fsecret", "%2E%2E%2Fsecret", "secret", "nothing.tar"] {
        assert_eq!(admin.get(&format!("/admin/backups/{other}")).await.status, 404, "{other}");
    }
}
