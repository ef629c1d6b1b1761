//! The settings as the program uses them.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use desk::{Clock, DeskConfig, Secret};
use domain::UploadLimits;
use http::Uri;
use ipnet::IpNet;

use super::table::SETTINGS;

/// Every setting, read and checked. Times are in seconds.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub site_addr: SocketAddr,
    /// Holds the database, the files and the secret.
    pub data_dir: PathBuf,
    /// The database, if not the one in the data folder.
    pub database_url: Option<String>,
    /// The secret, if not the one in the data folder.
    pub secret_key: Option<Secret>,
    /// Whether a desk that is in use goes on without the secret of before: a flag of one call, never kept.
    pub new_secret: bool,
    /// The address of the site, if not that of `site_addr`.
    pub public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may call the REST API from a browser, if not the default.
    pub cors_origins: Option<Vec<PublicUrl>>,
    /// Life of an access token.
    pub access_token_life: i64,
    /// Life of a refresh token.
    pub refresh_token_life: i64,
    /// How long an old refresh token is still answered.
    pub rotation_grace: i64,
    /// After which a customer's session ends for good.
    pub session_life: i64,
    /// After which a session of staff ends for good.
    pub staff_session_life: i64,
    /// After which a session of staff ends that asks for nothing.
    pub staff_idle: i64,
    /// Life of a PIN.
    pub pin_life: i64,
    /// Life of a signed file address.
    pub file_link_life: i64,
    /// What may be attached.
    pub upload: UploadLimits,
    /// Changes a minute that one session may make, on average over ten minutes.
    pub writes_per_minute: u32,
    /// Readings a minute of one session, likewise.
    pub reads_per_minute: u32,
    /// Failed logins from one address before it has to wait.
    pub failures_per_client: u32,
    /// Seconds in which they count.
    pub failure_window: i64,
    /// Failed logins from one network, if not ten times those of an address.
    pub failures_per_network: Option<u32>,
    /// Failed logins to one account, if not twice those of an address.
    pub failures_per_account: Option<u32>,
    /// Failed logins a minute from everywhere, above which attempts go through one gate.
    pub failures_per_minute: u32,
    /// Attempts that the gate lets through in a second.
    pub attempts_per_second: u32,
    /// Attempts that may wait at the gate.
    pub attempts_waiting: u32,
    /// Connections of one address.
    pub connections_per_address: u32,
    /// Connections in all, if not as many as the limit of open files allows.
    pub max_connections: Option<u32>,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged: a level, or directives as `tracing-subscriber` reads them.
    pub log_level: String,
    /// Seconds in which requests under way may finish when the server stops.
    pub shutdown_grace: u64,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// Empty, to be filled from the table.
    fn blank() -> Self {
        let desk = DeskConfig::new("");
        Self {
            site_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: PathBuf::new(),
            database_url: None,
            secret_key: None,
            new_secret: false,
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: None,
            access_token_life: desk.access_ttl,
            refresh_token_life: desk.refresh_ttl,
            rotation_grace: desk.rotation_grace,
            session_life: desk.session_ttl,
            staff_session_life: desk.staff_session_ttl,
            staff_idle: desk.staff_idle,
            pin_life: desk.pin_ttl,
            file_link_life: desk.media_ttl,
            upload: desk.upload,
            writes_per_minute: 1,
            reads_per_minute: 1,
            failures_per_client: desk.failures_per_client,
            failure_window: desk.failure_window,
            failures_per_network: desk.failures_per_network,
            failures_per_account: desk.failures_per_account,
            failures_per_minute: desk.failures_per_minute,
            attempts_per_second: desk.attempts_per_second,
            attempts_waiting: desk.attempts_waiting,
            connections_per_address: 0,
            max_connections: None,
            log_format: LogFormat::Text,
            log_level: String::new(),
            shutdown_grace: 0,
        }
    }

    /// What the desk is opened with.
    pub fn desk(&self) -> DeskConfig {
        DeskConfig {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            secret: self.secret_key.clone(),
            access_ttl: self.access_token_life,
            refresh_ttl: self.refresh_token_life,
            rotation_grace: self.rotation_grace,
            session_ttl: self.session_life,
            staff_session_ttl: self.staff_session_life,
            staff_idle: self.staff_idle,
            pin_ttl: self.pin_life,
            media_ttl: self.file_link_life,
            upload: self.upload,
            failures_per_client: self.failures_per_client,
            failure_window: self.failure_window,
            failures_per_network: self.failures_per_network,
            failures_per_account: self.failures_per_account,
            failures_per_minute: self.failures_per_minute,
            attempts_per_second: self.attempts_per_second,
            attempts_waiting: self.attempts_waiting,
            new_secret: self.new_secret,
            clock: Clock::System,
            ..DeskConfig::new(&self.data_dir)
        }
    }

    /// The address of the site, once it is known where it listens.
    pub fn public_url_at(&self, listening: SocketAddr) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| {
            let ip = listening.ip();
            let host = if ip.is_unspecified() { "localhost".to_owned() } else { url_host(ip) };
            PublicUrl(format!("http://{host}:{}", listening.port()))
        })
    }

    /// Who may call the REST API from a browser: what was set, or the usual development servers while the site
    /// itself is only reached from this machine.
    pub fn cors_origins_at(&self, public_url: &PublicUrl) -> Vec<String> {
        match &self.cors_origins {
            Some(origins) => origins.iter().map(|origin| origin.0.clone()).collect(),
            None if public_url.is_loopback() => {
                ["http://localhost:5173", "http://127.0.0.1:5173"].map(ToOwned::to_owned).to_vec()
            }
            None => Vec::new(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let mut settings = Self::blank();
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            (setting.set)(&mut settings, setting.default).expect("a test holds every default to its own rules");
        }
        settings
    }
}

