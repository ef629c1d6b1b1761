//! Which source wins: flag, environment, `Leptos.toml`, default, in this order.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use desk::{is_open_to_others, without_password};

use super::{
    file,
    settings::Settings,
    table::{SETTINGS, Setting},
};

/// The file that is read when none is named, if it is there.
const DEFAULT_FILE: &str = "Leptos.toml";
const FILE_ENV: &str = "PINDESK_CONFIG";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag,
    /// An environment variable.
    Environment,
    /// A settings file.
    File(PathBuf),
    /// Nobody said otherwise.
    Default,
}

/// Where settings can come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Values of flags, by key.
    pub flags: Vec<(String, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The file that `--config` names.
    pub file: Option<PathBuf>,
    /// Where `Leptos.toml` is looked for.
    pub folder: PathBuf,
}

/// The settings, and where each came from.
#[derive(Debug, Clone)]
pub struct Config {
    /// The settings.
    pub settings: Settings,
    /// What the person who starts it should know, in sentences.
    pub warnings: Vec<String>,
    values: Vec<(Option<String>, Origin)>,
}

/// Some settings are wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .lines.join("\n"))]
pub struct ConfigError {
    /// What is wrong, each with its name.
    pub lines: Vec<String>,
    /// Only flags are: the program was called wrongly.
    pub is_usage: bool,
}

impl Sources {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    /// The flags of this call with the environment and folder of this process.
    pub fn of_process(flags: Vec<(String, String)>, file: Option<PathBuf>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect();
        Self { flags, environment, file, folder: PathBuf::new() }
    }

    /// Reads and checks every setting.
    ///
    /// # Errors
    /// [`ConfigError`], which names each flag and key that is unknown, and each setting that is out of range.
    pub fn resolve(&self) -> Result<Config, ConfigError> {
        let mut wrong = Vec::new();
        let file = self.file_values(&mut wrong);
        let mut only_flags = wrong.is_empty();
        let mut settings = Settings::default();
        let mut values = Vec::with_capacity(SETTINGS.len());
        for setting in SETTINGS {
            let (value, origin) = self.find(setting, file.as_ref());
            if let Some(value) = &value
                && let Err(sentence) = (setting.set)(&mut settings, value)
            {
                only_flags &= origin == Origin::Flag;
                wrong.push(format!("{}: {sentence}", name_at(setting, &origin)));
            }
            values.push((value, origin));
        }
        if !wrong.is_empty() {
            return Err(ConfigError { lines: wrong, is_usage: only_flags });
        }
        let mut warnings = self.unknown_variables();
        warnings.extend(file.as_ref().and_then(|(path, values)| open_file(path, values)));
        Ok(Config { settings, warnings, values })
    }

