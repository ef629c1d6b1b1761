//! The table of settings. Flags, environment variables, `Leptos.toml`, `--help` and the README come from here.

use std::{
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use desk::{Bucket, BucketAccess, Secret};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::{
    settings::{LogFormat, PublicUrl, Settings, is_safe},
    sign_on::{ClientSecret, RoleRule},
    values::{bytes, caller_deeds, factor_duty, list, number, time},
};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `Leptos.toml`; the flag is the same with two dashes.
    pub key: &'static str,
    /// Its environment variable.
    pub env: &'static str,
    /// Its default as one would write it; empty when there is none.
    pub default: &'static str,
    /// What is shown as its default instead.
    pub default_words: &'static str,
    /// What it may be.
    pub range: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Never shown, and not a flag: other users of the machine can read the flags of a running program.
    pub is_secret: bool,
    /// Reads and checks a value.
    pub(super) set: fn(&mut Settings, &str) -> Result<(), String>,
}

impl Setting {
    /// The default for people.
    pub fn shown_default(&self) -> &'static str {
        if self.default_words.is_empty() { self.default } else { self.default_words }
    }
}

macro_rules! settings {
    ($({
        $key:literal, $env:literal, $(default $default:literal)? $(unset $words:literal)? $(secret $secret:literal)?,
        $range:literal, $help:literal, $($field:ident).+ = $read:expr
    })+) => {
        &[$(Setting {
            key: $key,
            env: $env,
            default: concat!("" $(, $default)?),
            default_words: concat!("" $(, $words)?),
            range: $range,
            help: $help,
            is_secret: false $(|| $secret)?,
            set: |to, text| {
                to.$($field).+ = $read(text, $range)?.into();
                Ok(())
            },
        }),+]
    };
}

