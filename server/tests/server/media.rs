//! The bytes of attachments.

use domain::{Role, Ticket};
use http::Method;

use crate::harness::{Client, World, form, png};

fn path(ticket: &Ticket) -> String {
    ticket.attachments[0].path()
}

async fn signed(client: &Client) -> String {
    let list = client.get("/api/tickets/").await.json();
    let url = list[0]["attachments"][0]["file"].as_str().unwrap().to_owned();
    url.strip_prefix("http://127.0.0.1:8000").unwrap().to_owned()
}

#[tokio::test]
async fn only_the_owner_and_staff() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let path = path(&ticket);
    assert_eq!(world.anonymous().get(&path).await.status, 401);
    assert_eq!(world.api("ben").await.get(&path).await.status, 404);
    assert_eq!(world.browser("ben").await.get(&path).await.status, 404);
    for client in [
        world.api("ana").await,
        world.browser("ana").await,
        world.staff("agnes", Role::Agent).await,
        world.staff("adam", Role::Admin).await,
    ] {
        let reply = client.get(&path).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.bytes, png(2000));
    }
    let ana = world.api("ana").await;
    for other in ["/media/tickets/1/nothing.png", "/media/tickets/x/y.png", "/media/tickets/99/y.png"] {
        assert_eq!(ana.get(other).await.status, 404, "{other}");
    }
    assert_eq!(ana.get("/media/tickets/1/..%2f..%2fsecret").await.status, 404);
}

#[tokio::test]
async fn a_signature_opens_one_file_for_ten_minutes() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let other = world.ticket("ben").await;
    let ana = world.api("ana").await;
    let url = signed(&ana).await;
    let (_, query) = url.split_once('?').unwrap();
    let anonymous = world.anonymous();
    let reply = anonymous.get(&url).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(world.api("ben").await.get(&url).await.status, 200, "whoever sends it");
    let mut expired = world.anonymous();
    expired.bearer = Some("a.b.c".into());
    assert_eq!(expired.get(&url).await.status, 200, "a bad token beside it does not matter");
    assert_eq!(anonymous.get(&format!("{}?{query}", path(&other))).await.status, 403, "for that one file");
    assert_eq!(anonymous.get(&format!("{url}0")).await.status, 403);
    assert_eq!(anonymous.get(&url.replace("expires=", "expires=9")).await.status, 403);
    assert_eq!(anonymous.get(&format!("{}?signature=", path(&ticket))).await.status, 403);
    world.clock.advance(601);
    assert_eq!(anonymous.get(&url).await.status, 403);
    assert_eq!(world.api("ana").await.get(&url).await.status, 200, "the owner's own session still does");
}

#[tokio::test]
async fn served_so_that_it_does_no_harm() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let pdf = b"%PDF-1.4\n<script>alert(1)</script>".as_slice();
    let body = form(&[("title", "T"), ("description", "D")], &[("a.png", &png(100)), ("Prüfung.pdf", pdf)]);
    let ticket = ana.post("/api/tickets/", &body).await.json();
    let file =
        |index: usize| ticket["attachments"][index]["file"].as_str().unwrap().replace("http://127.0.0.1:8000", "");
    let image = ana.get(&file(0)).await;
    assert_eq!(image.header("content-type"), "image/png");
    assert_eq!(image.header("x-content-type-options"), "nosniff");
    assert_eq!(image.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(image.header("content-disposition"), "inline; filename=\"a.png\"");
    assert!(image.header("cache-control").starts_with("private"));
    let pdf = ana.get(&file(1)).await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert_eq!(pdf.header("content-security-policy"), "default-src 'none'");
    assert!(pdf.header("content-disposition").starts_with("inline; "));
    assert!(pdf.header("content-disposition").ends_with("filename*=UTF-8''Pr%C3%BCfung.pdf"));
    let download = ana.get(&format!("{}&download=1", file(0))).await;
    assert!(download.header("content-disposition").starts_with("attachment; "));
}

#[tokio::test]
async fn conditions_ranges_and_heads() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let path = path(&ticket);
    let ana = world.api("ana").await;
    let whole = ana.get(&path).await;
    let tag = whole.header("etag").to_owned();
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("cross-origin-resource-policy"), "same-origin");
    let head = ana.send(Method::HEAD, &path, None).await;
    assert_eq!((head.status.as_u16(), head.header("content-length"), head.bytes.len()), (200, "2000", 0));

    let ana = ana.with_header("if-none-match", tag.clone());
    let known = ana.get(&path).await;
    assert_eq!((known.status.as_u16(), known.bytes.len(), known.header("etag")), (304, 0, tag.as_str()));
    let ana = ana.with_header("if-none-match", "\"other\"").with_header("range", "bytes=1-3");
    let part = ana.get(&path).await;
    assert_eq!((part.status.as_u16(), &*part.bytes), (206, b"PNG".as_slice()));
    assert_eq!((part.header("content-range"), part.header("content-length")), ("bytes 1-3/2000", "3"));
    let ana = ana.with_header("range", "bytes=2000-");
    let none = ana.get(&path).await;
    assert_eq!((none.status.as_u16(), none.header("content-range")), (416, "bytes */2000"));
    let ana = ana.with_header("range", "bytes=0-0").with_header("if-range", "\"other\"");
    assert_eq!(ana.get(&path).await.status, 200);
    let ana = ana.with_header("if-range", tag);
    assert_eq!(ana.get(&path).await.status, 206);
}

