use std::{io::Write, sync::Arc};

use bytes::Bytes;
use desk::{Desk, FileFilter};
use domain::{Actor, Cursor, Error, FileKind, Role};
use futures::TryStreamExt;
use sea_orm::ConnectionTrait;
use tokio::sync::Notify;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::support::{PDF, PNG, Part, fields_of, file, form, on_both_databases, ticket, until, with_files_anywhere};

/// A document whose main part is `main`, with more entries.
fn docx(main: &str, more: &[&str]) -> Vec<u8> {
    let relationships = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"/{main}\"/>\
         </Relationships>"
    );
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    };
    add("[Content_Types].xml", b"<Types/>");
    add("_rels/.rels", relationships.as_bytes());
    add(main, &[b'x'; 3000]);
    more.iter().for_each(|name| add(name, b"x"));
    writer.finish().unwrap().into_inner()
}

/// The head of a picture.
fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), b"\x01\0\0\0\0"]
        .concat()
}

/// The head of a picture with so many bytes of previews and colours in front of its size.
fn jpg(width: u16, height: u16, before: usize) -> Vec<u8> {
    let mut bytes = b"\xFF\xD8".to_vec();
    for _ in 0..before.div_ceil(60_000) {
        bytes.extend([0xFF, 0xE1, 0xEA, 0x62]);
        bytes.resize(bytes.len() + 60_000, 0xFF);
    }
    bytes.extend([0xFF, 0xC2, 0, 17, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3; 10]);
    bytes
}

/// An old Office file, or a new one that is locked with a password.
fn compound(is_locked: bool) -> Vec<u8> {
    let mark: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    bytes.resize(60_000, 0);
    if is_locked {
        bytes.extend(mark);
    }
    bytes.resize(70_000, 0);
    bytes
}

async fn content(desk: &Desk, file: &domain::Attachment, range: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let chunks: Vec<Bytes> = desk.attachments().read(None, file, range).await.unwrap().try_collect().await.unwrap();
    chunks.concat()
}

