//! The island.

use leptos::prelude::*;

use crate::browser::in_browser;

/// Keeps the page fresh; see `LivePage`, which brings it.
#[island(lazy)]
pub fn LiveUpdates(
    /// What the page says about itself.
    children: Children,
) -> impl IntoView {
    in_browser(start);
    children()
}

fn start() {
    use std::rc::Rc;

    use super::{fresh, presence, source};
    use crate::browser::{document, find_in_page, on};
    use leptos::web_sys::Element;

    let Some(mark) = find_in_page::<Element>("[data-live-page]") else { return };
    let number = |name: &str| mark.get_attribute(name).and_then(|text| text.parse::<u32>().ok()).map(f64::from);
    let ticket = number("data-ticket");
    let page = fresh::OpenPage::new();
    let heard = Rc::clone(&page);
    source::start(number("data-last").unwrap_or_default(), move |kind, about| match kind {
        source::OVER => heard.stop(),
        // Who looks at a ticket is shown on its own page.
        "presence" if ticket.is_none() => {}
        _ if ticket.is_none() || about.is_none() || about == ticket => heard.refresh(),
        "presence" => {}
        // Of another ticket only the count in the title tells.
        _ => heard.refresh_at_leisure(),
    });
    if ticket.is_some() {
        presence::start(mark.get_attribute("data-ticket").unwrap_or_default(), Rc::clone(&page));
    }
    on(&document(), "visibilitychange", move |_| {
        // Fetched for somebody who looks at it, it counts as seen.
        if !document().hidden() {
            page.refresh();
        }
    });
}
