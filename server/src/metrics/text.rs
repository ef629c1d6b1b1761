//! The text of one answer.

use std::fmt;

use desk::{Figures, LogIns};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _, text::encode},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};

use super::process::Process;
use crate::site::Site;

/// Asks the desk and writes all there is to say.
pub(super) async fn write(site: &Site) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    if let Some(metrics) = &site.metrics {
        let under_way = metrics.under_way.clone();
        registry.register("pindesk_http_requests", "Requests that were answered", metrics.requests.clone());
        let until = "Time until an answer began";
        registry.register("pindesk_http_request_duration_seconds", until, metrics.durations.clone());
        registry.register("pindesk_http_requests_under_way", "Requests that are not answered yet", under_way);
    }
    let found = Found { figures: site.desk.figures().await, process: Process::read(), streams: site.streams.count() };
    registry.register_collector(Box::new(found));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

/// What was found out for one answer.
#[derive(Debug)]
struct Found {
    figures: Figures,
    process: Option<Process>,
    streams: u64,
}

/// What is sent for one name; a label may tell several of them apart.
struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: impl Into<Option<f64>>) -> fmt::Result {
        let Some(value) = value.into() else { return Ok(()) };
        let gauge = ConstGauge::new(value);
        gauge.encode(self.0.encode_descriptor(name, help, None, gauge.metric_type())?)
    }

    fn counter(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        let counter = ConstCounter::new(value);
        counter.encode(self.0.encode_descriptor(name, help, None, counter.metric_type())?)
    }

    fn counters<const N: usize>(&mut self, name: &str, help: &str, rows: &[([(&str, &str); N], u64)]) -> fmt::Result {
        let kind = ConstCounter::new(0u64).metric_type();
        let mut all = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in rows {
            let counter = ConstCounter::new(*value);
            counter.encode(all.encode_family(&labels.as_slice())?)?;
        }
        Ok(())
    }

    fn gauges<const N: usize>(&mut self, name: &str, help: &str, rows: &[([(&str, &str); N], f64)]) -> fmt::Result {
        let kind = ConstGauge::new(0.0).metric_type();
        let mut all = self.0.encode_descriptor(name, help, None, kind)?;
        for (labels, value) in rows {
            let gauge = ConstGauge::new(*value);
            gauge.encode(all.encode_family(&labels.as_slice())?)?;
        }
        Ok(())
    }
}

fn attempts(by: &str, of: LogIns) -> [([(&str, &str); 2], u64); 3] {
    [("accepted", of.let_in), ("refused", of.refused), ("too_many", of.too_many)]
        .map(|(result, number)| ([("by", by), ("result", result)], number))
}

impl Collector for Found {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Figures { connections, transactions, transaction_wait, .. } = &self.figures;
        let figures = &self.figures;
        let mut to = Writer(encoder);
        to.gauges(
            "pindesk_build",
            "The version that runs, always 1",
            &[([("version", env!("CARGO_PKG_VERSION"))], 1.0)],
        )?;
        let rows = [attempts("pin", figures.pins), attempts("password", figures.passwords)].concat();
        to.counters("pindesk_logins", "Attempts to log in", &rows)?;
        to.gauge("pindesk_pins_live", "PINs that can be redeemed", figures.live_pins.map(|count| count as f64))?;
        to.gauge("pindesk_sessions", "Sessions under way", figures.sessions.map(|count| count as f64))?;
        to.gauge("pindesk_live_streams", "Open pages and programs that hear of changes", self.streams as f64)?;
        to.counter("pindesk_uploads", "Files that were taken in", figures.files as f64)?;
        to.counter("pindesk_upload_bytes", "Bytes of files that were taken in", figures.file_bytes as f64)?;
        let states = |of: &desk::Connections| {
            [("idle", of.idle), ("used", of.open.saturating_sub(of.idle))]
                .map(|(state, number)| ([("pool", of.pool), ("state", state)], f64::from(number)))
        };
        let rows: Vec<_> = connections.iter().flat_map(states).collect();
        to.gauges("pindesk_database_connections", "Connections to the database", &rows)?;
        to.counter("pindesk_database_transactions", "Transactions that were begun", *transactions as f64)?;
        let waited = transaction_wait.as_secs_f64();
        to.counter("pindesk_database_wait_seconds", "How long transactions waited until they could begin", waited)?;
        let is_well = "1 while what is read and written works, else 0";
        to.gauge("pindesk_database_well", is_well, f64::from(u8::from(figures.is_well)))?;
        let times = [
            ("pindesk_upkeep_timestamp_seconds", "When upkeep was last done", figures.upkeep_at),
            ("pindesk_backup_timestamp_seconds", "When the last backup was made", seconds(figures.backup_at)),
            (
                "pindesk_backup_verified_timestamp_seconds",
                "When a backup was last verified",
                seconds(figures.verified_at),
            ),
        ];
        for (name, help, at) in times {
            to.gauge(name, help, at.map(|at| at as f64))?;
        }
        if let Some(process) = self.process {
            to.counter("process_cpu_seconds", "Processor time", process.cpu_seconds)?;
            to.gauge("process_resident_memory_bytes", "Resident memory", process.resident_bytes as f64)?;
            to.gauge("process_open_fds", "Open files and connections", process.open_files as f64)?;
        }
        Ok(())
    }
}

fn seconds(at: Option<domain::Timestamp>) -> Option<i64> {
    at.map(domain::Timestamp::as_seconds)
}
