//! Forms of every kind of client, cut in every way.

use std::{convert::Infallible, task::Poll};

use futures::stream;
use proptest::prelude::*;

use super::*;

type Read = Vec<(String, Option<String>, Vec<u8>)>;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

async fn read(mut form: FormData) -> Result<Read, Unreadable> {
    let mut parts = Vec::new();
    while let Some(part) = form.next_part().await? {
        let mut bytes = Vec::new();
        while let Some(chunk) = form.chunk().await? {
            assert!(!chunk.is_empty());
            bytes.extend_from_slice(&chunk);
        }
        parts.push((part.name, part.file_name, bytes));
    }
    Ok(parts)
}

/// Reads a body that comes in pieces of so many bytes.
fn in_pieces(body: &[u8], piece: usize) -> Result<Read, Unreadable> {
    let pieces: Vec<_> = body.chunks(piece).map(|bytes| Ok::<_, Infallible>(Bytes::copy_from_slice(bytes))).collect();
    run(read(FormData::new(stream::iter(pieces), "XX")))
}

fn whole(body: &[u8]) -> Result<Read, Unreadable> {
    in_pieces(body, body.len().max(1))
}

fn one_part(head: &[u8]) -> Part {
    let body = [b"--XX\r\n", head, b"\r\n\r\nx\r\n--XX--\r\n"].concat();
    let body = stream::iter([Ok::<_, Infallible>(Bytes::from(body))]);
    run(FormData::new(body, "XX").next_part()).unwrap().unwrap()
}

/// The name of a file by its `Content-Disposition`.
fn file_name(parameters: impl AsRef<[u8]>) -> Option<String> {
    one_part(&[b"Content-Disposition: form-data; name=\"attachments\"; ", parameters.as_ref()].concat()).file_name
}

const TWO: &[u8] = b"ignored\r\n--XX \t\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA\r\n--X\r\n\
    --XX\r\ncontent-DISPOSITION:form-data;name=attachments;filename=\"a.pdf\"\r\nContent-Type: x/y\r\n\r\n\r\n\r\n--XX--\r\nrest";

#[test]
fn parts_come_whole_however_they_are_cut() {
    for piece in 1..TWO.len() {
        let parts = in_pieces(TWO, piece).unwrap();
        let expected: Read = vec![
            ("title".into(), None, b"A\r\n--X".to_vec()),
            ("attachments".into(), Some("a.pdf".into()), b"\r\n".to_vec()),
        ];
        assert_eq!(parts, expected, "in pieces of {piece}");
    }
}

#[test]
fn a_body_that_arrives_between_two_looks_is_read() {
    // A body is read in one task and arrives in another: at any look it may have come as a whole, with its end.
    for pauses in 0..4 {
        let mut looks = 0;
        let mut chunks = vec![Bytes::from_static(TWO)].into_iter();
        let body = stream::poll_fn(move |cx| {
            looks += 1;
            if looks <= pauses {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(chunks.next().map(Ok::<_, Infallible>))
        });
        assert_eq!(run(read(FormData::new(body, "XX"))).unwrap().len(), 2, "after {pauses} pauses");
    }
}

#[test]
fn what_breaks_off_is_no_form() {
    let end = TWO.windows(6).position(|window| window == b"--XX--").unwrap() + 6;
    for length in 0..end {
        assert!(whole(&TWO[..length]).is_err(), "the first {length} bytes");
    }
    assert!(whole(&TWO[..end]).is_ok());
    // The last boundary is there, and then the connection breaks off.
    let error = std::io::Error::other("gone");
    let body = stream::iter([Ok(Bytes::from_static(TWO)), Err(error)]);
    let mut form = FormData::new(body, "XX");
    run(async {
        assert!(form.next_part().await.is_ok());
        assert!(form.next_part().await.is_ok());
        assert!(matches!(form.next_part().await, Err(Unreadable::Body(_))));
        assert!(matches!(form.next_part().await, Err(Unreadable::Failed)));
        assert!(matches!(form.chunk().await, Err(Unreadable::Failed)));
    });
}

#[test]
fn forms_without_parts_and_parts_without_heads() {
    assert_eq!(whole(b"--XX--").unwrap(), Read::new());
    assert_eq!(whole(b"--XX\r\n\r\nx\r\n--XX--").unwrap(), vec![(String::new(), None, b"x".to_vec())]);
    assert!(matches!(whole(b"--XXY\r\nA: b\r\n\r\nx\r\n--XX--"), Err(Unreadable::Boundary)));
}

#[test]
fn what_lies_between_parts_has_a_limit() {
    let long = vec![b'a'; 2 * MAX_BETWEEN];
    let head = [b"--XX\r\nContent-Disposition: form-data; name=\"", &long[..], b"\"\r\n\r\nx\r\n--XX--"].concat();
    let preamble = [&long[..], b"\r\n--XX--"].concat();
    let epilogue = [b"--XX--\r\n", &long[..]].concat();
    for body in [head, preamble, epilogue] {
        for piece in [100, 5000, body.len()] {
            assert!(matches!(in_pieces(&body, piece), Err(Unreadable::TooMuchBetween)), "in pieces of {piece}");
        }
    }
}

/// Pieces without an end; says how many were asked for.
fn endless(
    start: &'static [u8],
) -> (impl Stream<Item = Result<Bytes, Infallible>> + Send, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let rest = stream::repeat_with(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Bytes::from(vec![b'x'; 1024]))
    });
    (stream::iter([Ok(Bytes::from_static(start))]).chain(rest), asked)
}

