//! Enough of an HTTP client to prepare a desk for the load.

use crate::Result;
use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// One request, one connection.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) token: Option<&'a str>,
    /// Its type and its bytes.
    pub(crate) body: Option<(&'a str, &'a [u8])>,
}

impl Call<'_> {
    /// The body of an answer in the 200s.
    ///
    /// # Errors
    /// When there is no answer, or another one.
    pub(crate) fn send(&self, server: SocketAddr) -> Result<String> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n", self.method, self.path);
        if let Some(token) = self.token {
            write!(head, "Authorization: Bearer {token}\r\n")?;
        }
        if let Some((kind, bytes)) = self.body {
            write!(head, "Content-Type: {kind}\r\nContent-Length: {}\r\n", bytes.len())?;
        }
        stream.write_all(head.as_bytes())?;
        stream.write_all(b"\r\n")?;
        stream.write_all(self.body.map_or(&[], |(_, bytes)| bytes))?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        match read(&answer) {
            Some((200..=299, body)) => Ok(body.to_owned()),
            _ => Err(format!("{} {} answered: {answer}", self.method, self.path).into()),
        }
    }
}

/// The status and the body of an answer.
fn read(answer: &str) -> Option<(u16, &str)> {
    let status = answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1))
}

/// The first value of `key` in JSON that the server wrote: what a number or a plain text holds.
pub(crate) fn value<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let rest = json.split_once(&format!("\"{key}\":"))?.1.trim_start();
    match rest.strip_prefix('"') {
        Some(text) => text.split_once('"').map(|(text, _)| text),
        None => rest.split([',', '}', ']']).next().map(str::trim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, thread};

    #[test]
    fn values_are_found() {
        let json = r#"{"access":"a.b.c","refresh": "d","user":{"id":7,"username":"ana"}}"#;
        assert_eq!(value(json, "access"), Some("a.b.c"));
        assert_eq!(value(json, "refresh"), Some("d"));
        assert_eq!(value(json, "id"), Some("7"));
        assert_eq!(value(json, "username"), Some("ana"));
        assert_eq!(value(json, "name"), None);
    }

    #[test]
    fn sends_all_and_tells_refusals_apart() {
        for (status, is_good) in [("201 Created", true), ("400 Bad Request", false)] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            let server = listener.local_addr().unwrap();
            let peer = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut got = String::new();
                while !got.ends_with("{\"pin\":1}") {
                    let mut bytes = [0; 1024];
                    let read = stream.read(&mut bytes).unwrap();
                    assert_ne!(read, 0, "{got}");
                    got.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
                }
                write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}").unwrap();
                got
            });
            let body = Some(("application/json", b"{\"pin\":1}".as_slice()));
            let answer = Call { method: "POST", path: "/x", token: Some("t"), body }.send(server);
            assert_eq!(answer.is_ok(), is_good);
            assert_eq!(answer.ok().as_deref(), is_good.then_some("{}"));
            let got = peer.join().unwrap();
            assert!(
                got.starts_with("POST /x HTTP/1.1\r\n") && got.contains("\r\nAuthorization: Bearer t\r\n"),
                "{got}"
            );
        }
    }
}
