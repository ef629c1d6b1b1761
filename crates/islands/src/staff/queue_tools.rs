//! Choosing tickets of the queue, and the keys for what is done with them.

use leptos::prelude::*;

use crate::browser::in_browser;

/// A press with shift on a row's box ticks all up to the one that was pressed before; boxes with `data-all` tick every row.
/// `x` ticks the row that has the focus. `a` (claim) and `e` (resolve) send the queue's form for what is ticked, or for that row.
#[island(lazy)]
pub fn QueueTools() -> impl IntoView {
    in_browser(live::start);
}

mod live {
    use std::{cell::RefCell, rc::Rc};

    use domain::Status;
    use leptos::{
        wasm_bindgen::JsCast,
        web_sys::{
            Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent,
            MouseEvent,
        },
    };

    use crate::{
        browser::{document, find, find_all, find_all_in_page, find_in_page, on, set_text},
        local_times::FRESH,
        staff::keys::{current_row, single_key},
    };

    const BOXES: &str = "#queue tbody .check";
    const ALL: &str = "#queue [data-all]";
    const FORM: &str = ".bulk-bar";

    pub(super) fn start() {
        // The id of the box that was pressed last.
        let last = Rc::new(RefCell::new(String::new()));
        on(&document(), "mousedown", |event| {
            // Shift would mark text up to here.
            if pressed_box(&event).is_some() && is_shifted(&event) {
                event.prevent_default();
            }
        });
        on(&document(), "click", move |event| {
            let Some(pressed) = pressed_box(&event) else { return };
            if is_shifted(&event) {
                // Of a press beside the box, with shift, browsers make nothing or one without it.
                let is_itself = event.target().is_some_and(|target| target == *pressed.unchecked_ref());
                if !is_itself {
                    event.prevent_default();
                    pressed.set_checked(!pressed.checked());
                }
                tick_range(&last.borrow(), &pressed);
                let _ = pressed.focus();
                show();
            }
            last.replace(pressed.id());
        });
        on(&document(), "change", |event| {
            if let Some(all) = target(&event).filter(|target| target.matches(ALL).unwrap_or_default()) {
                let is_ticked = all.unchecked_into::<HtmlInputElement>().checked();
                for ticket in boxes() {
                    ticket.set_checked(is_ticked);
                }
            }
            show();
        });
        on(&document(), FRESH, |_| show());
        on(&document(), "keydown", |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>().filter(|event| !event.repeat()) {
                match single_key(event).as_deref() {
                    Some("x") => current_box().iter().for_each(|ticket| ticket.click()),
                    Some("a") => change("assignee", |form| form.get_attribute("data-me")),
                    Some("e") => change("status", |_| Some(Status::Resolved.as_str().to_owned())),
                    _ => {}
                }
            }
        });
        for label in find_all_in_page("#queue label:has(> [data-all])") {
            label.unchecked_into::<HtmlElement>().set_hidden(false);
        }
        show();
    }

    fn target(event: &Event) -> Option<Element> {
        event.target()?.dyn_into().ok()
    }

    fn is_shifted(event: &Event) -> bool {
        event.dyn_ref::<MouseEvent>().is_some_and(MouseEvent::shift_key)
    }

    /// The box in whose cell a press is.
    fn pressed_box(event: &Event) -> Option<HtmlInputElement> {
        find(&target(event)?.closest("#queue tbody .cell-check").ok()??, ".check")
    }

    fn boxes() -> Vec<HtmlInputElement> {
        find_all_in_page(BOXES).into_iter().filter_map(|found| found.dyn_into().ok()).collect()
    }

    fn current_box() -> Option<HtmlInputElement> {
        find(&current_row()?, ".check")
    }

    /// Ticks as the one that is `pressed` what is between it and the `last` one.
    fn tick_range(last: &str, pressed: &HtmlInputElement) {
        let boxes = boxes();
        let place = |id: &str| boxes.iter().position(|ticket| ticket.id() == id);
        if let (Some(from), Some(to)) = (place(last), place(&pressed.id())) {
            for ticket in &boxes[from.min(to)..=from.max(to)] {
                ticket.set_checked(pressed.checked());
            }
        }
    }

    /// Says how many are ticked, in the bar and by the boxes for all.
    fn show() {
        let boxes = boxes();
        let ticked = boxes.iter().filter(|ticket| ticket.checked()).count();
        for all in find_all_in_page(ALL).into_iter().filter_map(|found| found.dyn_into::<HtmlInputElement>().ok()) {
            all.set_checked(ticked > 0 && ticked == boxes.len());
            all.set_indeterminate(ticked > 0 && ticked < boxes.len());
        }
        if let Some(form) = find_in_page::<Element>(FORM) {
            let mut words = ticked.to_string();
            words.push_str(" selected");
            set_text(&form, ".bulk-words", &words);
        }
    }

    /// Sends the form with this choice alone, for what is ticked, or else for the row that has the focus.
    fn change(name: &str, value: impl FnOnce(&Element) -> Option<String>) {
        let Some(form) = find_in_page::<HtmlFormElement>(FORM) else { return };
        let Some(value) = value(&form) else { return };
        if !boxes().iter().any(HtmlInputElement::checked) {
            let Some(ticket) = current_box() else { return };
            ticket.click();
        }
        for select in
            find_all(&form, "select").into_iter().filter_map(|found| found.dyn_into::<HtmlSelectElement>().ok())
        {
            select.set_value(if select.name() == name { &value } else { "" });
        }
        let _ = form.request_submit();
    }
}
