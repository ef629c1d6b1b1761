//! Single keys, switched on and off on one's own page.

use islands::{
    addresses::{after, staff},
    refusal::Refusal,
    request::{RequestContext, answer},
    ui::{Button, Card},
};
use leptos::prelude::*;

use crate::admin::frame::Visit;

/// Switches single keys on (`on` is `true`) or off for the caller.
///
/// # Errors
/// [`domain::Error::Forbidden`] for customers.
#[server(prefix = "/fn", endpoint = "set_shortcuts")]
pub(crate) async fn set_shortcuts(#[server(default)] on: String) -> Result<(), Refusal> {
    let context = RequestContext::current()?;
    let actor = answer(context.actor())?;
    answer(context.desk.users().set_shortcuts(actor, on == "true").await)?;
    leptos_axum::redirect(&after("saved", &actor.id.map_or_else(|| staff::START.to_owned(), staff::member)));
    Ok(())
}

/// The card on one's own page.
pub(super) fn keyboard_card(visit: Visit, has_shortcuts: bool) -> impl IntoView {
    let (words, button) = if has_shortcuts {
        ("j and k walk through lists, / searches them, Ctrl K leads anywhere.", "Switch single keys off")
    } else {
        ("Single keys do nothing; Ctrl K still leads anywhere.", "Switch single keys on")
    };
    view! {
        <Card title="Keyboard">
            <form class="form" method="post" action=visit.action("set_shortcuts")>
                <p>{words}</p>
                <input type="hidden" name="on" value=(!has_shortcuts).to_string()/>
                <Button>{button}</Button>
            </form>
        </Card>
    }
}
