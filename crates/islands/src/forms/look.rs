//! A look at a chosen file before it is sent, with the desk's own rules.

use domain::{FileKind, FileRefusal, Found, LockSearch, Measured, PictureSize, UploadLimits};
use gloo_file::{File, futures::read_as_bytes};

/// Whether a file that will be taken is a picture to show.
///
/// # Errors
/// Why it will not be taken.
pub(super) async fn look(file: &File, name: &str, limits: &UploadLimits) -> Result<bool, FileRefusal> {
    let size = file.size();
    // A folder cannot be read.
    let head = read(file, 0, FileKind::SNIFF_BYTES as u64).await.ok_or(FileRefusal::Unreadable)?;
    let kind = match limits.first_look(name, &head, size) {
        Err(FileRefusal::WrongKind(Found::OldOffice)) if size <= limits.max_file_bytes => {
            let mut search = LockSearch::default();
            search.feed(&read(file, 0, size).await.unwrap_or_default());
            return Err(if search.is_locked() {
                FileRefusal::Locked
            } else {
                FileRefusal::WrongKind(Found::OldOffice)
            });
        }
        looked => looked?,
    };
    let (mut at, mut bytes) = (0, head);
    loop {
        match PictureSize::measure(kind, at, &bytes) {
            Measured::Known(size) => return Ok(size.is_shown()),
            Measured::LookAt(next) if next < size => at = next,
            Measured::LookAt(_) | Measured::Unknown => return Ok(false),
        }
        bytes = read(file, at, PictureSize::PIECE).await.unwrap_or_default();
    }
}

/// Whether a file can still be read as it was chosen.
pub(super) async fn is_there(file: &File) -> bool {
    read(file, 0, 1).await.is_some()
}

async fn read(file: &File, at: u64, bytes: u64) -> Option<Vec<u8>> {
    read_as_bytes(&file.slice(at, (at + bytes).min(file.size()))).await.ok()
}
