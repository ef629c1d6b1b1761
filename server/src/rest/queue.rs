//! The staff's list of tickets: what an address narrows it to.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use desk::Desk;
use domain::{
    Actor, AssigneeFilter, Cursor, FieldErrors, Key, Priority, SEARCH_MAX_HITS, SearchQuery, Status, Ticket,
    TicketFilter, TicketOrder, TicketQuery, UserId, not_a_choice,
};
use http::request::Parts;
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        Object, RefOr, Required, Response, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::paging::{CURSOR, asked};
use crate::reply::{
    ApiResult,
    api::{FIELDS, refusals},
};

/// Which tickets staff ask for, by what is in the address. Customers have their own, whatever they ask for.
pub(crate) struct Queue(TicketQuery);

/// What of a [`TicketQuery`] is asked for here: name, what it means, and an example. Pages have a cursor of their own.
const PARAMETERS: [(&str, &str, &str); 7] = [
    ("status", "Staff: Open, In Progress, Waiting on Customer, Resolved or Closed", "Open"),
    ("priority", "Staff: Low, Medium, High or Urgent", "High"),
    ("category", "Staff: the name of a category", "Bug"),
    ("customer", "Staff: a customer's username, or their id", "ana"),
    ("assignee", "Staff: `me`, `none`, or the username of a member of the team", "me"),
    ("order", "Staff: `newest` first, or what `changed` last; `newest` when left out", "newest"),
    (
        "q",
        "Staff: words, or a number as `7` or `#7`. What is found comes in one page of 50 at most, the best first",
        "printer",
    ),
];

fn is_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|(known, ..)| *known == name)
}

impl IntoParams for Queue {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |(name, about, example): &(&str, &str, &str)| {
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(*about))
                .schema(Some(Object::with_type(Type::String)))
                .example(Some((*example).into()))
                .build()
        };
        PARAMETERS.iter().map(parameter).collect()
    }
}

impl<S: Sync> FromRequestParts<S> for Queue {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let word = |name: &str| if is_parameter(name) { asked(&parts.uri, name) } else { String::new() };
        Ok(Self(TicketQuery::from_parts(word)))
    }
}

impl IntoResponses for Queue {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        refusals([(400, "Field errors", &[FIELDS])])
    }
}

impl Queue {
    /// The names and values that an address of the same list has.
    pub(super) fn names(&self) -> Vec<(&'static str, &str)> {
        self.0.parts().into_iter().filter(|(name, _)| is_parameter(name)).collect()
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
        if self.0.q.is_empty() {
            let page = tickets.list_whole(actor, &filter, cursor, limit).await?;
            return Ok((page.items, page.older));
        }
        let query = SearchQuery { text: self.0.q.clone(), filter, limit: limit.min(SEARCH_MAX_HITS) };
        let found = tickets.search(actor, &query).await?;
        let ids: Vec<_> = found.hits.iter().map(|hit| hit.ticket.id).collect();
        Ok((tickets.whole(actor, &ids).await?, None))
    }

    async fn filter(&self, desk: &Desk, actor: &Actor, cursor: Cursor) -> ApiResult<TicketFilter> {
        let mut errors = FieldErrors::default();
        let order = errors.take("order", order(&self.0.order)).unwrap_or_default();
        let filter = TicketFilter {
            status: filled(&self.0.status).and_then(|word| errors.take("status", word.parse::<Status>())),
            priority: filled(&self.0.priority).and_then(|word| errors.take("priority", word.parse::<Priority>())),
            category: self.category(desk, actor, &mut errors).await?,
            requester: self.customer(desk, actor, &mut errors).await?,
            assignee: self.assignee(desk, actor, &mut errors).await?,
            order,
        };
        match cursor {
            Cursor::First => {}
            _ if !self.0.q.is_empty() => {
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
        let Some(word) = filled(&self.0.category) else { return Ok(None) };
        let names = desk.categories().all_names(actor).await?;
        let found = names.iter().find(|name| name.to_lowercase() == word.to_lowercase());
        let found = found.cloned().ok_or_else(|| not_a_choice(word, names.iter().map(String::as_str)));
        Ok(errors.take("category", found))
    }

    async fn customer(&self, desk: &Desk, actor: &Actor, errors: &mut FieldErrors) -> ApiResult<Option<UserId>> {
        let Some(word) = filled(&self.0.customer) else { return Ok(None) };
        Ok(errors.take("customer", desk.users().customer_called(actor, word).await?))
    }

    async fn assignee(
        &self,
        desk: &Desk,
        actor: &Actor,
        errors: &mut FieldErrors,
    ) -> ApiResult<Option<AssigneeFilter>> {
        let Some(word) = filled(&self.0.assignee) else { return Ok(None) };
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
        TicketQuery::CHANGED => Ok(TicketOrder::Changed),
        _ => Err(not_a_choice(word, ["newest", TicketQuery::CHANGED])),
    }
}
