//! Support PINs: issue, list, revoke. For staff, and for their programs.

use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse as _, Response},
};
use desk::{IssuedPin, NewPins};
use domain::{
    Actor, Can, CanSet, FieldErrors, PinCount, PinRecord, PinScope, PinState, Purpose, ScopeDraft, TicketId, Timestamp,
    UserId,
};
use http::{StatusCode, Uri, request::Parts};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    apart,
    fields::{Given, NO_STRING},
    paging::{self, Page},
    sent::{Chosen, Field, NoBody, Sent, sendable},
    wire::json,
};
use crate::{
    config::duration,
    extract::{CustomerPath, PinPath, Staff},
    reply::{ApiError, ApiResult, api::Detail},
    site::Site,
};

sendable! {
    /// PINs to issue. What is left out is no narrower than the customer.
    #[schema(as = PinsRequest)]
    pub(crate) struct PinsBody {
        /// How long they can be redeemed, with a unit: from `1m` to `90d`. The desk's usual time when left out.
        #[schema(value_type = Option<String>, example = "24h")]
        ttl: Duration,
        /// How many; more than 50 at once are for admins. One that is issued alone takes the place of an unused one for the same.
        #[schema(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 1, example = 1)]
        count: Count,
        /// For this ticket of theirs alone.
        #[schema(value_type = Option<i64>, example = json!(null))]
        ticket: Ticket,
        /// What its session may do: `read`, `reply`, `upload`, `delegate`; a list, or words with commas between them. Everything when left
        /// out; for one ticket everything but `delegate`.
        #[schema(value_type = Option<Vec<String>>, example = json!(["read", "reply"]))]
        can: Cans,
        /// How long its session stays, with a unit, however often it is renewed: from `1m` to `365d`. As long as any when left out.
        #[schema(value_type = Option<String>, example = "8h")]
        stays: Duration,
        /// What it is called; whoever uses it sees it, too.
        #[schema(max_length = 100, example = "by phone")]
        label: Option<String>,
        /// `login`, or `drop` to add files to its ticket and read nothing; `login` when left out.
        #[schema(value_type = Option<String>, example = "drop")]
        purpose: Chosen<Purpose>,
        /// How the caller of this knows a customer who can make no caller code, in a line. It counts as one for 15 minutes, and is kept.
        #[schema(max_length = 200, example = "At the counter, with an identity card")]
        how: Option<String>,
    }
}

/// A time with its unit, in seconds; null and empty count as left out.
pub(crate) struct Duration(pub(crate) Option<i64>);

impl Field for Duration {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let text = match given {
            None | Some(Given::Null) => return Some(Self(None)),
            Some(Given::Text(text)) if text.trim().is_empty() => return Some(Self(None)),
            Some(Given::Text(text)) => text,
            Some(_) => {
                errors.add(name, NO_STRING);
                return Some(Self(None));
            }
        };
        // A number alone could be anything.
        let seconds = text.trim().ends_with(|c: char| c.is_ascii_alphabetic()).then(|| duration(text).ok()).flatten();
        let shown: String = text.chars().take(50).collect();
        let sentence = || format!("\"{shown}\" is no time. Write it with its unit, as in \"30m\", \"24h\" or \"90d\".");
        Some(Self(errors.take(name, seconds.ok_or_else(sentence))))
    }
}

/// A whole number, which can be left out.
fn whole<T: std::str::FromStr>(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<T> {
    let read = match given {
        None | Some(Given::Null) => return None,
        Some(Given::Text(text)) if text.trim().is_empty() => return None,
        Some(Given::Text(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    errors.take(name, read.ok_or_else(|| "A valid integer is required.".to_owned()))
}

/// How many.
struct Count(u32);

impl Field for Count {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(whole(given, name, errors).unwrap_or(PinCount::ONE.get())))
    }
}

/// A ticket by its number.
struct Ticket(Option<TicketId>);

impl Field for Ticket {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        Some(Self(whole(given, name, errors)))
    }
}

/// What a session may do.
pub(crate) struct Cans(pub(crate) Option<CanSet>);

impl Field for Cans {
    fn read(given: Option<&Given>, name: &str, errors: &mut FieldErrors) -> Option<Self> {
        let read = match given {
            None | Some(Given::Null) => return Some(Self(None)),
            Some(Given::Text(text)) if text.trim().is_empty() => return Some(Self(None)),
            Some(Given::Text(text)) => text.parse(),
            Some(Given::Words(words)) => {
                words.iter().map(|word| word.parse()).collect::<Result<Vec<Can>, _>>().map(CanSet::of)
            }
            Some(Given::Nothing) => Err("Name what it may do, or leave this out.".to_owned()),
            Some(_) => Err("Send a list of words, as in [\"read\", \"reply\"].".to_owned()),
        };
        Some(Self(errors.take(name, read)))
    }
}

/// What a PIN opens.
#[derive(Serialize, ToSchema)]
#[schema(as = PinScope)]
struct OpensJson<'a> {
    /// The number of the one ticket that it is for; null for all of the customer's.
    #[schema(required = true)]
    ticket: Option<i64>,
    /// `read`, `reply`, `upload`, `delegate`.
    #[schema(example = json!(["read", "reply", "upload"]))]
    can: Vec<&'static str>,
    /// Seconds that its session stays; null for as long as any.
    #[schema(required = true, example = 28800)]
    stays: Option<i64>,
    /// May be empty.
    label: &'a str,
    /// `login`, or `drop` to add files to its ticket and read nothing.
    #[schema(example = "drop")]
    purpose: &'static str,
}