/// Every setting, in the order in which they are shown: its names, its default or what counts without one, what it may be
/// (numbers are held to it), what it does, where it goes and how it is read.
pub const SETTINGS: &[Setting] = settings! {
    {"site-addr", "LEPTOS_SITE_ADDR", default "127.0.0.1:8000", "IP:PORT",
     "Where to listen",
     site_addr = address}
    {"data-dir", "PINDESK_DATA_DIR", default "./data", "a folder",
     "Holds the database, the files and the secret",
     desk.data_dir = folder}
    {"storage-url", "PINDESK_STORAGE_URL", unset "the folder <data-dir>/media", "s3://bucket or s3://bucket/prefix",
     "Where files of tickets are kept; a bucket takes AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT and AWS_REGION, too",
     desk.storage = bucket}
    {"database-url", "PINDESK_DATABASE_URL", unset "sqlite://<data-dir>/pindesk.db", "sqlite://… or postgres://…",
     "The database",
     desk.database_url = database}
    {"secret-key", "PINDESK_SECRET_KEY", unset "made at first start, kept in <data-dir>" secret true,
     "32 characters or more",
     "Signs tokens and PINs; a new one ends every session and every PIN",
     desk.secret = secret}
    {"public-url", "PINDESK_PUBLIC_URL", unset "http://<site-addr>", "http(s)://host[:port]",
     "The site's address as others reach it; https makes cookies secure",
     public_url = origin}
    {"trusted-proxies", "PINDESK_TRUSTED_PROXIES", unset "none", "addresses or CIDRs",
     "Proxies whose X-Forwarded-For and Forwarded are believed",
     trusted_proxies = proxies}
    {"cors-origins", "PINDESK_CORS_ORIGINS", unset "localhost:5173 while the site is on loopback, else none",
     "http(s)://host[:port], …",
     "Pages elsewhere that may call the REST API",
     cors_origins = origins}
    {"access-token-life", "PINDESK_ACCESS_TOKEN_LIFE", default "10m", "1s to 1d",
     "Life of an access token",
     desk.access_ttl = time}
    {"refresh-token-life", "PINDESK_REFRESH_TOKEN_LIFE", default "7d", "1m to 365d",
     "Life of a refresh token: how long somebody who does not come back stays logged in",
     desk.refresh_ttl = time}
    {"rotation-grace", "PINDESK_ROTATION_GRACE", default "10s", "0s to 1m",
     "How long a refresh token that was just exchanged is still answered",
     desk.rotation_grace = time}
    {"session-life", "PINDESK_SESSION_LIFE", default "30d", "1m to 365d",
     "After which a customer's session ends for good and takes a new PIN",
     desk.session_ttl = time}
    {"staff-session-life", "PINDESK_STAFF_SESSION_LIFE", default "7d", "1m to 365d",
     "After which a session of staff ends for good",
     desk.staff_session_ttl = time}
    {"staff-idle", "PINDESK_STAFF_IDLE", default "12h", "2m to 365d",
     "After which a session of staff ends that asks for nothing",
     desk.staff_idle = time}
    {"pin-life", "PINDESK_PIN_LIFE", default "24h", "1m to 90d",
     "Life of a PIN issued without its own",
     desk.pin_ttl = time}
    {"require-caller-code", "PINDESK_REQUIRE_CALLER_CODE", unset "none", "all, or pins, details, sessions, files",
     "What staff may do only after they checked the customer's caller code within 15 minutes",
     desk.require_caller_code = caller_deeds}
    {"require-second-factor", "PINDESK_REQUIRE_SECOND_FACTOR", default "no", "no, admins or staff",
     "Who of staff can do nothing on the pages before they have set up a second factor",
     desk.require_second_factor = factor_duty}
    {"oidc-issuer", "PINDESK_OIDC_ISSUER", unset "off", "https://…",
     "The OpenID Connect provider that staff log in with: its address, as its own tokens have it",
     sign_on.issuer = issuer}
    {"oidc-client-id", "PINDESK_OIDC_CLIENT_ID", unset "none", "a name",
     "What the provider calls this desk; it sends browsers back to <public-url>/admin/login/sso/callback",
     sign_on.client_id = one_line}
    {"oidc-client-secret", "PINDESK_OIDC_CLIENT_SECRET", unset "none" secret true, "a secret",
     "What the desk shows the provider, if that wants one",
     sign_on.client_secret = client_secret}
    {"oidc-roles", "PINDESK_OIDC_ROLES", unset "none", "CLAIM:VALUE=agent or admin, …",
     "Which values of which claims of the ID token make somebody an agent or an admin, as in groups:desk-admins=admin",
     sign_on.roles = role_rules}
    {"oidc-name", "PINDESK_OIDC_NAME", default "single sign-on", "a name",
     "What the provider is called on the button",
     sign_on.name = one_line}
    {"password-login-for", "PINDESK_PASSWORD_LOGIN_FOR", unset "everybody", "a username",
     "The one member of staff whose password still logs in, for when the provider is away; nobody else's does then",
     desk.password_login_for = one_line}
    {"file-link-life", "PINDESK_FILE_LINK_LIFE", default "10m", "10s to 1d",
     "Life of a signed address of a file",
     desk.media_ttl = time}
    {"max-file-size", "PINDESK_MAX_FILE_SIZE", default "5MB", "1KB to 1GB",
     "Size of one attached file",
     desk.upload.max_file_bytes = bytes}
    {"max-files", "PINDESK_MAX_FILES", default "10", "1 to 100",
     "Files of one ticket",
     desk.upload.max_files = number}
    {"writes-per-minute", "PINDESK_WRITES_PER_MINUTE", default "60", "1 to 1000000",
     "Changes a minute that one session may make, on average over ten minutes: ten times as many at once",
     writes_per_minute = number}
    {"reads-per-minute", "PINDESK_READS_PER_MINUTE", default "300", "1 to 1000000",
     "Pages, lists and files a minute that one session may read, on average over ten minutes: ten times as many at \
      once",
     reads_per_minute = number}
    {"failures-per-client", "PINDESK_FAILURES_PER_CLIENT", default "10", "1 to 1000000",
     "Failed logins from one address before it has to wait",
     desk.failures_per_client = number}
    {"failure-window", "PINDESK_FAILURE_WINDOW", default "10m", "10s to 1d",
     "How long a failed login counts against its address",
     desk.failure_window = time}
    {"failures-per-network", "PINDESK_FAILURES_PER_NETWORK", unset "10 × failures-per-client", "1 to 1000000",
     "The same for one network: an IPv4 /24 or an IPv6 /48",
     desk.failures_per_network = number}
    {"failures-per-account", "PINDESK_FAILURES_PER_ACCOUNT", unset "2 × failures-per-client", "1 to 1000000",
     "Failed logins to one staff account before only addresses that logged in there before are let try",
     desk.failures_per_account = number}
    {"failures-per-minute", "PINDESK_FAILURES_PER_MINUTE", default "60", "1 to 1000000",
     "Failed logins a minute from everywhere, above which all attempts go through one gate",
     desk.failures_per_minute = number}
    {"attempts-per-second", "PINDESK_ATTEMPTS_PER_SECOND", default "5", "1 to 1000",
     "Attempts to log in that this gate lets through, in all processes together",
     desk.attempts_per_second = number}
    {"attempts-waiting", "PINDESK_ATTEMPTS_WAITING", default "50", "1 to 1000",
     "Attempts that may wait at this gate; others are asked to come back later",
     desk.attempts_waiting = number}
    {"access-after-close", "PINDESK_ACCESS_AFTER_CLOSE", default "14d", "0s to 365d",
     "How long a session for one ticket goes on after that was closed",
     desk.access_after_close = time}
    {"ledger-life", "PINDESK_LEDGER_LIFE", default "730d", "30d to 3650d",
     "How long entries of the access ledger are kept; nothing in it goes before",
     desk.ledger_kept = time}
    {"ledger-staff", "PINDESK_LEDGER_STAFF", default "no", "yes or no",
     "Whether the access ledger has what staff open, too",
     desk.ledger_staff = yes_or_no}
    {"connections-per-address", "PINDESK_CONNECTIONS_PER_ADDRESS", default "256", "1 to 100000",
     "Connections of one address; beyond, the one that has waited longest for its client closes",
     connections_per_address = number}
    {"max-connections", "PINDESK_MAX_CONNECTIONS", unset "as many as the limit of open files allows", "1 to 100000",
     "Connections in all",
     max_connections = number}
    {"metrics-addr", "PINDESK_METRICS_ADDR", unset "off", "IP:PORT",
     "Where Prometheus reads numbers at /metrics; no log-in is asked there, so let nobody else reach it",
     metrics_addr = address}
    {"backup-every", "PINDESK_BACKUP_EVERY", default "off", "off, or 1m to 365d",
     "How often the desk makes a backup by itself",
     desk.backup_every = every}
    {"backup-keep", "PINDESK_BACKUP_KEEP", default "7", "1 to 1000",
     "Backups made by itself that are kept; the oldest go first, and no others are ever deleted",
     desk.backup_keep = number}
    {"backup-to", "PINDESK_BACKUP_TO", unset "<data-dir>/backups", "a folder",
     "Where backups go",
     desk.backup_to = some_folder}
    {"upgrade-backup", "PINDESK_UPGRADE_BACKUP", default "on", "on or off",
     "Whether a backup is made before an existing database is brought to a newer version; it is kept for 7 days",
     desk.upgrade_backup = switch}
    {"log-format", "PINDESK_LOG_FORMAT", default "text", "text or json",
     "How the log is written",
     log_format = log_format}
    {"log-level", "PINDESK_LOG_LEVEL", default "info", "error, warn, info, debug, trace",
     "What is logged; directives such as info,desk=debug work too",
     log_level = log_level}
    {"shutdown-grace", "PINDESK_SHUTDOWN_GRACE", default "30s", "0s to 10m",
     "How long requests under way may take when the server stops",
     shutdown_grace = time}
};

