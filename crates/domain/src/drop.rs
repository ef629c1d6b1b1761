//! Files that somebody adds to a ticket from outside, who reads nothing of it.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What it is called where staff gave it no label.
const UNNAMED: &str = "Files for Support";

/// What who drops files sees: nothing of the ticket but what they brought themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropBox {
    /// What staff call it: the label of its PIN.
    pub title: String,
    /// How many files it takes in all.
    pub max_files: u32,
    /// When it closes.
    pub until: Timestamp,
    /// What came by this session, in the order in which it came.
    pub files: Vec<DroppedFile>,
}

/// A file that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedFile {
    /// The name that its sender gave it.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it arrived.
    pub uploaded_at: Timestamp,
}

impl DropBox {
    /// Seconds that it stays open after the last upload.
    pub const OPEN_AFTER_UPLOAD: i64 = 2 * 3600;

    /// What it is called by its label.
    pub fn title_of(label: &str) -> String {
        if label.is_empty() { UNNAMED.to_owned() } else { label.to_owned() }
    }

    /// How many more files it takes.
    pub fn room(&self) -> u32 {
        self.max_files.saturating_sub(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }
}
