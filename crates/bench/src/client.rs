//! The client that is no load: one request at a time, on one connection that stays open, as a browser's does. It prepares
//! desks, and asks those whose sizes are compared.

use serde::{Deserialize, de::DeserializeOwned};
use std::{fmt, net::SocketAddr, time::Duration};
use ureq::{Agent, http::header};
use xtask::Result;

/// The type of a form without files.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
/// The type of what REST takes.
pub(crate) const JSON: &str = "application/json";

/// The header by which a server knows who asks; shown as the whole line.
#[derive(Clone)]
pub(crate) struct Caller {
    name: &'static str,
    value: String,
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.value)
    }
}

/// A customer who redeemed a PIN.
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) caller: Caller,
}

/// What the server says of a log-in.
#[derive(Deserialize)]
struct LoggedIn {
    access: String,
    user: Id,
}

/// Of what the server sends, only the id.
#[derive(Deserialize)]
pub(crate) struct Id {
    pub(crate) id: i64,
}

/// What is asked for.
pub(crate) struct Request<'a> {
    pub(crate) path: String,
    caller: Option<&'a Caller>,
    /// With its type.
    body: Option<(&'static str, Vec<u8>)>,
}

impl<'a> Request<'a> {
    /// What is read.
    pub(crate) fn get(path: impl Into<String>, caller: Option<&'a Caller>) -> Self {
        Self { path: path.into(), caller, body: None }
    }

    /// What is sent, as the site's own pages send it.
    pub(crate) fn post(path: impl Into<String>, caller: Option<&'a Caller>, kind: &'static str, body: Vec<u8>) -> Self {
        Self { path: path.into(), caller, body: Some((kind, body)) }
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// What is to be kept, without attributes.
    cookies: Vec<String>,
}

/// Asks one server.
pub(crate) struct Client {
    agent: Agent,
    origin: String,
}

impl Client {
    /// A client of this server.
    pub(crate) fn new(server: SocketAddr) -> Self {
        // Only the waiting has a limit. One for the whole call would start a thread to look the address up, and add a tenth of
        // a millisecond to each request that is measured; so they have 10 to 20 microseconds more than one written straight
        // to a socket, of 230 or more.
        let patience = Some(Duration::from_secs(60));
        let config = Agent::config_builder()
            .timeout_recv_response(patience)
            .timeout_recv_body(patience)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None);
        Self { agent: config.build().new_agent(), origin: format!("http://{server}") }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks, or what comes back is no answer.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let url = format!("{}{}", self.origin, request.path);
        let caller = request.caller.map(|Caller { name, value }| (*name, value));
        let mut answer = match &request.body {
            None => {
                let get = self.agent.get(url);
                caller.into_iter().fold(get, |get, (name, value)| get.header(name, value)).call()?
            }
            Some((kind, body)) => {
                let post =
                    self.agent.post(url).header(header::CONTENT_TYPE, *kind).header("Sec-Fetch-Site", "same-origin");
                caller.into_iter().fold(post, |post, (name, value)| post.header(name, value)).send(body)?
            }
        };
        let cookies = answer.headers().get_all(header::SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| Some(cookie.to_str().ok()?.split(';').next()?.to_owned())).collect();
        Ok(Answer { status: answer.status().as_u16(), body: answer.body_mut().read_to_string()?, cookies })
    }

    /// The body of an answer in the 200s.
    ///
    /// # Errors
    /// When there is no answer, or another one.
    pub(crate) fn get(&self, path: &str, caller: Option<&Caller>) -> Result<String> {
        self.good(&Request::get(path, caller))
    }

    /// What REST says when it is sent this.
    ///
    /// # Errors
    /// When there is no answer, or none in the 200s.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        caller: Option<&Caller>,
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<T> {
        let said = self.good(&Request::post(path, caller, kind, body))?;
        Ok(serde_json::from_str(&said)?)
    }

    fn good(&self, request: &Request<'_>) -> Result<String> {
        match self.send(request)? {
            Answer { status: 200..=299, body, .. } => Ok(body),
            Answer { status, body, .. } => Err(format!("{} answered {status}: {body}", request.path).into()),
        }
    }

    /// By REST.
    ///
    /// # Errors
    /// When the PIN is refused.
    pub(crate) fn redeem(&self, pin: &str) -> Result<Customer> {
        let body = serde_json::json!({ "pin": pin }).to_string();
        let LoggedIn { access, user } = self.post("/api/users/login/", None, JSON, body.into_bytes())?;
        Ok(Customer { id: user.id, caller: Caller { name: "Authorization", value: format!("Bearer {access}") } })
    }

