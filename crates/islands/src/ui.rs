//! The pieces pages are built from. They know nothing about tickets; `docs/DESIGN-SYSTEM.md` shows each.
//!
//! A piece takes further attributes and events from where it is used:
//! `<TextInput name="title" attr:maxlength="200" on:input=… />`.

pub mod actions;
pub mod data;
pub mod direction;
pub mod feedback;
pub mod form;
pub mod icon;
pub mod page;

pub use actions::{Button, ButtonKind, ButtonLink, ConfirmDetails, Variant};
pub use data::{VisuallyHidden, When};
pub use direction::{apart, said, sentence};
pub use feedback::{Alert, Badge, EmptyState, Tone, word_badge};
pub(crate) use form::text_area;
pub use form::{Field, Select, TextArea, TextInput};
pub use icon::{Icon, IconName};
pub use page::{Brand, Card, PageHeader, Pagination, Tab, Tabs};
