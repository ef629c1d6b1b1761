//! Staff log in with an account that they have elsewhere, against a provider in this process that signs for real, and that says what
//! a test wants it to say.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    Form, Json, Router,
    extract::State,
    routing::{get, post},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use domain::{Actor, Cursor, FactorDuty, Role};
use http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use server::config::{ClientSecret, RoleRule, SignOn};
use sha2::{Digest as _, Sha256};

use crate::harness::{Client, PASSWORD, Reply, World, urlencoded};

/// Keys made for these tests: PKCS #8, and the two halves of the public one.
const KEYS: [[&str; 3]; 2] = [
    [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYtW0pJk9MGwVIFZ8frr6khExkxdXbP0dJikgubT6P0ChRANCAAT6dzpnC+ts0p2Lm+wj\
         Hz33ROZ5VpHcZbnI+3khN2MZarwZi16wJd7YGbf/UTTGiG9MgbPqjgZuDCZ+wqXA9YhA",
        "-nc6ZwvrbNKdi5vsIx8990T\
         meVaR3GW5yPt5ITdjGWo",
        "vBmLXrAl3tgZt_9RNMaIb0yBs-qOBm4MJn7CpcD1iEA",
    ],
    [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7yMmpd2NK3ETewKn/uGNtn3xZa8U8t9Uj6rAQEHgmEOhRANCAAQoGBB0kQMfVh6NMtl7\
         sBChZ41lEKvXJ6zuqS1HLBwgs0jvJTa1IkA4P/baZtsRPj+XTkSiBfkDWGCgA1dX7WQa",
        "KBgQdJEDH1YejTLZe7AQoWeNZRCr1yes7qktRywcILM",
        "SO8lNrUiQDg_9tpm2xE-P5dORKIF-QNYYKADV1ftZBo",
    ],
];
const SECRET: &str = "s&cret of the desk";

/// What a provider gives for a code.
#[derive(Clone)]
struct Grant {
    token: String,
    challenge: String,
    redirect_uri: String,
}

/// A provider.
#[derive(Clone)]
struct Provider(Arc<Inner>);

