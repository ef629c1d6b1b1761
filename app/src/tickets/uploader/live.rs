//! Choosing files: by the field, by dropping or by pasting, with a first look at each.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use domain::{FileKind, FileRefusal, UploadLimits, clean_file_name};
use gloo_file::{File, FileList, futures::read_as_bytes};
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{
        ClipboardEvent, DataTransfer, DragEvent, Element, Event, HtmlElement, HtmlFormElement, HtmlInputElement,
        XmlHttpRequest,
    },
};

use super::{
    messages,
    row::{Row, free_name},
    sending,
};
use crate::islands::browser::{document, find, find_all, find_in_page, on};

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

pub(super) fn start() {
    // A page may have several; each island starts one.
    let Some(uploader) = find_in_page::<Element>(".uploader:not(.is-live)") else { return };
    let form = uploader.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let input = find::<HtmlInputElement>(&uploader, "input[type=file]");
    let list = find::<Element>(&uploader, ".file-rows");
    let (Some(form), Some(input), Some(list)) = (form, input, list) else { return };
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
    let _ = live.uploader.class_list().add_1("is-live");
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
            let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
            if is_meant(&live, &event) {
                take_transfer(&live, &event, data);
            }
        }
    });
    // A file that misses the zone is taken too: otherwise the browser would leave the page to open it.
    on(&document(), "drop", {
        let live = Rc::clone(live);
        move |event| {
            hover(&live, false);
            let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
            if is_meant(&live, &event) {
                take_transfer(&live, &event, data);
            }
        }
    });
    on(&document(), "dragover", {
        let live = Rc::clone(live);
        move |event| {
            if holds_files(&event) {
                event.prevent_default();
                hover(&live, is_meant(&live, &event));
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
            if target.as_ref().is_some_and(|target| target.closest("button").is_ok_and(|found| found.is_some())) {
                remove(&live, target.as_ref());
            }
        }
    });
}

/// Whether files that come to the page are for this form: the one they came to, otherwise the first that is shown.
fn is_meant(live: &Live, event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let closest = target.and_then(|target| target.closest("form[data-upload]").ok().flatten());
    let forms = || {
        find_all(&live.form.owner_document().and_then(|page| page.document_element())?, "form[data-upload]")
            .into_iter()
            .find(|form| form.dyn_ref::<HtmlElement>().is_some_and(|form| form.offset_parent().is_some()))
    };
    closest.or_else(forms).is_some_and(|form| form.is_same_node(Some(&live.form)))
}

fn holds_files(event: &Event) -> bool {
    let data = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
    data.is_some_and(|data| data.types().includes(&"Files".into(), 0))
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

fn take_transfer(live: &Rc<Live>, event: &Event, data: Option<DataTransfer>) {
    if let Some(files) = data.and_then(|data| data.files()).filter(|files| files.length() > 0) {
        event.prevent_default();
        for file in FileList::from(files).iter() {
            add(live, file.clone());
        }
    }
}

/// Adds a row at once, then looks at the file's first bytes.
fn add(live: &Rc<Live>, file: File) {
    if live.request.borrow().is_some() {
        return;
    }
    let name = free_name(&clean_file_name(&file.name()), |name| live.rows.borrow().iter().any(|row| row.name == name));
    let Some(row) = Row::new(&live.uploader, file, name).map(Rc::new) else { return };
    let _ = live.list.append_child(&row.element);
    live.rows.borrow_mut().push(Rc::clone(&row));
    judge(live);
    let live = Rc::clone(live);
    wasm_bindgen_futures::spawn_local(async move {
        let start = row.file.slice(0, FileKind::SNIFF_BYTES as u64);
        // A folder, or a file that is gone by now, cannot be read.
        let bytes = read_as_bytes(&start).await.unwrap_or_default();
        match live.limits.first_look(&row.name, &bytes, row.file.size()) {
            Ok(kind) if kind.is_image() => row.preview(),
            Ok(_) => {}
            Err(why) => row.refuse(live.limits.refusal(&row.name, why)),
        }
        judge(&live);
    });
}

/// Shows for every file whether it will be sent: those that fit come first.
pub(super) fn judge(live: &Live) {
    let mut taken = 0;
    for row in live.rows.borrow().iter() {
        let reason = row.problem().or_else(|| {
            taken += 1;
            (taken > live.room).then(|| live.limits.refusal(&row.name, FileRefusal::TooMany))
        });
        row.show(reason.as_deref());
    }
}

/// The files that will be sent.
pub(super) fn good_rows(live: &Live) -> Vec<Rc<Row>> {
    let rows = live.rows.borrow();
    rows.iter().filter(|row| row.problem().is_none()).take(live.room).cloned().collect()
}

fn remove(live: &Rc<Live>, target: Option<&Element>) {
    if live.request.borrow().is_some() {
        return;
    }
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