    /// Service managers put variables of their own beside ours (Kubernetes: `PINDESK_SERVICE_HOST` for a service of our
    /// name), so an unknown one stops nothing. One that is nearly ours was meant to be.
    fn unknown_variables(&self) -> Vec<String> {
        let unknown = self
            .environment
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| name.starts_with("PINDESK_") && *name != FILE_ENV)
            .filter(|name| !SETTINGS.iter().any(|setting| setting.env == *name));
        let mut warnings = Vec::new();
        let mut foreign = Vec::new();
        for name in unknown {
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

    fn file_values(&self, wrong: &mut Vec<String>) -> Option<(PathBuf, Vec<(&'static str, String)>)> {
        let named = self.file.clone().or_else(|| self.variable(FILE_ENV).map(PathBuf::from));
        let path = match named {
            Some(path) => path,
            None => Some(self.folder.join(DEFAULT_FILE)).filter(|path| path.is_file())?,
        };
        match file::read(&path) {
            Ok(values) => Some((path, values)),
            Err(lines) => {
                wrong.extend(lines.iter().map(|line| format!("{}: {line}", path.display())));
                None
            }
        }
    }

    fn find(&self, setting: &Setting, file: Option<&(PathBuf, Vec<(&str, String)>)>) -> (Option<String>, Origin) {
        if let Some((_, value)) = self.flags.iter().find(|(key, _)| key == setting.key) {
            return (Some(value.clone()), Origin::Flag);
        }
        if let Some(value) = self.variable(setting.env) {
            return (Some(value.to_owned()), Origin::Environment);
        }
        if let Some((path, values)) = file
            && let Some((_, value)) = values.iter().find(|(key, _)| *key == setting.key)
        {
            return (Some(value.clone()), Origin::File(path.clone()));
        }
        (None, Origin::Default)
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Says of a settings file that it holds secrets and others can read it.
fn open_file(path: &Path, values: &[(&str, String)]) -> Option<String> {
    let is_secret =
        |(key, value): &(&str, String)| SETTINGS.iter().any(|setting| setting.key == *key && setting.has_secret(value));
    let secrets: Vec<_> = values.iter().filter(|value| is_secret(value)).map(|(key, _)| *key).collect();
    (!secrets.is_empty() && is_open_to_others(path)).then(|| {
        format!(
            "others on this machine can read {} in {1}: close it with chmod go-rwx {1}",
            secrets.join(" and "),
            path.display()
        )
    })
}

/// The variable that was meant, if a name is nearly one of ours.
fn nearest(name: &str) -> Option<&'static str> {
    let plain = |name: &str| name.to_uppercase().replace(['_', '-'], "");
    SETTINGS
        .iter()
        .map(|setting| setting.env)
        .chain([FILE_ENV])
        .map(|ours| (strsim::osa_distance(&plain(name), &plain(ours)), ours))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, ours)| ours)
}

fn name_at(setting: &Setting, origin: &Origin) -> String {
    match origin {
        Origin::Flag => format!("--{}", setting.key),
        Origin::Environment => setting.env.to_owned(),
        Origin::File(path) => format!("{} in {}", setting.key, path.display()),
        Origin::Default => setting.key.to_owned(),
    }
}

impl Setting {
    /// Whether a value of it has something in it that nobody else may know.
    fn has_secret(&self, value: &str) -> bool {
        self.is_secret || (self.key == "database-url" && without_password(value) != value)
    }
}

impl Config {
    /// Whether nobody set this one.
    pub fn is_default(&self, key: &str) -> bool {
        SETTINGS.iter().zip(&self.values).any(|(setting, (_, origin))| setting.key == key && *origin == Origin::Default)
    }

    /// Whether a password stands among the flags, which everybody on the machine can read.
    pub fn is_readable_by_others(&self) -> bool {
        SETTINGS.iter().zip(&self.values).any(|(setting, (value, origin))| {
            *origin == Origin::Flag && value.as_ref().is_some_and(|value| setting.has_secret(value))
        })
    }

