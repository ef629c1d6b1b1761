use std::fs;

use proptest::prelude::*;

use super::*;

fn empty() -> Manifest {
    Manifest {
        format: FORMAT,
        version: "1".into(),
        schema: vec!["first".into()],
        at: 7,
        tables: Vec::new(),
        files: 2,
        file_bytes: 700,
        missing: Vec::new(),
        members: Vec::new(),
    }
}

/// An archive with a part of a table, a file that fills its blocks and one that does not.
fn made(folder: &Path) -> PathBuf {
    let path = folder.join("backup.tar");
    let mut writer = Writer::new(File::create(&path).unwrap());
    writer.member(part_name("users", 1), &pack("[1,\"ana\"]\n[2,null]\n").unwrap()).unwrap();
    writer.member("media/tickets/1/a.png".into(), &[7; 512]).unwrap();
    writer.begin("media/tickets/1/b.png".into(), 188).unwrap();
    writer.append(&[8; 100]).unwrap();
    writer.append(&[9; 88]).unwrap();
    writer.end().unwrap();
    let size = writer.finish(empty()).unwrap();
    assert_eq!(size, fs::metadata(&path).unwrap().len());
    path
}

#[test]
fn what_was_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(&made(folder.path()), &Wanted::default()).unwrap();
    assert_eq!(archive.part("users", 1).unwrap(), "[1,\"ana\"]\n[2,null]\n");
    assert!(archive.part("users", 2).is_err());
    let names: Vec<&str> = archive.manifest.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["tables/users-000001.jsonl.gz", "media/tickets/1/a.png", "media/tickets/1/b.png"]);
    let mut bytes = Vec::new();
    archive.read(2).read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [[8; 100].as_slice(), &[9; 88]].concat());
}

#[test]
fn tar_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path());
    let listed = std::process::Command::new("tar").arg("-tf").arg(&path).output().unwrap();
    assert!(listed.status.success() && listed.stderr.is_empty(), "{listed:?}");
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 5);
}

#[test]
fn files_that_change_while_they_are_read_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::new(File::create(folder.path().join("backup.tar")).unwrap());
    writer.begin("media/tickets/1/a.png".into(), 3).unwrap();
    writer.append(b"ab").unwrap();
    assert_eq!(writer.end().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    writer.begin("media/tickets/1/b.png".into(), 3).unwrap();
    writer.append(b"abcd").unwrap_err();
}

#[test]
fn what_is_no_backup_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    for bytes in [&b""[..], b"SQLite format 3\0", &[0; 4096]] {
        fs::write(&path, bytes).unwrap();
        Archive::open(&path, &Wanted::default()).unwrap_err();
    }
}

#[test]
fn a_later_form_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("backup.tar");
    let manifest = Manifest { format: 2, version: "9.9.9".into(), ..empty() };
    Writer::new(File::create(&path).unwrap()).finish(manifest).unwrap();
    let refusal = Archive::open(&path, &Wanted::default()).unwrap_err().to_string();
    assert!(refusal.contains("9.9.9") && refusal.contains(env!("CARGO_PKG_VERSION")), "{refusal}");
}

proptest! {
    #[test]
    fn any_byte_that_changed_is_found(place in any::<prop::sample::Index>(), other in 1u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= other;
        fs::write(&path, &bytes).unwrap();
        prop_assert!(Archive::open(&path, &Wanted::default()).is_err(), "byte {place}");
    }

    #[test]
    fn any_other_length_is_found(cut in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..600)) {
        let folder = tempfile::tempdir().unwrap();
        let path = made(folder.path());
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..cut.index(bytes.len())]).unwrap();
        prop_assert!(Archive::open(&path, &Wanted::default()).is_err());
        fs::write(&path, [bytes, more].concat()).unwrap();
        prop_assert!(Archive::open(&path, &Wanted::default()).is_err());
    }
}
