//! Commands about where files are.

use clap::{Args, Subcommand};
use desk::{Bucket, FilesMoved};
use domain::human_bytes;

use super::{Failure, print, warn};
use crate::config::Settings;

/// The data folder, as a place for files.
const FOLDER: &str = "folder";

#[derive(Debug, Subcommand)]
pub(super) enum Storage {
    /// Bring all files to another place, beside a running desk too; nothing is deleted
    Move(Move),
}

#[derive(Debug, Args)]
pub(super) struct Move {
    /// The place: s3://bucket/prefix, or the word folder for the data folder
    #[arg(long, value_name = "PLACE")]
    to: String,
}

pub(super) async fn run(settings: Settings, storage: Storage) -> Result<(), Failure> {
    let Storage::Move(Move { to }) = storage;
    let to = match to.as_str() {
        FOLDER => None,
        address => {
            let bucket = Bucket::parse(address, settings.bucket_access.clone());
            Some(bucket.map_err(|sentence| Failure { message: format!("--to: {sentence}, or {FOLDER}"), code: 2 })?)
        }
    };
    let tell = |moved: &FilesMoved| warn(format!("{} so far", count(moved)));
    let moved = desk::move_files(&settings.desk, to, tell).await.map_err(|error| Failure::new(error.0))?;
    for name in &moved.missing {
        warn(format!("{name} is at neither place"));
    }
    for name in &moved.wrong {
        warn(format!("{name} is not what was received; it was brought as it is"));
    }
    print(format!("{} from {} to {}.", count(&moved), moved.from, moved.to))?;
    if !moved.is_complete {
        return print(
            "The desk is running, so files may have come meanwhile. Stop it and run this again: it brings what is missing.",
        );
    }
    let then = match moved.to.strip_prefix("s3://") {
        Some(_) => format!("Set PINDESK_STORAGE_URL={} for every process", moved.to),
        None => "Take PINDESK_STORAGE_URL away".to_owned(),
    };
    if !moved.missing.is_empty() {
        print(format!(
            "All that could be found is there. {then} to go on with it; the files in {} are as they were.",
            moved.from
        ))?;
        return Err(Failure::new(format!(
            "{} could not be found at either place; a backup may have them, and pindesk doctor names them",
            files(moved.missing.len() as u64)
        )));
    }
    print(format!("All of them are there. {then}, start the desk, and run pindesk doctor."))?;
    print(format!("The files in {} are as they were; delete them when you are sure.", moved.from))
}

fn count(moved: &FilesMoved) -> String {
    let (files, bytes) = (files(moved.files), human_bytes(moved.bytes));
    format!("Brought {files} ({bytes}), {} were there already", moved.were_there)
}

fn files(count: u64) -> String {
    format!("{count} {}", if count == 1 { "file" } else { "files" })
}
