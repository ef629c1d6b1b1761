//! Other cookies on the host: whatever they hold, nobody is logged out by them.

use http::{HeaderValue, Request, header};

use crate::harness::{Client, World, urlencoded};

async fn status(client: &Client, path: &str, lines: &[Vec<u8>]) -> u16 {
    let mut request =
        Request::get(path).header(header::HOST, "127.0.0.1:8000").body(axum::body::Body::empty()).unwrap();
    for line in lines {
        request.headers_mut().append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
    }
    client.request(request).await.status.as_u16()
}

/// A browser's cookies, among others.
fn among_others(ours: &str) -> Vec<Vec<Vec<u8>>> {
    let before = |others: &[u8]| vec![[others, b"; ", ours.as_bytes()].concat()];
    let behind = |others: &[u8]| vec![[ours.as_bytes(), b"; ", others].concat()];
    let many = (0..500).map(|n| format!("c{n}={}", "v".repeat(50))).collect::<Vec<_>>().join("; ");
    let odd: Vec<Vec<u8>> = vec![
        "city=Zürich".into(),
        b"city=Z\xfcrich".to_vec(),
        b"\xff\xfe\x80=\x81".to_vec(),
        b"no equals sign".to_vec(),
        b"=no name".to_vec(),
        b"=".to_vec(),
        b";;; ;".to_vec(),
        b"quoted=\"a b, c\"".to_vec(),
        b"open=\"never closed".to_vec(),
        b"json={\"a\":[1,2]}".to_vec(),
        b"a=b=c==".to_vec(),
        b"pindesk_access".to_vec(),
        b"pindesk_access=".to_vec(),
        b"pindesk_refresh=\"\"".to_vec(),
        b"pindesk_access=another.sites.token; pindesk_refresh=another.sites.token".to_vec(),
        b"pindesk_access=\xff; pindesk_refresh=\xff".to_vec(),
        b"__Host-pindesk_access=x; __Secure-pindesk_access=y; PINDESK_ACCESS=z".to_vec(),
        b"pindesk_theme=\xff".to_vec(),
        many.into_bytes(),
    ];
    let mut all: Vec<Vec<Vec<u8>>> = odd.iter().flat_map(|others| [before(others), behind(others)]).collect();
    // Several headers, as proxies that speak HTTP/2 pass on.
    all.extend(odd.iter().flat_map(|others| {
        [vec![others.clone(), ours.as_bytes().to_vec()], vec![ours.as_bytes().to_vec(), others.clone()]]
    }));
    all.push(ours.split("; ").map(|one| one.as_bytes().to_vec()).collect());
    all
}

#[tokio::test]
async fn other_cookies_never_log_anybody_out() {
    let world = World::new().await;
    let ana = world.browser("ana").await;
    let pair = |name: &str| format!("{name}={}", ana.cookie(name).unwrap());
    let ours = format!("{}; {}", pair("pindesk_access"), pair("pindesk_refresh"));
    let nobody = || world.anonymous();
    for lines in among_others(&ours) {
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(status(&nobody(), "/tickets", &lines).await, 200, "{shown:?}");
        assert_eq!(status(&nobody(), "/api/tickets/", &lines).await, 200, "{shown:?}");
    }
    // Renewed among others, too.
    for lines in among_others(&pair("pindesk_refresh")).into_iter().take(40) {
        let shown: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(status(&nobody(), "/tickets", &lines).await, 200, "{shown:?}");
    }
}

#[tokio::test]
async fn over_https_only_the_cookie_bound_to_the_host_counts() {
    let world = World::with(|settings| settings.public_url = Some("https://desk.example.org".parse().unwrap())).await;
    let client = world.anonymous();
    let pin = world.pin("ana").await;
    assert_eq!(client.post("/?fn=login", &urlencoded(&format!("pin={pin}"))).await.status, 303);
    let ana = client.cookie("__Host-pindesk_access").unwrap();
    let other = world.browser("ben").await.cookie("pindesk_access").unwrap();
    for line in [
        format!("__Host-pindesk_access={ana}; pindesk_access={other}"),
        format!("pindesk_access={other}; __Host-pindesk_access={ana}"),
        format!("city=Zürich; pindesk_access={other}; __Host-pindesk_access=junk; __Host-pindesk_access={ana}"),
    ] {
        let request = Request::get("/fn/refresh").method("POST").header(header::HOST, "127.0.0.1:8000");
        let request = request.header(header::COOKIE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        let reply = world.anonymous().request(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(reply.json()["username"], "ana", "{line}");
    }
    assert_eq!(status(&world.anonymous(), "/tickets", &[format!("pindesk_access={other}").into_bytes()]).await, 303);
}