#[test]
fn endless_heads_are_not_waited_for() {
    for start in [&b"--XX\r\nContent-Disposition: "[..], b"", b"--XX--", b"--XX\r\n"] {
        let (body, asked) = endless(start);
        assert!(matches!(run(read(FormData::new(body, "XX"))), Err(Unreadable::TooMuchBetween)));
        let asked = asked.load(std::sync::atomic::Ordering::Relaxed);
        assert!(asked <= MAX_BETWEEN / 1024 + 2, "{asked} KB were read");
    }
}

#[test]
fn a_form_may_have_a_limit() {
    let (body, _) = endless(b"--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n");
    let mut form = FormData::new(body, "XX");
    form.limit(100_000);
    assert!(matches!(run(read(form)), Err(Unreadable::TooLong)));
}

#[test]
fn names_of_files() {
    for (written, name) in [
        (&b"filename=\"a b.pdf\""[..], "a b.pdf"),
        (b"filename=a b.pdf", "a b.pdf"),
        (b"filename = a.pdf ; x=y", "a.pdf"),
        (b"FileName=\"a;b=c.pdf\"", "a;b=c.pdf"),
        (br#"filename="a\"b\\c.pdf""#, "a\"b\\c.pdf"),
        (br#"filename="a"b".pdf""#, "a\"b\".pdf"),
        (br#"filename="C:\Users\ana\a.pdf""#, r"C:\Users\ana\a.pdf"),
        (b"filename=\"a%22b%0D%0A100%.pdf\"", "a\"b\r\n100%.pdf"),
        ("filename=\"Müller 報告.pdf\"".as_bytes(), "Müller 報告.pdf"),
        ("filename=Müller.pdf".as_bytes(), "Müller.pdf"),
        (b"filename=\"M\xFCller.pdf\"", "Müller.pdf"),
        (b"filename*=UTF-8''M%C3%BCller%20%E5%A0%B1.pdf", "Müller 報.pdf"),
        (b"filename*=utf-8'de'M%C3%BCller.pdf", "Müller.pdf"),
        (b"filename*=\"utf-8''M%C3%BCller.pdf\"", "Müller.pdf"),
        (b"filename*=ISO-8859-1''M%FCller.pdf", "Müller.pdf"),
        (b"filename*=shift_jis''%95%F1.pdf", "報.pdf"),
        (b"filename=\"ascii.pdf\"; filename*=UTF-8''M%C3%BCller.pdf", "Müller.pdf"),
        (b"filename*=UTF-8''M%C3%BCller.pdf; filename=\"ascii.pdf\"", "Müller.pdf"),
        (b"filename=\"kept.pdf\"; filename*=nonsense", "kept.pdf"),
        (b"filename=\"kept.pdf\"; filename*=no-such-charset''x", "kept.pdf"),
        (b"filename*=bare.pdf", "bare.pdf"),
        (b"filename=\"=?utf-8?B?TcO8bGxlci5wZGY=?=\"; filename*=utf-8''M%C3%BCller.pdf", "Müller.pdf"),
        (b"filename=\"=?utf-8?B?TcO8bGxlci5wZGY=?=\"", "Müller.pdf"),
        (b"filename==?utf-8?B?TcO8bGxlci5wZGY=?=", "Müller.pdf"),
        (b"filename=\"=?UTF-8?B?TcO8bGxlci5wZGY?=\"", "Müller.pdf"),
        (b"filename=\"=?iso-8859-1?Q?M=FCller_1.pdf?=\"", "Müller 1.pdf"),
        (b"filename=\"=?utf-8*de?q?M=C3=BCller.pdf?=\"", "Müller.pdf"),
        (b"filename=\"=?utf-8?Q?M=C3?= =?utf-8?Q?=BCller?= a.pdf\"", "Müller a.pdf"),
        (b"filename=\"=?utf-8?Q?a?=\r\n =?us-ascii?Q?b.pdf?=\"", "ab.pdf"),
        (b"filename=\"=?utf-8?X?what?=.pdf\"", "=?utf-8?X?what?=.pdf"),
        (b"filename=\"what=?.pdf\"", "what=?.pdf"),
        (b"filename*0*=UTF-8''M%C3; filename*1*=%BCller; filename*2=\".pdf\"", "Müller.pdf"),
        (b"filename*0=\"long \"; filename*1=\"name.pdf\"", "long name.pdf"),
        (b"filename=\"\"", ""),
        (b"filename=", ""),
    ] {
        assert_eq!(file_name(written).as_deref(), Some(name), "{}", String::from_utf8_lossy(written));
    }
    assert_eq!(file_name(b"x=\"filename=a.pdf\""), None);
    assert_eq!(file_name(b"x-filename=a.pdf"), None);
}

#[test]
fn texts_say_their_encoding() {
    let part = |content_type: &str| {
        one_part(format!("Content-Disposition: form-data; name=a\r\nContent-Type: {content_type}").as_bytes())
    };
    assert_eq!(part("text/plain").text("é".into()).as_deref(), Ok("é"));
    assert_eq!(part("text/plain").text(b"\xE9".to_vec()), Err(NotText));
    assert_eq!(part("text/plain; charset=utf-8").text(b"\xE9".to_vec()), Err(NotText));
    assert_eq!(part("text/plain; charset=\"ISO-8859-1\"").text(b"\xE9".to_vec()).as_deref(), Ok("é"));
    assert_eq!(part("text/plain; charset=nonsense").text("é".into()).as_deref(), Ok("é"));
}

#[test]
fn boundaries() {
    for (written, expected) in [
        ("multipart/form-data; boundary=XX", Some("XX")),
        ("Multipart/Form-Data;charset=utf-8 ; Boundary=\"a b'()+_,-./:=?\"", Some("a b'()+_,-./:=?")),
        ("multipart/form-data; boundary====123==", Some("===123==")),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ("multipart/mixed; boundary=XX", None),
        ("text/plain; boundary=XX", None),
    ] {
        assert_eq!(boundary(written.as_bytes()).as_deref(), expected, "{written}");
    }
}

proptest! {
    #[test]
    fn bytes_come_out_as_they_went_in(
        parts in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![b'\r', b'\n', b'-', b'X', b'a', 0, 255]), 0..60), 0..5),
        piece in 1_usize..80,
    ) {
        let mut body = Vec::new();
        for part in &parts {
            prop_assume!(memchr::memmem::find(part, b"\r\n--XX").is_none());
            body.extend_from_slice(b"--XX\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n");
            body.extend_from_slice(part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--XX--\r\n");
        let read: Vec<Vec<u8>> = in_pieces(&body, piece).unwrap().into_iter().map(|(.., bytes)| bytes).collect();
        prop_assert_eq!(read, parts);
    }

    #[test]
    fn nothing_panics(body in prop::collection::vec(prop::sample::select(b"\r\n-X=;\"'?* abQBfilename%".to_vec()), 0..300), piece in 1_usize..50) {
        let _ = in_pieces(&body, piece);
        let mut form = b"--XX\r\nContent-Disposition: form-data; filename".to_vec();
        form.extend_from_slice(&body);
        form.extend_from_slice(b"\r\n\r\n\r\n--XX--");
        let _ = in_pieces(&form, piece);
        let _ = boundary(&form);
    }
}