with_files_anywhere! {
    async fn refused_files_leave_nothing(bench) {
        let ana = bench.customer("ana").await;
        let big = [PNG, &vec![0; 5 * 1024 * 1024]].concat();
        let macros = docx("word/document.xml", &["word/vbaProject.bin"]);
        let refused: [(Part, u16, &str); 11] = [
            (file("virus.exe", b"MZ\x90\0aaaaaaaa"), 400, "\"virus.exe\" is not a PDF, JPG, PNG or DOCX file"),
            (file("photo.pdf", PNG), 400, "\"photo.pdf\" is a PNG image"),
            (file("empty.pdf", b""), 400, "\"empty.pdf\" is empty"),
            (file("letter.docx", b"PK\x03\x04 torn"), 400, "\"letter.docx\" is not a whole Word document"),
            (file("letter.docx", &macros), 400, "\"letter.docx\" has macros"),
            (file("letter.docx", &compound(true)), 400, "\"letter.docx\" is locked with a password"),
            (
                file("letter.doc", &compound(false)),
                400,
                "\"letter.doc\" is not a PDF, JPG, PNG or DOCX file. It is a document of an old Office version.",
            ),
            (
                file("IMG_1.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
                400,
                "\"IMG_1.jpg\" is not a PDF, JPG, PNG or DOCX file. It is a HEIC picture.",
            ),
            (file("page.pdf", b"<html>%PDF-1.4"), 400, "\"page.pdf\" is not a PDF, JPG, PNG or DOCX file. It is a web page"),
            (file("big.png", &big), 413, "\"big.png\" is larger than 5 MB"),
            (Part::Broken("half.png", Bytes::from_static(PNG)), 400, "broke off"),
        ];
        for (bad, status, sentence) in refused {
            let refusal = bench.desk.tickets().open(&ana, &mut ticket([file("good.png", PNG), bad])).await.unwrap_err();
            assert_eq!(refusal.http_status(), status, "{refusal:?}");
            let said: Vec<_> = refusal.fields().unwrap().0.values().flatten().collect();
            assert!(said[0].starts_with(sentence), "{said:?}");
            assert!(bench.files().is_empty(), "{sentence}: {:?}", bench.files());
        }
        assert!(bench.desk.tickets().list_own(&ana, Cursor::First, 10).await.unwrap().items.is_empty());
    }

    async fn a_file_of_just_the_limit_is_taken_and_read_back(bench) {
        let ana = bench.customer("ana").await;
        let mut bytes = PNG.to_vec();
        bytes.resize(5 * 1024 * 1024, 7);
        let word = docx("word/document2.xml", &[]);
        let parts = [file("full.PNG", &bytes), file("letter.docx", &word)];
        let opened = bench.desk.tickets().open(&ana, &mut ticket(parts)).await.unwrap();
        let attachments = opened.attachments;
        assert_eq!(attachments[0].kind, FileKind::Png);
        assert_eq!(attachments[1].kind, FileKind::Docx);
        assert!(content(&bench.desk, &attachments[0], None).await == bytes);
        assert_eq!(content(&bench.desk, &attachments[0], Some(1..4)).await, b"PNG");
        assert!(!attachments[0].stored_name.contains("full"));
    }

    async fn a_pdf_with_something_in_front_is_one(bench) {
        let ana = bench.customer("ana").await;
        let bytes = [b"\xEF\xBB\xBF\x1B%-12345X@PJL\r\n".as_slice(), PDF].concat();
        // In pieces as small as a slow sender's.
        let slow = Part::File("scan.pdf", bytes.chunks(3).map(Bytes::copy_from_slice).collect());
        let opened = bench.desk.tickets().open(&ana, &mut ticket([slow])).await.unwrap();
        assert_eq!(opened.attachments[0].kind, FileKind::Pdf);
        assert_eq!(content(&bench.desk, &opened.attachments[0], None).await, bytes);
    }

    async fn names_keep_what_they_are_written_with(bench) {
        let ana = bench.customer("ana").await;
        let parts = [
            file("نامه\u{200C}ها.pdf", PDF),
            file("Pru\u{308}fung\u{61C}\u{2028}.pdf", PDF),
            file("👩\u{200D}👧.png", PNG),
            file("scan.pdf. ", PDF),
        ];
        let opened = bench.desk.tickets().open(&ana, &mut ticket(parts)).await.unwrap();
        let names: Vec<_> = opened.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["نامه\u{200C}ها.pdf", "Prüfung.pdf", "👩\u{200D}👧.png", "scan.pdf"]);
    }

    async fn only_pictures_that_are_not_too_large_are_shown(bench) {
        let ana = bench.customer("ana").await;
        let parts = [
            file("a.png", &png(8000, 6000)),
            file("b.png", &png(10_000, 10_000)),
            file("c.png", &png(60_000, 60_000)),
            file("d.jpg", &jpg(640, 480, 0)),
            file("e.jpg", &jpg(640, 480, 200_000)),
            file("f.jpg", &jpg(60_000, 60_000, 200_000)),
            file("g.png", PNG),
            file("h.pdf", PDF),
        ];
        let opened = bench.desk.tickets().open(&ana, &mut ticket(parts)).await.unwrap();
        let shown = |files: &[domain::Attachment]| -> Vec<bool> {
            files.iter().map(|file| file.shown_picture().is_some()).collect()
        };
        let expected = [true, false, false, true, true, false, false, false];
        assert_eq!(shown(&opened.attachments), expected);
        let tickets = bench.desk.tickets();
        let view = tickets.view(&ana, opened.id, Cursor::First).await.unwrap();
        assert_eq!(view.opening_files, opened.attachments);
        let list = tickets.list_own(&ana, Cursor::First, 10).await.unwrap();
        assert_eq!(list.items[0].attachments, opened.attachments);
        let picture = view.opening_files[4].picture.unwrap();
        assert_eq!((picture.width, picture.height), (640, 480));
        // As it was before pictures were measured: none is shown until upkeep looked at it.
        let connection = bench.connection().await;
        connection.execute_unprepared("UPDATE attachments SET width = NULL, height = NULL").await.unwrap();
        let files = tickets.get(&ana, opened.id).await.unwrap().attachments;
        assert_eq!(shown(&files), [false; 8]);
        std::fs::remove_file(bench.files().into_iter().find(|path| path.contains(&files[3].stored_name)).unwrap()).unwrap();
        bench.desk.upkeep().await.unwrap();
        let files = tickets.get(&ana, opened.id).await.unwrap().attachments;
        assert_eq!(shown(&files), [true, false, false, false, true, false, false, false]);
    }

    async fn damaged_pictures_hold_up_no_others(bench) {
        let ana = bench.customer("ana").await;
        let parts = (0..5).map(|_| file("a.jpg", &jpg(640, 480, 200_000)));
        let opened = bench.desk.tickets().open(&ana, &mut ticket(parts)).await.unwrap();
        let [unreadable, empty, short, gone, _] = &opened.attachments[..] else { panic!("five pictures") };
        let connection = bench.connection().await;
        connection.execute_unprepared("UPDATE attachments SET width = NULL, height = NULL").await.unwrap();
        // No file has a name of this length, and looking for it is an error.
        let (long, name) = ("x".repeat(300), &unreadable.stored_name);
        let update = format!("UPDATE attachments SET stored_name = '{long}' WHERE stored_name = '{name}'");
        connection.execute_unprepared(&update).await.unwrap();
        let path = |name: &str| bench.files().into_iter().find(|path| path.contains(name)).unwrap();
        for (file, bytes) in [(empty, 0), (short, 300)] {
            let file = std::fs::File::options().write(true).open(path(&file.stored_name)).unwrap();
            file.set_len(bytes).unwrap();
        }
        std::fs::remove_file(path(&gone.stored_name)).unwrap();
        bench.desk.upkeep().await.unwrap();
        let files = bench.desk.tickets().get(&ana, opened.id).await.unwrap().attachments;
        let measured: Vec<_> = files.iter().map(|file| file.picture.is_some()).collect();
        assert_eq!(measured, [false, false, false, false, true]);
    }

    async fn files_of_a_later_message_are_not_the_tickets_own(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let opened = tickets.open(&ana, &mut ticket([file("own.png", PNG)])).await.unwrap();
        // The clock stands still: all at the same moment.
        tickets.reply(&ana, opened.id, &mut form([file("later.png", PNG)])).await.unwrap();
        let view = tickets.view(&ana, opened.id, Cursor::First).await.unwrap();
        let names = |files: &[domain::Attachment]| -> Vec<String> { files.iter().map(|file| file.name.clone()).collect() };
        assert_eq!(names(&view.opening_files), ["own.png"]);
        assert_eq!(names(&view.ticket.attachments), ["own.png", "later.png"]);
    }

    async fn ten_files_are_taken_and_no_more(bench) {
        let ana = bench.customer("ana").await;
        let tickets = bench.desk.tickets();
        let files = |count: usize| (0..count).map(|_| file("a.png", PNG));
        let refusal = tickets.open(&ana, &mut ticket(files(11))).await.unwrap_err();
        assert_eq!((refusal.http_status(), fields_of(refusal)), (400, vec!["attachments".to_owned()]));
        assert!(bench.files().is_empty());
        let id = tickets.open(&ana, &mut ticket(files(8))).await.unwrap().id;
        assert!(tickets.reply(&ana, id, &mut form(files(3))).await.is_err());
        until("those of the refused reply are gone", async || bench.files().len() == 8).await;
        // Those of the ticket and of its replies together; a file may speak for itself.
        assert_eq!(tickets.reply(&ana, id, &mut form(files(2))).await.unwrap().files.len(), 2);
        assert_eq!(tickets.get(&ana, id).await.unwrap().attachments.len(), 10);
        assert!(tickets.reply(&ana, id, &mut form(files(1))).await.is_err());
        assert_eq!(tickets.view(&ana, id, Cursor::First).await.unwrap().room.public, 0);
    }

    async fn a_request_that_is_dropped_leaves_nothing(bench) {
        let ana = bench.customer("ana").await;
        struct Stuck(Vec<Part>, Arc<Notify>);
        impl desk::TicketForm for Stuck {
            async fn next(&mut self) -> domain::Result<Option<desk::FormPart<'_>>> {
                use futures::StreamExt;
                match self.0.pop() {
                    Some(Part::File(name, chunks)) => Ok(Some(desk::FormPart::File {
                        file_name: name.into(),
                        chunks: futures::stream::iter(chunks.into_iter().map(Ok)).boxed(),
                    })),
                    _ => {
                        self.1.notify_one();
                        std::future::pending().await
                    }
                }
            }
        }
        let waits_for_more = Arc::new(Notify::new());
        let mut stuck = Stuck(vec![file("a.png", PNG)], Arc::clone(&waits_for_more));
        let tickets = bench.desk.tickets();
        let mut opening = Box::pin(tickets.open(&ana, &mut stuck));
        tokio::select! {
            opened = &mut opening => panic!("{opened:?}"),
            () = waits_for_more.notified() => {}
        }
        assert_eq!(bench.files().len(), 1);
        drop(opening);
        until("nothing is left, which a task of its own sees to", async || bench.files().is_empty()).await;
    }

    async fn signed_addresses_hold_for_one_file_and_ten_minutes(bench) {
        let ana = bench.customer("ana").await;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG), file("b.pdf", PDF)])).await.unwrap();
        let [first, second] = &opened.attachments[..] else { panic!() };
        let files = bench.desk.attachments();
        let signed = files.signed_path(first);
        let query = signed.split_once('?').unwrap().1;
        let (expires, signature) = query.split_once('&').unwrap();
        let (expires, signature) = (&expires["expires=".len()..], &signature["signature=".len()..]);
        let get = async |name: &str, expires: &str, signature: &str| files.get_signed(opened.id, name, expires, signature).await;
        assert_eq!(get(&first.stored_name, expires, signature).await.unwrap(), *first);
        let later = (expires.parse::<i64>().unwrap() + 1).to_string();
        for (name, expires, signature) in [
            (second.stored_name.as_str(), expires, signature),
            (&first.stored_name, &later, signature),
            (&first.stored_name, expires, ""),
            (&first.stored_name, expires, &signature.replace(&signature[..1], "x")),
        ] {
            assert!(matches!(get(name, expires, signature).await, Err(Error::Forbidden { .. })));
        }
        bench.advance(600);
        assert!(matches!(get(&first.stored_name, expires, signature).await, Err(Error::Forbidden { .. })));
    }

    async fn files_are_the_owners_and_the_staffs(bench) {
        let (ana, ben) = (bench.customer("ana").await, bench.customer("ben").await);
        let agent = bench.staff("agent", Role::Agent).await;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG), file("b.pdf", PDF)])).await.unwrap();
        let stored = &opened.attachments[0].stored_name;
        let files = bench.desk.attachments();
        assert!(files.get(&ana, opened.id, stored).await.is_ok());
        assert!(files.get(&agent, opened.id, stored).await.is_ok());
        assert_eq!(files.get(&ben, opened.id, stored).await.unwrap_err(), Error::NotFound);
        assert_eq!(files.get(&ana, opened.id, "../../secret").await.unwrap_err(), Error::NotFound);
        let all = FileFilter::default();
        assert!(matches!(files.list(&ana, &all, Cursor::First, 10).await, Err(Error::Forbidden { .. })));
        assert!(matches!(files.total(&ana, &all).await, Err(Error::Forbidden { .. })));
        let images = FileFilter { kind: Some(FileKind::Png), requester: ana.id };
        assert_eq!(files.list(&agent, &images, Cursor::First, 10).await.unwrap().items.len(), 1);
        assert_eq!(files.total(&Actor::command_line(), &all).await.unwrap(), (2, (PNG.len() + PDF.len()) as u64));
    }
}

