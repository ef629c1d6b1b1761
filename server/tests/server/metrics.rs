//! What Prometheus reads.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use axum::{body::Body, extract::Request};
use domain::Role;
use http::Method;
use server::{config::Settings, router};

use crate::harness::{World, form, json, png};

fn with_metrics(settings: &mut Settings) {
    settings.metrics_addr = Some(([127, 0, 0, 1], 9100).into());
}

/// What was read: the number of each series.
struct Scraped(BTreeMap<String, f64>);

impl Scraped {
    async fn of(world: &World) -> Self {
        let reply = world.prometheus().get("/metrics").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let text = reply.text();
        assert!(text.ends_with("# EOF\n"), "{text}");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| line.rsplit_once(' ').unwrap());
        Self(series.map(|(series, number)| (series.to_owned(), number.parse().unwrap())).collect())
    }

    fn get(&self, series: &str) -> f64 {
        self.0.get(series).copied().unwrap_or_else(|| panic!("no {series} in {:#?}", self.0.keys()))
    }

    /// The names of all that is there.
    fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(|series| series.split_once('{').map_or(series.as_str(), |(name, _)| name)).collect()
    }

    /// Each label with its value.
    fn labels(&self) -> BTreeSet<(&str, &str)> {
        let labels = self.0.keys().filter_map(|series| series.split_once('{'));
        let pairs = labels.flat_map(|(_, labels)| labels.trim_end_matches('}').split("\","));
        pairs
            .map(|pair| {
                let (label, value) = pair.split_once('=').unwrap();
                (label, value.trim_matches('"'))
            })
            .collect()
    }
}

#[tokio::test]
async fn numbers_follow_what_happens() {
    let world = World::with(with_metrics).await;
    let before = Scraped::of(&world).await;
    assert_eq!(before.get("pindesk_pins_live"), 0.0);
    let pin = world.pin("ana").await;
    world.pin("ben").await;
    let body = |pin: &str| json(&serde_json::json!({ "pin": pin }));
    assert_eq!(world.anonymous().post("/api/users/login/", &body("SUP-2222-2222")).await.status, 400);
    let reply = world.anonymous().post("/api/users/login/", &body(&pin)).await;
    let ana = world.anonymous().with_bearer(reply.json()["access"].as_str().unwrap());
    let fields = [("title", "T"), ("description", "D")];
    let files = form(&fields, &[("a.png", &png(2000)), ("b.png", &png(3000))]);
    assert_eq!(ana.post("/api/tickets/", &files).await.status, 201);
    assert_eq!(ana.post("/api/tickets/", &form(&fields, &[("a.exe", b"MZ")])).await.status, 400);
    world.staff("eva", Role::Agent).await;
    world.desk.upkeep().await.unwrap();

    let now = Scraped::of(&world).await;
    for (series, number) in [
        ("pindesk_logins_total{by=\"pin\",result=\"accepted\"}", 1.0),
        ("pindesk_logins_total{by=\"pin\",result=\"refused\"}", 1.0),
        ("pindesk_logins_total{by=\"pin\",result=\"too_many\"}", 0.0),
        ("pindesk_logins_total{by=\"password\",result=\"accepted\"}", 1.0),
        ("pindesk_pins_live", 1.0),
        ("pindesk_sessions", 2.0),
        ("pindesk_live_streams", 0.0),
        ("pindesk_uploads_total", 2.0),
        ("pindesk_upload_bytes_total", 5000.0),
        ("pindesk_database_well", 1.0),
        ("pindesk_http_requests_under_way", 0.0),
        ("pindesk_http_requests_total{method=\"POST\",route=\"/api/tickets/\",status=\"201\"}", 1.0),
        ("pindesk_http_requests_total{method=\"POST\",route=\"/api/tickets/\",status=\"400\"}", 1.0),
        ("pindesk_http_request_duration_seconds_count{method=\"POST\",route=\"/api/tickets/\"}", 2.0),
    ] {
        assert_eq!(now.get(series), number, "{series}");
    }
    assert!(now.get("pindesk_database_transactions_total") > before.get("pindesk_database_transactions_total"));
    assert_eq!(now.get("pindesk_upkeep_timestamp_seconds"), world.desk.now().as_seconds() as f64);
}

