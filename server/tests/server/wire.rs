//! What clients do to a connection, against the program.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use crate::{
    harness::LONG,
    program::{Server, login},
};

/// What the server answers to a whole request, or to one that it refuses before its end.
fn answer(server: &Server, request: &str) -> String {
    answer_to(server.connect(), request)
}

/// What it answers to a request that breaks off.
fn answer_to_part(server: &Server, request: &str) -> String {
    let mut stream = server.connect();
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    answer_to(stream, "")
}

fn answer_to(mut stream: TcpStream, request: &str) -> String {
    stream.set_read_timeout(Some(LONG)).unwrap();
    // The server may answer and close before it has read all.
    let _ = stream.write_all(request.as_bytes());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

const FORM: &str = "--XX\r\ncontent-disposition: form-data; name=\"title\"\r\n\r\nT\r\n\
                    --XX\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\nD\r\n--XX--\r\n";

#[test]
fn a_request_that_breaks_off_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let token = login(data.path(), &server);
    let head = format!(
        "POST /api/tickets/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: multipart/form-data; boundary=XX\r\n"
    );
    let json = head.replace("multipart/form-data; boundary=XX", "application/json");
    let object = r#"{"title": "T", "description": "D"}"#;
    for request in [
        format!("{head}content-length: {}\r\n\r\n{FORM}", FORM.len() + 1),
        format!("{head}content-length: {}\r\n\r\n{FORM}", FORM.len() + 100_000),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{FORM}\r\n", FORM.len()),
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{FORM}\r\n0\r\n", FORM.len()),
        format!("{json}content-length: {}\r\n\r\n{object}", object.len() + 1),
        format!("{json}transfer-encoding: chunked\r\n\r\n{:x}\r\n{object}\r\n", object.len()),
    ] {
        let answer = answer_to_part(&server, &request);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{request}\n{answer}");
    }
    let list =
        format!("GET /api/tickets/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    assert!(answer(&server, &list).ends_with("\r\n\r\n[]"), "nothing was opened");
    let whole = format!("{head}content-length: {}\r\n\r\n{FORM}", FORM.len());
    assert!(answer(&server, &whole).starts_with("HTTP/1.1 201"));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{FORM}\r\n0\r\n\r\n", FORM.len());
    assert!(answer(&server, &chunked).starts_with("HTTP/1.1 201"));
}

#[test]
fn odd_lengths_are_the_clients_fault() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    for headers in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: -1",
        "content-length: 99999999999999999999999",
        "content-length: five",
        "transfer-encoding: gzip",
        "transfer-encoding: chunked, chunked",
        "content-length: 18446744073709551615",
    ] {
        for path in ["/api/users/login/", "/?fn=login", "/fn/create_ticket"] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n{headers}\r\n\r\nhello"
            );
            let answer = answer_to_part(&server, &request);
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{path} {headers}\n{answer}");
        }
    }
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(500_000));
    assert!(answer(&server, &long).starts_with("HTTP/1.1 431"));
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
}

#[test]
fn slow_connections_by_the_hundred_shut_nobody_out() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]);
    let token = login(data.path(), &server);
    let mut slow: Vec<TcpStream> = Vec::new();
    for number in 0..600 {
        let mut stream = server.connect();
        let start = match number % 4 {
            0 => String::new(),
            1 => "GET / HTTP/1.1\r\nhost: x\r\n".to_owned(),
            2 => "POST /fn/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                  content-length: 500\r\n\r\npin="
                .to_owned(),
            _ => format!(
                "POST /api/tickets/ HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: multipart/form-data; boundary=XX\r\ncontent-length: 5000000\r\n\r\n{}",
                &FORM[..80]
            ),
        };
        stream.write_all(start.as_bytes()).unwrap();
        slow.push(stream);
        if number % 100 == 99 {
            assert!(server.get("/healthz").starts_with("HTTP/1.1 200"), "after {number}");
            assert!(server.get("/").contains("<html"), "after {number}");
        }
    }
}
