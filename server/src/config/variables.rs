//! The one rule for environment variables that are none of ours.
//!
//! Service managers put variables of their own beside ours (Kubernetes: `PINDESK_SERVICE_HOST` for a service of our name), so
//! an unknown one stops nothing and is named in a warning. One that is nearly ours was meant to be.

use super::table::SETTINGS;

/// Names the settings file.
pub(super) const FILE: &str = "PINDESK_CONFIG";

/// What is to be said of the variables that have our prefix and are no settings.
pub(super) fn unknown<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let is_ours = |name: &str| name == FILE || SETTINGS.iter().any(|setting| setting.env == name);
    let mut warnings = Vec::new();
    let mut foreign = Vec::new();
    for name in names.filter(|name| name.starts_with("PINDESK_") && !is_ours(name)) {
        match nearest(name) {
            Some(ours) => warnings.push(format!("{name} is no setting and does nothing; did you mean {ours}?")),
            None => foreign.push(name),
        }
    }
    if !foreign.is_empty() {
        foreign.sort_unstable();
        let verb = if foreign.len() == 1 { "is no setting and does" } else { "are no settings and do" };
        warnings.push(format!("{} {verb} nothing; `pindesk serve --help` lists the settings", foreign.join(", ")));
    }
    warnings
}

/// The variable that was meant, if a name is nearly one of ours.
fn nearest(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_uppercase().replace(['_', '-'], "");
    SETTINGS
        .iter()
        .map(|setting| setting.env)
        .chain([FILE])
        .map(|ours| (strsim::osa_distance(&plain(name), &plain(ours)), ours))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, ours)| ours)
}

#[cfg(test)]
mod tests {
    use crate::config::Sources;

    #[test]
    fn variables_of_others_are_named_and_stop_nothing() {
        let resolved = |names: &[&str]| {
            let environment = names.iter().map(|name| ((*name).to_owned(), "tcp://10.0.0.1:80".to_owned())).collect();
            Sources { environment, ..Sources::default() }.resolve().unwrap()
        };
        assert!(resolved(&["PATH", "PINDESK", "LEPTOS_ENV"]).warnings.is_empty());
        let names = [
            "PINDESK_PORT",
            "PINDESK_SERVICE_HOST",
            "PINDESK_SERVICE_PORT",
            "PINDESK_PORT_80_TCP_ADDR",
            "PINDESK_TEST_POSTGRES_URL",
        ];
        let warnings = resolved(&names).warnings;
        assert!(warnings.len() == 1 && names.iter().all(|name| warnings[0].contains(name)), "{warnings:?}");
        for (name, ours) in [
            ("PINDESK_DATADIR", "PINDESK_DATA_DIR"),
            ("PINDESK_MAX_FILEZ", "PINDESK_MAX_FILES"),
            ("PINDESK_TRUSTED_PROXYS", "PINDESK_TRUSTED_PROXIES"),
            ("PINDESK_CONFG", "PINDESK_CONFIG"),
        ] {
            let warnings = resolved(&[name]).warnings;
            assert!(
                warnings[0].contains(name) && warnings[0].contains(&format!("did you mean {ours}?")),
                "{warnings:?}"
            );
        }
    }
}
