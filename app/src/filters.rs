//! Filters in the addresses of lists, and the way through their pages; `islands::filters` reads them.

use domain::{Cursor, Error, Key, Page};
use islands::{
    addresses::{query_parts, with},
    refusal::Refusal,
    ui::Pagination,
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use server_fn::axum_export::http::StatusCode;

pub(crate) use islands::filters::{PAGE, choice, cursor, customer, shown, tickets};

/// Where a page of a list begins, in an address.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct CursorQuery {
    before: String,
    after: String,
}

impl CursorQuery {
    /// With what is older than this.
    pub(crate) fn before(key: Key) -> Self {
        Self { before: key.to_string(), after: String::new() }
    }

    /// With what is newer.
    pub(crate) fn after(key: Key) -> Self {
        Self { before: String::new(), after: key.to_string() }
    }

    /// At its newest for what names no place.
    pub(crate) fn cursor(&self) -> Cursor {
        cursor(&self.before, &self.after)
    }
}

/// The way through a list; `query` is the filter that stays.
pub(crate) fn pagination<T, Q: Serialize>(page: &Page<T>, path: &str, query: &Q, summary: String) -> AnyView {
    let list = with(path, query);
    let prev = page.newer.map(|key| with(&list, &CursorQuery::after(key)));
    let next = page.older.map(|key| with(&list, &CursorQuery::before(key)));
    view! { <Pagination prev next summary/> }.into_any()
}

/// The filter that stays, in a form that asks for another part of it.
pub(crate) fn hidden_fields<Q: Serialize>(query: &Q) -> AnyView {
    let field = |(name, value): (String, String)| view! { <input type="hidden" name=name value=value/> };
    query_parts(&with("", query)).into_iter().map(field).collect_view().into_any()
}

/// What a list found, or why it can find nothing: an empty list, and what its filter names that is not there.
pub(crate) fn known<T: Default>(found: Result<T, impl Into<Refusal>>) -> Result<(T, Option<String>), Refusal> {
    match found.map_err(Into::into) {
        Ok(found) => Ok((found, None)),
        Err(Refusal(Error::Invalid { fields })) => {
            // The page itself is there, with an empty list.
            if let Some(response) = use_context::<ResponseOptions>() {
                response.set_status(StatusCode::OK);
            }
            let sentences: Vec<String> = fields.0.into_values().flatten().collect();
            Ok((T::default(), Some(sentences.join(". "))))
        }
        Err(other) => Err(other),
    }
}