on_both_databases! {
    async fn files_without_a_row_are_swept(bench) {
        let ana = bench.customer("ana").await;
        let opened = bench.desk.tickets().open(&ana, &mut ticket([file("a.png", PNG)])).await.unwrap();
        let media = bench.folder.path().join("media");
        let orphan = media.join(format!("tickets/{}/orphan.png", opened.id));
        let of_no_ticket = media.join("tickets/4711");
        let dead = bench.folder.path().join("incoming/dead");
        std::fs::create_dir_all(&of_no_ticket).unwrap();
        std::fs::create_dir_all(&dead).unwrap();
        for path in [&orphan, &of_no_ticket.join("x.png"), &dead.join("x.png#1"), &dead.with_extension("lock")] {
            std::fs::write(path, "left behind").unwrap();
        }
        // Another process beside a living one must not take its files for abandoned.
        let beside = bench.another().await;
        beside.upkeep().await.unwrap();
        assert!(orphan.exists(), "young files may belong to a request under way");
        assert!(!dead.exists());
        drop(beside);
        // A restart after a crash: nobody else is there, whatever is left is nobody's.
        let crate::support::Bench { desk, config, folder, .. } = bench;
        drop(desk);
        // They are from before the restart, also where the disk's clock ticks seldom.
        let before = std::time::SystemTime::now() - std::time::Duration::from_secs(1);
        for path in [&orphan, &of_no_ticket.join("x.png")] {
            std::fs::File::options().append(true).open(path).unwrap().set_modified(before).unwrap();
        }
        let desk = Desk::open(config).await.unwrap();
        desk.upkeep().await.unwrap();
        assert!(!orphan.exists() && !of_no_ticket.join("x.png").exists());
        let kept = desk.tickets().get(&ana, opened.id).await.unwrap().attachments;
        assert_eq!(content(&desk, &kept[0], None).await, PNG);
        drop(folder);
    }

    async fn many_files_are_counted_once_in_a_while(bench) {
        let ana = bench.customer("ana").await;
        let id = bench.desk.tickets().open(&ana, &mut ticket([])).await.unwrap().id;
        let (me, all) = (Actor::command_line(), FileFilter::default());
        let add = async |from: u32, to: u32| {
            let sql = format!(
                "WITH RECURSIVE n(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM n WHERE n < {to})
                 INSERT INTO attachments (ticket_id, stored_name, name, size, kind, uploaded_at)
                 SELECT {id}, 'f' || n, 'f', 3, 'png', 0 FROM n"
            );
            bench.execute(&sql).await;
        };
        let total = async |filter: &FileFilter| bench.desk.attachments().total(&me, filter).await.unwrap();
        add(1, 1999).await;
        assert_eq!(total(&all).await, (1999, 3 * 1999));
        add(2000, 2000).await;
        assert_eq!(total(&all).await, (2000, 6000));
        add(2001, 2001).await;
        assert_eq!(total(&all).await, (2001, 6003));
        let (pictures, documents) = (FileKind::Png, FileKind::Pdf);
        let of = |kind| FileFilter { kind: Some(kind), ..FileFilter::default() };
        assert_eq!((total(&of(pictures)).await, total(&of(documents)).await), ((2001, 6003), (0, 0)));
        add(2002, 2005).await;
        assert_eq!(total(&all).await, (2001, 6003));
        // One customer's are counted each time.
        assert_eq!(total(&FileFilter { requester: ana.id, ..all.clone() }).await, (2005, 6015));
        bench.advance(10);
        assert_eq!(total(&all).await, (2005, 6015));
        assert_eq!(bench.desk.users().overview(&me).await.unwrap().files, 2005);
        bench.execute("DELETE FROM attachments WHERE stored_name <> 'f1'").await;
        assert_eq!(total(&all).await, (1, 3));
    }
}
