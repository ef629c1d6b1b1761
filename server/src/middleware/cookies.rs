//! The session's cookies: `HttpOnly`, `SameSite=Lax`, and over HTTPS `Secure` with the `__Host-` prefix (RFC 6265bis).

use app::request::Theme;
use desk::Tokens;
use http::{HeaderMap, HeaderValue, header};

/// The cookie that tells who asks, when served over HTTPS.
pub(crate) const ACCESS_OVER_HTTPS: &str = "__Host-pindesk_access";
const ACCESS: Names = Names { plain: "pindesk_access", secure: ACCESS_OVER_HTTPS };
const REFRESH: Names = Names { plain: "pindesk_refresh", secure: "__Host-pindesk_refresh" };
/// The reader's choice of colours, `light` or `dark`; pages may write it.
const THEME: &str = "pindesk_theme";

struct Names {
    plain: &'static str,
    secure: &'static str,
}

impl Names {
    const fn get(&self, is_https: bool) -> &'static str {
        if is_https { self.secure } else { self.plain }
    }
}

/// The tokens that came in cookies.
#[derive(Default)]
pub(crate) struct SessionCookies<'a> {
    pub(crate) access: Option<&'a str>,
    pub(crate) refresh: Option<&'a str>,
}

impl<'a> SessionCookies<'a> {
    pub(crate) fn read(headers: &'a HeaderMap, is_https: bool) -> Self {
        let mut cookies = Self::default();
        for (name, value) in all(headers).filter(|(_, value)| !value.is_empty()) {
            if name == ACCESS.get(is_https) {
                cookies.access = Some(value);
            } else if name == REFRESH.get(is_https) {
                cookies.refresh = Some(value);
            }
        }
        cookies
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.access.is_none() && self.refresh.is_none()
    }
}

pub(crate) fn theme(headers: &HeaderMap) -> Option<Theme> {
    all(headers).find(|(name, _)| *name == THEME).and_then(|(_, value)| match value {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    })
}

fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// The `Set-Cookie` headers of a session that was opened or renewed.
pub(crate) fn set(tokens: &Tokens, is_https: bool) -> [HeaderValue; 2] {
    [
        cookie(ACCESS.get(is_https), &tokens.access, tokens.access_ttl, is_https),
        cookie(REFRESH.get(is_https), &tokens.refresh, tokens.refresh_ttl, is_https),
    ]
}

/// The `Set-Cookie` headers of a session that is over.
pub(crate) fn clear(is_https: bool) -> [HeaderValue; 2] {
    [cookie(ACCESS.get(is_https), "", 0, is_https), cookie(REFRESH.get(is_https), "", 0, is_https)]
}

fn cookie(name: &str, value: &str, max_age: i64, is_https: bool) -> HeaderValue {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefixed_cookies_count_over_https() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; pindesk_access=one; __Host-pindesk_access=two".parse().unwrap());
        headers.append(header::COOKIE, "pindesk_refresh=; pindesk_theme=dark".parse().unwrap());
        assert_eq!(SessionCookies::read(&headers, false).access, Some("one"));
        assert_eq!(SessionCookies::read(&headers, true).access, Some("two"));
        assert_eq!(SessionCookies::read(&headers, false).refresh, None);
        assert_eq!(theme(&headers), Some(Theme::Dark));
    }

    #[test]
    fn attributes() {
        let [access, _] = clear(true);
        assert_eq!(
            access.to_str().unwrap(),
            "__Host-pindesk_access=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
