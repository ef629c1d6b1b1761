//! The log: structured, on standard error, with the request's id on every line of a request.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

use crate::config::{LogFormat, Settings};

/// Whether the library says on standard error that it could not write there. It would panic, and every request that logs
/// something would fail with a full disk below the log.
const IS_TOLD: bool = false;

/// Starts the log. The second start in one process, as in tests, changes nothing. A command that only does its work and
/// ends is not `chatty`: it logs what went wrong.
pub(crate) fn start(settings: &Settings, chatty: bool) {
    // The settings have checked that these directives can be read.
    let filter = EnvFilter::try_new(if chatty { &settings.log_level } else { "warn" })
        .unwrap_or_else(|_| EnvFilter::new("info"));
    // It logs as an error of the program what somebody sent; the desk logs the reason itself.
    let filter = match "webauthn_rs_core=off".parse() {
        Ok(off) => filter.add_directive(off),
        Err(_) => filter,
    };
    let registry = tracing_subscriber::registry().with(filter);
    let outcome = match settings.log_format {
        LogFormat::Text => registry
            .with(
                fmt::layer().with_ansi(io::stderr().is_terminal()).log_internal_errors(IS_TOLD).with_writer(io::stderr),
            )
            .try_init(),
        LogFormat::Json => {
            registry.with(fmt::layer().json().log_internal_errors(IS_TOLD).with_writer(io::stderr)).try_init()
        }
    };
    if outcome.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "panic: {}", panic.payload_as_str().unwrap_or("of an unknown kind"));
        }));
    }
}