fn address(text: &str, _: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not an address; write it like 127.0.0.1:8000"))
}

fn folder(text: &str, _: &str) -> Result<PathBuf, String> {
    Ok(text.into())
}

fn some_folder(text: &str, range: &str) -> Result<PathBuf, String> {
    // As a path it would be cut off there.
    let is_one = !text.is_empty() && !text.contains('\0');
    is_one.then(|| text.into()).ok_or_else(|| format!("it must be {range}"))
}

fn every(text: &str, range: &str) -> Result<i64, String> {
    let (_, spans) = range.split_once("off, or ").unwrap_or_default();
    match text.trim() {
        "off" | "0" => Ok(0),
        other => time(other, spans),
    }
}

fn switch(text: &str, range: &str) -> Result<bool, String> {
    match text.trim() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("it must be {range}")),
    }
}

fn database(text: &str, _: &str) -> Result<String, String> {
    let is_ours = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    is_ours.then(|| text.to_owned()).ok_or_else(|| "it must begin with sqlite:// or postgres://".to_owned())
}

fn bucket(text: &str, _: &str) -> Result<Bucket, String> {
    Bucket::parse(text, BucketAccess::default())
}

fn secret(text: &str, _: &str) -> Result<Secret, String> {
    Secret::from_text(text)
}

