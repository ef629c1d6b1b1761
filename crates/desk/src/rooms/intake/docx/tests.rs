use std::io::{self, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";
const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";

fn relationships(kind: &str, target: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<Relationships \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId3\" \
         Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" \
         Target=\"docProps/core.xml\"/><Relationship Id=\"rId1\" Type=\"{kind}\" Target=\"{target}\"/></Relationships>"
    )
}

fn types(main: &str, kind: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><Types \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/{main}\" \
         ContentType=\"{kind}\"/></Types>"
    )
}

fn pack(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn look(bytes: Vec<u8>) -> Result<(), FileRefusal> {
    judge(io::Cursor::new(bytes))
}

/// A document whose main part is `main`, with more entries.
fn document(kind: &str, main: &str, target: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let (types, relationships) = (types(main, WORD), relationships(kind, target));
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relationships.as_bytes()),
        (main, b"<w:document/>"),
    ];
    entries.extend(more);
    pack(CompressionMethod::Deflated, &entries)
}

fn with(more: &str) -> Result<(), FileRefusal> {
    look(document(OFFICE, "word/document.xml", "word/document.xml", &[(more, b"<x/>")]))
}

#[test]
fn takes_what_writers_write() {
    // LibreOffice 7.4: written as a stream, so the sizes stand behind the data.
    let libre_office = include_bytes!("libreoffice.docx");
    assert_eq!(libre_office[6] & 8, 8, "sizes come later");
    assert_eq!(look(libre_office.to_vec()), Ok(()));
    for (kind, main, target) in [
        (OFFICE, "word/document.xml", "word/document.xml"),
        // Word for the web.
        (OFFICE, "word/document2.xml", "/word/document2.xml"),
        (OFFICE, "word/document.xml", "./word/document.xml"),
        (OFFICE, "Word/Document.xml", "word/document.xml"),
        (OFFICE, "word\\document.xml", "/word/document.xml"),
        (OFFICE, "document.xml", "document.xml"),
        (STRICT, "word/document.xml", "word/document.xml"),
    ] {
        assert_eq!(look(document(kind, main, target, &[])), Ok(()), "{main} {target}");
    }
    assert_eq!(with("word/media/image1.png"), Ok(()));
    assert_eq!(with("word/a..b.xml"), Ok(()));
    assert_eq!(with("word/media/"), Ok(()));
    assert_eq!(with("word/grüße.xml"), Ok(()));
}

