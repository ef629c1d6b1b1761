//! Second factors of staff, as a browser without script meets them.

use domain::{FactorDuty, Role};

use crate::harness::{App, Client, PASSWORD, Reply, World, urlencoded};

async fn give_password(client: &Client, username: &str, next: &str) -> Reply {
    client.get("/admin/login").await;
    let password = PASSWORD.replace(' ', "+");
    let form = format!("username={username}&password={password}&from_page=1&next={next}");
    client.post("/admin/login?fn=staff_login", &urlencoded(&form)).await
}

async fn give_code(client: &Client, code: &str, next: &str) -> Reply {
    client.post("/admin/login/code?fn=staff_login_code", &urlencoded(&format!("factor_code={code}&next={next}"))).await
}

#[tokio::test]
async fn a_log_in_has_two_steps() {
    let world = World::new().await;
    let (_, app) = world.with_factor("eva", Role::Agent).await;
    let eva = world.anonymous();
    let first = give_password(&eva, "eva", "/admin/customers?q=a").await;
    assert_eq!(
        (first.status.as_u16(), first.header("location")),
        (303, "/admin/login/code?next=/admin/customers%3Fq%3Da")
    );
    assert!(eva.cookie("pindesk_access").is_none() && eva.cookie("pindesk_refresh").is_none());
    let cookies: Vec<_> = first.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert!(
        cookies.iter().any(|cookie| cookie.ends_with("; Path=/; Max-Age=300; HttpOnly; SameSite=Lax")),
        "{cookies:?}"
    );
    assert_eq!(first.header("cache-control"), "no-store");
    let page = eva.get("/admin/login/code?next=/admin/customers").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("autocomplete=\"one-time-code\""), "{}", page.text());
    let wrong = give_code(&eva, "000000", "/admin/customers").await;
    assert_eq!(wrong.status, 400);
    let said = wrong.text();
    assert!(said.contains("This code is wrong") && !said.contains("000000"), "{said}");
    assert!(said.contains("value=\"/admin/customers\""), "the way is kept");
    let inside = give_code(&eva, &app.code(&world), "/admin/customers").await;
    assert_eq!((inside.status.as_u16(), inside.header("location")), (303, "/admin/customers"));
    assert!(eva.cookie("pindesk_step").is_none(), "the proof is not needed any more");
    assert_eq!(eva.get("/admin/customers").await.status, 200);
    // Elsewhere, and into nowhere but the staff area.
    let other = world.anonymous();
    give_password(&other, "eva", "").await;
    assert_eq!(give_code(&other, &app.code(&world), "").await.status, 400, "the same code");
    world.clock.advance(30);
    assert_eq!(give_code(&other, &app.code(&world), "//evil.example").await.header("location"), "/admin");
}

#[tokio::test]
async fn a_proof_is_over_after_five_minutes_and_is_no_cookie_of_others() {
    let world = World::new().await;
    let (_, app) = world.with_factor("eva", Role::Agent).await;
    let (eva, nobody) = (world.anonymous(), world.anonymous());
    give_password(&eva, "eva", "").await;
    assert_eq!(give_code(&nobody, &app.code(&world), "").await.header("location"), "/admin/login");
    world.clock.advance(301);
    let late = give_code(&eva, &app.code(&world), "").await;
    assert_eq!(late.header("location"), "/admin/login");
    assert!(eva.cookie("pindesk_access").is_none());
    assert_eq!(eva.get("/admin/login/code").await.status, 303);
}

#[tokio::test]
async fn a_second_factor_is_set_up_on_a_page() {
    let world = World::with(|settings| settings.desk.require_second_factor = FactorDuty::Staff).await;
    let eva = world.staff("eva", Role::Agent).await;
    assert_eq!(eva.get("/admin").await.header("location"), "/admin/second-factor");
    let page = eva.get("/admin/second-factor").await.text();
    assert!(page.contains("This desk asks for a second factor"), "{page}");
    let post = async |function: &str, form: &str| {
        eva.post(&format!("/admin/second-factor?fn={function}"), &urlencoded(form)).await
    };
    let wrong = post("begin_authenticator", "current_password=wrong").await;
    assert!(wrong.status == 400 && wrong.text().contains("This is not the password you have now"), "{}", wrong.text());
    let begun = post("begin_authenticator", &format!("current_password={}", PASSWORD.replace(' ', "+"))).await;
    assert_eq!(begun.header("location"), "/admin/second-factor?app=1");
    let page = eva.get("/admin/second-factor?app=1").await.text();
    assert!(page.contains("<svg role=\"img\"") && page.contains("otpauth://totp/Pindesk:eva?secret="), "{page}");
    let secret =
        page.split("id=\"factor-secret\"").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap();
    let app = App::of(secret);
    let done = post("confirm_authenticator", &format!("factor_code={}", app.code(&world))).await;
    assert_eq!(done.header("location"), "/admin/second-factor?codes=1");
    let page = eva.get("/admin/second-factor?codes=1").await.text();
    assert_eq!(page.matches("<li>").count(), 10, "{page}");
    let again = eva.get("/admin/second-factor?codes=1").await.text();
    assert!(again.contains("These codes were shown once") && !again.contains("<li>"), "{again}");
    // Now the desk is open.
    assert_eq!(eva.get("/admin").await.status, 200);
    let account = eva.get("/admin/second-factor").await.text();
    assert!(account.contains("10 recovery codes are left."), "{account}");
    world.clock.advance(30);
    let form = |code: &str| format!("current_password={}&factor_code={code}", PASSWORD.replace(' ', "+"));
    let refused = post("switch_factor_off", &form("000000")).await;
    assert!(refused.status == 400 && refused.text().contains("This code is wrong"), "{}", refused.text());
    let off = post("switch_factor_off", &form(&app.code(&world))).await;
    assert_eq!(off.status, 303);
    assert_eq!(eva.get("/admin").await.header("location"), "/admin/second-factor");
}

#[tokio::test]
async fn an_admin_takes_it_away_on_the_page_of_who_lost_it() {
    let world = World::new().await;
    let (eva, _) = world.with_factor("eva", Role::Agent).await;
    let (adam, ben) = (world.staff("adam", Role::Admin).await, world.staff("ben", Role::Agent).await);
    let page = format!("/admin/staff/{}", eva.id);
    let shown = adam.get(&page).await.text();
    assert!(shown.contains("Take their second factor away"), "{shown}");
    let address = format!("{page}?fn=take_factor_away");
    let form = urlencoded(&format!("id={}", eva.id));
    assert_eq!(ben.post(&address, &form).await.status, 403);
    assert_eq!(adam.post(&address, &form).await.header("location"), format!("{page}?done=factor"));
    // Sent twice it is one form; another one finds none.
    let other = urlencoded(&format!("id={}&again=1", eva.id));
    assert_eq!(adam.post(&address, &other).await.status, 409);
    assert_eq!(give_password(&world.anonymous(), "eva", "").await.header("location"), "/admin");
}
