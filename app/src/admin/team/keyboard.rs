//! Single keys, switched on and off on one's own page.

use islands::ui::{Button, Card};
use leptos::prelude::*;

use super::api::SetShortcuts;
use crate::{admin::frame::Visit, layout::form::Form};

/// The card on one's own page.
pub(super) fn keyboard_card(visit: Visit, has_shortcuts: bool) -> impl IntoView {
    let (words, button) = if has_shortcuts {
        (
            "j and k walk through lists, / searches them, ? shows all keys, Ctrl K leads anywhere.",
            "Switch single keys off",
        )
    } else {
        ("Single keys do nothing; Ctrl K still leads anywhere.", "Switch single keys on")
    };
    view! {
        <Card title="Keyboard">
            <Form<SetShortcuts> page=visit.page() attr:class="form">
                <p>{words}</p>
                <input type="hidden" name="on" value=(!has_shortcuts).to_string()/>
                <Button>{button}</Button>
            </Form<SetShortcuts>>
        </Card>
    }
}
