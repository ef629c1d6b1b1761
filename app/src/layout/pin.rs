//! A PIN or a code that is read to somebody.

use leptos::prelude::*;

/// Characters that fit into a column in large letters.
const SHORT: usize = 15;

/// How a PIN looks where it is to be read.
pub fn pin_class(pin: &str) -> &'static str {
    if pin.len() > SHORT { "pin-show pin-long" } else { "pin-show" }
}

/// A PIN or a code, as large as it fits into its column.
#[component]
pub fn PinShow(
    /// The id of its element.
    id: &'static str,
    /// What to read out.
    #[prop(into)]
    pin: String,
) -> impl IntoView {
    let class = pin_class(&pin);
    view! {
        <output class=class id=id>
            {pin}
        </output>
    }
}
