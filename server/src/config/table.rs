//! The table of settings. Flags, environment variables, `Leptos.toml`, `--help` and the README come from here.

use desk::Secret;
use domain::PinLife;
use std::fmt::Write as _;

use super::{
    settings::{LogFormat, Settings},
    values::{duration, list, number, size, within},
};

/// One setting.
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

    /// The flag, with its dashes.
    pub fn flag(&self) -> Option<String> {
        (!self.is_secret).then(|| format!("--{}", self.key))
    }
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

macro_rules! settings {
    ($({
        $key:literal, $env:literal, default $default:literal $(shown as $words:literal)? $(secret $secret:literal)?,
        range $range:literal, $help:literal, $set:expr
    })+) => {
        &[$(Setting {
            key: $key,
            env: $env,
            default: $default,
            default_words: concat!("" $(, $words)?),
            range: $range,
            help: $help,
            is_secret: false $(|| $secret)?,
            set: $set,
        }),+]
    };
}

/// Every setting, in the order in which they are shown.
pub const SETTINGS: &[Setting] = settings! {
    {"site-addr", "LEPTOS_SITE_ADDR", default "127.0.0.1:8000", range "IP:PORT",
     "Where to listen", |to, text| {
        to.site_addr = text.parse().map_err(|_| format!("\"{text}\" is not an address; write it like 127.0.0.1:8000"))?;
        Ok(())
    }}
    {"data-dir", "PINDESK_DATA_DIR", default "./data", range "a folder",
     "Holds the database, the files and the secret", |to, text| {
        to.data_dir = text.into();
        Ok(())
    }}
    {"database-url", "PINDESK_DATABASE_URL", default "" shown as "sqlite://<data-dir>/pindesk.db",
     range "sqlite://… or postgres://…", "The database", |to, text| {
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err("it must begin with sqlite:// or postgres://".to_owned());
        }
        to.database_url = Some(text.to_owned());
        Ok(())
    }}
    {"secret-key", "PINDESK_SECRET_KEY", default "" shown as "made at first start, kept in <data-dir>" secret true,
     range "32 characters or more", "Signs tokens and PINs; a new one ends every session and every PIN",
     |to, text| {
        to.secret_key = Some(Secret::from_text(text)?);
        Ok(())
    }}
    {"public-url", "PINDESK_PUBLIC_URL", default "" shown as "http://<site-addr>", range "http(s)://host[:port]",
     "The site's address as others reach it; https makes cookies secure", |to, text| {
        to.public_url = Some(text.parse()?);
        Ok(())
    }}
    {"trusted-proxies", "PINDESK_TRUSTED_PROXIES", default "" shown as "none", range "addresses or CIDRs",
     "Proxies whose X-Forwarded-For and Forwarded are believed", |to, text| {
        to.trusted_proxies = proxies(text)?;
        Ok(())
    }}
    {"cors-origins", "PINDESK_CORS_ORIGINS",
     default "" shown as "localhost:5173 while the site is on loopback, else none", range "http(s)://host[:port], …",
     "Pages elsewhere that may call the REST API", |to, text| {
        to.cors_origins = Some(list(text, "https://app.example.org")?);
        Ok(())
    }}
    {"access-token-life", "PINDESK_ACCESS_TOKEN_LIFE", default "10m", range "1s to 1d",
     "Life of an access token", |to, text| {
        to.access_token_life = within(duration(text)?, 1..=DAY, "from 1s to 1d")?;
        Ok(())
    }}
    {"refresh-token-life", "PINDESK_REFRESH_TOKEN_LIFE", default "7d", range "1m to 365d",
     "Life of a refresh token: how long somebody who does not come back stays logged in", |to, text| {
        to.refresh_token_life = within(duration(text)?, MINUTE..=365 * DAY, "from 1m to 365d")?;
        Ok(())
    }}
    {"rotation-grace", "PINDESK_ROTATION_GRACE", default "10s", range "0s to 1m",
     "How long a refresh token that was just exchanged is still answered", |to, text| {
        to.rotation_grace = within(duration(text)?, 0..=MINUTE, "from 0s to 1m")?;
        Ok(())
    }}
    {"session-life", "PINDESK_SESSION_LIFE", default "30d", range "1m to 365d",
     "After which a customer's session ends for good and takes a new PIN", |to, text| {
        to.session_life = within(duration(text)?, MINUTE..=365 * DAY, "from 1m to 365d")?;
        Ok(())
    }}
    {"staff-session-life", "PINDESK_STAFF_SESSION_LIFE", default "7d", range "1m to 365d",
     "After which a session of staff ends for good", |to, text| {
        to.staff_session_life = within(duration(text)?, MINUTE..=365 * DAY, "from 1m to 365d")?;
        Ok(())
    }}
    {"staff-idle", "PINDESK_STAFF_IDLE", default "12h", range "2m to 365d",
     "After which a session of staff ends that asks for nothing", |to, text| {
        to.staff_idle = within(duration(text)?, 2 * MINUTE..=365 * DAY, "from 2m to 365d")?;
        Ok(())
    }}
    {"pin-life", "PINDESK_PIN_LIFE", default "24h", range "1m to 90d",
     "Life of a PIN issued without its own", |to, text| {
        to.pin_life = within(duration(text)?, PinLife::SECONDS, "from 1m to 90d")?;
        Ok(())
    }}
    {"file-link-life", "PINDESK_FILE_LINK_LIFE", default "10m", range "10s to 1d",
     "Life of a signed address of a file", |to, text| {
        to.file_link_life = within(duration(text)?, 10..=DAY, "from 10s to 1d")?;
        Ok(())
    }}
    {"max-file-size", "PINDESK_MAX_FILE_SIZE", default "5MB", range "1KB to 1GB",
     "Size of one attached file", |to, text| {
        to.upload.max_file_bytes = within(size(text)?, 1024..=1024 * 1024 * 1024, "from 1KB to 1GB")?;
        Ok(())
    }}
    {"max-files", "PINDESK_MAX_FILES", default "10", range "1 to 100",
     "Files of one ticket", |to, text| {
        to.upload.max_files = within(number(text)?, 1..=100, "from 1 to 100")?;
        Ok(())
    }}
    {"writes-per-minute", "PINDESK_WRITES_PER_MINUTE", default "60", range "1 to 1000000",
     "Changes a minute that one session may make, on average over ten minutes: ten times as many at once", |to, text| {
        to.writes_per_minute = within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?;
        Ok(())
    }}
    {"reads-per-minute", "PINDESK_READS_PER_MINUTE", default "300", range "1 to 1000000",
     "Pages, lists and files a minute that one session may read, on average over ten minutes: ten times as many at once", |to, text| {
        to.reads_per_minute = within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?;
        Ok(())
    }}
    {"failures-per-client", "PINDESK_FAILURES_PER_CLIENT", default "10", range "1 to 1000000",
     "Failed logins from one address before it has to wait", |to, text| {
        to.failures_per_client = within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?;
        Ok(())
    }}
    {"failure-window", "PINDESK_FAILURE_WINDOW", default "10m", range "10s to 1d",
     "How long a failed login counts against its address", |to, text| {
        to.failure_window = within(duration(text)?, 10..=DAY, "from 10s to 1d")?;
        Ok(())
    }}
    {"failures-per-network", "PINDESK_FAILURES_PER_NETWORK", default "" shown as "10 × failures-per-client",
     range "1 to 1000000", "The same for one network: an IPv4 /24 or an IPv6 /48", |to, text| {
        to.failures_per_network = Some(within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?);
        Ok(())
    }}
    {"failures-per-account", "PINDESK_FAILURES_PER_ACCOUNT", default "" shown as "2 × failures-per-client",
     range "1 to 1000000",
     "Failed logins to one staff account before only addresses that logged in there before are let try", |to, text| {
        to.failures_per_account = Some(within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?);
        Ok(())
    }}
    {"failures-per-minute", "PINDESK_FAILURES_PER_MINUTE", default "60", range "1 to 1000000",
     "Failed logins a minute from everywhere, above which all attempts go through one gate", |to, text| {
        to.failures_per_minute = within(number(text)?, 1..=1_000_000, "from 1 to 1000000")?;
        Ok(())
    }}
    {"attempts-per-second", "PINDESK_ATTEMPTS_PER_SECOND", default "5", range "1 to 1000",
     "Attempts to log in that this gate lets through, in all processes together", |to, text| {
        to.attempts_per_second = within(number(text)?, 1..=1000, "from 1 to 1000")?;
        Ok(())
    }}
    {"attempts-waiting", "PINDESK_ATTEMPTS_WAITING", default "50", range "1 to 1000",
     "Attempts that may wait at this gate; others are asked to come back later", |to, text| {
        to.attempts_waiting = within(number(text)?, 1..=1000, "from 1 to 1000")?;
        Ok(())
    }}
    {"connections-per-address", "PINDESK_CONNECTIONS_PER_ADDRESS", default "256", range "1 to 100000",
     "Connections of one address; beyond, the one that has waited longest for its client closes", |to, text| {
        to.connections_per_address = within(number(text)?, 1..=100_000, "from 1 to 100000")?;
        Ok(())
    }}
    {"max-connections", "PINDESK_MAX_CONNECTIONS", default "" shown as "as many as the limit of open files allows",
     range "1 to 100000", "Connections in all", |to, text| {
        to.max_connections = Some(within(number(text)?, 1..=100_000, "from 1 to 100000")?);
        Ok(())
    }}
    {"log-format", "PINDESK_LOG_FORMAT", default "text", range "text or json",
     "How the log is written", |to, text| {
        to.log_format = match text {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => return Err("it must be text or json".to_owned()),
        };
        Ok(())
    }}
    {"log-level", "PINDESK_LOG_LEVEL", default "info", range "error, warn, info, debug, trace",
     "What is logged; directives such as info,desk=debug work too", |to, text| {
        tracing_subscriber::EnvFilter::try_new(text).map_err(|_| "it must be error, warn, info, debug or trace".to_owned())?;
        to.log_level = text.to_owned();
        Ok(())
    }}
    {"shutdown-grace", "PINDESK_SHUTDOWN_GRACE", default "30s", range "0s to 10m",
     "How long requests under way may take when the server stops", |to, text| {
        to.shutdown_grace = within(duration(text)?, 0..=10 * MINUTE, "from 0s to 10m")?.unsigned_abs();
        Ok(())
    }}
};

fn proxies(text: &str) -> Result<Vec<ipnet::IpNet>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            item.parse().or_else(|_| item.parse::<std::net::IpAddr>().map(Into::into)).map_err(|_| {
                format!("\"{item}\" is neither an address nor a CIDR; write it like 10.0.0.5 or 10.0.0.0/8")
            })
        })
        .collect()
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
    use super::*;

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
    fn names_follow_one_pattern() {
        for setting in SETTINGS.iter().filter(|setting| setting.key != "site-addr") {
            let expected = format!("PINDESK_{}", setting.key.replace('-', "_").to_uppercase());
            assert_eq!(setting.env, expected);
        }
    }
}
