//! The settings: one table of them, read from flags, the environment and `Leptos.toml`.
//!
//! This is the only place that reads settings. A flag or a key that is misspelt and a value out of range stop the start;
//! a variable that is none of ours is only named, because service managers add some.

mod aws;
mod file;
mod resolve;
mod settings;
mod sign_on;
mod table;
mod values;
mod variables;

pub use resolve::{Config, ConfigError, Origin, Sources};
pub(crate) use settings::is_safe;
pub use settings::{LogFormat, PublicUrl, Settings};
pub use sign_on::{ClientSecret, RoleRule, SignOn};
pub use table::{SETTINGS, Setting, markdown};
pub use values::duration;