struct Inner {
    issuer: String,
    grants: Mutex<HashMap<String, Grant>>,
    /// The keys that it shows, each by its name.
    keys: Mutex<Vec<(&'static str, usize)>>,
    keys_asked: AtomicU32,
    /// What it calls itself, if not by its address.
    name: Mutex<Option<String>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.0.issuer;
    Json(json!({
        "issuer": provider.0.name.lock().unwrap().as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.0.keys_asked.fetch_add(1, Ordering::SeqCst);
    let key = |(kid, number): &(&str, usize)| {
        let [_, x, y] = KEYS[*number];
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": kid, "x": x, "y": y})
    };
    let mut keys: Vec<Value> = provider.0.keys.lock().unwrap().iter().map(key).collect();
    // A secret among them is no public key.
    keys.push(json!({"kty": "oct", "kid": "secret", "k": BASE64URL_NOPAD.encode(SECRET.as_bytes())}));
    Json(json!({ "keys": keys }))
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Json<Value>, StatusCode> {
    let basic = format!("Basic {}", BASE64.encode(b"desk:s%26cret%20of%20the%20desk"));
    let is_desk = headers.get("authorization").is_some_and(|value| value.to_str().unwrap() == basic);
    // A code counts once.
    let grant = provider.0.grants.lock().unwrap().remove(&form["code"]).ok_or(StatusCode::BAD_REQUEST)?;
    let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(form["code_verifier"].as_bytes()));
    let is_right = is_desk
        && form["grant_type"] == "authorization_code"
        && challenge == grant.challenge
        && form["redirect_uri"] == grant.redirect_uri;
    if is_right {
        Ok(Json(json!({ "id_token": grant.token, "token_type": "Bearer" })))
    } else {
        Err(StatusCode::BAD_REQUEST)
    }
}

/// A log-in that a browser was sent to the provider with.
struct Asked(HashMap<String, String>);

impl Provider {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let (send, receive) = tokio::sync::oneshot::channel::<Self>();
        let serving = tokio::spawn(async move {
            let router = Router::new()
                .route("/.well-known/openid-configuration", get(metadata))
                .route("/keys", get(keys))
                .route("/token", post(token))
                .with_state(receive.await.unwrap());
            axum::serve(listener, router).await.unwrap();
        });
        let inner = Inner {
            issuer,
            grants: Mutex::default(),
            keys: Mutex::new(vec![("one", 0)]),
            keys_asked: AtomicU32::new(0),
            name: Mutex::default(),
            serving,
        };
        let provider = Self(Arc::new(inner));
        let _ = send.send(provider.clone());
        provider
    }

    /// A site whose staff log in with this.
    async fn world(&self) -> World {
        self.world_with(|_| {}).await
    }

    async fn world_with(&self, change: impl FnOnce(&mut server::config::Settings)) -> World {
        World::with(|settings| {
            settings.sign_on = SignOn {
                issuer: Some(self.0.issuer.clone()),
                client_id: Some("desk".into()),
                client_secret: Some(ClientSecret::new(SECRET)),
                roles: RoleRule::list("groups:desk=agent, groups:desk-admins=admin").unwrap(),
                name: "Example ID".into(),
            };
            settings.desk.failures_per_client = 1000;
            change(settings);
        })
        .await
    }

    /// What a provider says of somebody.
    fn claims(&self, world: &World, asked: &Asked, subject: &str, groups: &[&str]) -> Value {
        let now = world.desk.now().as_seconds();
        json!({
            "iss": self.0.issuer, "aud": "desk", "sub": subject, "iat": now, "exp": now + 300, "nonce": asked.0["nonce"],
            "preferred_username": format!("{subject}.name"), "name": format!("Name of {subject}"),
            "email": format!("{subject}@example.org"), "email_verified": true, "groups": groups,
        })
    }

    /// Gives a code for a token.
    fn grant(&self, asked: &Asked, token: String) -> String {
        let code = format!("code{}", self.0.grants.lock().unwrap().len() + 1);
        let (challenge, redirect_uri) = (asked.0["code_challenge"].clone(), asked.0["redirect_uri"].clone());
        self.0.grants.lock().unwrap().insert(code.clone(), Grant { token, challenge, redirect_uri });
        code
    }

    /// Somebody logs in, all the way.
    async fn log_in(&self, world: &World, browser: &Client, subject: &str, groups: &[&str]) -> Reply {
        let asked = leave(browser, "/admin/customers").await;
        let code = self.grant(&asked, signed("one", 0, &self.claims(world, &asked, subject, groups)));
        come_back(browser, &asked.0["state"], &code).await
    }
}

fn signed(kid: &str, key: usize, claims: &Value) -> String {
    let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::ES256) };
    let key = EncodingKey::from_ec_der(&BASE64.decode(KEYS[key][0].as_bytes()).unwrap());
    encode(&header, claims, &key).unwrap()
}

/// A browser leaves for the provider.
async fn leave(browser: &Client, next: &str) -> Asked {
    let away = browser.get(&format!("/admin/login/sso?next={next}")).await;
    assert_eq!(away.status, 303, "{}", away.text());
    let query = away.header("location").split_once("/authorize?").unwrap().1;
    Asked(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

async fn come_back(browser: &Client, state: &str, code: &str) -> Reply {
    browser.get(&format!("/admin/login/sso/callback?state={state}&code={code}")).await
}

fn is_refused(browser: &Client, reply: &Reply, why: &str) -> bool {
    let is_out = browser.cookie("pindesk_access").is_none() && browser.cookie("pindesk_refresh").is_none();
    is_out && reply.status == 303 && reply.header("location") == format!("/admin/login?sso={why}")
}

#[tokio::test]
async fn somebody_is_let_in_with_the_role_of_their_claims() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (eva, command_line) = (world.anonymous(), Actor::command_line());
    let login = eva.get("/admin/login").await.text();
    assert!(login.contains("Log in with Example ID") && login.contains("name=\"password\""), "{login}");
    let asked = leave(&eva, "/admin/customers").await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "desk"),
        ("redirect_uri", "http://127.0.0.1:8000/admin/login/sso/callback"),
        ("code_challenge_method", "S256"),
        ("scope", "openid profile email"),
    ] {
        assert_eq!(asked.0[name], value);
    }
    let cookie = eva.cookie("pindesk_sign_on").unwrap();
    for name in ["state", "nonce", "code_challenge"] {
        assert!(!cookie.contains(&asked.0[name]), "the cookie does not tell the {name}");
    }
    let inside = provider.log_in(&world, &eva, "eva", &["other", "desk"]).await;
    assert_eq!((inside.status.as_u16(), inside.header("location")), (303, "/admin/customers"));
    assert!(eva.cookie("pindesk_sign_on").is_none());
    assert_eq!(eva.get("/admin/customers").await.status, 200);
    assert_eq!(eva.get("/admin/staff").await.status, 403, "an agent");
    let member = world.desk.users().by_username(&command_line, "eva.name").await.unwrap();
    assert_eq!((member.role, member.email.as_str()), (Role::Agent, "eva@example.org"));
    // The role follows the claims, and so does the account, whatever its name and email are by now.
    let elsewhere = world.anonymous();
    provider.log_in(&world, &elsewhere, "eva", &["desk-admins"]).await;
    assert_eq!(elsewhere.get("/admin/staff").await.status, 200);
    assert_eq!(world.desk.users().member(&command_line, member.id).await.unwrap().role, Role::Admin);
    // The last admin stays one.
    provider.log_in(&world, &elsewhere, "eva", &["desk"]).await;
    assert_eq!(world.desk.users().member(&command_line, member.id).await.unwrap().role, Role::Admin);
    world.staff_member("adam", Role::Admin).await;
    provider.log_in(&world, &elsewhere, "eva", &["desk"]).await;
    assert_eq!(world.desk.users().member(&command_line, member.id).await.unwrap().role, Role::Agent);
    // Without a role they are out, everywhere.
    let last = world.anonymous();
    let refused = provider.log_in(&world, &last, "eva", &["other"]).await;
    assert!(is_refused(&last, &refused, "role"), "{}", refused.header("location"));
    assert_eq!(elsewhere.get("/admin").await.header("location"), "/admin/login?next=/admin");
    world.desk.users().set_active(&command_line, member.id, false).await.unwrap();
    let refused = provider.log_in(&world, &last, "eva", &["desk"]).await;
    assert!(is_refused(&last, &refused, "off"), "{}", refused.header("location"));
    assert!(!world.desk.users().member(&command_line, member.id).await.unwrap().is_active);
}