#[tokio::test]
async fn a_pdf_with_something_in_front_stays_harmless() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    let bytes = b"\xEF\xBB\xBF\r\n@PJL ENTER LANGUAGE=PDF\r\n%PDF-1.4\n%%EOF\n";
    let new = form(&[("title", "T"), ("description", "D")], &[("scan.pdf", bytes)]);
    let opened = ana.post("/api/tickets/", &new).await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let url = opened.json()["attachments"][0]["file"].as_str().unwrap().to_owned();
    let reply = ana.get(url.strip_prefix("http://127.0.0.1:8000").unwrap()).await;
    assert_eq!((reply.header("content-type"), reply.header("x-content-type-options")), ("application/pdf", "nosniff"));
    assert_eq!(reply.bytes, bytes.as_slice());
    let page = form(&[("title", "T"), ("description", "D")], &[("scan.pdf", b"<script>x</script>%PDF-1.4\n%%EOF\n")]);
    let refused = ana.post("/api/tickets/", &page).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("It is a web page (HTML)."), "{}", refused.text());
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_loads_files_with_its_token() {
    let world = World::new().await;
    let ticket = world.ticket("ana").await;
    let path = path(&ticket);
    let there = |client: Client| client.with_header("origin", "http://localhost:5173");
    let preflight = there(world.anonymous())
        .with_header("access-control-request-method", "GET")
        .with_header("access-control-request-headers", "authorization,range");
    for asked in [path.as_str(), "/media/tickets/1/nothing.png", "/api/tickets/"] {
        let reply = preflight.send(Method::OPTIONS, asked, None).await;
        assert!(reply.status.is_success(), "{asked}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), "http://localhost:5173", "{asked}");
        let headers = reply.header("access-control-allow-headers").to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("range"), "{headers}");
        assert!(reply.header("access-control-allow-methods").contains("GET"));
        assert_eq!(reply.header("access-control-allow-credentials"), "", "never with cookies");
    }
    let ana = there(world.api("ana").await);
    let ben = there(world.api("ben").await);
    let nobody = there(world.anonymous());
    let part = there(world.api("ana").await).with_header("range", "bytes=1-3");
    let none = there(world.api("ana").await).with_header("range", "bytes=9000-");
    let forged = format!("{path}?expires=9999999999&signature=x");
    for (client, asked, status) in [
        (&ana, path.as_str(), 200),
        (&part, path.as_str(), 206),
        (&none, path.as_str(), 416),
        (&ben, path.as_str(), 404),
        (&nobody, path.as_str(), 401),
        (&nobody, forged.as_str(), 403),
        (&ana, "/media/tickets/%ff/%ff", 404),
        (&ana, "/media/x", 404),
    ] {
        let reply = client.get(asked).await;
        assert_eq!(reply.status, status, "{asked}");
        assert_eq!(reply.header("access-control-allow-origin"), "http://localhost:5173", "{status}");
        let exposed = reply.header("access-control-expose-headers").to_ascii_lowercase();
        for name in ["content-disposition", "content-range", "accept-ranges", "link", "retry-after"] {
            assert!(exposed.contains(name), "{name} is not in {exposed}");
        }
    }
    assert_eq!(ana.send(Method::POST, &path, None).await.status, 405);
    for evil in ["https://evil.example", "null", "http://localhost:5174", "http://localhost:5173.evil.example"] {
        for client in [world.api("ana").await, world.anonymous()] {
            let client = client.with_header("origin", evil);
            assert_eq!(client.get(&path).await.header("access-control-allow-origin"), "", "{evil}");
            let client = client.with_header("access-control-request-method", "GET");
            let reply = client.send(Method::OPTIONS, &path, None).await;
            assert_eq!(reply.header("access-control-allow-origin"), "", "{evil}");
        }
    }
}

#[tokio::test]
async fn refusals_before_a_handler_can_be_read_elsewhere_too() {
    let world = World::new().await;
    let ana = world.api("ana").await.with_header("origin", "http://localhost:5173");
    let large = crate::harness::urlencoded(&format!("title={}", "x".repeat(300 * 1024)));
    let reply = ana.post("/api/token/refresh/", &large).await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.header("access-control-allow-origin"), "http://localhost:5173");
}

#[tokio::test]
async fn a_program_takes_all_of_a_ticket_out() {
    let world = World::new().await;
    let id = world.ticket("ana").await.id;
    let path = format!("/api/tickets/{id}/download/");
    let ana = world.api("ana").await.with_header("accept-encoding", "br, gzip");
    let reply = ana.get(&path).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/zip"));
    assert_eq!(reply.header("content-disposition"), format!("attachment; filename=\"ticket-{id}.zip\""));
    assert_eq!((reply.header("content-encoding"), reply.header("cache-control")), ("", "no-store"));
    let holds = |name: &str| reply.bytes.windows(name.len()).any(|part| part == name.as_bytes());
    assert!(reply.bytes.starts_with(b"PK") && holds("index.html") && holds("files/001-a.png"));
    for (client, status) in [(world.api("ben").await, 404), (world.anonymous(), 401)] {
        assert_eq!(client.get(&path).await.status, status);
    }
    let (_, program) = world.program("eva", Role::Agent, true).await;
    assert_eq!(program.get(&path).await.status, 200, "staff any, also by a token that only reads");
}
