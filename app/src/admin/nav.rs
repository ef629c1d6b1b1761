//! The way around the staff area: the sidebar, and the palette that the keyboard opens.

use domain::Actor;
use leptos::prelude::*;

use super::islands::StaffKeys;
use crate::{
    islands::ThemeSwitch,
    ui::{Brand, Button, Icon, IconName, Variant, said},
};

/// A place in the staff's navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Tickets,
    Customers,
    Files,
    Pins,
    Sessions,
    Staff,
    Categories,
    /// The page of one member of staff, who may open their own.
    Member,
}

impl Place {
    const WORK: [Self; 4] = [Self::Overview, Self::Tickets, Self::Customers, Self::Files];
    const ACCESS: [Self; 2] = [Self::Pins, Self::Sessions];
    const SETTINGS: [Self; 2] = [Self::Staff, Self::Categories];

    const fn link(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Overview => ("/admin", "Overview", IconName::Home),
            Self::Tickets => ("/admin/tickets", "Tickets", IconName::Ticket),
            Self::Customers => ("/admin/customers", "Customers", IconName::Users),
            Self::Files => ("/admin/files", "Files", IconName::Files),
            Self::Pins => ("/admin/pins", "PINs", IconName::Key),
            Self::Sessions => ("/admin/sessions", "Sessions", IconName::Monitor),
            Self::Staff | Self::Member => ("/admin/staff", "Staff", IconName::Shield),
            Self::Categories => ("/admin/categories", "Categories", IconName::Tag),
        }
    }
}

/// The way around. A popover on phones, a column on desks.
#[component]
pub(super) fn Sidebar(actor: Actor, current: Option<Place>) -> impl IntoView {
    let list = |places: &[Place]| {
        let links = places
            .iter()
            .map(|&place| {
                let (href, words, icon) = place.link();
                let is_here = current.is_some_and(|current| current.link().0 == href);
                view! {
                    <li>
                        <a class="side-link" href=href aria-current=is_here.then_some("page")>
                            <Icon name=icon/>
                            {words}
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
    let account = actor.id.map(|id| format!("/admin/staff/{id}"));
    let initial: String = actor.name.chars().take(1).collect();
    view! {
        <header class="sidebar">
            <Brand href="/admin"/>
            <button
                class="btn btn-quiet btn-icon sidebar-toggle"
                type="button"
                popovertarget="staff-nav"
                aria-label="Menu"
            >
                <Icon name=IconName::Menu/>
            </button>
            <nav class="sidebar-nav" id="staff-nav" popover="auto" aria-label="Staff">
                <button class="side-link palette-opener" id="open-palette" type="button" hidden>
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
                        <form method="post" action="/admin?fn=log_out">
                            <Button variant=Variant::Quiet small=true icon=IconName::LogOut>
                                "Log out"
                            </Button>
                        </form>
                        <ThemeSwitch/>
                    </div>
                </div>
            </nav>
        </header>
    }
}

/// Where the keyboard leads; script opens it.
#[component]
pub(super) fn Palette(actor: Actor) -> impl IntoView {
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
    let entry = |to: &'static str, is_number: bool, icon: IconName, before: &'static str, after: &'static str| {
        view! {
            <li data-to=to data-number=is_number.then_some("") hidden>
                <a class="side-link" href=to rel="nofollow">
                    <Icon name=icon/>
                    <span class="truncate">{before} <b></b> {after}</span>
                </a>
            </li>
        }
    };
    view! {
        <dialog class="dialog palette" id="palette" aria-label="Go to">
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
                {entry("/admin/tickets/", true, IconName::Ticket, "Ticket #", "")}
                {places.collect_view()}
                <li>
                    <a class="side-link" href="/admin/customers/new">
                        <Icon name=IconName::Plus/>
                        "New customer"
                    </a>
                </li>
                {entry("/admin/tickets?q=", false, IconName::Search, "Tickets with “", "”")}
                {entry("/admin/customers?q=", false, IconName::Search, "Customers with “", "”")}
            </ul>
            <p class="palette-keys muted small">
                <kbd class="kbd">"j"</kbd> " " <kbd class="kbd">"k"</kbd> " walk through a list, " <kbd class="kbd">"/"</kbd>
                " searches it, " <kbd class="kbd">"Enter"</kbd> " opens."
            </p>
        </dialog>
        <StaffKeys/>
    }
}
