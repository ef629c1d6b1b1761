//! Files as they come into a form: by choice, drop and paste.

use domain::clean_file_name;
use gloo_file::{File, FileList, ObjectUrl};
use js_sys::JsString;
use leptos::{prelude::*, task::spawn_local, web_sys::Event};
use send_wrapper::SendWrapper;

use super::{
    answer::Message,
    chosen::GoesOn,
    look::look,
    on_touch::{is_meant, transfer},
    open::OpenForm,
};

/// A chosen file as the browser has it.
pub(super) struct Handle {
    id: u32,
    file: SendWrapper<File>,
    /// Lives as long as the file is chosen, then the browser may forget the picture.
    picture: Option<SendWrapper<ObjectUrl>>,
}

impl OpenForm {
    pub(super) fn hover(self, event: &Event) {
        if transfer(event).is_some_and(|data| data.types().includes(&"Files".into(), 0)) {
            event.prevent_default();
            self.is_over_zone.set(self.is_meant(event));
        }
    }

    fn is_meant(self, event: &Event) -> bool {
        self.form.get_untracked().is_some_and(|form| is_meant(&form, event))
    }

    pub(super) fn take_transfer(self, event: &Event) {
        let files = transfer(event).and_then(|data| data.files()).filter(|files| files.length() > 0);
        if let Some(files) = files.filter(|_| self.is_meant(event)) {
            event.prevent_default();
            for file in FileList::from(files).iter() {
                self.add(file.clone());
            }
        }
    }

    /// Takes what is in the field for files, and empties it.
    pub(super) fn take_chosen(self) {
        let Some(input) = self.input.get_untracked() else { return };
        if let Some(files) = input.files().filter(|files| files.length() > 0) {
            for file in FileList::from(files).iter() {
                self.add(file.clone());
            }
            input.set_value("");
        }
    }

    /// Shows it at once, then looks at it.
    fn add(self, file: File) {
        // As the desk reads it: letters with their accents.
        let whole = JsString::from(file.name()).normalize("NFC");
        let name = clean_file_name(&String::from(whole));
        let is_busy = self.is_busy.get_untracked();
        let (id, name, limits) = self
            .files
            .try_update(|files| {
                let chosen = files.add(name, file.size(), is_busy);
                let (id, name) = (chosen.id, chosen.name.clone());
                (id, name, files.limits())
            })
            .unwrap_or_default();
        let handle = Handle { id, file: SendWrapper::new(file.clone()), picture: None };
        self.handles.update_value(|handles| handles.push(handle));
        spawn_local(async move {
            let looked = look(&file, &name, &limits).await;
            let goes_on = self.files.try_update(|files| files.looked(id, looked.err())).flatten();
            if looked == Ok(true) {
                self.show(id, file);
            }
            match goes_on {
                Some(GoesOn::Sent) => self.send(),
                Some(GoesOn::Refused(id)) => {
                    self.message.set(Some(Message::not_taken()));
                    self.to_focus.set(Some(id));
                }
                None => {}
            }
        });
    }

    /// Shows the picture that a file is.
    fn show(self, id: u32, file: File) {
        let url = ObjectUrl::from(file);
        let address = url.to_string();
        let is_there = self.handles.try_update_value(|handles| {
            let handle = handles.iter_mut().find(|handle| handle.id == id);
            handle.map(|handle| handle.picture = Some(SendWrapper::new(url))).is_some()
        });
        if is_there == Some(true) {
            self.files.update(|files| files.show(id, address));
        }
    }

    pub(super) fn remove(self, id: u32) {
        self.handles.update_value(|handles| handles.retain(|handle| handle.id != id));
        self.files.update(|files| files.remove(id));
        self.message.set(None);
        // The button that had the focus is gone.
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }

    pub(super) fn file(self, id: u32) -> Option<File> {
        self.handles
            .with_value(|handles| handles.iter().find(|handle| handle.id == id).map(|handle| (*handle.file).clone()))
    }
}
