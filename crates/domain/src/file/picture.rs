//! How large a picture is, read where its head says so: nothing is decoded.

use serde::{Deserialize, Serialize};

use super::FileKind;

/// A picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSize {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Whoever shows a picture of more holds gigabytes for it.
const MAX_SHOWN_PIXELS: u64 = 50_000_000;

impl PictureSize {
    /// Bytes to give to [`PictureSize::measure`] at a time.
    pub const PIECE: u64 = 64 * 1024;

    /// Whether a page may show it without being asked.
    pub const fn is_shown(self) -> bool {
        // Two factors of 32 bits fit into 64.
        (self.width as u64) * (self.height as u64) <= MAX_SHOWN_PIXELS
    }

    /// Looks for the size in `bytes`, which stand at `at` in the file: first those at its beginning.
    pub fn measure(kind: FileKind, at: u64, bytes: &[u8]) -> Measured {
        match kind {
            FileKind::Png => png(bytes).map_or(Measured::Unknown, Measured::Known),
            FileKind::Jpg => jpg(at, bytes),
            FileKind::Pdf | FileKind::Docx => Measured::Unknown,
        }
    }

    fn of(width: u32, height: u32) -> Option<Self> {
        (width > 0 && height > 0).then_some(Self { width, height })
    }
}

/// What a look for a picture's size finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// The size.
    Known(PictureSize),
    /// Nothing yet: look at the bytes from here on, which is further on than before. At the file's end there is
    /// nothing.
    LookAt(u64),
    /// The file does not say; nobody could show it either.
    Unknown,
}

/// The first chunk of a PNG is `IHDR`, which begins with width and height (W3C PNG, 11.2.1).
fn png(bytes: &[u8]) -> Option<PictureSize> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then(|| PictureSize::of(number(16)?, number(20)?)).flatten()
}

/// Segments follow one another, each with its length; the one that begins a frame has height and width (ITU-T T.81,
/// B.2.2). Before it there may be any number of others, with previews and colours.
fn jpg(at: u64, bytes: &[u8]) -> Measured {
    let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut place = if at == 0 { 2 } else { 0 };
    loop {
        let more = if place > 0 { Measured::LookAt(at + place as u64) } else { Measured::Unknown };
        let (Some(0xFF), Some(marker)) = (bytes.get(place), bytes.get(place + 1)) else {
            return if place + 1 < bytes.len() { Measured::Unknown } else { more };
        };
        match marker {
            // Any number of these may fill the space before a marker.
            0xFF => place += 1,
            // Without a length.
            0x01 | 0xD0..=0xD7 => place += 2,
            // The picture ends or its data begin.
            0x00 | 0xD8..=0xDA => return Measured::Unknown,
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let (Some(height), Some(width)) = (number(place + 5), number(place + 7)) else { return more };
                return PictureSize::of(width.into(), height.into()).map_or(Measured::Unknown, Measured::Known);
            }
            _ => match number(place + 2) {
                Some(length) if length >= 2 => place += 2 + usize::from(length),
                Some(_) => return Measured::Unknown,
                None => return more,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), b"\x01\0\0\0\0"]
            .concat()
    }

    fn segment(marker: u8, bytes: &[u8]) -> Vec<u8> {
        [&[0xFF, marker], (bytes.len() as u16 + 2).to_be_bytes().as_slice(), bytes].concat()
    }

    fn frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
        segment(marker, &[&[8], height.to_be_bytes().as_slice(), &width.to_be_bytes(), &[3]].concat())
    }

    /// Looks as a reader of files does.
    fn measure(kind: FileKind, file: &[u8], piece: usize) -> Option<PictureSize> {
        let mut at = 0;
        loop {
            let rest = file.get(at as usize..)?;
            match PictureSize::measure(kind, at, &rest[..rest.len().min(piece)]) {
                Measured::Known(size) => return Some(size),
                Measured::LookAt(next) if next > at && !rest.is_empty() => at = next,
                _ => return None,
            }
        }
    }

    #[test]
    fn sizes_are_read_where_they_stand() {
        let size = |width, height| Some(PictureSize { width, height });
        assert_eq!(measure(FileKind::Png, &png_of(10_000, 10_000), 1024), size(10_000, 10_000));
        assert_eq!(measure(FileKind::Png, &png_of(0, 5), 1024), None);
        assert_eq!(measure(FileKind::Png, b"\x89PNG\r\n\x1A\n and some pixels, but no head", 1024), None);
        let start = b"\xFF\xD8".to_vec();
        let exif = segment(0xE1, &[7; 65_000]);
        for marker in [0xC0, 0xC1, 0xC2, 0xC3, 0xC9] {
            let plain = [start.clone(), segment(0xE0, b"JFIF\0"), frame(marker, 640, 480)].concat();
            let table = segment(0xC4, &[1; 40]);
            let far =
                [start.clone(), exif.clone(), exif.clone(), vec![0xFF; 3], table, frame(marker, 640, 480)].concat();
            for piece in [100, 1024, 64 * 1024] {
                assert_eq!(measure(FileKind::Jpg, &plain, piece), size(640, 480));
                assert_eq!(measure(FileKind::Jpg, &far, piece), size(640, 480), "{piece}");
            }
        }
        let scan_first = [start.clone(), segment(0xDA, &[1; 10]), frame(0xC0, 640, 480)].concat();
        assert_eq!(measure(FileKind::Jpg, &scan_first, 1024), None);
        assert_eq!(measure(FileKind::Jpg, &[start.clone(), frame(0xC0, 640, 0)].concat(), 1024), None);
        assert_eq!(measure(FileKind::Jpg, &[start, exif].concat()[..60_000], 1024), None);
    }

    #[test]
    fn fifty_million_pixels_are_shown() {
        let shown = |width, height| PictureSize { width, height }.is_shown();
        assert!(shown(10_000, 5_000) && shown(1, 50_000_000) && shown(8_000, 6_000));
        assert!(!shown(10_000, 5_001) && !shown(10_000, 10_000) && !shown(u32::MAX, u32::MAX));
    }

    proptest! {
        #[test]
        fn a_look_always_ends(mut file: Vec<u8>, piece in 4_usize..200) {
            measure(FileKind::Png, &file, piece);
            measure(FileKind::Jpg, &file, piece);
            file.splice(0..0, [0xFF, 0xD8, 0xFF]);
            measure(FileKind::Jpg, &file, piece);
        }
    }
}
