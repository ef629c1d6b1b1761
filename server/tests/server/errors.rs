//! Every refusal in the form of who asked: JSON below `/api/` and `/media/`, a page for people.

use http::{HeaderName, HeaderValue, Method, Request, header};

use crate::harness::{Reply, World, raw, urlencoded};

/// JSON that says something.
fn says_what_to_do(what: &str, reply: &Reply) {
    assert!(reply.status.is_client_error(), "{what}: {}", reply.status);
    assert_eq!(reply.header("content-type"), "application/json", "{what}: {} {}", reply.status, reply.text());
    let json = reply.json();
    let fields = json.as_object().unwrap_or_else(|| panic!("{what}: {json}"));
    let is_sentence = |value: &serde_json::Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    assert!(!fields.is_empty(), "{what}");
    for value in fields.values() {
        let list = value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_sentence));
        assert!(is_sentence(value) || list, "{what}: {json}");
    }
    assert_eq!(reply.header("www-authenticate"), if reply.status == 401 { "Bearer" } else { "" }, "{what}");
}

const ODD: [&str; 13] = [
    "%ff",
    "%",
    "%zz",
    "%00",
    "x",
    "-1",
    "0",
    "1.0",
    "99999999999999999999",
    "9223372036854775807",
    "1%2f..",
    "%2e%2e",
    "%F0%9F%98%80",
];