#[tokio::test]
async fn the_session_before_is_over_though_its_access_token_is_gone() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let eva = world.anonymous();
    assert_eq!(provider.log_in(&world, &eva, "eva", &["desk"]).await.status, 303);
    let before = eva.cookie("pindesk_refresh").unwrap();
    assert!(world.desk.sessions().known_by(&before).await.is_ok());
    eva.set_cookie("pindesk_access", "");
    assert_eq!(provider.log_in(&world, &eva, "eva", &["desk"]).await.status, 303);
    assert!(world.desk.sessions().known_by(&before).await.is_err());
    assert!(world.desk.sessions().known_by(&eva.cookie("pindesk_refresh").unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_stranger_makes_no_account() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let mallory = world.anonymous();
    let refused = provider.log_in(&world, &mallory, "mallory", &[]).await;
    assert!(is_refused(&mallory, &refused, "role"), "{}", refused.header("location"));
    assert!(world.desk.users().by_username(&Actor::command_line(), "mallory.name").await.is_err());
    let said = mallory.get("/admin/login?sso=role").await.text();
    assert!(said.contains("Your account has no role in this desk"), "{said}");
}

#[tokio::test]
async fn an_account_is_known_by_its_subject_and_by_nothing_else() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let command_line = Actor::command_line();
    let ours = world.staff_member("eva.name", Role::Agent).await;
    let draft =
        domain::PersonDraft { email: "eva@example.org".into(), username: "eva.name".into(), name: String::new() };
    world.desk.users().update(&command_line, ours.id, &draft).await.unwrap();
    let browser = world.anonymous();
    let refused = provider.log_in(&world, &browser, "eva", &["desk"]).await;
    assert!(is_refused(&browser, &refused, "taken"), "same name, same email: {}", refused.header("location"));
    let users = world.desk.users();
    let ben = world.staff_member("ben", Role::Agent).await;
    let agent = Actor { id: Some(ben.id), role: Role::Agent, ..Actor::command_line() };
    assert!(users.link(&agent, ours.id, &provider.0.issuer, "eva").await.is_err(), "not by agents");
    let customer = world.customer("ana").await.id;
    assert!(users.link(&command_line, customer, &provider.0.issuer, "eva").await.is_err());
    users.link(&command_line, ours.id, &provider.0.issuer, "eva").await.unwrap();
    assert!(users.link(&command_line, ben.id, &provider.0.issuer, "eva").await.is_err(), "once there");
    assert!(users.link(&command_line, ours.id, &provider.0.issuer, "other").await.is_err(), "once here");
    assert_eq!(provider.log_in(&world, &browser, "eva", &["desk"]).await.header("location"), "/admin/customers");
    let sessions = world.desk.sessions().list(&command_line, Some(ours.id), Cursor::First, 10).await.unwrap();
    assert_eq!(sessions.items.len(), 1);
}

