//! One chosen file and its row on the page.

use std::{
    cell::{Cell, RefCell},
    sync::atomic::{AtomicU32, Ordering},
};

use domain::human_bytes;
use gloo_file::{File, ObjectUrl};
use leptos::web_sys::{Element, HtmlImageElement, HtmlProgressElement};

use crate::browser::{copy_template, find, set_text};

/// Tells the rows of all forms on the page apart.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A chosen file.
pub(super) struct FileRow {
    pub(super) file: File,
    /// The name it was chosen under.
    pub(super) chosen_name: String,
    /// The name it is sent under; no other row has it.
    pub(super) name: String,
    pub(super) element: Element,
    /// Why it cannot go, whatever else is chosen.
    problem: RefCell<Option<String>>,
    /// Whether it is not what was chosen any more.
    is_lost: Cell<bool>,
    /// Lives as long as the row, then the browser may forget the picture.
    preview: RefCell<Option<ObjectUrl>>,
}

impl FileRow {
    pub(super) fn new(uploader: &Element, file: File, chosen_name: String, name: String) -> Option<Self> {
        let element = copy_template(uploader, "[data-row]")?;
        if let Some(label) = find::<Element>(&element, ".file-name") {
            label.set_text_content(Some(&name));
            let _ = label.set_attribute("title", &name);
        }
        set_text(&element, ".file-meta", &human_bytes(file.size()));
        if let Some(button) = find::<Element>(&element, "button") {
            let _ = button.set_attribute("aria-label", &(String::from("Remove ") + &name));
            // Who comes to the button of a file that is refused hears why it is.
            if let Some(reason) = find::<Element>(&element, ".file-reason") {
                reason.set_id(&(String::from("file-reason-") + &COUNT.fetch_add(1, Ordering::Relaxed).to_string()));
                let _ = button.set_attribute("aria-describedby", &reason.id());
            }
        }
        if let Some(bar) = find::<Element>(&element, "progress") {
            let _ = bar.set_attribute("aria-label", &name);
        }
        Some(Self {
            file,
            chosen_name,
            name,
            element,
            problem: RefCell::default(),
            is_lost: Cell::new(false),
            preview: RefCell::default(),
        })
    }

    /// Shows the picture that the file is.
    pub(super) fn preview(&self) {
        let url = ObjectUrl::from(self.file.clone());
        let thumb = find::<Element>(&self.element, ".file-thumb");
        if let (Some(thumb), Ok(image)) = (thumb, HtmlImageElement::new()) {
            image.set_alt("");
            image.set_src(&url);
            thumb.replace_children_with_node_1(&image);
        }
        self.preview.replace(Some(url));
    }

    pub(super) fn refuse(&self, reason: String) {
        self.problem.replace(Some(reason));
    }

    /// It was good and is not any more.
    pub(super) fn lose(&self, reason: String) {
        self.refuse(reason);
        self.is_lost.set(true);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.get()
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.problem.borrow().clone()
    }

    /// Shows why the file will not be sent, or that it will.
    pub(super) fn show(&self, reason: Option<&str>) {
        let _ = self.element.class_list().toggle_with_force("is-refused", reason.is_some());
        // The name runs in its own direction.
        let reason = reason.unwrap_or_default();
        let rest = self.about(reason).unwrap_or(reason);
        let name = reason.strip_suffix(rest).unwrap_or_default();
        set_text(&self.element, ".file-reason bdi", name);
        set_text(&self.element, ".file-reason span", rest);
    }

    /// What a sentence says about this file: one about a file begins with the file's name in quotation marks.
    pub(super) fn about<'a>(&self, sentence: &'a str) -> Option<&'a str> {
        sentence.strip_prefix('"')?.strip_prefix(self.name.as_str())?.strip_prefix('"')
    }

    /// It came while the form was being sent.
    pub(super) fn set_aside(&self) {
        set_text(&self.element, ".file-meta", &(human_bytes(self.file.size()) + " · not being sent"));
    }

    /// Moves the bar: so many of the file's bytes are sent; none hides it.
    pub(super) fn progress(&self, sent: Option<f64>) {
        let Some(bar) = find::<HtmlProgressElement>(&self.element, "progress") else { return };
        let size = self.file.size();
        let mut words = human_bytes(size);
        bar.set_hidden(sent.is_none());
        if let Some(sent) = sent {
            let percent = (sent / size.max(1) as f64 * 100.0).clamp(0.0, 100.0) as u32;
            bar.set_value(f64::from(percent));
            match percent {
                0 => words.push_str(" · waiting"),
                100 => words.push_str(" · sent"),
                _ => words.extend([" · ", percent.to_string().as_str(), " % sent"]),
            }
        }
        set_text(&self.element, ".file-meta", &words);
        if let Some(button) = find::<Element>(&self.element, "button") {
            let _ = button.toggle_attribute_with_force("disabled", sent.is_some());
        }
    }

    /// Says what takes the focus when this file is what is wrong.
    pub(super) fn focus_target(&self) -> Option<leptos::web_sys::HtmlElement> {
        find(&self.element, "button")
    }
}

/// `name`, or `name (2)` and so on while `is_taken`: a refusal must tell which file it means.
pub(super) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let (stem, end) = name.rfind('.').map_or((name, ""), |dot| name.split_at(dot));
    let mut free = name.to_owned();
    let mut count = 2_u32;
    while is_taken(&free) {
        free = [stem, " (", count.to_string().as_str(), ")", end].concat();
        count += 1;
    }
    free
}
