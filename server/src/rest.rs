//! REST, as clients of the original API know it: JSON, errors in the shape of Django REST framework.

pub(crate) mod approvals;
pub(crate) mod audit;
pub(crate) mod callers;
pub(crate) mod categories;
pub(crate) mod changes;
pub(crate) mod conversation;
pub(crate) mod customers;
pub(crate) mod delegations;
pub(crate) mod docs;
pub(crate) mod drafts;
pub(crate) mod drop;
pub(crate) mod fields;
pub(crate) mod form;
mod json;
pub(crate) mod ledger;
pub(crate) mod login;
pub(crate) mod paging;
pub(crate) mod pins;
pub(crate) mod queue;
pub(crate) mod schema;
pub(crate) mod search;
pub(crate) mod sent;
pub(crate) mod sessions;
pub(crate) mod tickets;
pub(crate) mod wire;

use domain::Error;
use tracing::Instrument as _;

use crate::reply::ApiError;

/// An address that is none.
pub(crate) async fn missing() -> ApiError {
    Error::NotFound.into()
}

/// Runs a use case in a task of its own, so that a client that breaks off does not stop the desk half-way.
pub(crate) async fn apart<T: Send + 'static>(
    use_case: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match tokio::spawn(use_case.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(Error::Unavailable),
    }
}
