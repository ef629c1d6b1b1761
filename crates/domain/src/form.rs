//! Forms that are sent: the names of their fields, and how much they may hold.

use crate::{FieldErrors, clean_file_name};

/// Every text field that a form for a ticket, a reply or a note may have. What comes under another name is not kept.
pub const FORM_TEXTS: [&str; 9] =
    ["id", "customer", "title", "description", "priority", "category", "body", "then", "idempotency_key"];
/// Bytes of the texts of one form together; a description of the greatest length fits three times.
pub const FORM_TEXT_MAX_BYTES: usize = 256 * 1024;
/// Fields of one form, files among them.
pub const FORM_MAX_FIELDS: usize = 200;

/// Whether files are taken under this name: `attachments`, or as clients write a list of them, `attachments[]` and
/// `attachments[0]`.
pub fn is_attachments(field: &str) -> bool {
    let Some(rest) = field.strip_prefix("attachments") else { return false };
    let index = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    rest.is_empty() || index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is said of a file under a name where none is taken. It stands at `attachments`, where people look for it.
pub fn misplaced_file(file_name: &str, field: &str) -> FieldErrors {
    let file_name = clean_file_name(file_name);
    let sentence = match shown_name(field).as_str() {
        "" => format!("\"{file_name}\" came without the name of a field. Send files under the name attachments."),
        field => format!("\"{file_name}\" came under the name \"{field}\". Send files under the name attachments."),
    };
    FieldErrors::one("attachments", sentence)
}

/// A field's name as its sender wrote it, made fit to be shown.
fn shown_name(field: &str) -> String {
    const MAX: usize = 50;
    field.chars().filter(|c| !c.is_control() && *c != '"').take(MAX).collect()
}

/// What is said of a form with too many fields.
pub fn too_many_fields() -> FieldErrors {
    FieldErrors::one("form", format!("Send at most {FORM_MAX_FIELDS} fields in one form."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_attachments_have_several_names() {
        for name in ["attachments", "attachments[]", "attachments[0]", "attachments[17]"] {
            assert!(is_attachments(name), "{name}");
        }
        for name in ["", "attachment", "attachments[", "attachments[a]", "attachments[0][1]", "attachments2", "file"] {
            assert!(!is_attachments(name), "{name}");
        }
    }

    #[test]
    fn names_are_cut_before_they_are_shown() {
        let errors = misplaced_file(&format!("{}.pdf", "n".repeat(5000)), &"f\n".repeat(5000));
        let sentence = errors.of("attachments")[0].clone();
        assert!(sentence.len() < 400 && !sentence.contains('\n'), "{sentence}");
        assert!(misplaced_file("a.pdf", "").of("attachments")[0].starts_with("\"a.pdf\" came without"));
    }
}
