//! Requests of a form. What is sent with files is an `XMLHttpRequest`, as a future: `fetch` tells nothing of how far it is.

use std::future::Future;

use js_sys::{Promise, Reflect};
use leptos::{
    wasm_bindgen::{JsCast, JsValue, closure::Closure},
    web_sys::{AbortController, FormData, ProgressEvent, RequestInit, Response, UrlSearchParams, XmlHttpRequest},
};
use wasm_bindgen_futures::JsFuture;

use super::answer::Refused;
use crate::browser::window;

/// Browsers let a request outlive its page up to 64 KiB, all of them together.
const OUTLIVES_UP_TO: usize = 30_000;

/// What became of a form that was sent.
pub(super) enum Answer {
    /// It was taken, and leads on; to the same page where nothing is said.
    Taken(Option<String>),
    /// It was refused, with this status.
    Refused(u16, Refused),
    /// There was no answer.
    Unreachable,
    /// It was broken off here.
    Stopped,
}

/// A request with a bar.
#[derive(Clone)]
pub(super) struct Request(XmlHttpRequest);

impl Request {
    pub(super) fn new(path: &str) -> Option<Self> {
        let request = XmlHttpRequest::new().ok()?;
        request.open_with_async("POST", path, true).ok()?;
        request.set_request_header("Accept", "application/json").ok()?;
        Some(Self(request))
    }

    pub(super) fn stop(&self) {
        let _ = self.0.abort();
    }

    /// Sends the form, in parts or as one line of text; `progress` hears how many bytes of how many are sent.
    pub(super) async fn send(
        &self,
        data: &FormData,
        in_parts: bool,
        mut progress: impl FnMut(u64, u64) + 'static,
    ) -> Answer {
        let Self(request) = self;
        let moved = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            progress(event.loaded() as u64, event.total() as u64);
        });
        if let Ok(upload) = request.upload() {
            upload.set_onprogress(Some(moved.as_ref().unchecked_ref()));
        }
        let done = Promise::new(&mut |resolve, reject| {
            request.set_onload(Some(&resolve));
            request.set_onerror(Some(&resolve));
            request.set_onabort(Some(&reject));
            let begun = if in_parts {
                request.send_with_opt_form_data(Some(data))
            } else {
                let fields = UrlSearchParams::new_with_str_sequence_sequence(data);
                fields.and_then(|fields| request.send_with_opt_url_search_params(Some(&fields)))
            };
            if begun.is_err() {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        });
        if JsFuture::from(done).await.is_err() {
            return Answer::Stopped;
        }
        match request.status().unwrap_or_default() {
            0 => Answer::Unreachable,
            200..300 => Answer::Taken(request.get_response_header("location").ok().flatten()),
            status => {
                let body = request.response_text().ok().flatten().unwrap_or_default();
                Answer::Refused(status, serde_json::from_slice(body.as_bytes()).unwrap_or_default())
            }
        }
    }
}

/// Sends a few fields of so many characters, even when the page is left meanwhile. Begins at once; gives the answer's status and
/// text, if there is one.
pub(super) fn post(
    path: &str,
    fields: &UrlSearchParams,
    length: usize,
    breaker: Option<&AbortController>,
) -> impl Future<Output = Option<(u16, String)>> + use<> {
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(fields);
    request.set_signal(breaker.map(AbortController::signal).as_ref());
    let _ = Reflect::set(&request, &"keepalive".into(), &JsValue::from_bool(length < OUTLIVES_UP_TO));
    let answer = window().fetch_with_str_and_init(path, &request);
    async move {
        let response: Response = JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        Some((response.status(), text))
    }
}
