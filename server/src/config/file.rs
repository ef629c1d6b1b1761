//! `Leptos.toml`: the site's settings in Leptos' own table, ours in `[pindesk]`.

use std::path::Path;

use toml::{Table, Value};

use super::table::SETTINGS;

/// What Leptos itself reads in such a file; all but `site-addr` are settled when the program is built.
const LEPTOS_KEYS: &[&str] =
    &["name", "output-name", "site-root", "site-pkg-dir", "site-addr", "reload-port", "env", "hash-files"];

/// The values of a settings file, by key.
pub(super) fn read(path: &Path) -> Result<Vec<(&'static str, String)>, Vec<String>> {
    let text = std::fs::read_to_string(path).map_err(|error| vec![format!("cannot read it: {error}")])?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<(&'static str, String)>, Vec<String>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string()])?;
    let mut values = Vec::new();
    let mut wrong = Vec::new();
    for (section, content) in &table {
        match (section.as_str(), content) {
            ("pindesk", Value::Table(ours)) => take_ours(ours, &mut values, &mut wrong),
            ("workspace", Value::Table(workspace)) => match leptos_table(workspace) {
                Some(leptos) => take_leptos(leptos, &mut values, &mut wrong),
                None => wrong.push("only one [[workspace.metadata.leptos]] may be in it".to_owned()),
            },
            _ => wrong.push(format!("\"{section}\" is unknown; settings go under [pindesk]")),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

fn leptos_table(workspace: &Table) -> Option<&Table> {
    match workspace.get("metadata")?.get("leptos")?.as_array()?.as_slice() {
        [Value::Table(leptos)] if workspace.len() == 1 => Some(leptos),
        _ => None,
    }
}

fn take_leptos(table: &Table, values: &mut Vec<(&'static str, String)>, wrong: &mut Vec<String>) {
    for (key, value) in table {
        if key == "site-addr" {
            values.extend(text_of(value).map(|text| ("site-addr", text)));
        } else if !LEPTOS_KEYS.contains(&key.as_str()) {
            wrong.push(format!("\"{key}\" is unknown in [[workspace.metadata.leptos]]"));
        }
    }
}

fn take_ours(table: &Table, values: &mut Vec<(&'static str, String)>, wrong: &mut Vec<String>) {
    for (key, value) in table {
        let known = SETTINGS.iter().find(|setting| setting.key == key && setting.key != "site-addr");
        match (known, text_of(value)) {
            (Some(setting), Some(text)) => values.push((setting.key, text)),
            (Some(_), None) => wrong.push(format!("\"{key}\" must be a text, a number or a list of texts")),
            (None, _) => wrong.push(format!("\"{key}\" is not a setting; `pindesk serve --help` lists them")),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Array(items) => items.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_tables() {
        let text = "[[workspace.metadata.leptos]]\noutput-name = \"pindesk\"\nsite-addr = \"0.0.0.0:80\"\n\
                    [pindesk]\nmax-files = 3\ntrusted-proxies = [\"10.0.0.1\", \"10.1.0.0/16\"]\n";
        let values = parse(text).unwrap();
        assert!(values.contains(&("site-addr", "0.0.0.0:80".into())));
        assert!(values.contains(&("max-files", "3".into())));
        assert!(values.contains(&("trusted-proxies", "10.0.0.1,10.1.0.0/16".into())));
    }

    #[test]
    fn names_what_it_does_not_know() {
        for (text, name) in [
            ("[pindesk]\nmax-filez = 3\n", "max-filez"),
            ("[pindeks]\nmax-files = 3\n", "pindeks"),
            ("[[workspace.metadata.leptos]]\nsite-adr = \"x\"\n", "site-adr"),
            ("[pindesk]\nmax-files = true\n", "max-files"),
        ] {
            let wrong = parse(text).unwrap_err().join("\n");
            assert!(wrong.contains(name), "{wrong}");
        }
    }
}
