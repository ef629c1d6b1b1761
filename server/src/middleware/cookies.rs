//! The session's cookies: `HttpOnly`, `SameSite=Lax`, and over HTTPS `Secure` with the `__Host-` prefix (RFC 6265bis).

use desk::{SecondStep, Tokens};
use http::{HeaderMap, HeaderValue, header};
use islands::request::Theme;

/// The cookie that tells who asks, when served over HTTPS.
pub(crate) const ACCESS_OVER_HTTPS: &str = "__Host-pindesk_access";
const ACCESS: Names = Names { plain: "pindesk_access", secure: ACCESS_OVER_HTTPS };
const REFRESH: Names = Names { plain: "pindesk_refresh", secure: "__Host-pindesk_refresh" };
/// Set with the page that logs in: a secret by which a log-in that is sent twice is known to come from one browser.
const BROWSER: Names = Names { plain: "pindesk-browser", secure: "__Host-pindesk-browser" };
/// Set between the two steps of a log-in: the proof that the password was right.
const STEP: Names = Names { plain: "pindesk_step", secure: "__Host-pindesk_step" };
/// Set while somebody logs in at a provider: what their log-in is known by.
const SIGN_ON: Names = Names { plain: "pindesk_sign_on", secure: "__Host-pindesk_sign_on" };
/// The reader's choice of colours, `light` or `dark`; pages may write it.
const THEME: &str = "pindesk_theme";

/// The build whose style sheet the browser was given with a page.
const STYLE: &str = "pindesk-style";

struct Names {
    plain: &'static str,
    secure: &'static str,
}

impl Names {
    const fn get(&self, is_https: bool) -> &'static str {
        if is_https { self.secure } else { self.plain }
    }
}

/// Cookies of one name that are looked at: another site on the same domain can add some of the same name, which must not
/// hide ours.
const LOOKED_AT: usize = 4;

/// The tokens that came in cookies, each under its name as often as it came.
#[derive(Default)]
pub(crate) struct SessionCookies<'a> {
    pub(crate) access: Vec<&'a str>,
    pub(crate) refresh: Vec<&'a str>,
}

impl<'a> SessionCookies<'a> {
    pub(crate) fn read(headers: &'a HeaderMap, is_https: bool) -> Self {
        let mut cookies = Self::default();
        for (name, value) in all(headers).filter(|(_, value)| !value.is_empty()) {
            let tokens = if name == ACCESS.get(is_https).as_bytes() {
                &mut cookies.access
            } else if name == REFRESH.get(is_https).as_bytes() {
                &mut cookies.refresh
            } else {
                continue;
            };
            if tokens.len() < LOOKED_AT && !tokens.contains(&value) {
                tokens.push(value);
            }
        }
        cookies
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.access.is_empty() && self.refresh.is_empty()
    }
}

/// The values of a cookie, as often as it came.
fn named<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    all(headers).filter(move |(known, _)| *known == name.as_bytes()).map(|(_, value)| value)
}

/// The browser's secret, if it is one of ours by its form.
pub(crate) fn browser_key(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    let is_ours = |value: &&str| value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    named(headers, BROWSER.get(is_https)).find(is_ours)
}

/// The `Set-Cookie` header of the browser's secret. It lives as long as the browser runs.
pub(crate) fn set_browser_key(key: &str, is_https: bool) -> HeaderValue {
    header_value(BROWSER.get(is_https), key, "", is_https)
}

/// The proof that a password was right.
pub(crate) fn second_step(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    named(headers, STEP.get(is_https)).find(|value| !value.is_empty())
}

/// The `Set-Cookie` header of such a proof; without one it is cleared.
pub(crate) fn set_second_step(step: Option<&SecondStep>, is_https: bool) -> HeaderValue {
    let (value, life) = step.map_or(("", 0), |step| (step.as_str(), SecondStep::LIFE));
    cookie(STEP.get(is_https), value, life, is_https)
}