fn url_host(ip: std::net::IpAddr) -> String {
    if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }
}

/// The scheme, host and port of a site, as in `https://desk.example.org`; never with a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// As text; the same as the `Origin` header of its pages (RFC 6454).
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over HTTPS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Whether it is this machine only.
    pub fn is_loopback(&self) -> bool {
        let host = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(host, _)| host);
        let ip: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        // Names below localhost are this machine's, too (RFC 6761, 6.3); others are not, whatever they begin with.
        host == "localhost" || host.ends_with(".localhost") || ip.is_some_and(|ip| ip.to_canonical().is_loopback())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("\"{text}\" {why}; write it like https://desk.example.org");
        let uri: Uri = text.trim().parse().map_err(|_| wrong("is not an address"))?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or_else(|| wrong("does not begin with http:// or https://"))?;
        let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user name"));
        }
        if !uri.path().trim_end_matches('/').is_empty() || uri.query().is_some() {
            return Err(wrong("has a path, and the site is served at the root"));
        }
        // Browsers leave the scheme's own port out of the Origin header.
        let port = authority.port_u16().filter(|port| *port != if scheme == "https" { 443 } else { 80 });
        let host = authority.host().to_ascii_lowercase();
        Ok(Self(port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_origins() {
        let read = |text: &str| text.parse::<PublicUrl>().map(|url| url.0);
        assert_eq!(read("https://Desk.example.org/"), Ok("https://desk.example.org".into()));
        assert_eq!(read("https://desk.example.org:443"), Ok("https://desk.example.org".into()));
        assert_eq!(read("http://[::1]:8000"), Ok("http://[::1]:8000".into()));
        for bad in ["desk.example.org", "ftp://a.b", "https://a.b/desk", "https://u@a.b", "", "https://a.b?x=1"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:8000", true),
            ("http://localhost", true),
            ("http://[::1]:8000", true),
            ("https://desk.example.org", false),
            ("http://192.168.1.2:8000", false),
            ("http://127.8.8.8", true),
            ("http://desk.localhost:8000", true),
            ("http://127.evil.com", false),
            ("http://127.0.0.1.evil.com:8000", false),
            ("http://localhost.evil.com", false),
            ("http://notlocalhost", false),
        ] {
            assert_eq!(url.parse::<PublicUrl>().unwrap().is_loopback(), expected, "{url}");
        }
    }

    #[test]
    fn the_desk_and_the_table_agree() {
        let settings = Settings::default();
        let (ours, theirs) = (settings.desk(), DeskConfig::new("./data"));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }
}
