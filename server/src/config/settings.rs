//! The settings as the program uses them.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use desk::{BucketAccess, DeskConfig};
use http::Uri;
use ipnet::IpNet;

use super::{sign_on::SignOn, table::SETTINGS};

/// Every setting, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen.
    pub site_addr: SocketAddr,
    /// Where Prometheus may ask, if anywhere.
    pub metrics_addr: Option<SocketAddr>,
    /// Where buckets are and who asks.
    pub bucket_access: BucketAccess,
    /// What the desk is opened with.
    pub desk: DeskConfig,
    /// The address of the site, if not that of `site_addr`.
    pub public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may call the REST API from a browser, if not the default.
    pub cors_origins: Option<Vec<PublicUrl>>,
    /// Changes a minute that one session may make, on average over ten minutes.
    pub writes_per_minute: u32,
    /// Readings a minute of one session, likewise.
    pub reads_per_minute: u32,
    /// Connections of one address.
    pub connections_per_address: u32,
    /// Connections in all, if not as many as the limit of open files allows.
    pub max_connections: Option<u32>,
    /// The provider that staff log in with.
    pub sign_on: SignOn,
    /// How the log is written.
    pub log_format: LogFormat,
    /// What is logged: a level, or directives as `tracing-subscriber` reads them.
    pub log_level: String,
    /// Seconds in which requests under way may finish when the server stops.
    pub shutdown_grace: i64,
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
        let mut settings = Self {
            site_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            metrics_addr: None,
            bucket_access: BucketAccess::default(),
            desk: DeskConfig::new(""),
            public_url: None,
            trusted_proxies: Vec::new(),
            cors_origins: None,
            writes_per_minute: 0,
            reads_per_minute: 0,
            connections_per_address: 0,
            max_connections: None,
            sign_on: SignOn::default(),
            log_format: LogFormat::Text,
            log_level: String::new(),
            shutdown_grace: 0,
        };
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            (setting.set)(&mut settings, setting.default).expect("a test holds every default to its own rules");
        }
        settings
    }
}

fn url_host(ip: IpAddr) -> String {
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

/// Whether an address of a provider may be asked: by TLS, or on this machine.
pub(crate) fn is_safe(address: &str) -> bool {
    let Ok(uri) = address.parse::<http::Uri>() else { return false };
    let origin =
        || format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |host| host.as_str()));
    match uri.scheme_str() {
        Some("https") => uri.host().is_some(),
        Some("http") => origin().parse::<PublicUrl>().is_ok_and(|url| url.is_loopback()),
        _ => false,
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
    fn providers_are_asked_by_tls() {
        for (address, expected) in [
            ("https://id.example.org/realms/desk", true),
            ("http://127.0.0.1:4000/x", true),
            ("http://localhost:4000", true),
            ("http://id.example.org", false),
            ("http://127.0.0.1.evil.com", false),
            ("ftp://id.example.org", false),
            ("id.example.org", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(is_safe(address), expected, "{address}");
        }
    }

    #[test]
    fn the_desk_and_the_table_agree() {
        let settings = Settings::default();
        let (ours, theirs) = (settings.desk, DeskConfig::new("./data"));
        assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
    }
}
