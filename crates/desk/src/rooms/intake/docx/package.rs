//! The parts of a package that say what it is: which part is the main one, and what kinds its parts are of.

use std::borrow::Cow;

use domain::{FileRefusal, Found};
use encoding_rs::{Encoding, UTF_8};
use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};

/// Relationships to the main part, in transitional and in strict documents (ECMA-376 and ISO/IEC 29500).
const MAIN: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument",
];

/// The name by which parts are compared: whatever its case and whichever way its slashes lean.
pub(super) fn part_name(name: &str) -> String {
    let mut folders = Vec::new();
    for folder in name.split(['/', '\\']) {
        match folder {
            "" | "." => {}
            ".." => {
                folders.pop();
            }
            _ => folders.push(folder),
        }
    }
    folders.join("/").to_lowercase()
}

/// The text of a part: XML is in UTF-8 or UTF-16 there, and UTF-16 has a byte order mark.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((UTF_8, 0));
    encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]).map(Cow::into_owned)
}

/// The name of the main part, by `_rels/.rels`.
pub(super) fn main_part(relationships: &str) -> Result<String, FileRefusal> {
    let mut main = None;
    elements(relationships, |element| {
        let is_main = element.local_name().as_ref() == "Relationship"
            && attribute(element, "Type").is_some_and(|kind| MAIN.contains(&kind.trim()))
            && attribute(element, "TargetMode").is_none_or(|mode| mode != "External");
        if is_main && main.is_none() {
            main = attribute(element, "Target").map(|target| part_name(&target));
        }
    })?;
    main.ok_or(FileRefusal::BrokenDocx)
}

/// What `[Content_Types].xml` says of the parts.
pub(super) struct ContentTypes {
    /// Extension to type.
    defaults: Vec<(String, String)>,
    /// Part to type.
    overrides: Vec<(String, String)>,
}

impl ContentTypes {
    pub(super) fn read(text: &str) -> Result<Self, FileRefusal> {
        let mut types = Self { defaults: Vec::new(), overrides: Vec::new() };
        elements(text, |element| {
            let kind = attribute(element, "ContentType").unwrap_or_default().to_lowercase();
            match element.local_name().as_ref() {
                "Default" => {
                    types.defaults.extend(attribute(element, "Extension").map(|end| (end.to_lowercase(), kind)))
                }
                "Override" => {
                    types.overrides.extend(attribute(element, "PartName").map(|name| (part_name(&name), kind)))
                }
                _ => {}
            }
        })?;
        Ok(types)
    }

    /// Whether it is a Word document without macros, whatever they are called.
    pub(super) fn check(&self, main: &str) -> Result<(), FileRefusal> {
        let is_macro = |kind: &str| kind.contains("macroenabled") || kind.contains("vbaproject");
        if self.overrides.iter().chain(&self.defaults).any(|(_, kind)| is_macro(kind)) {
            return Err(FileRefusal::Macros);
        }
        let extension = main.rsplit_once('.').map_or("", |(_, end)| end);
        let of = |list: &[(String, String)], key: &str| {
            list.iter().find(|(known, _)| known == key).map(|(_, kind)| kind.clone())
        };
        let kind = of(&self.overrides, main).or_else(|| of(&self.defaults, extension)).unwrap_or_default();
        if kind.contains("spreadsheetml") || main.starts_with("xl/") {
            Err(FileRefusal::WrongKind(Found::Excel))
        } else if kind.contains("presentationml") || main.starts_with("ppt/") {
            Err(FileRefusal::WrongKind(Found::PowerPoint))
        } else {
            Ok(())
        }
    }
}

/// Gives every element of an XML text to `look`.
///
/// # Errors
/// [`FileRefusal::BrokenDocx`] when it is no XML, or has a document type: packages have none.
fn elements(text: &str, mut look: impl FnMut(&BytesStart)) -> Result<(), FileRefusal> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => look(&element),
            Ok(Event::Eof) => return Ok(()),
            Ok(Event::DocType(_)) | Err(_) => return Err(FileRefusal::BrokenDocx),
            Ok(_) => {}
        }
    }
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    // Whether one is there twice is not looked at: that would compare each with each.
    let found = element.attributes().with_checks(false).flatten().find(|it| it.key.local_name().as_ref() == name)?;
    unescape(&found.value).ok().map(Cow::into_owned)
}
