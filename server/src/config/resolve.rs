//! Which source wins: flag, environment, `Leptos.toml`, default, in this order.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use desk::{is_open_to_others, without_password};

use super::{
    aws, file,
    settings::Settings,
    table::{SETTINGS, Setting},
    variables::{self, FILE},
};

/// The file that is read when none is named, if it is there.
const DEFAULT_FILE: &str = "Leptos.toml";
/// Where systemd says its credentials are (systemd.exec(5)).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Where a value came from that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag,
    /// An environment variable.
    Environment,
    /// A file that the service manager holds ready (`LoadCredential=` of systemd).
    Credential,
    /// A settings file.
    File(PathBuf),
}

/// Where settings can come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Values of flags, by key.
    pub flags: Vec<(String, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Where the service manager holds secrets ready, each in a file that is named as its setting.
    pub credentials: Option<PathBuf>,
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
    given: Vec<Given>,
}

/// What was said of one setting; others have their defaults.
#[derive(Debug, Clone)]
struct Given {
    setting: &'static Setting,
    value: String,
    origin: Origin,
}

/// A settings file, and its values by key.
type FileValues = (PathBuf, Vec<(&'static str, String)>);

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
        let credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
        Self { flags, environment, credentials, file, folder: PathBuf::new() }
    }

    /// Reads and checks every setting.
    ///
    /// # Errors
    /// [`ConfigError`], which names each flag and key that is unknown, and each setting that is out of range.
    pub fn resolve(&self) -> Result<Config, ConfigError> {
        let mut wrong = Vec::new();
        let file = self.file_values(&mut wrong);
        let mut is_usage = wrong.is_empty();
        let mut settings = Settings::default();
        let mut given = Vec::new();
        for setting in SETTINGS {
            let Some((value, origin)) = self.find(setting, file.as_ref()) else { continue };
            if let Err(sentence) = (setting.set)(&mut settings, &value) {
                is_usage &= origin == Origin::Flag;
                wrong.push(format!("{}: {sentence}", origin.name_of(setting)));
            }
            given.push(Given { setting, value, origin });
        }
        settings.bucket_access = aws::access(|name| value_of(&self.environment, name));
        if let Some(bucket) = &mut settings.desk.storage {
            bucket.access = settings.bucket_access.clone();
            wrong.extend(bucket.require_access().err());
        }
        if let Some(sentence) = settings.sign_on.missing() {
            is_usage = false;
            wrong.push(sentence.to_owned());
        }
        if !wrong.is_empty() {
            return Err(ConfigError { lines: wrong, is_usage });
        }
        let mut warnings = variables::unknown(self.environment.iter().map(|(name, _)| name.as_str()));
        warnings.extend(file.as_ref().and_then(|(path, values)| open_file(path, values)));
        Ok(Config { settings, warnings, given })
    }

    /// What was given for a setting, and by whom.
    fn find(&self, setting: &Setting, file: Option<&FileValues>) -> Option<(String, Origin)> {
        let flag = || Some((value_of(&self.flags, setting.key)?, Origin::Flag));
        let variable = || Some((value_of(&self.environment, setting.env)?, Origin::Environment));
        let in_file =
            || file.and_then(|(path, values)| Some((value_of(values, setting.key)?, Origin::File(path.clone()))));
        let credential = || {
            let text = std::fs::read_to_string(self.credentials.as_ref()?.join(setting.key)).ok()?;
            Some((text.trim_end_matches(['\r', '\n']).to_owned(), Origin::Credential))
        };
        flag().or_else(variable).or_else(credential).or_else(in_file)
    }

    fn file_values(&self, wrong: &mut Vec<String>) -> Option<FileValues> {
        let named = self.file.clone().or_else(|| value_of(&self.environment, FILE).map(PathBuf::from));
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
}

fn value_of(pairs: &[(impl AsRef<str>, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value.clone())
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

impl Setting {
    /// A value of it as anybody may read it.
    fn shown(&self, value: &str) -> String {
        match self.key {
            _ if self.is_secret => "(hidden)".to_owned(),
            "database-url" => without_password(value),
            _ => value.to_owned(),
        }
    }

    /// Whether a value of it has something in it that nobody else may know.
    fn has_secret(&self, value: &str) -> bool {
        self.shown(value) != value
    }
}

impl Config {
    /// Whether nobody set this one.
    pub fn is_default(&self, key: &str) -> bool {
        !self.given.iter().any(|given| given.setting.key == key)
    }

    /// Whether a password stands among the flags, which everybody on the machine can read.
    pub fn is_readable_by_others(&self) -> bool {
        self.given.iter().any(|given| given.origin == Origin::Flag && given.setting.has_secret(&given.value))
    }

    /// Each setting with the value in force and where it came from, for people; secrets are not shown.
    pub fn lines(&self) -> Vec<[String; 3]> {
        let line = |setting: &Setting| {
            let given = self.given.iter().find(|given| given.setting.key == setting.key);
            let (value, origin) = given.map_or_else(
                || (setting.shown_default().to_owned(), "default".to_owned()),
                |given| (setting.shown(&given.value), given.origin.to_string()),
            );
            [setting.key.to_owned(), value, origin]
        };
        SETTINGS.iter().map(line).collect()
    }
}

impl Origin {
    /// A setting's name there.
    fn name_of(&self, setting: &Setting) -> String {
        match self {
            Self::Flag => format!("--{}", setting.key),
            Self::Environment => setting.env.to_owned(),
            Self::Credential => format!("the credential {}", setting.key),
            Self::File(path) => format!("{} in {}", setting.key, path.display()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::Credential => f.write_str("credential"),
            Self::File(path) => write!(f, "{}", path.display()),
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
        assert_eq!(sources.resolve().unwrap().settings.desk.upload.max_files, 3);
        sources.environment = pairs(&[("PINDESK_MAX_FILES", "4")]);
        assert_eq!(sources.resolve().unwrap().settings.desk.upload.max_files, 4);
        sources.flags = pairs(&[("max-files", "5")]);
        let config = sources.resolve().unwrap();
        assert_eq!(config.settings.desk.upload.max_files, 5);
        assert_eq!(config.settings.desk.pin_ttl, 7200);
        assert_eq!(config.settings.desk.access_ttl, 600);
        let shown = config.lines();
        assert!(shown.contains(&["max-files".into(), "5".into(), "flag".into()]));
    }

    #[test]
    fn a_credential_is_read_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let secret = "x".repeat(40);
        std::fs::write(folder.path().join("secret-key"), format!("{secret}\n")).unwrap();
        let mut sources = Sources { credentials: Some(folder.path().to_owned()), ..Sources::default() };
        let config = sources.resolve().unwrap();
        assert!(!config.is_default("secret-key"));
        let shown = config.lines().into_iter().find(|line| line[0] == "secret-key").unwrap();
        assert_eq!(shown, ["secret-key", "(hidden)", "credential"]);
        sources.environment = pairs(&[("PINDESK_SECRET_KEY", &"y".repeat(40))]);
        let shown = sources.resolve().unwrap().lines().into_iter().find(|line| line[0] == "secret-key").unwrap();
        assert_eq!(shown[2], "environment");
        std::fs::write(folder.path().join("secret-key"), "short").unwrap();
        sources.environment.clear();
        let error = sources.resolve().unwrap_err();
        assert!(error.to_string().contains("the credential secret-key") && !error.is_usage, "{error}");
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
