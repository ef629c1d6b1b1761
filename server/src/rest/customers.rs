//! Customers: list, make, read, change. For staff.

use axum::{extract::State, response::Response};
use desk::{CustomerChange, UserFilter};
use domain::{FieldErrors, Person, PersonDraft, Timestamp};
use http::{HeaderValue, StatusCode, Uri, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    apart,
    fields::Fields,
    paging::{self, Page},
    sent::{Clearable, Field, Kept, Sendable, Sent, Truth, Word, sendable},
    wire::json,
};
use crate::{
    extract::{CustomerPath, Staff},
    reply::ApiResult,
    site::Site,
};

/// A customer, as staff look after them.
#[derive(Serialize, ToSchema)]
#[schema(as = CustomerAccount)]
pub(crate) struct AccountJson<'a> {
    #[schema(example = 3)]
    id: i64,
    /// Unique, whatever its case.
    #[schema(example = "ana")]
    username: &'a str,
    /// To show; the username when they have none of their own.
    #[schema(example = "Ana Ruiz")]
    name: &'a str,
    /// May be empty.
    #[schema(example = "ana@example.com")]
    email: &'a str,
    /// Whether they may log in.
    is_active: bool,
    /// Whether nobody knows who they are: username and name are an alias, and there is nothing else.
    is_unnamed: bool,
    /// RFC 3339, in UTC.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When they last asked for something; null for who never did. RFC 3339, in UTC.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
    /// How many tickets they have.
    tickets: u64,
}

impl<'a> AccountJson<'a> {
    fn of(person: &'a Person) -> Self {
        Self {
            id: person.id.0,
            username: &person.username,
            name: &person.name,
            email: &person.email,
            is_active: person.is_active,
            is_unnamed: person.is_unnamed,
            created_at: person.created_at,
            last_seen_at: person.last_seen_at,
            tickets: person.tickets,
        }
    }
}

/// A new customer.
#[derive(ToSchema)]
#[schema(as = CustomerRequest)]
pub(crate) struct CustomerBody {
    /// 1 to 150 letters, digits and `@ . + - _`. Left out for somebody without an identity alone.
    #[schema(nullable = false, min_length = 1, max_length = 150, example = "ana")]
    username: Option<String>,
    /// To show; the username when left out.
    #[schema(max_length = 150, example = "Ana Ruiz")]
    name: Option<String>,
    #[schema(example = "ana@example.com")]
    email: Option<String>,
    /// Somebody without an identity: the desk makes an alias, and keeps nothing else of them.
    #[schema(value_type = Option<bool>, nullable = false, example = false)]
    is_unnamed: Truth,
}

impl Sendable for CustomerBody {
    fn read(fields: &Fields, errors: &mut FieldErrors) -> Option<Self> {
        let is_unnamed = Truth::read(fields.get("is_unnamed"), "is_unnamed", errors)?;
        let mut text = |field| <Option<String> as Field>::read(fields.get(field), field, errors);
        let (name, email) = (text("name"), text("email"));
        let username = if is_unnamed.0 == Some(true) {
            text("username")
        } else {
            String::read(fields.get("username"), "username", errors).map(Some)
        };
        let body = Self { username: username?, name: name?, email: email?, is_unnamed };
        if body.is_unnamed.0 == Some(true) {
            for (field, text) in [("username", &body.username), ("name", &body.name), ("email", &body.email)] {
                if text.as_ref().is_some_and(|text| !text.trim().is_empty()) {
                    errors.add(field, "Nothing is kept of somebody without an identity. Leave this out.");
                }
            }
        }
        Some(body)
    }
}

sendable! {
    /// What is to change of a customer, one thing at least; what is left out stays as it is.
    #[schema(as = CustomerChangeRequest)]
    pub(crate) struct CustomerChangeBody {
        #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 150, example = "ana")]
        username: Kept<Word>,
        /// Empty or null: they are shown by their username.
        #[schema(value_type = Option<String>, max_length = 150, example = "Ana Ruiz")]
        name: Clearable,
        #[schema(value_type = Option<String>, example = "ana@example.com")]
        email: Clearable,
        /// False ends their sessions and revokes their PINs, and they cannot log in.
        #[schema(value_type = Option<bool>, nullable = false, example = true)]
        is_active: Truth,
    }
}

type CustomersPage = Page<500>;

