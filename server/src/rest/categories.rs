//! What kinds of tickets there are.

use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::wire::json;
use crate::{extract::SignedIn, reply::ApiResult, site::Site};

/// A category that a new ticket can have.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(crate) struct CategoryJson<'a> {
    #[schema(example = "Other")]
    name: &'a str,
}

/// The categories that a new ticket can have, in the desk's order.
#[utoipa::path(
    get, path = "/api/categories/", tag = "Tickets", operation_id = "list_categories",
    security(("bearer" = []), ("cookie" = [])),
    responses(
        (status = 200, description = "Categories", body = [CategoryJson<'static>]),
        SignedIn,
    )
)]
pub(crate) async fn list(State(site): State<Site>, _: SignedIn) -> ApiResult {
    let names = site.desk.categories().names().await?;
    json(StatusCode::OK, &names.iter().map(|name| CategoryJson { name }).collect::<Vec<_>>())
}
