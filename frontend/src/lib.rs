//! The browser's entry: hydrates the islands that the page holds, and nothing else.

// Named so that the islands' exports are linked in.
use islands as _;

/// Called once by the page's module script.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
