//! Sending the form: one request, its progress shared out among the files, and a way to stop it.

use std::rc::Rc;

use domain::FileRefusal;
use leptos::{
    wasm_bindgen::JsCast,
    web_sys::{Event, FormData, HtmlElement, HtmlInputElement, ProgressEvent, SubmitEvent, XmlHttpRequest},
};

use super::{
    live::{UploadForm, good_rows},
    look::is_there,
    messages::{self, Offer},
    row::FileRow,
};
use crate::browser::{find, find_all, on, window};

pub(super) fn listen(upload: &Rc<UploadForm>) {
    on(&upload.form.clone(), "submit", {
        let upload = Rc::clone(upload);
        move |event| {
            event.prevent_default();
            note_button(&upload, &event);
            if upload.request.borrow().is_none() && !upload.is_leaving.get() {
                send(&upload);
            }
        }
    });
    if let Some(cancel) = find::<HtmlElement>(&upload.form, "[data-cancel]") {
        let upload = Rc::clone(upload);
        on(&cancel, "click", move |_| {
            // The request tells its listeners at once, so nothing may be borrowed any more.
            let request = upload.request.borrow().clone();
            if let Some(request) = request {
                let _ = request.abort();
            }
        });
    }
    // The answer led elsewhere, but its reader went another way and came back to the form: it can be sent again.
    on(&window(), "pageshow", {
        let upload = Rc::clone(upload);
        move |_| {
            if upload.is_leaving.replace(false) {
                rest(&upload);
            }
        }
    });
}

/// The form's data does not say which button sent it.
fn note_button(upload: &UploadForm, event: &Event) {
    // "Try again" sends what was sent before.
    let button = event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter);
    if let Some(button) = button.filter(|button| !button.has_attribute("data-again")) {
        let name = button.get_attribute("name");
        upload.sent_by.replace(name.zip(button.get_attribute("value")));
    }
}

fn send(upload: &Rc<UploadForm>) {
    messages::clear(upload);
    // Without it would be something else than what was meant.
    if messages::show_lost(upload) {
        return;
    }
    let rows = good_rows(upload);
    let (Ok(request), Ok(data)) = (XmlHttpRequest::new(), FormData::new_with_form(&upload.form)) else { return };
    data.delete("attachments");
    for row in &rows {
        let _ = data.append_with_blob_and_filename("attachments", row.file.as_ref(), &row.name);
    }
    if let Some((name, value)) = &*upload.sent_by.borrow() {
        let _ = data.append_with_str(name, value);
    }
    let url = upload.form.get_attribute("data-upload").unwrap_or_default();
    if request.open_with_async("POST", &url, true).is_err()
        || request.set_request_header("Accept", "application/json").is_err()
    {
        return;
    }
    follow(upload, &request, &rows);
    upload.request.replace(Some(request.clone()));
    set_busy(upload, true);
    if request.send_with_opt_form_data(Some(&data)).is_err() {
        finish(upload, 0, "");
    }
}

fn follow(upload: &Rc<UploadForm>, request: &XmlHttpRequest, rows: &[Rc<FileRow>]) {
    for row in rows {
        row.progress(Some(0.0));
    }
    if let Ok(upload) = request.upload() {
        let rows = rows.to_vec();
        on(&upload, "progress", move |event| {
            if let Some(event) = event.dyn_ref::<ProgressEvent>() {
                share_out(&rows, event.loaded(), event.total());
            }
        });
    }
    on(request, "load", {
        let (upload, request) = (Rc::clone(upload), request.clone());
        move |_| {
            let status = request.status().unwrap_or_default();
            if (200..300).contains(&status) {
                let page = request.get_response_header("location").ok().flatten();
                leave(&upload, page.as_deref());
            } else {
                finish(&upload, status, &request.response_text().ok().flatten().unwrap_or_default());
            }
        }
    });
    on(request, "error", {
        let (upload, rows) = (Rc::clone(upload), rows.to_vec());
        move |_| {
            let (upload, rows) = (Rc::clone(&upload), rows.clone());
            wasm_bindgen_futures::spawn_local(async move { fail(&upload, &rows).await });
        }
    });
    on(request, "abort", {
        let upload = Rc::clone(upload);
        move |_| {
            rest(&upload);
            messages::say(&upload, messages::STOPPED, Offer::Nothing);
        }
    });
}

/// The files travel one after the other, after the form's other fields.
fn share_out(rows: &[Rc<FileRow>], loaded: f64, total: f64) {
    let of_files: f64 = rows.iter().map(|row| row.file.size() as f64).sum();
    let mut sent = (loaded - (total - of_files)).max(0.0);
    for row in rows {
        let size = row.file.size() as f64;
        row.progress(Some(sent.min(size)));
        sent = (sent - size).max(0.0);
    }
}

/// On to where the answer leads; the form does not stay behind in the history.
fn leave(upload: &UploadForm, page: Option<&str>) {
    upload.is_leaving.set(true);
    upload.request.replace(None);
    let location = window().location();
    let _ = match page {
        Some(page) => location.replace(page),
        None => location.reload(),
    };
}

fn finish(upload: &UploadForm, status: u16, body: &str) {
    rest(upload);
    if status == 409 {
        renew_key(upload);
    }
    messages::show_refusal(upload, status, body);
}

/// Something else may have been sent under the form's key; who sends once more means something new.
fn renew_key(upload: &UploadForm) {
    if let Some(key) = find::<HtmlInputElement>(&upload.form, "[name=idempotency_key]") {
        key.set_value(&new_key());
    }
}

/// A random key as the server makes them. Unlike `randomUUID` it needs no secure context.
fn new_key() -> String {
    let mut bytes = [0u8; 16];
    if window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes)).is_err() {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// There was no answer. Browsers break off, and do not say why, when a file is not what was chosen any more.
async fn fail(upload: &Rc<UploadForm>, rows: &[Rc<FileRow>]) {
    for row in rows {
        if !is_there(&row.file).await {
            row.lose(upload.limits.refusal(&row.name, FileRefusal::Changed));
        }
    }
    rest(upload);
    if !messages::show_lost(upload) {
        messages::show_refusal(upload, 0, "");
    }
}

/// Nothing is under way any more.
fn rest(upload: &UploadForm) {
    upload.request.replace(None);
    set_busy(upload, false);
    for row in upload.rows.borrow().iter() {
        row.progress(None);
    }
}

fn set_busy(upload: &UploadForm, is_busy: bool) {
    for button in find_all(&upload.form, ".form-actions [type=submit]") {
        let _ = button.set_attribute("aria-busy", if is_busy { "true" } else { "false" });
    }
    if let Some(cancel) = find::<HtmlElement>(&upload.form, "[data-cancel]") {
        cancel.set_hidden(!is_busy);
    }
}