    /// Through a form of the site, as a browser without script.
    ///
    /// # Errors
    /// When nobody is let in.
    pub(crate) fn log_in(&self, form: &str, fields: &str) -> Result<Caller> {
        let answer = self.send(&Request::post(form, None, FORM, fields.as_bytes().to_vec()))?;
        if answer.status != 303 || answer.cookies.is_empty() {
            return Err(format!("nobody was let in: {form} answered {}", answer.status).into());
        }
        Ok(Caller { name: "Cookie", value: answer.cookies.join("; ") })
    }

    /// Through a form of the site, by who is logged in.
    ///
    /// # Errors
    /// When it was not carried out.
    pub(crate) fn submit(&self, form: &str, caller: &Caller, fields: &str) -> Result {
        match self.send(&Request::post(form, Some(caller), FORM, fields.as_bytes().to_vec()))? {
            Answer { status: 303, .. } => Ok(()),
            Answer { status, body, .. } => Err(format!("{form} answered {status}: {body}").into()),
        }
    }

    /// An admin of the benchmark's.
    ///
    /// # Errors
    /// When nobody is let in.
    pub(crate) fn log_in_staff(&self, username: &str) -> Result<Caller> {
        let fields = format!("username={username}&password={}", crate::PASSWORD.replace(' ', "+"));
        self.log_in("/admin/login?fn=staff_login", &fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        thread::{self, JoinHandle},
    };

    /// Answers requests that end so on one connection; what it got, in lower case.
    fn peer(answers: &'static [&'static str], ends: &'static [&'static str]) -> (Client, JoinHandle<String>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let client = Client::new(listener.local_addr().unwrap());
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut got = String::new();
            for (answer, end) in answers.iter().zip(ends) {
                while !got.ends_with(end) {
                    let mut bytes = [0; 1024];
                    let read = stream.read(&mut bytes).unwrap();
                    assert_ne!(read, 0, "{got}");
                    got.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
                }
                stream.write_all(answer.as_bytes()).unwrap();
            }
            got.to_ascii_lowercase()
        });
        (client, peer)
    }

    #[test]
    fn answers_follow_each_other_whole_on_one_connection() {
        let (client, peer) = peer(
            &[
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nline\r\n3\r\n up\r\n0\r\n\r\n",
                "HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 2\r\n\r\nok",
            ],
            &["\r\n\r\n", "body"],
        );
        let caller = Caller { name: "Authorization", value: "Bearer t".to_owned() };
        let first = client.send(&Request::get("/a", Some(&caller))).unwrap();
        assert_eq!((first.status, first.body.as_str()), (200, "line up"));
        let second = client.send(&Request::post("/b", None, JSON, b"body".to_vec())).unwrap();
        assert_eq!((second.status, second.body.as_str()), (303, "ok"));
        let got = peer.join().unwrap();
        assert!(got.starts_with("get /a http/1.1\r\n") && got.contains("authorization: bearer t\r\n"), "{got}");
        assert!(got.contains("post /b http/1.1\r\n") && got.contains("content-type: application/json\r\n"), "{got}");
        assert!(got.contains("sec-fetch-site: same-origin\r\n") && got.contains("content-length: 4\r\n"), "{got}");
    }

    #[test]
    fn refusals_are_told_apart() {
        let (client, peer) = peer(
            &[
                "HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{\"id\":7}",
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 8\r\n\r\n{\"id\":7}",
            ],
            &["{\"pin\":1}", "{\"pin\":2}"],
        );
        let post = |body: &[u8]| client.post::<Id>("/x", None, JSON, body.to_vec());
        assert_eq!(post(b"{\"pin\":1}").unwrap().id, 7);
        let refusal = post(b"{\"pin\":2}").err().unwrap().to_string();
        assert!(refusal.contains("/x answered 400"), "{refusal}");
        peer.join().unwrap();
    }

    #[test]
    fn who_logs_in_is_known_by_the_cookies() {
        const ANSWER: &str = "HTTP/1.1 303 See Other\r\nLocation: /\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\
                      Content-Length: 0\r\n\r\n";
        let (client, peer) = peer(&[ANSWER], &["pin=1234"]);
        assert_eq!(client.log_in("/?fn=login", "pin=1234").unwrap().to_string(), "Cookie: a=1; b=2");
        assert!(peer.join().unwrap().starts_with("post /?fn=login http/1.1\r\n"));
    }
}