#[tokio::test]
async fn what_does_not_hold_lets_nobody_in() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let now = world.desk.now().as_seconds();
    // Each right but for one thing.
    let changes = [
        ("nonce", json!("of another log-in")),
        ("nonce", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["desk", "another"])),
        ("azp", json!("another")),
        ("iss", json!("https://id.example.org")),
        ("iss", json!(format!("{}/", provider.0.issuer))),
        ("exp", json!(now - 61)),
        ("exp", Value::Null),
        ("iat", json!(now + 120)),
        ("nbf", json!(now + 120)),
        ("sub", Value::Null),
        ("sub", json!("")),
    ];
    for (name, value) in changes {
        let browser = world.anonymous();
        let asked = leave(&browser, "").await;
        let mut claims = provider.claims(&world, &asked, "eva", &["desk"]);
        claims[name] = value.clone();
        let code = provider.grant(&asked, signed("one", 0, &claims));
        let back = come_back(&browser, &asked.0["state"], &code).await;
        assert!(is_refused(&browser, &back, "wrong"), "{name} {value}: {}", back.header("location"));
    }
    // Signed by somebody else, or by nobody.
    let part = |json: Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
    let with_secret = |claims: &Value, secret: &[u8], kid: &str| {
        let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let none =
        |claims: &Value, alg: &str| format!("{}.{}.", part(json!({"alg": alg, "kid": "one"})), part(claims.clone()));
    let changed = |claims: &Value| {
        let token = signed("one", 0, claims);
        let (head, rest) = token.split_once('.').unwrap();
        let mut claims = claims.clone();
        claims["groups"] = json!(["desk-admins"]);
        format!("{head}.{}.{}", part(claims), rest.split_once('.').unwrap().1)
    };
    type Sign<'a> = &'a dyn Fn(&Value) -> String;
    let forgeries: [(&str, Sign<'_>); 8] = [
        ("another key", &|claims| signed("one", 1, claims)),
        ("a key that is not shown", &|claims| signed("two", 1, claims)),
        ("none", &|claims| none(claims, "none")),
        ("None", &|claims| none(claims, "None")),
        ("the public key as a secret", &|claims| with_secret(claims, KEYS[0][1].as_bytes(), "one")),
        ("a secret that both have", &|claims| with_secret(claims, SECRET.as_bytes(), "secret")),
        ("changed after it was signed", &changed),
        ("no token", &|_| "x.y.z".to_owned()),
    ];
    for (what, sign) in forgeries {
        let browser = world.anonymous();
        let asked = leave(&browser, "").await;
        let code = provider.grant(&asked, sign(&provider.claims(&world, &asked, "eva", &["desk"])));
        let back = come_back(&browser, &asked.0["state"], &code).await;
        assert!(is_refused(&browser, &back, "wrong"), "{what}: {}", back.header("location"));
    }
    assert!(world.desk.users().by_username(&Actor::command_line(), "eva.name").await.is_err());
}

#[tokio::test]
async fn a_log_in_belongs_to_the_browser_that_began_it() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (eva, mallory) = (world.anonymous(), world.anonymous());
    let (hers, other) = (leave(&eva, "").await, leave(&mallory, "").await);
    let code =
        |asked: &Asked| provider.grant(asked, signed("one", 0, &provider.claims(&world, asked, "eva", &["desk"])));
    // With another one's state; with none; without a cookie; with a cookie that was changed.
    for (browser, state) in
        [(&mallory, hers.0["state"].as_str()), (&mallory, ""), (&world.anonymous(), &hers.0["state"])]
    {
        let back = come_back(browser, state, &code(&hers)).await;
        assert!(is_refused(browser, &back, "late"), "{}", back.header("location"));
    }
    let changed = world.anonymous();
    let cookie = eva.cookie("pindesk_sign_on").unwrap();
    let (random, rest) = cookie.split_once('.').unwrap();
    let next = rest.split_once('.').unwrap().1;
    changed.set_cookie("pindesk_sign_on", &format!("{random}.9999999999.{next}"));
    let back = come_back(&changed, &hers.0["state"], &code(&hers)).await;
    assert!(is_refused(&changed, &back, "late"), "{}", back.header("location"));
    // A code of another log-in does not fit this one's verifier.
    let mallory = world.anonymous();
    let asked = leave(&mallory, "").await;
    let back = come_back(&mallory, &asked.0["state"], &code(&other)).await;
    assert!(is_refused(&mallory, &back, "wrong"), "{}", back.header("location"));
    // Once, and with the cookie kept a code still counts once.
    let kept = eva.cookie("pindesk_sign_on").unwrap();
    let code = code(&hers);
    assert_eq!(come_back(&eva, &hers.0["state"], &code).await.header("location"), "/admin");
    let again = world.anonymous();
    let back = come_back(&again, &hers.0["state"], &code).await;
    assert!(is_refused(&again, &back, "late"), "{}", back.header("location"));
    again.set_cookie("pindesk_sign_on", &kept);
    let back = come_back(&again, &hers.0["state"], &code).await;
    assert!(is_refused(&again, &back, "wrong"), "{}", back.header("location"));
    // It leads into the staff area and nowhere else.
    let asked = leave(&again, "//evil.example").await;
    let code = provider.grant(&asked, signed("one", 0, &provider.claims(&world, &asked, "eva", &["desk"])));
    assert_eq!(come_back(&again, &asked.0["state"], &code).await.header("location"), "/admin");
    // After ten minutes it is over; and who is refused there comes back with a word.
    let late = world.anonymous();
    let asked = leave(&late, "").await;
    let denied = late.get(&format!("/admin/login/sso/callback?state={}&error=access_denied", asked.0["state"])).await;
    assert!(is_refused(&late, &denied, "refused"), "{}", denied.header("location"));
    let asked = leave(&late, "").await;
    world.clock.advance(601);
    let back = come_back(&late, &asked.0["state"], "code").await;
    assert!(is_refused(&late, &back, "late"), "{}", back.header("location"));
    // Another provider's answer is not taken for this one's.
    let asked = leave(&late, "").await;
    let mixed = format!("/admin/login/sso/callback?state={}&code=x&iss=https://id.example.org", asked.0["state"]);
    assert!(is_refused(&late, &late.get(&mixed).await, "refused"));
}

