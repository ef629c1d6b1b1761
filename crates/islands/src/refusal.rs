//! What a server function answers when the desk refuses: the domain's error as JSON, with its HTTP status.

use domain::Error;
use serde::{Deserialize, Serialize};
use server_fn::{codec::JsonEncoding, error::FromServerFnError, error::ServerFnErrorErr};

/// A refused server function. Its JSON is that of [`domain::Error`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error(transparent)]
#[serde(transparent)]
pub struct Refusal(#[from] pub Error);

impl FromServerFnError for Refusal {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            // An answer that is none of ours, as a proxy's.
            ServerFnErrorErr::Deserialization(_) if cfg!(target_family = "wasm") => Error::Unavailable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Error::field("form", "This form could not be read. Reload the page and send it again.")
            }
            ServerFnErrorErr::Request(_) => Error::Unavailable,
            _ => Error::Internal,
        })
    }
}
