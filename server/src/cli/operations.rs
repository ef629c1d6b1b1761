//! Commands for whoever runs a desk: backup, restore, doctor, health.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Subcommand};
use desk::{Finding, OpenError, Restored, Severity};
use domain::human_bytes;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Failure, print, warn};
use crate::config::Settings;

/// A desk that does not answer within this time is not well.
const HEALTH_TIME: Duration = Duration::from_secs(5);
/// Days after which the doctor misses a backup.
const BACKUP_DAYS: i64 = 7;

fn failed(error: OpenError) -> Failure {
    Failure::new(error.0)
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Backup {
    /// A file, or a folder that is there or ends in a slash [default: backups in the data folder]
    #[arg(long, value_name = "FILE|FOLDER")]
    to: Option<PathBuf>,
    #[command(subcommand)]
    then: Option<BackupThen>,
}

#[derive(Debug, Subcommand)]
enum BackupThen {
    /// Look whether a backup is whole, by restoring it into a folder of its own for a moment
    Verify {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) async fn backup(settings: Settings, Backup { to, then }: Backup) -> Result<(), Failure> {
    if let Some(BackupThen::Verify { file }) = then {
        let restored = desk::verify(&settings.desk, &file).await.map_err(failed)?;
        tell_missing(&restored);
        return print(format!("{} is whole: {}", file.display(), contents(&restored)));
    }
    let made = desk::back_up(&settings.desk, to.as_deref()).await.map_err(failed)?;
    for warning in &made.warnings {
        warn(warning);
    }
    print(made.line())
}

/// What is in a backup.
fn contents(restored: &Restored) -> String {
    let some = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} and {} ({}) of {}, by Pindesk {}",
        some(restored.tickets, "ticket"),
        some(restored.files, "file"),
        human_bytes(restored.file_bytes),
        restored.at.to_second(),
        restored.version
    )
}

fn tell_missing(restored: &Restored) {
    for name in &restored.missing {
        warn(format!("{name} was missing when the backup was made"));
    }
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Move what is there into a folder before-restore-… first
    #[arg(long)]
    replace: bool,
}

pub(super) async fn restore(settings: Settings, Restore { file, replace }: Restore) -> Result<(), Failure> {
    let restored = desk::restore(&settings.desk, &file, replace).await.map_err(failed)?;
    tell_missing(&restored);
    print(format!("Restored {}.", contents(&restored)))?;
    if let Some(before) = &restored.before {
        print(format!("What was there before is in {}; delete it when you are sure.", before.display()))?;
    }
    if let Some(schema) = &restored.before_schema {
        print(format!("The tables that were there before are in the schema {schema}; drop it when you are sure."))?;
    }
    if !restored.staff.is_empty() {
        print(format!(
            "Check that these members of staff may still come in; who was deactivated since the backup may again: {}.",
            restored.staff.join(", ")
        ))?;
    }
    print(format!("Sessions ended: {}. Everybody logs in again.", restored.sessions))?;
    print("Files that no ticket names are kept until an admin lets them go, on the overview of the admin area.")?;
    if restored.pins.is_empty() {
        return print("No PIN was unused.");
    }
    print("PINs that were unused and are revoked now, because somebody may have used them since. Issue them again:")?;
    for pin in &restored.pins {
        let scope = &pin.scope;
        let ticket = scope.ticket.map(|ticket| format!(" --ticket {ticket}")).unwrap_or_default();
        let label = if scope.label.is_empty() { String::new() } else { format!(", {}", scope.label) };
        let name =
            if pin.name.is_empty() || pin.name == pin.username { String::new() } else { format!(" ({})", pin.name) };
        print(format!("  {}{name}{label}: pindesk pin create {}{ticket}", pin.username, pin.username))?;
    }
    Ok(())
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Put right what can be without harm
    #[arg(long)]
    fix: bool,
}

pub(super) async fn doctor(settings: Settings, Doctor { json, fix }: Doctor) -> Result<(), Failure> {
    let mut findings = of_settings(&settings);
    findings.extend(desk::examine(&settings.desk, BACKUP_DAYS, fix).await);
    let word = |severity| match severity {
        Severity::Warning => "warning",
        Severity::Fault => "fault",
    };
    let worst = findings.iter().filter(|finding| !finding.is_fixed).map(|finding| finding.severity).max();
    if json {
        let findings: Vec<_> = findings
            .iter()
            .map(|finding| {
                json!({
                    "check": finding.check,
                    "severity": word(finding.severity),
                    "message": finding.message,
                    "files": finding.files,
                    "fixed": finding.is_fixed,
                })
            })
            .collect();
        print(json!({ "state": worst.map_or("ok", word), "findings": findings }))?;
    } else {
        for finding in &findings {
            let state = if finding.is_fixed { "fixed" } else { word(finding.severity) };
            print(format!("{state}: {}: {}", finding.check, finding.message))?;
            for file in &finding.files {
                print(format!("  {file}"))?;
            }
        }
        if worst.is_none() {
            print("Everything is as it should be.")?;
        }
    }
    match worst {
        None => Ok(()),
        Some(Severity::Warning) => Err(Failure { message: String::new(), code: 1 }),
        Some(Severity::Fault) => Err(Failure { message: String::new(), code: 2 }),
    }
}

/// What the settings say against what can be seen from here.
fn of_settings(settings: &Settings) -> Vec<Finding> {
    let warning = |check, message: &str| Finding {
        check,
        severity: Severity::Warning,
        message: message.to_owned(),
        files: Vec::new(),
        is_fixed: false,
    };
    let mut findings = Vec::new();
    let is_reached = !settings.site_addr.ip().is_loopback();
    match &settings.public_url {
        None if is_reached => findings.push(warning(
            "public address",
            "the site listens for others, and PINDESK_PUBLIC_URL does not say at which address they reach it",
        )),
        Some(url) if !url.is_https() && !url.is_loopback() => findings.push(warning(
            "public address",
            "PINDESK_PUBLIC_URL is not https: PINs and cookies can be read on the way",
        )),
        Some(url) if url.is_https() && settings.trusted_proxies.is_empty() => findings.push(warning(
            "proxies",
            "PINDESK_PUBLIC_URL is https, so a proxy is in front, and PINDESK_TRUSTED_PROXIES names none: limits count all \
             clients as one",
        )),
        _ => {}
    }
    findings
}

/// Asks the site itself.
pub(super) async fn healthcheck(settings: Settings) -> Result<(), Failure> {
    let address = reached(settings.site_addr);
    let asked = tokio::time::timeout(HEALTH_TIME, ask(address)).await;
    let answer = match asked {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(Failure::new(format!("{address} does not answer: {error}"))),
        Err(_) => return Err(Failure::new(format!("{address} does not answer within {HEALTH_TIME:?}"))),
    };
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status == "200" {
        return print("ok");
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Err(Failure::new(format!("{address} is not ready ({status}): {}", body.trim())))
}

/// Where a site that listens everywhere is reached from here.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // Its head and a sentence.
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
