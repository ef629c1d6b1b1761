//! The way around the staff area: the sidebar, and the palette that the keyboard opens.

use domain::Actor;
use islands::{
    addresses::staff,
    staff::StaffKeys,
    ui::{Brand, Button, Icon, IconName, Variant, said},
};
use leptos::prelude::*;

use crate::{
    layout::{ThemeSwitch, form::Form},
    login::api::LogOut,
};

/// A place in the staff's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Tickets,
    Customers,
    Files,
    Callers,
    Recoveries,
    Pins,
    Cards,
    Sessions,
    Staff,
    Categories,
    Backups,
    Retention,
    Audit,
    /// The page of one member of staff, who may open their own.
    Member,
}

impl Place {
    const WORK: [Self; 4] = [Self::Overview, Self::Tickets, Self::Customers, Self::Files];
    const ACCESS: [Self; 5] = [Self::Callers, Self::Recoveries, Self::Pins, Self::Cards, Self::Sessions];
    const SETTINGS: [Self; 5] = [Self::Staff, Self::Categories, Self::Backups, Self::Retention, Self::Audit];

    const fn link(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Overview => (staff::START, "Overview", IconName::Home),
            Self::Tickets => (staff::TICKETS, "Tickets", IconName::Ticket),
            Self::Customers => (staff::CUSTOMERS, "Customers", IconName::Users),
            Self::Files => (staff::FILES, "Files", IconName::Files),
            Self::Callers => (staff::CALLERS, "Who is calling?", IconName::User),
            Self::Recoveries => (staff::RECOVERIES, "Lost access", IconName::UserOff),
            Self::Pins => (staff::PINS, "PINs", IconName::Key),
            Self::Cards => (staff::BATCHES, "Cards", IconName::Printer),
            Self::Sessions => (staff::SESSIONS, "Sessions", IconName::Monitor),
            Self::Staff | Self::Member => (staff::MEMBERS, "Staff", IconName::Shield),
            Self::Categories => (staff::CATEGORIES, "Categories", IconName::Tag),
            Self::Backups => (staff::BACKUPS, "Backups", IconName::History),
            Self::Retention => (staff::RETENTION, "Retention", IconName::Trash),
            Self::Audit => (staff::AUDIT, "Audit", IconName::Shield),
        }
    }
}

