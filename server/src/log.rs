//! The log: structured, on standard error, with the request's id on every line of a request.

use std::io::{self, IsTerminal as _};

use tracing::span::Record;
use tracing_subscriber::{
    EnvFilter,
    field::RecordFields,
    fmt::{
        self, FormatFields, FormattedFields,
        format::{DefaultFields, Writer},
    },
    prelude::*,
};

use crate::config::{LogFormat, Settings};

/// Whether the library says on standard error that it could not write there. It would panic, and every request that logs
/// something would fail with a full disk below the log.
const IS_TOLD: bool = false;

/// The fields of a line that is no JSON, where one that is told anew takes the place of the one before, as in JSON: whose address
/// is to stay out of the log is known only when it is known who asks.
#[derive(Debug, Default)]
struct TextFields(DefaultFields);

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> std::fmt::Result {
        self.0.format_fields(writer, fields)
    }

    fn add_fields(&self, current: &'writer mut FormattedFields<Self>, fields: &Record<'_>) -> std::fmt::Result {
        // The address is a span's last field, and the only one that is told anew.
        let before = current.fields.rfind("client").map(|at| current.fields[..at].rfind(' ').unwrap_or_default());
        current.fields.truncate(before.unwrap_or(current.fields.len()));
        if !current.fields.is_empty() {
            current.fields.push(' ');
        }
        self.format_fields(current.as_writer(), fields)
    }
}

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
                fmt::layer()
                    .fmt_fields(TextFields::default())
                    .with_ansi(io::stderr().is_terminal())
                    .log_internal_errors(IS_TOLD)
                    .with_writer(io::stderr),
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_address_that_is_withheld_is_on_no_line() {
        for with_ansi in [false, true] {
            let lines = Lines::default();
            let writer = lines.clone();
            let layer = fmt::layer().fmt_fields(TextFields::default()).with_ansi(with_ansi);
            let registry = tracing_subscriber::registry().with(layer.with_writer(move || writer.clone()));
            tracing::subscriber::with_default(registry, || {
                let _request = tracing::error_span!("request", id = "abc", client = "192.0.2.7").entered();
                tracing::Span::current().record("client", "withheld");
                tracing::info!("answered");
            });
            let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            assert!(text.contains("abc") && text.contains("withheld") && text.contains("answered"), "{text}");
            assert!(!text.contains("192.0.2.7"), "{text}");
        }
    }
}
