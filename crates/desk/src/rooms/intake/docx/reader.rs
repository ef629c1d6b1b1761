//! An object of the store as a file that can be read from anywhere.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use object_store::{ObjectStore, ObjectStoreExt, path::Path};
use tokio::runtime::Handle;

use crate::store::{fault::OrFault, files::Storage, health::Health};

/// Bytes read from the store at a time.
const READ_BYTES: u64 = 64 * 1024;

/// Reads an object as a file, in pieces, on a thread that may block.
pub(super) struct StoreReader {
    store: Arc<dyn ObjectStore>,
    path: Path,
    size: u64,
    position: u64,
    buffer: Bytes,
    buffer_start: u64,
    runtime: Handle,
    health: Arc<Health>,
    has_failed: Arc<AtomicBool>,
}

impl StoreReader {
    /// Reads an object of `size` bytes. `has_failed` tells afterwards whether the store refused: then whatever the
    /// bytes were taken for says nothing about them.
    pub(super) fn new(storage: &Storage, path: Path, size: u64, has_failed: Arc<AtomicBool>) -> Self {
        let (store, health, runtime) = (Arc::clone(storage.arriving()), Arc::clone(&storage.health), Handle::current());
        Self { store, path, size, position: 0, buffer: Bytes::new(), buffer_start: 0, runtime, health, has_failed }
    }
}

impl Read for StoreReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || out.is_empty() {
            return Ok(0);
        }
        let buffered = self.buffer_start..self.buffer_start + self.buffer.len() as u64;
        if !buffered.contains(&self.position) {
            let range = self.position..self.size.min(self.position + READ_BYTES);
            let read = self.runtime.block_on(self.store.get_range(&self.path, range)).or_fault(&self.health.files);
            self.buffer = read.map_err(|fault| {
                self.has_failed.store(true, Ordering::Relaxed);
                io::Error::other(fault)
            })?;
            self.buffer_start = self.position;
        }
        let from = usize::try_from(self.position - self.buffer_start).map_err(io::Error::other)?;
        let available = self.buffer.get(from..).unwrap_or_default();
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for StoreReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