#[tokio::test]
async fn every_address_of_rest_refuses_in_json() {
    let world = World::new().await;
    world.ticket("ana").await;
    let (nobody, ana) = (world.anonymous(), world.api("ana").await);
    for route in server::router::routes()
        .iter()
        .filter(|route| route.path.starts_with("/api/") || route.path.starts_with("/media/"))
    {
        let methods: &[Method] = &route.methods;
        for odd in ODD {
            if !route.path.contains('{') {
                continue;
            }
            let path = route
                .path
                .replace("{id}", odd)
                .replace("{place}", odd)
                .replace("{ticket_id}", odd)
                .replace("{file}", odd);
            let Ok(_) = path.parse::<http::Uri>() else { continue };
            for method in methods {
                for slash in ["", "/"] {
                    let path = format!("{path}{slash}");
                    let what = format!("{method} {path}");
                    says_what_to_do(&what, &nobody.send(method.clone(), &path, Some(&urlencoded("body=x"))).await);
                    let reply = ana.send(method.clone(), &path, Some(&urlencoded("body=x"))).await;
                    says_what_to_do(&what, &reply);
                    assert!(matches!(reply.status.as_u16(), 404 | 403), "{what}: {}", reply.status);
                }
            }
        }
        let path = route
            .path
            .replace("{id}", "1")
            .replace("{place}", "ticket")
            .replace("{ticket_id}", "1")
            .replace("{file}", "a.png");
        for method in ["POST", "GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            let method: Method = method.parse().unwrap();
            if methods.contains(&method) || route.path.contains('.') {
                continue;
            }
            let reply = ana.send(method.clone(), &path, None).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            says_what_to_do(&format!("{method} {path}"), &reply);
            assert_ne!(reply.header("allow"), "", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn addresses_below_api_that_are_none() {
    let world = World::new().await;
    let ana = world.api("ana").await;
    for path in [
        "/api",
        "/api/",
        "/api//",
        "/api/%ff",
        "/api/%",
        "/api/tickets/1/2/3",
        "/api//tickets/",
        "/api/tickets//",
        "/api/Tickets/",
        "/api/tickets/%2f/",
        "/api/docs/nothing.js",
        "/api/\\",
        "/media",
        "/media/",
        "/media/x",
        "/media/tickets/1",
        "/media/%ff/%ff",
        "/media/tickets/1/a.png/b",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let reply = ana.send(method.clone(), path, None).await;
            assert!(matches!(reply.status.as_u16(), 404 | 405), "{method} {path}: {}", reply.status);
            says_what_to_do(&format!("{method} {path}"), &reply);
        }
    }
}

#[tokio::test]
async fn queries_headers_and_bodies_that_cannot_be_read() {
    let world = World::new().await;
    world.ticket("ana").await;
    let ana = world.api("ana").await;
    for path in [
        "/api/tickets/?limit=%ff",
        "/api/tickets/?cursor=%ff",
        "/api/tickets/?limit=%00",
        "/api/tickets/?limit=99999999999999999999",
        "/api/tickets/?cursor=-1",
        "/api/tickets/1/timeline/?limit=%ff",
        "/api/search/?q=%ff&limit=%fe",
        "/api/search/?limit=1",
    ] {
        let reply = ana.get(path).await;
        assert_eq!(reply.status, 400, "{path}");
        says_what_to_do(path, &reply);
    }
    assert_eq!(ana.get("/api/tickets/?%ff=%ff&&=&x").await.status, 200, "what nobody reads does not matter");
    for path in [
        "/api/tickets/",
        "/api/users/login/",
        "/api/token/refresh/",
        "/api/tickets/1/changes/",
        "/api/tickets/1/replies/",
    ] {
        for content in [
            raw("", "x"),
            raw("text/plain", "x"),
            raw("application/json", "{"),
            raw("application/json", "[]"),
            raw("application/json", &"[".repeat(5000)),
            raw("application/json", "\u{feff}"),
            raw("multipart/form-data", "x"),
            raw("multipart/form-data; boundary=", "x"),
            raw("multipart/form-data; boundary=X", "x"),
            raw("image/png", "x"),
            raw("application/x-www-form-urlencoded", "%ff=%ff"),
            raw("application/json; charset=\"", "{}"),
        ] {
            says_what_to_do(&format!("{path} {}", content.content_type), &ana.post(path, &content).await);
        }
    }
    for name in [
        "content-type",
        "authorization",
        "range",
        "if-none-match",
        "idempotency-key",
        "accept",
        "origin",
        "last-event-id",
    ] {
        let name: HeaderName = name.parse().unwrap();
        let request = Request::post("/api/tickets/")
            .header(header::HOST, "x")
            .header(&name, HeaderValue::from_bytes(b"\xff\xfe").unwrap());
        let reply = world.anonymous().request(request.body(axum::body::Body::from("x")).unwrap()).await;
        says_what_to_do(name.as_str(), &reply);
    }
}

#[tokio::test]
async fn people_get_pages() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let staff = world.staff("agnes", domain::Role::Agent).await;
    for odd in ODD {
        for (client, path) in [
            (&ana, "/tickets/"),
            (&staff, "/admin/tickets/"),
            (&staff, "/admin/customers/"),
            (&ana, "/"),
            (&ana, "/pkg/"),
        ] {
            let path = format!("{path}{odd}");
            let Ok(_) = path.parse::<http::Uri>() else { continue };
            let reply = client.get(&path).await;
            // The number of somebody who is not there, of a ticket that is not, or no number at all; two dots lead up.
            assert!(matches!(reply.status.as_u16(), 404 | 200 | 303), "{path}: {}", reply.status);
            assert!(!reply.header("location").contains("//"), "{path}");
            if reply.status != 303 {
                assert!(reply.header("content-type").starts_with("text/html"), "{path}");
            }
        }
    }
    for path in ["/tickets?before=%ff&q=%ff", "/?next=%ff", "/tickets?%ff", "/tickets?status=%ff"] {
        let reply = ana.get(path).await;
        assert!(reply.status.is_success() || reply.status.is_redirection(), "{path}: {}", reply.status);
    }
    let other = ana.send(Method::DELETE, "/tickets", None).await;
    assert_eq!(other.status, 405);
    assert!(other.text().contains("<h1>") && !other.header("allow").is_empty());
    let live = ana.post("/live", &urlencoded("")).await;
    assert_eq!((live.status.as_u16(), live.header("content-type")), (405, "application/json"));
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let world = World::new().await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/api/tickets/", "application/json"),
        ("/healthz", "text/html"),
        ("/fn/x", "application/json"),
    ] {
        let request = Request::get(path).header(header::HOST, "desk.example").header(header::HOST, "evil.example");
        let reply = world.anonymous().request(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.header("content-type").starts_with(kind), "{path}");
    }
}
