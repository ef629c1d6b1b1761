//! Pages of a list: `limit` and `cursor` in the address, the next page in the header `Link`.

use axum::response::Response;
use domain::{Cursor, FieldErrors, Key};
use http::{HeaderValue, Uri, header};

/// The page that an address asks for, with `max_limit` rows when it does not say how many.
pub(crate) fn read(uri: &Uri, max_limit: usize) -> Result<(Cursor, usize), FieldErrors> {
    let mut errors = FieldErrors::default();
    let (mut cursor, mut limit) = (Cursor::First, max_limit);
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "limit" => limit = errors.take("limit", read_limit(&value, max_limit)).unwrap_or(max_limit),
            "cursor" => {
                let read = value.parse::<i64>().ok().filter(|id| *id > 0).map(|id| Cursor::Before(id.into()));
                let read = read.ok_or_else(|| "Take the cursor from the Link header of the page before.".to_owned());
                cursor = errors.take("cursor", read).unwrap_or_default();
            }
            _ => {}
        }
    }
    if errors.is_empty() { Ok((cursor, limit)) } else { Err(errors) }
}

/// Reads how many are asked for: 1 to `max_limit`.
pub(super) fn read_limit(text: &str, max_limit: usize) -> Result<usize, String> {
    let number: i64 = text.trim().parse().map_err(|_| "A valid integer is required.".to_owned())?;
    match usize::try_from(number) {
        Ok(limit) if (1..=max_limit).contains(&limit) => Ok(limit),
        _ if number < 1 => Err("Ensure this value is greater than or equal to 1.".to_owned()),
        _ => Err(format!("Ensure this value is less than or equal to {max_limit}.")),
    }
}

/// Names the next page, if there is one; `list` is the list's whole address.
pub(crate) fn link_next(response: &mut Response, list: &str, limit: usize, older: Option<Key>) {
    let link = older
        .and_then(|older| HeaderValue::from_str(&format!("<{list}?limit={limit}&cursor={older}>; rel=\"next\"")).ok());
    response.headers_mut().extend(link.map(|link| (header::LINK, link)));
}