/// Customers, newest first. Staff.
#[utoipa::path(
    get, path = "/api/customers/", tag = "Customers", operation_id = "list_customers",
    security(("bearer" = []), ("cookie" = [])),
    params(
        ("q" = Option<String>, Query, description = "Words, each of which must be in username, name or email"),
        CustomersPage,
    ),
    responses(
        (status = 200, description = "Customers", body = [AccountJson<'static>],
         headers(("Link" = String, description = "The next page, if there is one: `<…>; rel=\"next\"`"))),
        Staff, CustomersPage,
    )
)]
pub(crate) async fn list(State(site): State<Site>, Staff(actor): Staff, uri: Uri, page: CustomersPage) -> ApiResult {
    let q = paging::asked(&uri, "q");
    let filter = UserFilter { text: Some(q.clone()).filter(|q| !q.is_empty()), ..UserFilter::default() };
    let found = site.desk.users().list(&actor, &filter, page.cursor, page.limit).await?;
    let mut response = json(StatusCode::OK, &found.items.iter().map(AccountJson::of).collect::<Vec<_>>())?;
    let list = format!("{}/api/customers/", site.public_url_text);
    paging::link_next_of(&mut response, &list, &[("q", &q)], page.limit, found.older);
    Ok(response)
}

/// Make a customer. They have no password: issue them a PIN. With `is_unnamed` somebody without an identity: an alias, and nothing
/// else; who comes by their first PIN gets a return code. Staff.
#[utoipa::path(
    post, path = "/api/customers/", tag = "Customers", operation_id = "create_customer",
    security(("bearer" = []), ("cookie" = [])),
    request_body(content(
        (CustomerBody = "application/json"),
        (CustomerBody = "application/x-www-form-urlencoded"),
        (CustomerBody = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The customer", body = AccountJson<'static>),
        Staff, Sent<CustomerBody>,
    )
)]
pub(crate) async fn create(
    State(site): State<Site>,
    Staff(actor): Staff,
    Sent(CustomerBody { username, name, email, is_unnamed }): Sent<CustomerBody>,
) -> ApiResult {
    let text = Option::unwrap_or_default;
    let draft = PersonDraft { username: text(username), name: text(name), email: text(email) };
    let desk = site.desk.clone();
    let made = async move {
        match is_unnamed.0 {
            Some(true) => desk.users().create_unnamed(&actor).await,
            _ => desk.users().create_customer(&actor, &draft).await,
        }
    };
    let customer = apart(made).await?;
    let mut response = answer(StatusCode::CREATED, &customer)?;
    let location = HeaderValue::from_str(&format!("/api/customers/{}/", customer.id));
    response.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
    Ok(response)
}

/// A customer. Staff.
#[utoipa::path(
    get, path = "/api/customers/{id}/", tag = "Customers", operation_id = "get_customer",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath),
    responses(
        (status = 200, description = "The customer", body = AccountJson<'static>),
        Staff, CustomerPath,
    )
)]
pub(crate) async fn detail(State(site): State<Site>, Staff(actor): Staff, CustomerPath(id): CustomerPath) -> ApiResult {
    answer(StatusCode::OK, &site.desk.users().customer(&actor, id).await?)
}

/// Change a customer: all that is named, or nothing. Staff.
#[utoipa::path(
    patch, path = "/api/customers/{id}/", tag = "Customers", operation_id = "change_customer",
    security(("bearer" = []), ("cookie" = [])),
    params(CustomerPath),
    request_body(content(
        (CustomerChangeBody = "application/json"),
        (CustomerChangeBody = "application/x-www-form-urlencoded"),
        (CustomerChangeBody = "multipart/form-data"),
    )),
    responses(
        (status = 200, description = "The customer", body = AccountJson<'static>),
        Staff, CustomerPath, Sent<CustomerChangeBody>,
    )
)]
pub(crate) async fn change(
    State(site): State<Site>,
    Staff(actor): Staff,
    CustomerPath(id): CustomerPath,
    Sent(body): Sent<CustomerChangeBody>,
) -> ApiResult {
    let change = CustomerChange {
        username: body.username.0.map(|Word(username)| username),
        name: body.name.0,
        email: body.email.0,
        is_active: body.is_active.0,
    };
    let CustomerChange { username: None, name: None, email: None, is_active: None } = &change else {
        let desk = site.desk.clone();
        let customer = apart(async move { desk.users().change_customer(&actor, id, change).await }).await?;
        return answer(StatusCode::OK, &customer);
    };
    let sentence = "Name something to change: username, name, email or is_active.";
    Err(FieldErrors::one("non_field_errors", sentence).into())
}

fn answer(status: StatusCode, customer: &Person) -> ApiResult<Response> {
    json(status, &AccountJson::of(customer))
}