impl<'a> OpensJson<'a> {
    fn of(scope: &'a PinScope) -> Self {
        Self {
            ticket: scope.ticket.map(|ticket| ticket.0),
            can: scope.can.iter().map(Can::as_str).collect(),
            stays: scope.stays.map(|stays| stays.seconds()),
            label: &scope.label,
            purpose: scope.purpose.as_str(),
        }
    }
}

/// A PIN in clear, shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedPin)]
pub(crate) struct IssuedJson<'a> {
    /// Its record, for revoking it.
    #[schema(example = 12)]
    id: i64,
    #[schema(example = "SUP-7K3M-Q9WD")]
    pin: String,
    /// Whose it is.
    #[schema(example = "ana")]
    username: &'a str,
    /// Until when it can be redeemed. RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    #[serde(flatten)]
    opens: OpensJson<'a>,
}

impl<'a> IssuedJson<'a> {
    fn of(issued: &'a IssuedPin) -> Self {
        Self {
            id: issued.id.0,
            pin: issued.pin.to_string(),
            username: &issued.username,
            expires_at: issued.expires_at,
            opens: OpensJson::of(&issued.scope),
        }
    }
}

/// What is known of a PIN; the PIN itself is not.
#[derive(Serialize, ToSchema)]
#[schema(as = Pin)]
pub(crate) struct PinJson<'a> {
    #[schema(example = 12)]
    id: i64,
    /// `issued`, `redeemed`, `expired` or `revoked`.
    #[schema(example = "issued")]
    state: &'static str,
    customer: OwnerJson<'a>,
    /// Who issued it; null for the command line.
    #[schema(required = true, example = "Agnes")]
    issued_by: Option<&'a str>,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    issued_at: Timestamp,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// RFC 3339, in UTC; null for one that was not.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    redeemed_at: Option<Timestamp>,
    /// RFC 3339, in UTC; null for one that was not.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// The PIN that took its place, which is why it was revoked.
    #[schema(required = true)]
    replaced_by: Option<i64>,
    #[serde(flatten)]
    opens: OpensJson<'a>,
}

/// Whose something is.
#[derive(Serialize, ToSchema)]
#[schema(as = Owner)]
struct OwnerJson<'a> {
    #[schema(example = 3)]
    id: i64,
    #[schema(example = "ana")]
    username: &'a str,
    /// To show.
    #[schema(example = "Ana Ruiz")]
    name: &'a str,
}

impl<'a> PinJson<'a> {
    fn of(pin: &'a PinRecord) -> Self {
        Self {
            id: pin.id.0,
            state: pin.state.as_str(),
            customer: OwnerJson { id: pin.user_id.0, username: &pin.username, name: &pin.name },
            issued_by: pin.issued_by.as_deref(),
            issued_at: pin.issued_at,
            expires_at: pin.expires_at,
            redeemed_at: pin.redeemed_at,
            revoked_at: pin.revoked_at,
            replaced_by: pin.replaced_by.map(|pin| pin.0),
            opens: OpensJson::of(&pin.scope),
        }
    }
}

type PinsPage = Page<500>;

/// Which PINs an address asks for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Standing {
    /// `issued`, `redeemed`, `expired` or `revoked`; all when left out
    #[param(value_type = Option<String>, example = "issued")]
    state: Option<PinState>,
}

