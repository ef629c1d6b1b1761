//! A form as it is open in the browser, and what is done in it.

use domain::{FieldErrors, UploadLimits};
use js_sys::Math;
use leptos::{
    html::{Button, Form, Input},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{AbortController, DragEvent, FormData, HtmlElement, SubmitEvent},
};
use send_wrapper::SendWrapper;

use super::{
    answer::{Message, Refused},
    chosen::ChosenFiles,
    draft::Draft,
    files::Handle,
    look::is_there,
    on_touch::press_again,
    sending::{Answer, Request},
    spec::FormSpec,
};
use crate::browser::{on, window};

/// What is alive in a form; copied into its pieces.
#[derive(Clone, Copy)]
pub(super) struct OpenForm {
    pub(super) form: NodeRef<Form>,
    pub(super) input: NodeRef<Input>,
    pub(super) discard_button: NodeRef<Button>,
    /// What is wrong with fields, and with files that are not chosen any more.
    pub(super) errors: RwSignal<FieldErrors>,
    /// What else was wrong with it as it came.
    pub(super) refusal: RwSignal<Option<String>>,
    /// What is said above the buttons.
    pub(super) message: RwSignal<Option<Message>>,
    pub(super) files: RwSignal<ChosenFiles>,
    /// The file whose button gets the focus.
    pub(super) to_focus: RwSignal<Option<u32>>,
    pub(super) is_over_zone: RwSignal<bool>,
    pub(super) is_busy: RwSignal<bool>,
    /// Script runs.
    pub(super) is_alive: RwSignal<bool>,
    /// What makes it count once.
    pub(super) key: RwSignal<String>,
    pub(super) draft: RwSignal<Draft>,
    /// What the server has of fields into which the browser brought back something else: name and text.
    pub(super) other_texts: RwSignal<Vec<(String, String)>>,
    /// What its text will look like, as HTML, where that is shown.
    pub(super) preview: RwSignal<Option<String>>,
    /// Where it is sent.
    deed: StoredValue<String>,
    /// The fields that show what is wrong with them.
    pub(super) fields: StoredValue<Vec<String>>,
    /// Those for text.
    pub(super) texts: StoredValue<Vec<String>>,
    pub(super) place: StoredValue<String>,
    /// What was chosen, by the ids of the value.
    pub(super) handles: StoredValue<Vec<Handle>>,
    request: StoredValue<Option<SendWrapper<Request>>>,
    /// The name and value of the button that sent it last.
    sent_by: StoredValue<Option<(String, String)>>,
    /// The answer led elsewhere: the page is about to go.
    is_leaving: StoredValue<bool>,
    pub(super) timer: StoredValue<Option<TimeoutHandle>>,
    /// Breaks off the saving of a draft.
    pub(super) breaker: StoredValue<Option<SendWrapper<AbortController>>>,
}

impl OpenForm {
    pub(super) fn new(spec: &FormSpec) -> Self {
        let (limits, room) =
            spec.files.as_ref().map_or((UploadLimits::default(), 0), |files| (files.limits, files.room));
        let fields = spec.rows.iter().flatten();
        let texts = fields.clone().filter(|field| field.kind != super::FieldKind::Choice);
        let draft = spec.draft.as_ref();
        let preview = spec.preview.as_ref().filter(|preview| preview.is_shown);
        Self {
            form: NodeRef::new(),
            input: NodeRef::new(),
            discard_button: NodeRef::new(),
            errors: RwSignal::new(spec.errors.clone()),
            refusal: RwSignal::new(spec.refusal.clone()),
            message: RwSignal::new(None),
            files: RwSignal::new(ChosenFiles::new(limits, room)),
            to_focus: RwSignal::new(None),
            is_over_zone: RwSignal::new(false),
            is_busy: RwSignal::new(false),
            is_alive: RwSignal::new(false),
            key: RwSignal::new(spec.key.clone()),
            draft: RwSignal::new(Draft::new(draft.is_some_and(|draft| draft.is_kept))),
            other_texts: RwSignal::new(Vec::new()),
            preview: RwSignal::new(preview.map(|preview| preview.html.clone())),
            deed: StoredValue::new(spec.deed.clone()),
            texts: StoredValue::new(texts.map(|field| field.name.clone()).collect()),
            fields: StoredValue::new(fields.map(|field| field.name.clone()).collect()),
            place: StoredValue::new(draft.map(|draft| draft.place.clone()).unwrap_or_default()),
            handles: StoredValue::new(Vec::new()),
            request: StoredValue::new(None),
            sent_by: StoredValue::new(None),
            is_leaving: StoredValue::new(false),
            timer: StoredValue::new(None),
            breaker: StoredValue::new(None),
        }
    }