#[tokio::test]
async fn keys_are_looked_at_anew_for_one_that_is_not_known() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let asked_for_keys = || provider.0.keys_asked.load(Ordering::SeqCst);
    provider.log_in(&world, &world.anonymous(), "eva", &["desk"]).await;
    provider.log_in(&world, &world.anonymous(), "eva", &["desk"]).await;
    assert_eq!(asked_for_keys(), 1, "they are kept");
    *provider.0.keys.lock().unwrap() = vec![("two", 1)];
    let with_new = async |browser: &Client| {
        let asked = leave(browser, "").await;
        let code = provider.grant(&asked, signed("two", 1, &provider.claims(&world, &asked, "eva", &["desk"])));
        come_back(browser, &asked.0["state"], &code).await
    };
    let early = world.anonymous();
    assert!(is_refused(&early, &with_new(&early).await, "wrong"), "not more than once a minute");
    assert_eq!(asked_for_keys(), 1);
    world.clock.advance(61);
    assert_eq!(with_new(&early).await.header("location"), "/admin");
    assert_eq!(asked_for_keys(), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_leaves_the_password() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    world.staff_member("mia", Role::Admin).await;
    *provider.0.name.lock().unwrap() = Some("https://id.example.org".into());
    let browser = world.anonymous();
    let back = browser.get("/admin/login/sso").await;
    assert!(is_refused(&browser, &back, "wrong"), "another one answers at its address");
    provider.0.serving.abort();
    while !provider.0.serving.is_finished() {
        tokio::task::yield_now().await;
    }
    let back = browser.get("/admin/login/sso").await;
    assert!(is_refused(&browser, &back, "away"), "{}", back.header("location"));
    let said = browser.get("/admin/login?sso=away").await.text();
    assert!(said.contains("The provider does not answer") && said.contains("name=\"password\""), "{said}");
    browser.get("/admin/login").await;
    let form = format!("username=mia&from_page=1&password={}", PASSWORD.replace(' ', "+"));
    let inside = browser.post("/admin/login?fn=staff_login", &urlencoded(&form)).await;
    assert_eq!(inside.header("location"), "/admin");
}