impl<S: Sync> FromRequestParts<S> for Standing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let word = paging::asked(&parts.uri, "state");
        let read = (!word.is_empty()).then(|| word.parse()).transpose();
        Ok(Self { state: read.map_err(|sentence| FieldErrors::one("state", sentence))? })
    }
}

async fn page(
    site: &Site,
    actor: &Actor,
    uri: &Uri,
    user: Option<UserId>,
    which: Standing,
    page: PinsPage,
) -> ApiResult<Response> {
    let found = site.desk.pins().list(actor, which.state, user, page.cursor, page.limit).await?;
    let mut response = json(StatusCode::OK, &found.items.iter().map(PinJson::of).collect::<Vec<_>>())?;
    let list = format!("{}{}/", site.public_url_text, uri.path().trim_end_matches('/'));
    let state = which.state.map_or("", PinState::as_str);
    paging::link_next_of(&mut response, &list, &[("state", state)], page.limit, found.older);
    Ok(response)
}

/// PINs of all customers, newest first, without the PINs themselves. Staff.
#[utoipa::path(
    get, path = "/api/pins/", tag = "Customers", operation_id = "list_pins",
    security(("bearer" = []), ("cookie" = [])),
    params(Standing, PinsPage),
    responses(
        (status = 200, description = "PINs", body = [PinJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, PinsPage,
    )
)]
pub(crate) async fn list(
    State(site): State<Site>,
    Staff(actor): Staff,
    uri: Uri,
    which: Standing,
    asked: PinsPage,
) -> ApiResult {
    page(&site, &actor, &uri, None, which, asked).await
}

/// PINs of a customer, newest first, without the PINs themselves. Staff.
#[utoipa::path(
    get, path = "/api/customers/{id}/pins/", tag = "Customers", operation_id = "list_pins_of_customer",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath, Standing, PinsPage),
    responses(
        (status = 200, description = "PINs", body = [PinJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, CustomerPath, PinsPage,
    )
)]
pub(crate) async fn of_customer(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(id): CustomerPath,
    uri: Uri,
    which: Standing,
    asked: PinsPage,
) -> ApiResult {
    site.desk.users().customer(&actor, id).await?;
    page(&site, &actor, &uri, Some(id), which, asked).await
}

/// Issue PINs for a customer. They are in this answer and nowhere else. Staff.
#[utoipa::path(
    post, path = "/api/customers/{id}/pins/", tag = "Customers", operation_id = "issue_pins",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath),
    request_body(content(
        (PinsBody = "application/json"),
        (PinsBody = "application/x-www-form-urlencoded"),
        (PinsBody = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The PINs", body = [IssuedJson<'static>]),
        Staff, CustomerPath, Sent<PinsBody>,
        (status = 403, description = "For staff; more than 50 at once for admins", body = Detail<'static>),
        (status = 409, description = "The customer is deactivated, or marked as sensitive: then people ask for the PIN on the customer's \
         page, and another one confirms it. Or `how` came of one who can make a caller code", body = Detail<'static>),
    )
)]
pub(crate) async fn issue(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(user_id): CustomerPath,
    Sent(body): Sent<PinsBody>,
) -> ApiResult {
    let scope = ScopeDraft {
        ticket: body.ticket.0,
        can: body.can.0,
        stays: body.stays.0,
        label: body.label.unwrap_or_default(),
        purpose: body.purpose.0.unwrap_or_default(),
    };
    let new = NewPins { user_id, ttl: body.ttl.0, count: body.count.0, scope };
    let (desk, how) = (site.desk.clone(), body.how.filter(|how| !how.trim().is_empty()));
    let issuing = apart(async move { desk.pins().issue_knowing(&actor, new, how.as_deref()).await });
    let issued = issuing.await?;
    json(StatusCode::CREATED, &issued.iter().map(IssuedJson::of).collect::<Vec<_>>())
}

/// Revoke a PIN that was not used. Staff.
#[utoipa::path(
    delete, path = "/api/pins/{id}/", tag = "Customers", operation_id = "revoke_pin",
    security(("bearer" = []), ("cookie" = [])),
    params(PinPath),
    responses(
        (status = 204, description = "It cannot be redeemed any more"),
        Staff, PinPath, NoBody,
        (status = 409, description = "It was redeemed or revoked already, or has expired", body = Detail<'static>),
    )
)]
pub(crate) async fn revoke(
    State(site): State<Site>,
    Staff(actor): Staff,
    PinPath(id): PinPath,
    _: NoBody,
) -> ApiResult {
    let desk = site.desk.clone();
    apart(async move { desk.pins().revoke(&actor, id).await }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