/// The way around. A popover on phones, a column on desks.
#[component]
pub(super) fn Sidebar(
    actor: Actor,
    current: Option<Place>,
    /// How many who lost their access wait.
    lost: u64,
) -> impl IntoView {
    let list = |places: &[Place]| {
        let links = places
            .iter()
            .map(|&place| {
                let (href, words, icon) = place.link();
                let count = (place == Place::Recoveries && lost > 0).then(|| {
                    view! {
                        <span class="side-count">
                            {lost} <span class="visually-hidden">" waiting"</span>
                        </span>
                    }
                });
                let is_here = current.is_some_and(|current| current.link().0 == href);
                view! {
                    <li>
                        <a class="side-link" href=href aria-current=is_here.then_some("page")>
                            <Icon name=icon/>
                            {words}
                            {count}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="side-list">{links}</ul> }
    };
    let settings = actor.role.can_manage_staff().then(|| {
        view! {
            <p class="side-label">"Settings"</p>
            {list(&Place::SETTINGS)}
        }
    });
    let account = actor.id.map(staff::member);
    let initial: String = actor.name.chars().take(1).collect();
    view! {
        <header class="sidebar">
            <Brand href=staff::START/>
            <button
                class="btn btn-quiet btn-icon sidebar-toggle"
                type="button"
                popovertarget="staff-nav"
                aria-label="Menu"
            >
                <Icon name=IconName::Menu/>
            </button>
            <nav class="sidebar-nav" id="staff-nav" popover="auto" aria-label="Staff">
                <button class="side-link palette-opener" id="open-palette" type="button" data-waits="">
                    <Icon name=IconName::Search/>
                    "Go to…"
                    <kbd class="kbd only-wide">"Ctrl K"</kbd>
                </button>
                {list(&Place::WORK)}
                <p class="side-label">"Access"</p>
                {list(&Place::ACCESS)}
                {settings}
                <div class="side-foot">
                    <a class="whoami side-link" href=account title="Your account">
                        <span class="avatar" aria-hidden="true">
                            {said(initial)}
                        </span>
                        <span>{said(actor.name)}</span>
                    </a>
                    <div class="side-foot-actions">
                        <Form<LogOut> page=staff::START>
                            <Button variant=Variant::Quiet small=true icon=IconName::LogOut>
                                "Log out"
                            </Button>
                        </Form<LogOut>>
                        <ThemeSwitch/>
                    </div>
                </div>
            </nav>
        </header>
    }
}

/// Where the keyboard leads; script opens it.
#[component]
pub(super) fn Palette(
    actor: Actor,
    /// Whether single keys do something.
    has_keys: bool,
) -> impl IntoView {
    let settings: &[Place] = if actor.role.can_manage_staff() { &Place::SETTINGS } else { &[] };
    let places = Place::WORK.iter().chain(&Place::ACCESS).chain(settings).map(|place| {
        let (href, words, icon) = place.link();
        view! {
            <li>
                <a class="side-link" href=href>
                    <Icon name=icon/>
                    {words}
                </a>
            </li>
        }
    });
    let entry = |to: String, is_number: bool, icon: IconName, before: &'static str, after: &'static str| {
        let href = to.clone();
        view! {
            <li data-to=to data-number=is_number.then_some("") hidden>
                <a class="side-link" href=href rel="nofollow">
                    <Icon name=icon/>
                    <span class="truncate">{before} <b></b> {after}</span>
                </a>
            </li>
        }
    };
    view! {
        <dialog class="dialog palette" id="palette" aria-label="Go to" data-no-keys=(!has_keys).then_some("")>
            <input
                class="input"
                type="text"
                aria-label="A page, a ticket’s number, or what to search for"
                placeholder="A page, a ticket’s number, or what to search for"
                autocomplete="off"
                spellcheck="false"
                dir="auto"
            />
            <ul class="side-list">
                {entry(format!("{}/", staff::TICKETS), true, IconName::Ticket, "Ticket #", "")}
                {places.collect_view()}
                <li>
                    <a class="side-link" href=staff::NEW_CUSTOMER>
                        <Icon name=IconName::Plus/>
                        "New customer"
                    </a>
                </li>
                {entry(format!("{}?q=", staff::TICKETS), false, IconName::Search, "Tickets with “", "”")}
                {entry(format!("{}?q=", staff::CUSTOMERS), false, IconName::Search, "Customers with “", "”")}
            </ul>
            <p class="palette-keys muted small" hidden=!has_keys>
                <kbd class="kbd">"j"</kbd> " " <kbd class="kbd">"k"</kbd> " walk through a list, "
                <kbd class="kbd">"/"</kbd> " searches it, " <kbd class="kbd">"?"</kbd> " shows all keys."
            </p>
        </dialog>
        <KeyList/>
        <StaffKeys/>
    }
}

/// All keys; script opens it.
#[component]
fn KeyList() -> impl IntoView {
    const KEYS: [(&[&str], &str); 9] = [
        (&["j", "k"], "Next row, row before"),
        (&["o", "Enter"], "Open"),
        (&["/"], "Search this list"),
        (&["x"], "Queue: select"),
        (&["Shift click"], "Queue: select all up to here"),
        (&["a"], "Queue: claim, for yourself"),
        (&["e"], "Queue: resolve"),
        (&["Ctrl K", "⌘ K"], "Go anywhere"),
        (&["?"], "This list"),
    ];
    let rows = KEYS.map(|(keys, words)| {
        let keys = keys.iter().map(|key| view! { <kbd class="kbd">{*key}</kbd> }).collect_view();
        view! {
            <div>
                <dt>{keys}</dt>
                <dd>{words}</dd>
            </div>
        }
    });
    view! {
        <dialog class="dialog key-list" id="keys" aria-labelledby="keys-title">
            <h2 id="keys-title">"Keys"</h2>
            <dl>{rows.collect_view()}</dl>
            <p class="muted small">"In the queue, a key is for what is selected, or for the row that has the focus."</p>
            <form method="dialog">
                <Button>"Close"</Button>
            </form>
        </dialog>
    }
}