    /// Each setting with the value in force and where it came from, for people; secrets are not shown.
    pub fn lines(&self) -> Vec<[String; 3]> {
        SETTINGS
            .iter()
            .zip(&self.values)
            .map(|(setting, (value, origin))| {
                let shown = match value {
                    Some(_) if setting.is_secret => "(hidden)".to_owned(),
                    Some(value) if setting.key == "database-url" => without_password(value),
                    Some(value) => value.clone(),
                    None => setting.shown_default().to_owned(),
                };
                [setting.key.to_owned(), shown, origin.to_string()]
            })
            .collect()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", Path::new(path).display()),
            Self::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flag_then_environment_then_file_then_default() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(DEFAULT_FILE), "[pindesk]\nmax-files = 3\npin-life = \"2h\"\n").unwrap();
        let mut sources = Sources { folder: folder.path().to_owned(), ..Sources::default() };
        assert_eq!(sources.resolve().unwrap().settings.upload.max_files, 3);
        sources.environment = pairs(&[("PINDESK_MAX_FILES", "4")]);
        assert_eq!(sources.resolve().unwrap().settings.upload.max_files, 4);
        sources.flags = pairs(&[("max-files", "5")]);
        let config = sources.resolve().unwrap();
        assert_eq!(config.settings.upload.max_files, 5);
        assert_eq!(config.settings.pin_life, 7200);
        assert_eq!(config.settings.access_token_life, 600);
        let shown = config.lines();
        assert!(shown.contains(&["max-files".into(), "5".into(), "flag".into()]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let environment =
            |name: &str, value: &str| Sources { environment: pairs(&[(name, value)]), ..Sources::default() };
        for (name, value) in [
            ("PINDESK_MAX_FILES", "0"),
            ("PINDESK_SECRET_KEY", "short"),
            ("LEPTOS_SITE_ADDR", "nowhere"),
            ("PINDESK_TRUSTED_PROXIES", "10.0.0.0/99"),
        ] {
            let error = environment(name, value).resolve().unwrap_err();
            assert!(error.to_string().contains(name) && !error.is_usage, "{error}");
        }
        let flags = Sources { flags: pairs(&[("max-files", "0")]), ..Sources::default() };
        let error = flags.resolve().unwrap_err();
        assert!(error.to_string().contains("--max-files") && error.is_usage, "{error}");
        let file = Sources { file: Some("/does/not/exist.toml".into()), ..Sources::default() };
        assert!(file.resolve().unwrap_err().to_string().contains("/does/not/exist.toml"));
    }

    #[test]
    fn a_password_among_the_flags_is_noticed() {
        let with = |flags: &[(&str, &str)], environment: &[(&str, &str)]| {
            let sources = Sources { flags: pairs(flags), environment: pairs(environment), ..Sources::default() };
            sources.resolve().unwrap().is_readable_by_others()
        };
        let secret = "postgres://desk:geheim@db.example.org/desk";
        assert!(with(&[("database-url", secret)], &[]));
        assert!(with(&[("database-url", "postgres://db.example.org/desk?user=desk&password=geheim")], &[]));
        assert!(!with(&[("database-url", "postgres://desk@db.example.org/desk")], &[]));
        assert!(!with(&[("database-url", "sqlite://data/pindesk.db")], &[]));
        assert!(!with(&[], &[("PINDESK_DATABASE_URL", secret)]));
        assert!(!with(&[], &[]));
    }

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

    #[cfg(unix)]
    #[test]
    fn a_file_with_secrets_that_others_can_read_is_named() {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(DEFAULT_FILE);
        let warnings = |text: &str, mode| {
            std::fs::write(&path, format!("[pindesk]\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            Sources { folder: folder.path().to_owned(), ..Sources::default() }.resolve().unwrap().warnings
        };
        let key = "secret-key = \"0123456789abcdef0123456789abcdef\"";
        let url = "database-url = \"postgres://db/desk?user=desk&password=geheim\"";
        for text in [key, url] {
            let said = warnings(text, 0o644);
            assert!(said.len() == 1 && said[0].contains(&path.display().to_string()), "{said:?}");
            assert!(!said[0].contains("geheim") && !said[0].contains("0123"), "{said:?}");
            assert!(warnings(text, 0o600).is_empty());
        }
        assert!(warnings("max-files = 3\ndatabase-url = \"sqlite://desk.db\"", 0o644).is_empty());
    }

    #[test]
    fn secrets_are_not_shown() {
        let secret = "0123456789abcdef0123456789abcdef";
        let environment = pairs(&[
            ("PINDESK_SECRET_KEY", secret),
            ("PINDESK_DATABASE_URL", "postgres://desk:pass:w@rd@db.example.org/desk"),
        ]);
        let shown = format!("{:?}", Sources { environment, ..Sources::default() }.resolve().unwrap().lines());
        assert!(!shown.contains(secret) && !shown.contains("w@rd") && !shown.contains("pass:"), "{shown}");
        assert!(shown.contains("postgres://desk:…@db.example.org/desk"), "{shown}");
    }
}
