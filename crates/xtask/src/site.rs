//! The site's files between the build of the browser's side and that of the server, which embeds them.

use crate::{Result, run::say};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

/// How the names begin that wasm-bindgen makes for what WASM takes from its script, and how many digits end them.
const START: &[u8] = b"__wb";
const DIGITS: usize = 16;

/// How the script's name begins that loads the parts of the WASM. The splitter writes it for people.
const SPLIT: &str = "__wasm_split.";

/// Gives these names others of the same length in the scripts and the WASM in `folder`. There are some 300 of them, each in both
/// files, and no compression makes their digits smaller: together a tenth of what a first page brings. As lengths stay, nothing
/// else moves.
///
/// # Errors
/// When a file cannot be read or written, or no script has such names: they look otherwise now.
pub fn shorten_names(folder: &Path) -> Result {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "js" || kind == "wasm") {
            files.push((fs::read(&path)?, path));
        }
    }
    for (text, path) in &mut files {
        if is_loader(path) {
            *text = without_comments(text);
        }
    }
    let scripts = files.iter().filter(|(_, path)| path.extension().is_some_and(|kind| kind == "js"));
    let names = short_names(scripts.map(|(text, _)| text.as_slice()));
    if names.is_empty() {
        return Err(format!("no script in {} has names of wasm-bindgen", folder.display()).into());
    }
    let (mut before, mut after) = (0, 0);
    for (mut bytes, path) in files {
        if rename(&mut bytes, &names) || is_loader(&path) {
            before += fs::metadata(beside(&path, "br"))?.len();
            after += write(&path, &bytes)?;
        }
    }
    say(format_args!("Names between script and WASM: {before} bytes are {after}, compressed"));
    Ok(())
}

fn is_loader(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(SPLIT))
        && path.extension().is_some_and(|kind| kind == "js")
}

/// A script without its comments and indentation. It has no text over several lines.
fn without_comments(script: &[u8]) -> Vec<u8> {
    let lines = script.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let code: Vec<&[u8]> = lines.filter(|line| !line.is_empty() && !line.starts_with(b"//")).collect();
    code.join(&b'\n')
}

/// Each long name, and the one that takes its place.
fn short_names<'a>(scripts: impl Iterator<Item = &'a [u8]>) -> HashMap<Vec<u8>, Vec<u8>> {
    let mut names = HashMap::new();
    for script in scripts {
        for at in starts(script) {
            let name = &script[at..end(script, at)];
            let next = format!("_{}", names.len());
            if has_digits(name) {
                names.entry(name.to_vec()).or_insert_with(|| format!("{next:_<0$}", name.len()).into_bytes());
            }
        }
    }
    names
}

/// Whether anything was renamed.
fn rename(bytes: &mut [u8], names: &HashMap<Vec<u8>, Vec<u8>>) -> bool {
    let mut is_changed = false;
    for at in starts(bytes) {
        let end = end(bytes, at);
        if let Some(name) = names.get(&bytes[at..end]) {
            bytes[at..end].copy_from_slice(name);
            is_changed = true;
        }
    }
    is_changed
}

/// Where names begin. In WASM the byte before one is its length, which may look like a letter.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(START.len()).enumerate();
    windows.filter(|(_, window)| *window == START).map(|(at, _)| at).collect()
}

fn end(bytes: &[u8], at: usize) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    at + bytes[at..].iter().take_while(|byte| is_part(byte)).count()
}

fn has_digits(name: &[u8]) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    name.len().checked_sub(DIGITS + 1).is_some_and(|at| name[at] == b'_' && name[at + 1..].iter().all(is_digit))
}

/// Writes a file and what is sent in its place, see `server::assets`; gives the size of the smallest.
fn write(path: &Path, bytes: &[u8]) -> Result<u64> {
    fs::write(path, bytes)?;
    let mut gzip = GzEncoder::new(File::create(beside(path, "gz"))?, Compression::best());
    gzip.write_all(bytes)?;
    gzip.finish()?;
    let smallest = beside(path, "br");
    let mut file = File::create(&smallest)?;
    brotli::BrotliCompress(&mut &bytes[..], &mut file, &brotli::enc::BrotliEncoderParams::default())?;
    Ok(file.metadata()?.len())
}

fn beside(path: &Path, kind: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(kind);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &[u8] = b"a={__wbg_get_955bde2b2fe2defa:e=>e.f,__wbg_get_556f1c9a5c587e8c:1,__wbindgen_malloc:2};a.__wbg_get_955bde2b2fe2defa()";

    #[test]
    fn names_stay_apart_and_as_long_as_they_were() {
        let names = short_names([SCRIPT].into_iter());
        assert_eq!(names.len(), 2);
        let mut script = SCRIPT.to_vec();
        assert!(rename(&mut script, &names));
        let expected = "a={_0________________________:e=>e.f,_1________________________:1,__wbindgen_malloc:2};a._0________________________()";
        assert_eq!(String::from_utf8(script).unwrap(), expected);
    }

    #[test]
    fn comments_and_indentation_go() {
        let script = b"a();\n    // Why.\n\n    b(\"// no comment\");\n";
        assert_eq!(without_comments(script), b"a();\nb(\"// no comment\");");
    }

    #[test]
    fn a_length_that_looks_like_a_letter_belongs_to_no_name() {
        let names = short_names([SCRIPT].into_iter());
        let mut wasm = b"\x00A__wbg_get_556f1c9a5c587e8c\x00\x05".to_vec();
        assert!(rename(&mut wasm, &names));
        assert_eq!(wasm, b"\x00A_1________________________\x00\x05");
        assert!(!rename(&mut b"__wbg_get_0000000000000000 ".to_vec(), &names));
    }
}
