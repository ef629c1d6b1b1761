//! Requests over TCP, one connection each.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    thread,
};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::PATIENCE;

/// Somebody who sends requests: nobody, or whoever its token or cookies belong to.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub headers: Vec<(String, String)>,
    /// Where the requests come from; any of the loopback network, all of which Linux has.
    pub from: Ipv4Addr,
}

/// How it went with a body that has no end.
pub struct Poured {
    /// Bytes that went out before the connection ended; some of them were never read.
    pub sent: usize,
    pub answer: Option<Answer>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text()))
    }

    /// The number of what was made.
    pub fn id(&self) -> i64 {
        assert_eq!(self.status, 201, "{}", self.text());
        self.json()["id"].as_i64().unwrap()
    }

    /// A 503 as promised: with a time to come back and a sentence, and with nothing from inside.
    pub fn assert_unavailable(&self) {
        assert_eq!(self.status, 503, "{}", self.text());
        let seconds: u64 = self.header("retry-after").expect("Retry-After").parse().unwrap();
        assert!(seconds > 0);
        assert!(self.text().contains(' '), "no sentence: {}", self.text());
    }
}

/// A `multipart/form-data` body.
#[derive(Default, Clone)]
pub struct Form(Vec<u8>);

impl Form {
    pub fn ticket(title: &str) -> Self {
        Self::default().text("title", title).text("description", "As the title says.")
    }

    pub fn text(mut self, name: &str, value: &str) -> Self {
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend(part.into_bytes());
        self
    }

    /// A picture of so many bytes, under `attachments`.
    pub fn png(mut self, name: &str, size: usize) -> Self {
        let head = format!("--XX\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\n\r\n");
        self.0.extend(head.into_bytes());
        let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
        bytes.resize(size, 7);
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.extend(b"--XX--\r\n");
        bytes
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, headers: Vec::new(), from: Ipv4Addr::LOCALHOST }
    }

    /// The same, at another address of the loopback network.
    pub fn at(mut self, from: impl Into<Ipv4Addr>) -> Self {
        self.from = from.into();
        self
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", b"").unwrap()
    }

    pub fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().as_bytes()).unwrap()
    }

    pub fn post_form(&self, path: &str, form: &Form) -> Answer {
        self.send("POST", path, "multipart/form-data; boundary=XX", &form.bytes()).unwrap()
    }

    pub fn post_urlencoded(&self, path: &str, body: &str) -> Answer {
        self.send("POST", path, "application/x-www-form-urlencoded", body.as_bytes()).unwrap()
    }

    /// A connection on which nothing was sent yet.
    pub fn connect(&self) -> io::Result<TcpStream> {
        self.connect_with(|_| Ok(()))
    }

    /// The same, of a socket that was set up before it connects.
    pub fn connect_with(&self, set_up: impl FnOnce(&Socket) -> io::Result<()>) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        set_up(&socket)?;
        socket.bind(&SocketAddr::from((self.from, 0)).into())?;
        socket.connect(&self.address.into())?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(socket.into())
    }

    /// The head of a request; `content_type` is empty where it has no body.
    pub fn head(&self, method: &str, path: &str, content_type: &str, length: usize) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !content_type.is_empty() {
            head.push_str(&format!("content-type: {content_type}\r\ncontent-length: {length}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends a request and reads the whole answer; an error where the server is gone or breaks off.
    pub fn send(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> io::Result<Answer> {
        let mut stream = self.connect()?;
        stream.write_all(self.head(method, path, content_type, body.len()).as_bytes())?;
        // Refused before its end it may not be read to the end.
        let _ = stream.write_all(body);
        answer(&mut stream)
    }

    /// Posts a body that begins with `first` and goes on with the same letter, `total` bytes of it or until the server has
    /// enough. The answer is read meanwhile, because it comes before the end.
    pub fn pour(&self, path: &str, content_type: &str, first: &[u8], total: usize) -> Poured {
        let mut stream = self.connect().unwrap();
        let mut reader = stream.try_clone().unwrap();
        let answer = thread::spawn(move || answer(&mut reader).ok());
        stream.write_all(self.head("POST", path, content_type, total).as_bytes()).unwrap();
        let mut sent = 0;
        let letters = [b'a'; 64 * 1024];
        let mut next = first;
        while sent < total && stream.write_all(next).is_ok() {
            sent += next.len();
            next = &letters[..letters.len().min(total - sent)];
        }
        Poured { sent, answer: answer.join().unwrap() }
    }
}

/// Reads an answer to its end.
pub fn answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    if let Err(error) = stream.read_to_end(&mut bytes)
        && bytes.is_empty()
    {
        return Err(error);
    }
    read(&bytes).ok_or_else(|| io::Error::other("the answer broke off"))
}

fn read(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &bytes[end + 4..];
    let body = if is_chunked { dechunk(body)? } else { body.to_vec() };
    Some(Answer { status, headers, body })
}

fn dechunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(bytes.get(end + 2..end + 2 + size)?);
        bytes = bytes.get(end + 2 + size + 2..)?;
    }
}
