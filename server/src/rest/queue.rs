//! The staff's list of tickets: what an address narrows it to.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use desk::Desk;
use domain::{
    Actor, AssigneeFilter, Cursor, FieldErrors, Key, Priority, SEARCH_MAX_HITS, SearchQuery, Status, Ticket,
    TicketFilter, TicketOrder, UserId, not_a_choice,
};
use http::request::Parts;
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{RefOr, Response},
};

use super::paging::{CURSOR, asked};
use crate::reply::{
    ApiResult,
    api::{FIELDS, refusals},
};

/// Which tickets staff ask for. Customers have their own, whatever they ask for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Queue {
    /// Staff: Open, In Progress, Waiting on Customer, Resolved or Closed
    #[param(value_type = Option<String>, required = false, example = "Open")]
    status: String,
    /// Staff: Low, Medium, High or Urgent
    #[param(value_type = Option<String>, required = false, example = "High")]
    priority: String,
    /// Staff: the name of a category
    #[param(value_type = Option<String>, required = false, example = "Bug")]
    category: String,
    /// Staff: a customer's username, or their id
    #[param(value_type = Option<String>, required = false, example = "ana")]
    customer: String,
    /// Staff: `me`, `none`, or the username of a member of the team
    #[param(value_type = Option<String>, required = false, example = "me")]
    assignee: String,
    /// Staff: `newest` first, or what `changed` last; `newest` when left out
    #[param(value_type = Option<String>, required = false, example = "newest")]
    order: String,
    /// Staff: words, or a number as `7` or `#7`. What is found comes in one page of 50 at most, the best first
    #[param(value_type = Option<String>, required = false, example = "printer")]
    q: String,
}

impl<S: Sync> FromRequestParts<S> for Queue {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let asked = |name: &str| asked(&parts.uri, name);
        Ok(Self {
            status: asked("status"),
            priority: asked("priority"),
            category: asked("category"),
            customer: asked("customer"),
            assignee: asked("assignee"),
            order: asked("order"),
            q: asked("q"),
        })
    }
}

impl IntoResponses for Queue {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([(400, "Field errors", &[FIELDS])])
    }
}

impl Queue {
    /// The names and values that an address of the same list has.
    pub(super) fn names(&self) -> [(&'static str, &str); 7] {
        [
            ("status", &self.status),
            ("priority", &self.priority),
            ("category", &self.category),
            ("customer", &self.customer),
            ("assignee", &self.assignee),
            ("order", &self.order),
            ("q", &self.q),
        ]
    }

    /// The tickets, and where the next page begins.
    pub(super) async fn tickets(
        &self,
        desk: &Desk,
        actor: &Actor,
        cursor: Cursor,
        limit: usize,
    ) -> ApiResult<(Vec<Ticket>, Option<Key>)> {
        let filter = self.filter(desk, actor, cursor).await?;
        let tickets = desk.tickets();
        if self.q.is_empty() {
            let page = tickets.list_whole(actor, &filter, cursor, limit).await?;
            return Ok((page.items, page.older));
        }
        let query = SearchQuery { text: self.q.clone(), filter, limit: limit.min(SEARCH_MAX_HITS) };
        let found = tickets.search(actor, &query).await?;
        let ids: Vec<_> = found.hits.iter().map(|hit| hit.ticket.id).collect();
        Ok((tickets.whole(actor, &ids).await?, None))
    }

    async fn filter(&self, desk: &Desk, actor: &Actor, cursor: Cursor) -> ApiResult<TicketFilter> {
        let mut errors = FieldErrors::default();
        let order = errors.take("order", order(&self.order)).unwrap_or_default();
        let filter = TicketFilter {
            status: filled(&self.status).and_then(|word| errors.take("status", word.parse::<Status>())),
            priority: filled(&self.priority).and_then(|word| errors.take("priority", word.parse::<Priority>())),
            category: self.category(desk, actor, &mut errors).await?,
            requester: self.customer(desk, actor, &mut errors).await?,
            assignee: self.assignee(desk, actor, &mut errors).await?,
            order,
        };
        match cursor {
            Cursor::First => {}
            _ if !self.q.is_empty() => {
                errors.add("cursor", "What is found by words comes in one page. Leave the cursor out.");
            }
            // One of the other order would begin somewhere else.
            Cursor::Before(key) | Cursor::After(key) if key.at.is_some() != (order == TicketOrder::Changed) => {
                errors.add("cursor", CURSOR);
            }
            Cursor::Before(_) | Cursor::After(_) => {}
        }
        if errors.is_empty() { Ok(filter) } else { Err(errors.into()) }
    }

    async fn category(&self, desk: &Desk, actor: &Actor, errors: &mut FieldErrors) -> ApiResult<Option<String>> {
        let Some(word) = filled(&self.category) else { return Ok(None) };
        let names = desk.categories().all_names(actor).await?;
        let found = names.iter().find(|name| name.to_lowercase() == word.to_lowercase());
        let found = found.cloned().ok_or_else(|| not_a_choice(word, names.iter().map(String::as_str)));
        Ok(errors.take("category", found))
    }

    async fn customer(&self, desk: &Desk, actor: &Actor, errors: &mut FieldErrors) -> ApiResult<Option<UserId>> {
        let Some(word) = filled(&self.customer) else { return Ok(None) };
        Ok(errors.take("customer", desk.users().customer_called(actor, word).await?))
    }

    async fn assignee(
        &self,
        desk: &Desk,
        actor: &Actor,
        errors: &mut FieldErrors,
    ) -> ApiResult<Option<AssigneeFilter>> {
        let Some(word) = filled(&self.assignee) else { return Ok(None) };
        if word.eq_ignore_ascii_case("me") {
            return Ok(Some(AssigneeFilter::Mine));
        }
        if word.eq_ignore_ascii_case("none") {
            return Ok(Some(AssigneeFilter::Unassigned));
        }
        if let Some(found) = desk.users().member_named(actor, word).await? {
            return Ok(Some(AssigneeFilter::Of(found)));
        }
        let team = desk.users().assignable(actor).await?;
        let team = team.iter().map(|member| member.username.as_str());
        errors.add("assignee", not_a_choice(word, ["me", "none"].into_iter().chain(team)));
        Ok(None)
    }
}

fn filled(word: &str) -> Option<&str> {
    (!word.is_empty()).then_some(word)
}

fn order(word: &str) -> Result<TicketOrder, String> {
    match word.to_ascii_lowercase().as_str() {
        "" | "newest" => Ok(TicketOrder::Newest),
        "changed" => Ok(TicketOrder::Changed),
        _ => Err(not_a_choice(word, ["newest", "changed"])),
    }
}
