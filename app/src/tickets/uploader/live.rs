//! Choosing files: by the field, by dropping or by pasting, with a first look at each.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use domain::{FileRefusal, UploadLimits, clean_file_name};
use gloo_file::{File, FileList};
use js_sys::JsString;
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{DragEvent, Element, Event, HtmlFormElement, HtmlInputElement, XmlHttpRequest},
};

use super::{
    look::look,
    messages,
    row::{Row, free_name},
    sending,
    wake::{is_meant, transfer},
};
use crate::islands::browser::{document, find, on};

/// The form and what is chosen in it.
pub(super) struct Live {
    pub(super) form: HtmlFormElement,
    pub(super) uploader: Element,
    list: Element,
    pub(super) limits: UploadLimits,
    room: usize,
    pub(super) rows: RefCell<Vec<Rc<Row>>>,
    /// The request under way.
    pub(super) request: RefCell<Option<XmlHttpRequest>>,
    /// The name and value of the button that sent it last.
    pub(super) sent_by: RefCell<Option<(String, String)>>,
    /// The answer led elsewhere: the page is about to go.
    pub(super) is_leaving: Cell<bool>,
}

pub(crate) fn start(form: HtmlFormElement) {
    let uploader = find::<Element>(&form, ".uploader");
    let input = find::<HtmlInputElement>(&form, "input[type=file]");
    let list = find::<Element>(&form, ".file-rows");
    let (Some(uploader), Some(input), Some(list)) = (uploader, input, list) else { return };
    let number = |name| uploader.get_attribute(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
    let live = Rc::new(Live {
        limits: UploadLimits { max_file_bytes: number("data-max-bytes").into(), max_files: number("data-max-files") },
        room: number("data-room") as usize,
        form,
        uploader,
        list,
        rows: RefCell::default(),
        request: RefCell::default(),
        sent_by: RefCell::default(),
        is_leaving: Cell::new(false),
    });
    let _ = live.form.set_attribute("data-alive", "");
    take_chosen(&live, &input);
    listen(&live, &input);
    sending::listen(&live);
}

fn listen(live: &Rc<Live>, input: &HtmlInputElement) {
    on(input, "change", {
        let (live, input) = (Rc::clone(live), input.clone());
        move |_| take_chosen(&live, &input)
    });
    on(&document(), "paste", {
        let live = Rc::clone(live);
        move |event| {
            take_transfer(&live, &event);
        }
    });
    // A file that misses the zone is taken too: otherwise the browser would leave the page to open it.
    on(&document(), "drop", {
        let live = Rc::clone(live);
        move |event| {
            hover(&live, false);
            take_transfer(&live, &event);
        }
    });
    on(&document(), "dragover", {
        let live = Rc::clone(live);
        move |event| {
            if transfer(&event).is_some_and(|data| data.types().includes(&"Files".into(), 0)) {
                event.prevent_default();
                hover(&live, is_meant(&live.form, &event));
            }
        }
    });
    on(&document(), "dragleave", {
        let live = Rc::clone(live);
        // Without a related target the pointer left the window.
        move |event| {
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                hover(&live, false);
            }
        }
    });
    on(&live.list.clone(), "click", {
        let live = Rc::clone(live);
        move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.as_ref().is_some_and(|target| target.closest("button:enabled").is_ok_and(|found| found.is_some()))
            {
                remove(&live, target.as_ref());
            }
        }
    });
}

fn hover(live: &Live, is_over: bool) {
    if let Some(zone) = find::<Element>(&live.uploader, ".dropzone") {
        let _ = zone.class_list().toggle_with_force("is-over", is_over);
    }
}

fn take_chosen(live: &Rc<Live>, input: &HtmlInputElement) {
    if let Some(files) = input.files().filter(|files| files.length() > 0) {
        for file in FileList::from(files).iter() {
            add(live, file.clone());
        }
        input.set_value("");
    }
}

fn take_transfer(live: &Rc<Live>, event: &Event) {
    let files = transfer(event).and_then(|data| data.files()).filter(|files| files.length() > 0);
    if let Some(files) = files.filter(|_| is_meant(&live.form, event)) {
        event.prevent_default();
        for file in FileList::from(files).iter() {
            add(live, file.clone());
        }
    }
}

/// Adds a row at once, then looks at the file. One that is chosen again takes the place of what it was. What comes while
/// the form is being sent says that it is not sent with it, and is there when that is refused or stopped.
fn add(live: &Rc<Live>, file: File) {
    // As the desk reads it: letters with their accents.
    let whole = JsString::from(file.name()).normalize("NFC");
    let chosen_name = clean_file_name(&String::from(whole));
    live.rows.borrow_mut().retain(|row| {
        let is_it = row.is_lost() && row.chosen_name == chosen_name;
        if is_it {
            row.element.remove();
        }
        !is_it
    });
    let name = free_name(&chosen_name, |name| live.rows.borrow().iter().any(|row| row.name == name));
    let Some(row) = Row::new(&live.uploader, file, chosen_name, name).map(Rc::new) else { return };
    if live.request.borrow().is_some() {
        row.set_aside();
    }
    let _ = live.list.append_child(&row.element);
    live.rows.borrow_mut().push(Rc::clone(&row));
    judge(live);
    let live = Rc::clone(live);
    wasm_bindgen_futures::spawn_local(async move {
        match look(&row.file, &row.name, &live.limits).await {
            Ok(true) => row.preview(),
            Ok(false) => {}
            Err(why) => row.refuse(live.limits.refusal(&row.name, why)),
        }
        judge(&live);
    });
}

/// Shows for every file whether it will be sent: those that fit come first. Who does not see the rows hears it.
pub(super) fn judge(live: &Live) {
    let mut taken = 0;
    let mut reasons = Vec::new();
    for row in live.rows.borrow().iter() {
        let reason = row.problem().or_else(|| {
            taken += 1;
            (taken > live.room).then(|| live.limits.refusal(&row.name, FileRefusal::TooMany))
        });
        row.show(reason.as_deref());
        reasons.extend(reason);
    }
    messages::tell(live, &reasons.join(" "));
}

/// The files that will be sent.
pub(super) fn good_rows(live: &Live) -> Vec<Rc<Row>> {
    let rows = live.rows.borrow();
    rows.iter().filter(|row| row.problem().is_none()).take(live.room).cloned().collect()
}

fn remove(live: &Rc<Live>, target: Option<&Element>) {
    live.rows.borrow_mut().retain(|row| {
        let is_it = target.is_some_and(|target| row.element.contains(Some(target)));
        if is_it {
            row.element.remove();
        }
        !is_it
    });
    judge(live);
    messages::clear_status(live);
    // The button that had the focus is gone.
    if let Some(input) = find::<HtmlInputElement>(&live.uploader, "input[type=file]") {
        let _ = input.focus();
    }
}
