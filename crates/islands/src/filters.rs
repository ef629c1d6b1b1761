//! Filters in the addresses of lists, as the desk takes them. A word that means nothing finds nothing: it is refused like a
//! field of a form, and a page says so in place of its list.

use domain::{
    Actor, AssigneeFilter, Cursor, Error, FieldErrors, Person, TicketFilter, TicketOrder, TicketQuery, apart,
};

use crate::request::RequestContext;

/// Rows of one page of a list.
pub const PAGE: usize = 50;

/// Reads a filter of tickets, and the customer it names.
///
/// # Errors
/// [`Error::Invalid`] for words that mean nothing.
pub async fn tickets(
    context: &RequestContext,
    actor: &Actor,
    query: &TicketQuery,
) -> Result<(TicketFilter, Option<Person>), Error> {
    let mut errors = FieldErrors::default();
    let mut filter = TicketFilter {
        status: choice(&mut errors, "status", &query.status, |word| word.parse().ok()),
        priority: choice(&mut errors, "priority", &query.priority, |word| word.parse().ok()),
        ..TicketFilter::default()
    };
    if query.order == TicketQuery::CHANGED {
        filter.order = TicketOrder::Changed;
    }
    if !query.category.trim().is_empty() {
        let categories = context.desk.categories();
        let names = if actor.role.is_staff() { categories.all_names(actor).await? } else { categories.names().await? };
        let find = |word: &str| names.iter().find(|name| name.to_lowercase() == word.to_lowercase()).cloned();
        filter.category = choice(&mut errors, "category", &query.category, find);
    }
    let mut requester = None;
    if actor.role.is_staff() {
        requester = customer(context, actor, &query.customer, &mut errors).await?;
        filter.requester = requester.as_ref().map(|customer| customer.id);
        filter.assignee = assignee(context, actor, &query.assignee, &mut errors).await?;
    }
    if errors.is_empty() { Ok((filter, requester)) } else { Err(errors.into()) }
}

/// A word out of a list; nothing for an empty one.
pub fn choice<T>(
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
pub async fn customer(
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

/// Where a page of a list begins; at its newest for what names no place.
pub fn cursor(before: &str, after: &str) -> Cursor {
    let before = before.parse().ok().map(Cursor::Before);
    before.or_else(|| after.parse().ok().map(Cursor::After)).unwrap_or_default()
}

/// What somebody typed, as far as a sentence or a heading has room for it.
pub fn shown(word: &str) -> String {
    const MOST: usize = 60;
    let word = word.trim();
    match word.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}
