//! Filters in the addresses of lists. A word that means nothing finds nothing: it is refused like a field of a form,
//! and a page says so in place of its list.

use domain::{Actor, AssigneeFilter, Cursor, Error, FieldErrors, Key, Page, Person, TicketFilter};
use islands::{
    addresses::{query_parts, with},
    refusal::Refusal,
    request::RequestContext,
    ui::{Pagination, apart},
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};
use server_fn::axum_export::http::StatusCode;

/// Rows of one page of a list.
pub(crate) const PAGE: usize = 50;

/// The words of a filter of tickets, as they are in an address.
#[derive(Default)]
pub(crate) struct TicketWords<'a> {
    pub(crate) status: &'a str,
    pub(crate) priority: &'a str,
    pub(crate) category: &'a str,
    /// A customer's username. For staff.
    pub(crate) customer: &'a str,
    /// `none`, `me` or a member's username. For staff.
    pub(crate) assignee: &'a str,
}

/// Reads a filter of tickets, and the customer it names.
///
/// # Errors
/// [`Error::Invalid`] for words that mean nothing.
pub(crate) async fn tickets(
    context: &RequestContext,
    actor: &Actor,
    words: TicketWords<'_>,
) -> Result<(TicketFilter, Option<Person>), Error> {
    let mut errors = FieldErrors::default();
    let mut filter = TicketFilter {
        status: choice(&mut errors, "status", words.status, |word| word.parse().ok()),
        priority: choice(&mut errors, "priority", words.priority, |word| word.parse().ok()),
        ..TicketFilter::default()
    };
    if !words.category.trim().is_empty() {
        let categories = context.desk.categories();
        let names = if actor.role.is_staff() { categories.all_names(actor).await? } else { categories.names().await? };
        let find = |word: &str| names.iter().find(|name| name.to_lowercase() == word.to_lowercase()).cloned();
        filter.category = choice(&mut errors, "category", words.category, find);
    }
    let mut requester = None;
    if actor.role.is_staff() {
        requester = customer(context, actor, words.customer, &mut errors).await?;
        filter.requester = requester.as_ref().map(|customer| customer.id);
        filter.assignee = assignee(context, actor, words.assignee, &mut errors).await?;
    }
    if errors.is_empty() { Ok((filter, requester)) } else { Err(errors.into()) }
}

/// A word out of a list; nothing for an empty one.
pub(crate) fn choice<T>(
    errors: &mut FieldErrors,
    name: &'static str,
    word: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    let word = word.trim();
    if word.is_empty() {
        return None;
    }
    let found = read(word);
    if found.is_none() {
        errors.add(name, format!("There is no {name} “{}”", apart(&shown(word))));
    }
    found
}

/// The customer with this username; nobody for an empty one.
///
/// # Errors
/// The desk's refusal.
pub(crate) async fn customer(
    context: &RequestContext,
    actor: &Actor,
    username: &str,
    errors: &mut FieldErrors,
) -> Result<Option<Person>, Error> {
    let username = username.trim();
    if username.is_empty() {
        return Ok(None);
    }
    let found = context.desk.users().customer_named(actor, username).await?;
    if found.is_none() {
        errors.add("customer", format!("Nobody has the username “{}”", apart(&shown(username))));
    }
    Ok(found)
}

async fn assignee(
    context: &RequestContext,
    actor: &Actor,
    word: &str,
    errors: &mut FieldErrors,
) -> Result<Option<AssigneeFilter>, Error> {
    let username = word.trim();
    Ok(match username.to_lowercase().as_str() {
        "" => None,
        "none" => Some(AssigneeFilter::Unassigned),
        "me" => Some(AssigneeFilter::Mine),
        _ => {
            let found = context.desk.users().member_named(actor, username).await?;
            if found.is_none() {
                errors.add("assignee", format!("Nobody in the team has the username “{}”", apart(&shown(username))));
            }
            found.map(AssigneeFilter::Of)
        }
    })
}

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

/// Where a page of a list begins; at its newest for what names no place.
pub(crate) fn cursor(before: &str, after: &str) -> Cursor {
    let before = before.parse().ok().map(Cursor::Before);
    before.or_else(|| after.parse().ok().map(Cursor::After)).unwrap_or_default()
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

/// What somebody typed, as far as a sentence or a heading has room for it.
pub(crate) fn shown(word: &str) -> String {
    const MOST: usize = 60;
    let word = word.trim();
    match word.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}
