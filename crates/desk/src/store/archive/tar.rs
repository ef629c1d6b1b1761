//! The form of a tar archive (POSIX ustar), as far as a backup has it: regular files with short names.

use std::io;

pub(super) const BLOCK: usize = 512;
/// An archive ends with two empty blocks.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

const NAME: usize = 100;
/// The most that eleven octal digits say.
const SIZE_MOST: u64 = (1 << 33) - 1;
/// Where the size and the sum are.
const SIZE: std::ops::Range<usize> = 124..136;
const SUM: std::ops::Range<usize> = 148..156;

/// The head of a member. Nothing in it depends on when or by whom it was written.
pub(super) fn header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    if name.is_empty() || name.len() >= NAME || name.contains('\0') || size > SIZE_MOST {
        return Err(io::Error::other(format!("{name} cannot be put into a backup")));
    }
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    // Mode, owner, group.
    for (at, text) in [(100, "0000600"), (108, "0000000"), (116, "0000000")] {
        put(at, text);
    }
    put(SIZE.start, &format!("{size:011o}"));
    put(136, "00000000000");
    // While it is summed up, the sum is blanks.
    put(SUM.start, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[SUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

/// Zeros behind a member of this size.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
    if over == 0 { 0 } else { BLOCK - over }
}

/// The name and size that a head says, if it is one that [`header`] writes.
pub(super) fn read(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let end = block[..NAME].iter().position(|byte| *byte == 0)?;
    let name = std::str::from_utf8(&block[..end]).ok()?;
    let size = std::str::from_utf8(&block[SIZE.start..SIZE.end - 1]).ok()?;
    let size = u64::from_str_radix(size, 8).ok()?;
    (header(name, size).ok()? == *block).then(|| (name.to_owned(), size))
}
