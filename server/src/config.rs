//! The settings: one table of them, read from flags, the environment and `Leptos.toml`.
//!
//! This is the only place that reads settings. Whatever is misspelt or out of range stops the start.

mod file;
mod resolve;
mod settings;
mod table;
mod values;

pub use resolve::{Config, ConfigError, Origin, Sources};
pub use settings::{LogFormat, PublicUrl, Settings};
pub use table::{SETTINGS, Setting, markdown};
pub use values::{duration, duration_words};
