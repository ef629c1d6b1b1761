//! What the server answered, said where it belongs: at a file, at a field, or above the buttons.

use domain::{FileRefusal, UNAVAILABLE, too_many_requests};
use js_sys::{Array, JSON, Object, Reflect};
use leptos::{
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{Element, HtmlElement},
};

use super::live::{UploadForm, judge};
use crate::browser::{copy_template, find, find_all, set_text};

const SESSION_OVER: &str =
    "You are logged out by now. What you wrote and chose stays here: log in, then send it again.";
const UNREACHABLE: &str = "The server cannot be reached. What you wrote and chose stays here.";
const TOO_MUCH: &str = "This is too much to send at once. Remove a file and send it again.";
const GONE: &str = "This ticket is gone. Somebody may have withdrawn it.";
const OUR_FAULT: &str = "Something went wrong on our side. What you wrote and chose stays here.";
/// Behind the desk's own sentence.
const STAYS: &str = " What you wrote and chose stays here.";
/// Which file, and why, stands at the file.
const CHANGED: &str = "Nothing was sent: a file changed. What you wrote and the other files stay here. Choose the file \
                       again or remove it.";
/// Nothing is wrong on this side.
pub(super) const STOPPED: &str = "Stopped. What you wrote and chose stays here.";

/// What a message offers beside its words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Nothing,
    LogIn,
    Again,
}

/// Shows a refusal. `status` is 0 when there was no answer.
pub(super) fn show_refusal(upload: &UploadForm, status: u16, body: &str) {
    let answer = JSON::parse(body).unwrap_or(JsValue::NULL);
    let mut others = Vec::new();
    let mut first = None;
    for (field, sentence) in field_sentences(&answer) {
        let shown =
            if field == "attachments" { at_file(upload, &sentence) } else { at_field(upload, &field, &sentence) };
        match shown {
            Some(element) => first = first.or(Some(element)),
            None => others.push(sentence),
        }
    }
    judge(upload);
    if first.is_some() && others.is_empty() {
        if let Some(element) = first {
            let _ = element.focus();
        }
        return;
    }
    let (words, offer) = match status {
        _ if !others.is_empty() => (others.join(" "), Offer::Nothing),
        0 => (UNREACHABLE.to_owned(), Offer::Again),
        401 => (SESSION_OVER.to_owned(), Offer::LogIn),
        413 => (TOO_MUCH.to_owned(), Offer::Nothing),
        404 => (GONE.to_owned(), Offer::Nothing),
        429 | 503 => (not_now(status, &answer) + STAYS, Offer::Again),
        _ => match text(&answer, "message") {
            Some(message) => (message, Offer::Nothing),
            None => (OUR_FAULT.to_owned(), Offer::Again),
        },
    };
    say(upload, &words, offer);
}

/// The desk's sentence for what it takes later: over the session's measure, or nothing can be saved. Staff are told
/// why.
fn not_now(status: u16, answer: &JsValue) -> String {
    let seconds = Reflect::get(answer, &"retry_after".into()).ok().and_then(|seconds| seconds.as_f64());
    match (text(answer, "message"), seconds) {
        (Some(message), _) => message,
        (None, Some(seconds)) if status == 429 => too_many_requests(seconds as u64),
        _ => UNAVAILABLE.to_owned(),
    }
}

/// Says that files are not what was chosen any more, if there are any.
pub(super) fn show_lost(upload: &UploadForm) -> bool {
    judge(upload);
    let lost = upload.rows.borrow().iter().find(|row| row.is_lost()).cloned();
    let Some(row) = lost else { return false };
    say(upload, CHANGED, Offer::Again);
    if let Some(element) = row.focus_target() {
        let _ = element.focus();
    }
    true
}

/// Says something above the buttons.
pub(super) fn say(upload: &UploadForm, words: &str, offer: Offer) {
    let (Some(place), Some(alert)) =
        (find::<Element>(&upload.uploader, ".upload-status"), copy_template(&upload.uploader, "[data-alert]"))
    else {
        return;
    };
    set_text(&alert, "[data-words]", words);
    for (selector, kind) in [("[data-log-in]", Offer::LogIn), ("[data-again]", Offer::Again)] {
        if let Some(element) = find::<HtmlElement>(&alert, selector) {
            element.set_hidden(offer != kind);
        }
    }
    place.replace_children_with_node_1(&alert);
    alert.scroll_into_view_with_bool(false);
}

pub(super) fn clear_status(upload: &UploadForm) {
    if let Some(place) = find::<Element>(&upload.uploader, ".upload-status") {
        place.set_text_content(None);
    }
}

/// Says in a place that nobody sees what the rows show. The same words again are no news.
pub(super) fn tell(upload: &UploadForm, words: &str) {
    let place = find::<Element>(&upload.uploader, "[data-said]");
    if let Some(place) = place.filter(|place| place.text_content().as_deref() != Some(words)) {
        place.set_text_content(Some(words));
    }
}

/// Takes away everything that an earlier answer said about fields and the form.
pub(super) fn clear(upload: &UploadForm) {
    clear_status(upload);
    tell(upload, "");
    for message in find_all(&upload.form, ".field-error, form > .alert") {
        message.remove();
    }
    for control in find_all(&upload.form, "[aria-invalid]") {
        let _ = control.remove_attribute("aria-invalid");
        let tied = control.get_attribute("aria-describedby").unwrap_or_default();
        let hints: Vec<&str> = tied.split(' ').filter(|id| !id.ends_with("-error")).collect();
        let _ = control.set_attribute("aria-describedby", &hints.join(" "));
    }
}

fn at_file(upload: &UploadForm, sentence: &str) -> Option<HtmlElement> {
    let rows = upload.rows.borrow();
    let row = rows.iter().find(|row| row.about(sentence).is_some())?;
    // Whether it is one too many is counted here, as files come and go.
    if sentence != upload.limits.refusal(&row.name, FileRefusal::TooMany) {
        row.refuse(sentence.to_owned());
    }
    row.focus_target()
}

fn at_field(upload: &UploadForm, name: &str, sentence: &str) -> Option<HtmlElement> {
    let selector = String::from("[name=\"") + name + "\"]:not([type=hidden])";
    let control = find::<HtmlElement>(&upload.form, &selector)?;
    let field = control.closest(".field").ok()??;
    let message = copy_template(&upload.uploader, "[data-field-error]")?;
    message.set_id(&(control.id() + "-error"));
    set_text(&message, "span", sentence);
    let _ = field.append_child(&message);
    let tied = control.get_attribute("aria-describedby").unwrap_or_default() + " " + &message.id();
    let _ = control.set_attribute("aria-describedby", tied.trim());
    let _ = control.set_attribute("aria-invalid", "true");
    Some(control)
}

fn field_sentences(answer: &JsValue) -> Vec<(String, String)> {
    let mut sentences = Vec::new();
    let Ok(fields) = Reflect::get(answer, &"fields".into()) else { return sentences };
    let Some(fields) = fields.dyn_ref::<Object>() else { return sentences };
    for entry in Object::entries(fields).iter() {
        let entry = Array::from(&entry);
        let field = entry.get(0).as_string().unwrap_or_default();
        for sentence in Array::from(&entry.get(1)).iter() {
            sentences.push((field.clone(), sentence.as_string().unwrap_or_default()));
        }
    }
    sentences
}

fn text(answer: &JsValue, key: &str) -> Option<String> {
    Reflect::get(answer, &key.into()).ok()?.as_string()
}