    /// Begins to listen. In the browser.
    pub(super) fn start(self, keeps_draft: bool) {
        let page = window();
        on(&page, "paste", move |event| self.take_transfer(&event));
        // A file that misses the zone is taken too: otherwise the browser would leave the page to open it.
        on(&page, "drop", move |event| {
            self.is_over_zone.set(false);
            self.take_transfer(&event);
        });
        on(&page, "dragover", move |event| self.hover(&event));
        on(&page, "dragleave", move |event| {
            // Without a related target the pointer left the window.
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                self.is_over_zone.set(false);
            }
        });
        // The answer led elsewhere, but its reader went another way and came back to the form: it can be sent again.
        on(&page, "pageshow", move |_| {
            if self.is_leaving.get_value() {
                self.is_leaving.set_value(false);
                self.rest();
            }
        });
        if keeps_draft {
            self.start_saving();
        }
        Effect::new(move || {
            self.is_alive.set(true);
            if keeps_draft {
                self.look_at_draft();
            }
            self.take_chosen();
            if let Some(form) = self.form.get_untracked() {
                press_again(&form);
            }
        });
    }

    // Sending.

    pub(super) fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        self.stop_timer();
        // The form's data does not say which button sent it.
        if let Some(button) = event.submitter() {
            self.sent_by.set_value(button.get_attribute("name").zip(button.get_attribute("value")));
        }
        self.send();
    }

    /// Sends it, as it was sent before.
    pub(super) fn send(self) {
        if self.is_busy.get_untracked() || self.is_leaving.get_value() {
            return;
        }
        self.clear();
        // Without it would be something else than what was meant.
        if self.show_lost() || self.files.try_update(ChosenFiles::may_go) == Some(false) {
            return;
        }
        let form = self.form.get_untracked();
        let data = form.as_ref().and_then(|form| FormData::new_with_form(form).ok());
        let (Some(data), Some(request)) = (data, self.deed.with_value(|deed| Request::new(deed))) else { return };
        let in_parts = form.as_ref().is_some_and(|form| form.enctype() == "multipart/form-data");
        let good = self.files.with_untracked(ChosenFiles::good);
        data.delete("attachments");
        let mut ids = Vec::new();
        for (id, name) in good {
            if let Some(file) = self.file(id) {
                let _ = data.append_with_blob_and_filename("attachments", file.as_ref(), &name);
                ids.push(id);
            }
        }
        if let Some((name, value)) = self.sent_by.get_value() {
            let _ = data.append_with_str(&name, &value);
        }
        self.request.set_value(Some(SendWrapper::new(request.clone())));
        self.is_busy.set(true);
        self.files.update(|files| files.share_out(&ids, 0, u64::MAX));
        spawn_local(async move {
            let sent = ids.clone();
            let progress = move |loaded, total| self.files.update(|files| files.share_out(&sent, loaded, total));
            match request.send(&data, in_parts, progress).await {
                Answer::Taken(page) => self.leave(page.as_deref()),
                Answer::Refused(status, refused) => {
                    self.rest();
                    self.refuse(status, refused);
                }
                Answer::Unreachable => self.fail(&ids).await,
                Answer::Stopped => {
                    self.rest();
                    self.message.set(Some(Message::stopped()));
                }
            }
        });
    }

    /// Breaks off what is under way.
    pub(super) fn stop(self) {
        if let Some(request) = self.request.get_value() {
            request.stop();
        }
    }

    /// On to where the answer leads; the form does not stay behind in the history.
    fn leave(self, page: Option<&str>) {
        self.is_leaving.set_value(true);
        self.request.set_value(None);
        let location = window().location();
        let _ = match page {
            Some(page) => location.replace(page),
            None => location.reload(),
        };
    }

    /// There was no answer. Browsers break off, and do not say why, when a file is not what was chosen any more.
    async fn fail(self, ids: &[u32]) {
        for id in ids {
            if let Some(file) = self.file(*id)
                && !is_there(&file).await
            {
                self.files.update(|files| files.lose(*id));
            }
        }
        self.rest();
        if !self.show_lost() {
            self.refuse(0, Refused::default());
        }
    }

    /// Nothing is under way any more.
    fn rest(self) {
        self.request.set_value(None);
        self.is_busy.set(false);
        self.files.update(ChosenFiles::rest);
    }

    // What is said.

    /// Takes away everything that an earlier answer said about fields and the form.
    fn clear(self) {
        self.message.set(None);
        self.refusal.set(None);
        self.errors.set(FieldErrors::default());
    }

    /// Says that files are not what was chosen any more, if there are any.
    fn show_lost(self) -> bool {
        let lost = self.files.with_untracked(ChosenFiles::lost);
        if lost.is_some() {
            self.message.set(Some(Message::changed()));
            self.to_focus.set(lost);
        }
        lost.is_some()
    }

    /// Says what the server refused, where it belongs: at a file, at a field, or above the buttons. `status` is 0 when there was
    /// no answer.
    fn refuse(self, status: u16, refused: Refused) {
        if status == 409 {
            // Something else may have been sent under the form's key; who sends once more means something new.
            self.key.set(new_key());
        }
        let (mut shown, mut unsaid) = (FieldErrors::default(), Vec::new());
        let mut first_file = None;
        for (field, sentences) in &refused.fields.0 {
            for sentence in sentences {
                let file = (field == "attachments")
                    .then(|| self.files.try_update(|files| files.tell(sentence)).flatten())
                    .flatten();
                if file.is_some() {
                    first_file = first_file.or(file);
                } else if self.fields.with_value(|fields| fields.contains(field)) {
                    shown.add(field, sentence.clone());
                } else {
                    unsaid.push(sentence.clone());
                }
            }
        }
        let first_field =
            self.fields.with_value(|fields| fields.iter().find(|field| !shown.of(field).is_empty()).cloned());
        let is_said = unsaid.is_empty() && (first_field.is_some() || first_file.is_some());
        self.errors.set(shown);
        if !is_said {
            self.message.set(Some(Message::of(status, refused, &unsaid)));
        } else if let Some(field) = first_field.and_then(|name| self.field(&name)) {
            let _ = field.focus();
        } else {
            self.to_focus.set(first_file);
        }
    }

    /// The field of this name, as the form has it.
    pub(super) fn field(self, name: &str) -> Option<HtmlElement> {
        self.form.get_untracked()?.elements().named_item(name)?.dyn_into().ok()
    }
}

/// A random key as the server makes them. Unlike `randomUUID` it needs no secure context.
fn new_key() -> String {
    let mut bytes = [0u8; 16];
    if window().crypto().and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes)).is_err() {
        bytes.fill_with(|| (Math::random() * 256.0) as u8);
    }
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}
