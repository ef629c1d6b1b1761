//! Forms that people write in: a title, a text, files. With script they say at once what is wrong with a file, send with a bar
//! for each, keep a draft while somebody types, show a preview, and lose nothing, whatever becomes of the request.
//!
//! A page says with a [`FormSpec`] what a form is made of. What the server renders of it is the first view of the island
//! [`WriteForm`] and a plain form until somebody touches it: [`OnTouch`] holds the island back, and its code comes only then.
//! Fields keep what is typed in themselves; signals hold what is said about them.

mod answer;
mod chosen;
mod draft;
mod files;
mod island;
mod look;
mod on_touch;
mod open;
mod saving;
mod sending;
mod spec;
mod view;

pub use island::WriteForm;
pub use on_touch::OnTouch;
pub use spec::{ButtonSpec, DraftSpec, FieldKind, FieldSpec, FilesSpec, FormSpec, MessageSpec};
