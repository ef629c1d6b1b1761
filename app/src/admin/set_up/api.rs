//! Server functions of the set-up.

#![expect(missing_docs, reason = "the arguments of a server function become fields; its text names them")]

use leptos::prelude::*;

use crate::{login::api::WhoAmI, refusal::Refusal};

/// Makes the first admin with the token of a set-up link, and logs them in.
///
/// # Errors
/// [`domain::Error::NotFound`] for a token that is wrong or used; [`domain::Error::Invalid`].
#[server(prefix = "/fn", endpoint = "set_up")]
pub async fn set_up(
    #[server(default)] token: String,
    #[server(default)] username: String,
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] password_again: String,
) -> Result<WhoAmI, Refusal> {
    use domain::CustomerDraft;

    use crate::{
        admin::read,
        request::{RequestContext, answer},
    };

    let context = RequestContext::current()?;
    answer(read::same_twice(&password, &password_again))?;
    let draft = CustomerDraft { username, name, email };
    let opened = answer(context.desk.users().set_up(&token, &draft, &password, &context.client).await)?;
    leptos_axum::redirect("/admin");
    Ok(WhoAmI::from(&context.enter(opened).await))
}
