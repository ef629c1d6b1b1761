//! What is around the content of a page: guards, frames, and what a form shows after it was refused.

pub mod form;
pub mod kept;
mod pin;
pub mod shell;
mod theme;
pub mod writing;

pub use pin::{PinShow, pin_class};
pub use theme::{SetTheme, ThemeSwitch};

use std::future::Future;

use domain::{Actor, Calling, Error, UserId};
use islands::{
    LocalTimes,
    addresses::{self, log_in_first, staff},
    refusal::Refusal,
    request::RequestContext,
    ui::{Alert, Brand, Button, Icon, IconName, Tone, Variant, When, said},
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use server_fn::axum_export::http::{HeaderValue, StatusCode, header};

use self::form::{Form, FormAlert, FormState};
use crate::{
    account::access,
    error_pages::ErrorPage,
    live::{self, UnreadInTitle},
    login::api::LogOut,
};

/// Answers the page's request by sending the browser to `path`, which must be one of our own (see [`own_path`]).
pub fn go_to(path: &str) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    if let Ok(location) = HeaderValue::from_str(path) {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

/// `path` if it leads to a page of this site and nowhere else, whoever wrote it: it begins with a slash, no slash
/// follows another (`//host` is another site), there is no backslash (browsers read it as a slash), also not encoded,
/// and nothing that a header cannot hold.
pub fn own_path(path: &str) -> Option<&str> {
    let place = path.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    // Slashes, backslashes and control characters, for what decodes an address before it reads it.
    let is_disguised = ["//", "%2f", "%5c", "%0", "%1", "%7f"].iter().any(|bad| place.contains(bad));
    (place.starts_with('/') && is_plain && !is_disguised).then_some(path)
}

/// Not to be found in an address that a header holds, beside everything outside of ASCII.
const NOT_IN_A_HEADER: &AsciiSet = &CONTROLS.add(b' ').add(b'\\');

/// The path and query that a request asked for as an address to lead back to, in a link, a form or a redirect. What a
/// header cannot hold is percent-encoded; what would lead elsewhere becomes the start page.
pub fn own_address(asked: &str) -> String {
    let address = utf8_percent_encode(asked, NOT_IN_A_HEADER).to_string();
    if own_path(&address).is_some() { address } else { addresses::START.to_owned() }
}

/// A page for a customer in the frame of their pages: others are sent to where they belong, and a refusal becomes an
/// error page.
pub fn customer_page<Page, Fut, Content>(page: Page) -> AnyView
where
    Page: FnOnce(RequestContext, Actor) -> Fut,
    Fut: Future<Output = Result<Content, Refusal>> + Send + 'static,
    Content: IntoView + 'static,
{
    customers(
        |context, actor| {
            let content = page(context.clone(), actor.clone());
            async move {
                let content = content.await?;
                // A page that does not say so is better than none.
                let calling = context.desk.callers().calling(&actor).await.unwrap_or_default();
                Ok((content, calling))
            }
        },
        |context, actor, (content, calling)| {
            view! {
                <CustomerFrame context actor calling>
                    {content}
                </CustomerFrame>
            }
        },
    )
}

/// As [`customer_page`], in another frame.
pub fn customers<Page, Fut, Content, Frame, Framed>(page: Page, frame: Frame) -> AnyView
where
    Page: FnOnce(RequestContext, Actor) -> Fut,
    Fut: Future<Output = Result<Content, Refusal>> + Send + 'static,
    Content: Send + 'static,
    Frame: FnOnce(RequestContext, Actor, Content) -> Framed + Send + 'static,
    Framed: IntoView + 'static,
{
    let Ok(context) = RequestContext::current() else {
        return view! { <ErrorPage error=Error::Internal /> }.into_any();
    };
    let Some(actor) = context.visitor.clone() else {
        return to_login(&context, addresses::START);
    };
    if actor.role.is_staff() {
        go_to(&staff_twin(&context.path, actor.id));
        return ().into_any();
    }
    let content = page(context.clone(), actor.clone());
    Suspend::new(async move {
        live::note_newest(&context, &actor).await;
        match content.await {
            Ok(content) => {
                let count = live::unread(&context, &actor).await;
                view! {
                    <UnreadInTitle count />
                    {frame(context, actor, content)}
                }
                .into_any()
            }
            Err(Refusal(Error::Unauthenticated)) => to_login(&context, addresses::START),
            Err(Refusal(error)) => view! { <ErrorPage error /> }.into_any(),
        }
    })
    .into_any()
}

/// In place of a page for people who are logged in: the way to `login`, and what was typed before that was seen.
pub fn to_login(context: &RequestContext, login: &str) -> AnyView {
    // Who asks could not be looked up, or may not read so much, so they may well be logged in.
    let is_unknown = |error: &Error| error.http_status() >= 500 || matches!(error, Error::TooManyRequests { .. });
    if let Some(error) = context.refused_form.as_ref().map(|form| form.error.clone()).filter(is_unknown) {
        return view! { <ErrorPage error /> }.into_any();
    }
    let log_in = log_in_first(login, &context.path);
    let Some(words) = kept::logged_out(context, log_in.clone()) else {
        go_to(&log_in);
        return ().into_any();
    };
    view! { <CenterFrame title="You are logged out">{words}</CenterFrame> }.into_any()
}

/// Where staff see what a customer's page shows; where they are logged in, on the page of their account.
fn staff_twin(path: &str, me: Option<UserId>) -> String {
    let page = path.split('?').next().unwrap_or_default();
    if let Some(me) = me.filter(|_| page == addresses::SESSIONS) {
        return staff::member(me);
    }
    let id = page.strip_prefix("/tickets/").and_then(|id| id.parse().ok());
    id.map_or_else(|| staff::TICKETS.to_owned(), staff::ticket)
}

/// The frame of a customer's page; its content brings its own `.container`.
#[component]
fn CustomerFrame(
    context: RequestContext,
    actor: Actor,
    /// Who of the team calls them now.
    calling: Option<Calling>,
    children: Children,
) -> impl IntoView {
    let path = context.path.split('?').next().unwrap_or_default().to_owned();
    let access = access(&actor.scope).map(|words| {
        view! {
            <div class="topbar-access">
                <p class="container muted small">{words}</p>
            </div>
        }
    });
    let may_open = actor.require_opening().is_ok();
    let link = |href: &'static str, icon: IconName, words: &'static str| {
        view! {
            <a class="btn btn-quiet" href=href aria-label=words aria-current=(path == href).then_some("page")>
                <Icon name=icon />
                <span class="only-wide">{words}</span>
            </a>
        }
    };
    let initial: String = actor.name.chars().take(1).collect();
    // Of a form that the page does not show, as it stands in the frame or can be sent no more.
    let notice = FormState::unsaid(&context).map(|state| {
        view! {
            <div class="container page-notice">
                <FormAlert state fields=&[] />
            </div>
        }
    });
    view! {
        <a class="skip-link" href="#main">
            "Skip to content"
        </a>
        <div class="app-shell" data-reader=actor.username>
            <header class="topbar">
                <div class="container">
                    <Brand href=addresses::TICKETS />
                    <nav class="topbar-nav" aria-label="Main">
                        {link(addresses::TICKETS, IconName::Inbox, "My tickets")}
                        {may_open.then(|| link(addresses::NEW_TICKET, IconName::Plus, "New ticket"))}
                    </nav>
                    <div class="topbar-end">
                        <a
                            class="btn btn-quiet whoami"
                            href=addresses::SESSIONS
                            aria-current=(path == addresses::SESSIONS).then_some("page")
                        >
                            <span class="avatar" aria-hidden="true">
                                {said(initial)}
                            </span>
                            <span class="only-wide">{said(actor.name)}</span>
                            <span class="visually-hidden">"Where you are logged in"</span>
                        </a>
                        <Form<LogOut> page=addresses::TICKETS>
                            <Button variant=Variant::Quiet icon=IconName::LogOut>
                                <span>"Log out"</span>
                            </Button>
                        </Form<LogOut>>
                    </div>
                </div>
                {access}
            </header>
            <main class="main" id="main" tabindex="-1">
                <div data-live="calling" role="status">{calling.map(call)}</div>
                {notice}
                {children()}
            </main>
            <Footer />
        </div>
        <LocalTimes />
    }
}

/// Says who calls: whoever is called by somebody else reads no name here.
fn call(calling: Calling) -> impl IntoView {
    view! {
        <div class="container page-notice">
            <Alert tone=Tone::Info>
                <strong>{said(calling.agent)} " from Support is calling you now."</strong>
                " We never call you to ask for a code. (Shown until "
                <When at=calling.until />
                ".)"
            </Alert>
        </div>
    }
}

/// One card in the middle: log in, set up, errors.
#[component]
pub fn CenterFrame(
    /// What stands in the browser's tab.
    #[prop(into)]
    title: String,
    /// Under the card.
    #[prop(optional, into)]
    below: ViewFnOnce,
    /// In the card.
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle title />
        <div class="center-shell">
            <main class="center-main" id="main">
                <Brand href=addresses::START />
                <div class="center-card">{children()}</div>
                {below.run()}
            </main>
            <Footer />
        </div>
    }
}

/// What stands in the browser's tab.
#[component]
pub fn PageTitle(
    /// The page's own name.
    #[prop(into)]
    title: String,
) -> impl IntoView {
    view! { <Title text=format!("{title} · Pindesk") /> }
}

/// The end of every page.
#[component]
pub fn Footer() -> impl IntoView {
    view! {
        <footer class="footer">
            <div class="container">
                <span>"Pindesk"</span>
                <ThemeSwitch />
            </div>
        </footer>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_leads_nowhere_else() {
        for good in ["/", "/tickets", "/tickets/7?edit=1"] {
            assert_eq!(own_path(good), Some(good));
        }
        for bad in [
            "",
            "tickets",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "/.//evil.example",
            "/%2fevil.example",
            "/%5Cevil.example",
            "/tickets//evil.example",
            "/%09/evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
            "/ä",
            "/a b",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
        assert_eq!(own_path("/admin?q=//a%2F"), Some("/admin?q=//a%2F"), "a query leads nowhere");
    }

    #[test]
    fn what_was_asked_for_is_an_address_of_this_site() {
        for (asked, address) in [
            ("/tickets/7?edit=1", "/tickets/7?edit=1"),
            ("/tickets?q=ü\\", "/tickets?q=%C3%BC%5C"),
            ("//evil.example?x=1", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("", "/"),
        ] {
            assert_eq!(own_address(asked), address, "{asked}");
        }
    }

    #[test]
    fn staff_find_the_same_ticket() {
        let twin = |path| staff_twin(path, Some(UserId(3)));
        assert_eq!(twin("/tickets/7?edit=1"), "/admin/tickets/7");
        assert_eq!(twin("/tickets/new"), "/admin/tickets");
        assert_eq!(twin("/tickets?status=Open"), "/admin/tickets");
        assert_eq!(twin("/sessions?before=9"), "/admin/staff/3");
    }
}