fn issuer(text: &str, _: &str) -> Result<String, String> {
    let is_address = is_safe(text) && !text.contains(['?', '#']);
    is_address.then(|| text.to_owned()).ok_or_else(|| {
        format!("\"{text}\" is not the address of a provider; write it like https://id.example.org/realms/desk")
    })
}

fn one_line(text: &str, range: &str) -> Result<String, String> {
    let is_one = !text.trim().is_empty() && !text.contains(char::is_control);
    is_one.then(|| text.trim().to_owned()).ok_or_else(|| format!("it must be {range}"))
}

fn client_secret(text: &str, range: &str) -> Result<ClientSecret, String> {
    one_line(text, range).map(|text| ClientSecret::new(&text))
}

fn role_rules(text: &str, _: &str) -> Result<Vec<RoleRule>, String> {
    RoleRule::list(text)
}

fn origin(text: &str, _: &str) -> Result<PublicUrl, String> {
    text.parse()
}

fn origins(text: &str, _: &str) -> Result<Vec<PublicUrl>, String> {
    list(text, |item| {
        let example = "write it like https://app.example.org";
        item.parse().map_err(|error| format!("\"{item}\" cannot be read ({error}); {example}"))
    })
}

fn proxies(text: &str, _: &str) -> Result<Vec<IpNet>, String> {
    list(text, |item| {
        item.parse()
            .or_else(|_| item.parse::<IpAddr>().map(Into::into))
            .map_err(|_| format!("\"{item}\" is neither an address nor a CIDR; write it like 10.0.0.5 or 10.0.0.0/8"))
    })
}

fn log_format(text: &str, range: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(format!("it must be {range}")),
    }
}

fn log_level(text: &str, _: &str) -> Result<String, String> {
    let read = EnvFilter::try_new(text).map_err(|_| "it must be error, warn, info, debug or trace".to_owned());
    read.map(|_| text.to_owned())
}

fn yes_or_no(text: &str, range: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(format!("it must be {range}")),
    }
}

/// The table of the README.
pub fn markdown() -> String {
    let mut table =
        String::from("| setting | environment | default | may be | does |\n| --- | --- | --- | --- | --- |\n");
    for setting in SETTINGS {
        let default = setting.shown_default();
        let default =
            if setting.default_words.is_empty() { format!("`{default}`") } else { default.replace('<', "\\<") };
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "| `{}` | `{}` | {default} | {} | {} |",
            setting.key, setting.env, setting.range, setting.help
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use domain::PinLife;

    use super::*;
    use crate::config::duration;

    #[test]
    fn every_default_keeps_to_its_own_rules() {
        let mut settings = Settings::default();
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            assert_eq!((setting.set)(&mut settings, setting.default), Ok(()), "{}", setting.key);
        }
    }

    #[test]
    fn every_setting_refuses_nonsense() {
        let mut settings = Settings::default();
        for setting in SETTINGS.iter().filter(|setting| setting.key != "data-dir") {
            assert!((setting.set)(&mut settings, "\u{0}=no sense").is_err(), "{}", setting.key);
        }
    }

    #[test]
    fn the_life_of_a_pin_is_the_domains() {
        let setting = SETTINGS.iter().find(|setting| setting.key == "pin-life").unwrap();
        let (least, most) = setting.range.split_once(" to ").unwrap();
        assert_eq!(duration(least).unwrap()..=duration(most).unwrap(), PinLife::SECONDS);
    }

    #[test]
    fn names_follow_one_pattern() {
        for setting in SETTINGS.iter().filter(|setting| setting.key != "site-addr") {
            let expected = format!("PINDESK_{}", setting.key.replace('-', "_").to_uppercase());
            assert_eq!(setting.env, expected);
        }
    }
}
