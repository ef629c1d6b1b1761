//! A form's draft while somebody types, and its preview.

use std::time::Duration;

use js_sys::Reflect;
use leptos::{
    prelude::*,
    server_fn::ServerFn as _,
    task::spawn_local,
    web_sys::{AbortController, FormData, MouseEvent, UrlSearchParams},
};
use send_wrapper::SendWrapper;

use super::{
    draft::{AFTER_LAST_KEY, Draft, Next},
    on_touch::{RESTORED, get},
    open::OpenForm,
    sending::post,
};
use crate::{
    browser::{document, on, window},
    conversation::api::Preview,
    drafts::api::SaveDraft,
};

/// Milliseconds that who discards waits for a save under way.
const FOR_ONE_UNDER_WAY: u32 = 1_500;
/// As HTML.
const FAILED: &str = "The preview cannot be shown now. What you wrote stays here.";

impl OpenForm {
    /// Begins to save what is typed.
    pub(super) fn start_saving(self) {
        on(&document(), "visibilitychange", move |_| self.save(false));
        on(&window(), "pagehide", move |_| self.save(true));
    }

    /// What was typed before this was here, or brought back by the browser. If the server's draft is another text, both are kept:
    /// the field holds the one, a button brings the other, and nothing is saved until somebody types or chooses.
    pub(super) fn look_at_draft(self) {
        let Some(form) = self.form.get_untracked() else { return };
        let fields = self.texts.with_value(|names| {
            let fields = names.iter().filter_map(|name| Some((name.clone(), self.field(name)?)));
            let texts = fields.map(|(name, field)| (name, get(&field, "defaultValue"), get(&field, "value")));
            texts.collect::<Vec<_>>()
        });
        let is_changed = fields.iter().any(|(_, before, now)| before != now);
        let others = fields.into_iter().filter(|(_, before, now)| !before.is_empty() && before != now);
        let others: Vec<_> = others.map(|(name, before, _)| (name, before)).collect();
        let keeps_both = form.has_attribute(RESTORED) && !others.is_empty();
        if keeps_both {
            self.other_texts.set(others);
        }
        if is_changed && !keeps_both {
            self.save_in(AFTER_LAST_KEY);
        } else if let Some((_, text)) = self.to_save() {
            self.draft.update(|draft| draft.is_as_saved(text));
        }
    }

    /// Somebody types or chooses.
    pub(super) fn typed(self) {
        if self.place.with_value(String::is_empty) {
            return;
        }
        if self.draft.try_update(Draft::typed).is_some() {
            self.save_in(AFTER_LAST_KEY);
        }
    }

    /// Shows the texts that the server has instead of those that the browser brought back, and the other way round.
    pub(super) fn swap(self) {
        self.other_texts.update(|others| {
            for (name, other) in others {
                if let Some(field) = self.field(name) {
                    let shown = get(&field, "value");
                    let _ = Reflect::set(&field, &"value".into(), &other.as_str().into());
                    *other = shown;
                }
            }
        });
        self.save_in(AFTER_LAST_KEY);
    }

    /// Forgets the draft, after the save under way. One that takes too long is broken off.
    pub(super) fn discard(self, event: &MouseEvent) {
        self.stop_timer();
        if self.draft.try_update(Draft::discard) == Some(true) {
            event.prevent_default();
            self.start_timer(FOR_ONE_UNDER_WAY, move || {
                if let Some(breaker) = self.breaker.get_value() {
                    breaker.abort();
                }
            });
        }
    }

    pub(super) fn stop_timer(self) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
            self.timer.set_value(None);
        }
    }

    fn start_timer(self, milliseconds: u32, run: impl FnOnce() + 'static) {
        self.stop_timer();
        let run = move || {
            self.timer.set_value(None);
            run();
        };
        let timer = set_timeout_with_handle(run, Duration::from_millis(milliseconds.into()));
        self.timer.set_value(timer.ok());
    }

    fn save_in(self, milliseconds: u32) {
        self.start_timer(milliseconds, move || self.save(false));
    }

    /// The form's text fields, ready to be sent, and as text.
    fn to_save(self) -> Option<(UrlSearchParams, String)> {
        if self.place.with_value(String::is_empty) {
            return None;
        }
        let data = FormData::new_with_form(&self.form.get_untracked()?).ok()?;
        data.delete("attachments");
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
        self.place.with_value(|place| fields.set("place", place));
        let text = fields.to_string().into();
        Some((fields, text))
    }

    /// Saves if something changed. `is_last`: the page goes, there is no time to wait for the request under way.
    pub(super) fn save(self, is_last: bool) {
        if self.draft.with_untracked(Draft::is_being_discarded) {
            return;
        }
        self.stop_timer();
        let Some((fields, text)) = self.to_save() else { return };
        if !self.draft.with_untracked(|draft| draft.clone().begin(&text, is_last)) {
            return;
        }
        self.draft.update(|draft| _ = draft.begin(&text, is_last));
        let breaker = AbortController::new().ok();
        let answer = post(SaveDraft::PATH, &fields, text.len(), breaker.as_ref());
        self.breaker.set_value(breaker.map(SendWrapper::new));
        spawn_local(async move {
            let answer = answer.await;
            let answer = answer.as_ref().map(|(status, text)| (*status, text.as_str()));
            let now = self.to_save().map(|(_, text)| text).unwrap_or_default();
            match self.draft.try_update(|draft| draft.answered(answer, text, &now)) {
                Some(Next::Discard) => self.press_discard(),
                Some(Next::SaveIn(milliseconds)) if self.timer.get_value().is_none() => self.save_in(milliseconds),
                _ => {}
            }
        });
    }

    fn press_discard(self) {
        if let Some(button) = self.discard_button.get_untracked() {
            button.click();
        }
    }

    /// Shows what the text will look like, as the server renders it.
    pub(super) fn show_preview(self) {
        let (Some(field), Ok(fields)) = (self.field("body"), UrlSearchParams::new()) else { return };
        let text = get(&field, "value");
        fields.set("body", &text);
        let answer = post(Preview::PATH, &fields, text.len(), None);
        spawn_local(async move {
            let html = answer.await.filter(|(status, _)| *status == 200);
            // Sanitised by the server.
            let html = html.and_then(|(_, text)| serde_json::from_slice::<String>(text.as_bytes()).ok());
            self.preview.set(Some(html.unwrap_or_else(|| FAILED.to_owned())));
        });
    }
}