#[test]
fn reads_the_parts_in_their_encodings() {
    let types = types("word/document.xml", WORD);
    let relationships = relationships(OFFICE, "word/document.xml");
    let little: Vec<u8> = [0xFEFF].into_iter().chain(relationships.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = [0xFEFF].into_iter().chain(relationships.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let marked = format!("\u{FEFF}{relationships}").into_bytes();
    let prefixed = relationships.replace("<Rel", "<p:Rel").replace("</Rel", "</p:Rel").replace("xmlns=", "xmlns:p=");
    for bytes in [little, big, marked, prefixed.into_bytes()] {
        let packed = pack(
            CompressionMethod::Stored,
            &[("[Content_Types].xml", types.as_bytes()), ("_rels/.rels", &bytes), ("word/document.xml", b"<x/>")],
        );
        assert_eq!(look(packed), Ok(()));
    }
}

#[test]
fn refuses_what_is_no_document() {
    assert_eq!(look(b"PK\x03\x04 torn".to_vec()), Err(FileRefusal::BrokenDocx));
    let whole = document(OFFICE, "word/document.xml", "word/document.xml", &[]);
    assert_eq!(look(whole[..whole.len() - 30].to_vec()), Err(FileRefusal::BrokenDocx), "torn off");
    let (types, relationships) = (types("word/document.xml", WORD), relationships(OFFICE, "word/document.xml"));
    let parts: [(&str, &[u8]); 3] = [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", relationships.as_bytes()),
        ("word/document.xml", b"<x/>"),
    ];
    for missing in 0..3 {
        let mut parts = parts.to_vec();
        parts.remove(missing);
        assert_eq!(look(pack(CompressionMethod::Deflated, &parts)), Err(FileRefusal::BrokenDocx), "{missing}");
    }
    let elsewhere = document(OFFICE, "word/document.xml", "word/document2.xml", &[]);
    assert_eq!(look(elsewhere), Err(FileRefusal::BrokenDocx), "names a part that is not there");
    let external =
        super::package::main_part(&relationships.replace("Target=\"word", "TargetMode=\"External\" Target=\"word"));
    assert_eq!(external, Err(FileRefusal::BrokenDocx));
    for bad in [
        format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{relationships}"),
        relationships.replace("</Relationships>", "</Other>"),
        " ".repeat(600 * 1024) + &relationships,
    ] {
        let mut parts = parts.to_vec();
        parts[1].1 = bad.as_bytes();
        assert_eq!(look(pack(CompressionMethod::Deflated, &parts)), Err(FileRefusal::BrokenDocx));
    }
}

#[test]
fn says_what_other_documents_are() {
    let office = |main: &str, kind: &str| {
        let (types, relationships) = (types(main, kind), relationships(OFFICE, main));
        look(pack(
            CompressionMethod::Deflated,
            &[("[Content_Types].xml", types.as_bytes()), ("_rels/.rels", relationships.as_bytes()), (main, b"<x/>")],
        ))
    };
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
    let slides = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml";
    assert_eq!(office("xl/workbook.xml", sheet), Err(FileRefusal::WrongKind(Found::Excel)));
    assert_eq!(office("ppt/presentation.xml", slides), Err(FileRefusal::WrongKind(Found::PowerPoint)));
    for kind in [
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    ] {
        assert_eq!(office("word/document.xml", kind), Err(FileRefusal::Macros));
    }
    let open = pack(
        CompressionMethod::Stored,
        &[("mimetype", b"application/vnd.oasis.opendocument.text"), ("META-INF/manifest.xml", b"<x/>")],
    );
    assert_eq!(look(open), Err(FileRefusal::WrongKind(Found::OpenDocument)));
}

#[test]
fn refuses_macros_under_every_name() {
    for name in ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "vbaProject.bin", "a\\b\\VbaProject.bin"] {
        assert_eq!(with(name), Err(FileRefusal::Macros), "{name}");
    }
    let mut types = types("word/document.xml", WORD);
    types = types.replace(
        "</Types>",
        "<Override PartName=\"/word/x.bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/></Types>",
    );
    let relationships = relationships(OFFICE, "word/document.xml");
    let hidden = pack(
        CompressionMethod::Deflated,
        &[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", relationships.as_bytes()),
            ("word/document.xml", b"<x/>"),
            ("word/x.bin", b"x"),
        ],
    );
    assert_eq!(look(hidden), Err(FileRefusal::Macros));
}

#[test]
fn refuses_archives_that_climb_out() {
    for outside in ["../evil", "word/../../evil", "/etc/passwd", "\\evil", "C:\\evil", "word\\..\\..\\evil"] {
        assert_eq!(with(outside), Err(FileRefusal::UnsafeArchive), "{outside}");
    }
    assert_eq!(with("WORD/document.xml"), Err(FileRefusal::UnsafeArchive), "the same part twice");
}

/// Changes a field of the first entry's head in the central directory (APPNOTE 4.3.12), which may be the entry `name`.
fn changed(mut bytes: Vec<u8>, name: &str, offset: usize, field: &[u8]) -> Vec<u8> {
    let starts: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02")).collect();
    let entry = starts.into_iter().find(|at| bytes[at + 46..].starts_with(name.as_bytes())).unwrap();
    bytes[entry + offset..entry + offset + field.len()].copy_from_slice(field);
    bytes
}

#[test]
fn believes_the_directory_about_size_but_no_lies() {
    let good = document(OFFICE, "word/document.xml", "word/document.xml", &[("word/x.xml", &[b'x'; 200_000])]);
    let size = |bytes: u32| changed(good.clone(), "word/x.xml", 24, &bytes.to_le_bytes());
    assert_eq!(look(size(100 * 1024 * 1024)), Err(FileRefusal::UnpacksTooLarge));
    assert_eq!(look(size(u32::MAX - 1)), Err(FileRefusal::UnpacksTooLarge));
    assert_eq!(look(size(50_000_000)), Ok(()));
    let streamed = include_bytes!("libreoffice.docx").to_vec();
    let large = changed(streamed, "word/document.xml", 24, &(100 * 1024 * 1024_u32).to_le_bytes());
    assert_eq!(look(large), Err(FileRefusal::UnpacksTooLarge), "written as a stream");
    let noise: Vec<u8> = (0..40_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let packed = document(OFFICE, "word/document.xml", "word/document.xml", &[("word/x.bin", &noise)]);
    let lie = changed(packed, "word/x.bin", 24, &1000_u32.to_le_bytes());
    assert_eq!(look(lie), Err(FileRefusal::UnsafeArchive), "far less than it is packed in");
}

#[test]
fn refuses_what_overlaps_and_what_is_locked() {
    let good =
        document(OFFICE, "word/document.xml", "word/document.xml", &[("word/a.xml", b"a"), ("word/b.xml", b"b")]);
    // Offset 42: where the entry's own head is. Two entries share the bytes of the first.
    let shared = changed(good.clone(), "word/b.xml", 42, &0_u32.to_le_bytes());
    assert_eq!(look(shared), Err(FileRefusal::UnsafeArchive));
    let behind = changed(good.clone(), "word/b.xml", 20, &100_000_u32.to_le_bytes());
    assert!(look(behind).is_err(), "reaches into the directory");
    // Offset 8: flags, of which the first says encrypted.
    assert_eq!(look(changed(good, "word/b.xml", 8, &[1, 0])), Err(FileRefusal::Locked));
}

#[tokio::test]
async fn a_store_that_refuses_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(&crate::DeskConfig::new(folder.path()), &Arc::default()).unwrap();
    assert_eq!(check(&storage, Path::from("incoming/gone"), 100).await, Err(Error::Unavailable));
    assert!(storage.health.files.trouble().is_some());
}
