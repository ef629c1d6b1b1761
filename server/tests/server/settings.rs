//! The settings are the same in the program, its help, the README and `Leptos.toml`.

use server::config::{SETTINGS, markdown};

fn file(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

#[test]
fn the_readme_has_the_table() {
    let readme = file("README.md");
    let (_, rest) = readme.split_once("<!-- settings -->\n").unwrap();
    let (table, _) = rest.split_once("<!-- /settings -->").unwrap();
    assert_eq!(table, markdown(), "put the output of `pindesk show-config --markdown` between the markers");
}

#[test]
fn leptos_toml_has_every_setting_with_its_default() {
    let toml = file("Leptos.toml");
    for setting in SETTINGS {
        let line = toml.lines().find(|line| line.starts_with(&format!("# {} = ", setting.key)));
        let line = line.unwrap_or_else(|| panic!("{} is not in Leptos.toml", setting.key));
        if setting.default_words.is_empty() {
            assert!(line.contains(setting.default), "{line}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let uncommented: String = toml
        .lines()
        .filter(|line| !line.contains('…'))
        .map(|line| {
            let is_setting = line.strip_prefix("# ").is_some_and(|rest| rest.contains(" = "));
            format!("{}\n", if is_setting { &line[2..] } else { line })
        })
        .collect();
    let path = folder.path().join("Leptos.toml");
    std::fs::write(&path, uncommented).unwrap();
    let sources = server::config::Sources { file: Some(path), ..server::config::Sources::default() };
    sources.resolve().unwrap();
}

#[test]
fn the_help_has_every_setting_with_its_default() {
    let mut command = server::command();
    let help = command.find_subcommand_mut("serve").unwrap().render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for setting in SETTINGS {
        assert!(help.contains(setting.env), "{}", setting.env);
        assert!(help.contains(setting.shown_default()), "{}", setting.key);
        assert!(help.contains(setting.help), "{}", setting.key);
    }
}
