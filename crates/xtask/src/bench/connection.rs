//! One connection on which one request follows the other, as a browser's do.

use crate::Result;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// Of the benchmark's admins.
pub(crate) const PASSWORD: &str = "measured every day";

/// A request; `headers` are whole lines.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    /// The values of a header.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An open connection.
pub(crate) struct Connection {
    server: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// # Errors
    /// When nobody listens there.
    pub(crate) fn open(server: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { server, stream: BufReader::new(stream) })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes back is no answer.
    pub(crate) fn send(&mut self, request: &Request) -> Result<Answer> {
        let mut bytes = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.path, self.server);
        for header in &request.headers {
            bytes.push_str(header);
            bytes.push_str("\r\n");
        }
        if request.method != "GET" {
            bytes.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
        }
        bytes.push_str("\r\n");
        // In one piece: two would wait for each other in the kernel.
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(&request.body);
        if self.was_closed() {
            *self = Self::open(self.server)?;
        }
        self.stream.get_mut().write_all(&bytes)?;
        self.read()
    }

    /// Servers close a connection that was silent for a while.
    fn was_closed(&mut self) -> bool {
        let stream = self.stream.get_ref();
        let is_over = stream.set_nonblocking(true).is_err() || matches!(stream.peek(&mut [0]), Ok(0));
        is_over || stream.set_nonblocking(false).is_err()
    }

    fn read(&mut self) -> Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or("what came back is no answer")?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        let body = if answer.all("transfer-encoding").any(|value| value == "chunked") {
            self.chunks()?
        } else {
            let length = answer.all("content-length").next().and_then(|value| value.parse().ok()).unwrap_or(0);
            self.exactly(length)?
        };
        answer.body = String::from_utf8_lossy(&body).into_owned();
        Ok(answer)
    }

    fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line()?, 16)?;
            body.extend(self.exactly(size)?);
            self.line()?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, size: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; size];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// With one header.
pub(crate) fn get(path: &str, header: &str) -> Request {
    Request { method: "GET", path: path.to_owned(), headers: vec![header.to_owned()], body: Vec::new() }
}

/// As the site's own pages send it.
pub(crate) fn post(path: &str, kind: &str, headers: &[&str], body: Vec<u8>) -> Request {
    let mut headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    headers.push(format!("Content-Type: {kind}"));
    headers.push("Sec-Fetch-Site: same-origin".to_owned());
    Request { method: "POST", path: path.to_owned(), headers, body }
}

/// What an admin of the benchmark types.
pub(crate) fn staff_form(username: &str) -> String {
    format!("username={username}&password={}", PASSWORD.replace(' ', "+"))
}

/// Through a form of the site, as a browser without script; the cookies as a header.
///
/// # Errors
/// When nobody is let in.
pub(crate) fn log_in(connection: &mut Connection, form: &str, body: String) -> Result<String> {
    let answer = connection.send(&post(form, FORM, &[], body.into_bytes()))?;
    let cookies: Vec<&str> = answer.all("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    if answer.status != 303 || cookies.is_empty() {
        return Err(format!("nobody was let in: {form} answered {}", answer.status).into());
    }
    Ok(format!("Cookie: {}", cookies.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, thread};

    #[test]
    fn answers_follow_each_other_whole() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = listener.local_addr().unwrap();
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = String::new();
            for answer in [
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nline\r\n3\r\n up\r\n0\r\n\r\n",
                "HTTP/1.1 303 See Other\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\nok",
            ] {
                let mut bytes = [0; 1024];
                let read = stream.read(&mut bytes).unwrap();
                got.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            got
        });
        let mut connection = Connection::open(server).unwrap();
        let get = Request { method: "GET", path: "/a".into(), headers: vec!["Accept: x".into()], body: Vec::new() };
        let first = connection.send(&get).unwrap();
        assert_eq!((first.status, first.body.as_str()), (200, "line up"));
        let post = Request { method: "POST", path: "/b".into(), headers: Vec::new(), body: b"body".to_vec() };
        let second = connection.send(&post).unwrap();
        assert_eq!((second.status, second.body.as_str()), (303, "ok"));
        assert_eq!(second.all("set-cookie").collect::<Vec<_>>(), ["a=1; Path=/", "b=2"]);
        let got = peer.join().unwrap();
        assert!(got.starts_with("GET /a HTTP/1.1\r\n") && got.contains("Accept: x\r\n"), "{got}");
        assert!(got.ends_with("Content-Length: 4\r\n\r\nbody"), "{got}");
    }
}
