//! `cargo xtask`: the few commands people type.
fn main() {}