/// What a log-in at a provider is known by.
pub(crate) fn sign_on(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    named(headers, SIGN_ON.get(is_https)).find(|value| !value.is_empty())
}

/// The `Set-Cookie` header of that, with the seconds it lives; without it is cleared.
pub(crate) fn set_sign_on(value: Option<(&str, i64)>, is_https: bool) -> HeaderValue {
    let (value, life) = value.unwrap_or_default();
    cookie(SIGN_ON.get(is_https), value, life, is_https)
}

/// Whether the browser was given the style sheet of this build.
pub(crate) fn has_style(headers: &HeaderMap, version: &str) -> bool {
    all(headers).any(|(name, value)| name == STYLE.as_bytes() && value == version)
}

/// The `Set-Cookie` header that says so.
pub(crate) fn set_style(version: &str, is_https: bool) -> HeaderValue {
    header_value(STYLE, version, "; Max-Age=31536000", is_https)
}

pub(crate) fn theme(headers: &HeaderMap) -> Option<Theme> {
    all(headers).filter(|(name, _)| *name == THEME.as_bytes()).find_map(|(_, value)| match value {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    })
}

/// Every cookie whose value is text. Others on the host may hold any bytes, and must not take ours with them: a header is
/// read as bytes, and only what belongs to one cookie is left out with it.
fn all(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &str)> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let value = std::str::from_utf8(pair[at + 1..].trim_ascii()).ok()?;
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        Some((pair[..at].trim_ascii(), bare.unwrap_or(value)))
    })
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
    header_value(name, value, &format!("; Max-Age={max_age}"), is_https)
}

fn header_value(name: &str, value: &str, life: &str, is_https: bool) -> HeaderValue {
    let secure = if is_https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/{life}; HttpOnly; SameSite=Lax{secure}");
    let mut header = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_of_another_build_is_none() {
        let cookie = set_style("0123abcd", true);
        assert_eq!(
            cookie.to_str().unwrap(),
            "pindesk-style=0123abcd; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure"
        );
        let mut headers = HeaderMap::new();
        assert!(!has_style(&headers, "0123abcd"));
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; pindesk-style=0123abcd"));
        assert!(has_style(&headers, "0123abcd") && !has_style(&headers, "other"));
    }

    #[test]
    fn only_the_prefixed_cookies_count_over_https() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; pindesk_access=one; __Host-pindesk_access=two".parse().unwrap());
        headers.append(header::COOKIE, "pindesk_refresh=; pindesk_theme=dark".parse().unwrap());
        assert_eq!(SessionCookies::read(&headers, false).access, ["one"]);
        assert_eq!(SessionCookies::read(&headers, true).access, ["two"]);
        assert!(SessionCookies::read(&headers, false).refresh.is_empty());
        assert_eq!(theme(&headers), Some(Theme::Dark));
    }

    #[test]
    fn other_cookies_do_not_matter() {
        let many = format!("{}pindesk_access=a", "x=y; ".repeat(1000));
        for (line, expected) in [
            ("city=Zürich; pindesk_access=a".as_bytes(), vec!["a"]),
            (b"city=Z\xfcrich; pindesk_access=a", vec!["a"]),
            (b"pindesk_access=a; \xff\xfe", vec!["a"]),
            (b"nothing; =empty; ; ;;=; pindesk_access = a ", vec!["a"]),
            (b"json={\"a\":\"b\"}; pindesk_access=\"a\"", vec!["a"]),
            (b"quoted=\"x; pindesk_access=junk\"; pindesk_access=a", vec!["junk\"", "a"]),
            (b"pindesk_access=\xff; pindesk_access=a", vec!["a"]),
            (b"pindesk_access=; pindesk_access=a; pindesk_access=a; pindesk_access=b", vec!["a", "b"]),
            (b"PINDESK_ACCESS=x; xpindesk_access=x; pindesk_accessx=x", vec![]),
            (many.as_bytes(), vec!["a"]),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
            assert_eq!(SessionCookies::read(&headers, false).access, expected, "{}", String::from_utf8_lossy(line));
        }
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