#[tokio::test]
async fn one_password_is_kept_for_emergencies() {
    let provider = Provider::start().await;
    let world = provider
        .world_with(|settings| {
            settings.desk.password_login_for = Some("Mia".into());
            settings.desk.require_second_factor = FactorDuty::Staff;
        })
        .await;
    for name in ["mia", "adam"] {
        world.staff_member(name, Role::Admin).await;
    }
    let log_in = async |name: &str| {
        let browser = world.anonymous();
        browser.get("/admin/login").await;
        let form = format!("username={name}&from_page=1&password={}", PASSWORD.replace(' ', "+"));
        browser.post("/admin/login?fn=staff_login", &urlencoded(&form)).await
    };
    assert_eq!(log_in("mia").await.status, 303);
    let refused = log_in("adam").await;
    assert!(refused.status == 400 && refused.text().contains("Wrong username or password."), "{}", refused.text());
    // Who has no password is not asked for a second factor here: that is their provider's matter.
    let eva = world.anonymous();
    provider.log_in(&world, &eva, "eva", &["desk"]).await;
    assert_eq!(eva.get("/admin").await.status, 200);
}

#[tokio::test]
async fn guessing_at_the_way_back_is_limited() {
    let provider = Provider::start().await;
    let world = provider.world_with(|settings| settings.desk.failures_per_client = 3).await;
    let browser = world.anonymous();
    for _ in 0..3 {
        let asked = leave(&browser, "").await;
        assert!(is_refused(&browser, &come_back(&browser, &asked.0["state"], "guess").await, "wrong"));
    }
    let asked = leave(&browser, "").await;
    let code = provider.grant(&asked, signed("one", 0, &provider.claims(&world, &asked, "eva", &["desk"])));
    assert!(is_refused(&browser, &come_back(&browser, &asked.0["state"], &code).await, "many"));
}
