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
    row::{FileRow, free_name},
    sending,
    wake::{is_meant, transfer},
};
use crate::browser::{document, find, on};

/// The form and what is chosen in it.
pub(super) struct UploadForm {
    pub(super) form: HtmlFormElement,
    pub(super) uploader: Element,
    list: Element,
    pub(super) limits: UploadLimits,
    room: usize,
    pub(super) rows: RefCell<Vec<Rc<FileRow>>>,
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
    let upload = Rc::new(UploadForm {
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
    let _ = upload.form.set_attribute("data-alive", "");
    take_chosen(&upload, &input);
    listen(&upload, &input);
    sending::listen(&upload);
}

fn listen(upload: &Rc<UploadForm>, input: &HtmlInputElement) {
    on(input, "change", {
        let (upload, input) = (Rc::clone(upload), input.clone());
        move |_| take_chosen(&upload, &input)
    });
    on(&document(), "paste", {
        let upload = Rc::clone(upload);
        move |event| {
            take_transfer(&upload, &event);
        }
    });
    // A file that misses the zone is taken too: otherwise the browser would leave the page to open it.
    on(&document(), "drop", {
        let upload = Rc::clone(upload);
        move |event| {
            hover(&upload, false);
            take_transfer(&upload, &event);
        }
    });
    on(&document(), "dragover", {
        let upload = Rc::clone(upload);
        move |event| {
            if transfer(&event).is_some_and(|data| data.types().includes(&"Files".into(), 0)) {
                event.prevent_default();
                hover(&upload, is_meant(&upload.form, &event));
            }
        }
    });
    on(&document(), "dragleave", {
        let upload = Rc::clone(upload);
        // Without a related target the pointer left the window.
        move |event| {
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                hover(&upload, false);
            }
        }
    });
    on(&upload.list.clone(), "click", {
        let upload = Rc::clone(upload);
        move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.as_ref().is_some_and(|target| target.closest("button:enabled").is_ok_and(|found| found.is_some()))
            {
                remove(&upload, target.as_ref());
            }
        }
    });
}

fn hover(upload: &UploadForm, is_over: bool) {
    if let Some(zone) = find::<Element>(&upload.uploader, ".dropzone") {
        let _ = zone.class_list().toggle_with_force("is-over", is_over);
    }
}

fn take_chosen(upload: &Rc<UploadForm>, input: &HtmlInputElement) {
    if let Some(files) = input.files().filter(|files| files.length() > 0) {
        for file in FileList::from(files).iter() {
            add(upload, file.clone());
        }
        input.set_value("");
    }
}

fn take_transfer(upload: &Rc<UploadForm>, event: &Event) {
    let files = transfer(event).and_then(|data| data.files()).filter(|files| files.length() > 0);
    if let Some(files) = files.filter(|_| is_meant(&upload.form, event)) {
        event.prevent_default();
        for file in FileList::from(files).iter() {
            add(upload, file.clone());
        }
    }
}

/// Adds a row at once, then looks at the file. One that is chosen again takes the place of what it was. What comes
/// while the form is being sent says that it is not sent with it, and is there when that is refused or stopped.
fn add(upload: &Rc<UploadForm>, file: File) {
    // As the desk reads it: letters with their accents.
    let whole = JsString::from(file.name()).normalize("NFC");
    let chosen_name = clean_file_name(&String::from(whole));
    upload.rows.borrow_mut().retain(|row| {
        let is_it = row.is_lost() && row.chosen_name == chosen_name;
        if is_it {
            row.element.remove();
        }
        !is_it
    });
    let name = free_name(&chosen_name, |name| upload.rows.borrow().iter().any(|row| row.name == name));
    let Some(row) = FileRow::new(&upload.uploader, file, chosen_name, name).map(Rc::new) else { return };
    if upload.request.borrow().is_some() {
        row.set_aside();
    }
    let _ = upload.list.append_child(&row.element);
    upload.rows.borrow_mut().push(Rc::clone(&row));
    judge(upload);
    let upload = Rc::clone(upload);
    wasm_bindgen_futures::spawn_local(async move {
        match look(&row.file, &row.name, &upload.limits).await {
            Ok(true) => row.preview(),
            Ok(false) => {}
            Err(why) => row.refuse(upload.limits.refusal(&row.name, why)),
        }
        judge(&upload);
    });
}

/// Shows for every file whether it will be sent: those that fit come first. Who does not see the rows hears it.
pub(super) fn judge(upload: &UploadForm) {
    let mut taken = 0;
    let mut reasons = Vec::new();
    for row in upload.rows.borrow().iter() {
        let reason = row.problem().or_else(|| {
            taken += 1;
            (taken > upload.room).then(|| upload.limits.refusal(&row.name, FileRefusal::TooMany))
        });
        row.show(reason.as_deref());
        reasons.extend(reason);
    }
    messages::tell(upload, &reasons.join(" "));
}

/// The files that will be sent.
pub(super) fn good_rows(upload: &UploadForm) -> Vec<Rc<FileRow>> {
    let rows = upload.rows.borrow();
    rows.iter().filter(|row| row.problem().is_none()).take(upload.room).cloned().collect()
}

fn remove(upload: &Rc<UploadForm>, target: Option<&Element>) {
    upload.rows.borrow_mut().retain(|row| {
        let is_it = target.is_some_and(|target| row.element.contains(Some(target)));
        if is_it {
            row.element.remove();
        }
        !is_it
    });
    judge(upload);
    messages::clear_status(upload);
    // The button that had the focus is gone.
    if let Some(input) = find::<HtmlInputElement>(&upload.uploader, "input[type=file]") {
        let _ = input.focus();
    }
}