#[tokio::test]
async fn too_many_are_counted_apart() {
    let world = World::with(with_metrics).await;
    let body = json(&serde_json::json!({ "pin": "SUP-2222-2222" }));
    let mut refused = 0.0;
    while world.anonymous().post("/api/users/login/", &body).await.status != 429 {
        refused += 1.0;
    }
    let now = Scraped::of(&world).await;
    assert_eq!(now.get("pindesk_logins_total{by=\"pin\",result=\"refused\"}"), refused);
    assert_eq!(now.get("pindesk_logins_total{by=\"pin\",result=\"too_many\"}"), 1.0);
}

#[tokio::test]
async fn no_label_says_who_or_what() {
    let world = World::with(with_metrics).await;
    let ticket = world.ticket("ana").await;
    let (ana, eva) = (world.browser("ana").await, world.staff("eva", Role::Admin).await);
    let id = ticket.id;
    for path in
        [format!("/tickets/{id}"), format!("/api/tickets/{id}/"), "/secret-word".into(), "/api/secret-word".into()]
    {
        ana.get(&path).await;
        eva.get(&path).await;
        let of_its_own = Method::from_bytes(b"SECRETWORD").unwrap();
        let request = Request::builder().method(of_its_own).uri(&path).body(Body::empty()).unwrap();
        ana.request(request).await;
    }
    eva.get("/admin/tickets?q=secret-word").await;
    eva.get(&format!("/admin/tickets/{id}")).await;
    eva.get("/admin/customers/1").await;
    ana.post("/fn/secret_word", &json(&serde_json::json!({}))).await;

    let now = Scraped::of(&world).await;
    let routes: BTreeSet<String> = router::routes()
        .into_iter()
        .flat_map(|route| [format!("{}/", route.path), route.path])
        .chain(router::page_paths())
        .chain(["none", "/fn/{*name}", "/api/{*rest}", "/media/{*rest}"].map(ToOwned::to_owned))
        .collect();
    let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
    let mut seen = BTreeSet::new();
    for (label, value) in now.labels() {
        seen.insert(label);
        let is_known = match label {
            "route" => routes.contains(value),
            "method" => methods.contains(&value),
            "status" => value.parse::<u16>().is_ok_and(|status| (100..600).contains(&status)),
            "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
            "by" => matches!(value, "pin" | "password"),
            "result" => matches!(value, "accepted" | "refused" | "too_many"),
            "pool" => matches!(value, "read" | "write"),
            "state" => matches!(value, "idle" | "used"),
            "version" => value == env!("CARGO_PKG_VERSION"),
            _ => false,
        };
        assert!(is_known, "{label}={value}");
    }
    assert!(seen.contains("route") && now.labels().contains(&("method", "other")), "{seen:?}");
}

#[tokio::test]
async fn the_site_itself_shows_none() {
    let world = World::with(with_metrics).await;
    let admin = world.staff("eva", Role::Admin).await;
    for path in ["/metrics", "/api/metrics", "/api/metrics/", "/admin/metrics"] {
        assert_eq!(admin.get(path).await.status, 404, "{path}");
        assert_ne!(world.anonymous().get(path).await.status, 200, "{path}");
    }
    let prometheus = world.prometheus();
    for path in ["/", "/tickets", "/api/tickets/", "/healthz"] {
        assert_eq!(prometheus.get(path).await.status, 404, "{path}");
    }
    assert_eq!(prometheus.post("/metrics", &json(&serde_json::json!({}))).await.status, 405);
}

/// Words in a query that look like names of ours.
fn names_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    words.filter(|word| word.starts_with("pindesk_") || word.starts_with("process_")).collect()
}

#[tokio::test]
async fn the_dashboard_and_the_alerts_ask_for_what_there_is() {
    let world = World::with(with_metrics).await;
    world.desk.back_up(&domain::Actor::command_line(), None).await.unwrap();
    world.anonymous().get("/").await;
    world.desk.upkeep().await.unwrap();
    let now = Scraped::of(&world).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring");
    for file in ["grafana-dashboard.json", "alerts.yml"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let asked = names_in(&text);
        assert!(asked.len() > 5, "{file}: {asked:?}");
        // Nothing was verified here.
        let missing: Vec<_> = asked
            .difference(&now.names())
            .copied()
            .filter(|name| *name != "pindesk_backup_verified_timestamp_seconds")
            .collect();
        assert!(missing.is_empty(), "{file} asks for {missing:?}; there is {:?}", now.names());
    }
    let dashboard = fs::read_to_string(folder.join("grafana-dashboard.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&dashboard).unwrap();
}
