//! A bucket for tests: a server that speaks S3 and checks who asks, over a folder, with faults that tests ask for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::disallowed_methods, reason = "a test waits for the server")]

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::{
    Body, HttpError,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::{net::TcpListener, runtime, sync::watch, task::JoinSet};

/// The key that is asked for.
pub const KEY_ID: &str = "AKIDEXAMPLE";
/// The same.
pub const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The one bucket that is there.
pub const BUCKET: &str = "desk";

/// How the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It does what it is asked.
    Well,
    /// It does so after this time.
    Slow(Duration),
    /// 503 for everything.
    Refuses,
    /// It breaks off in the middle of what it is sent.
    CutsOff,
    /// It takes connections and says nothing.
    Silent,
    /// Nobody listens, and connections are closed.
    Gone,
}

/// A running server; it ends when this is dropped.
pub struct Server {
    address: SocketAddr,
    folder: tempfile::TempDir,
    mood: watch::Sender<Mood>,
    /// Whether somebody listens.
    listens: watch::Receiver<bool>,
}

impl Server {
    /// Starts one with an empty bucket.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY_ID, KEY));
        let service = builder.build();
        let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        first.set_nonblocking(true).unwrap();
        let address = first.local_addr().unwrap();
        let (mood, moods) = watch::channel(Mood::Well);
        let (tells, listens) = watch::channel(true);
        std::thread::spawn(move || {
            let runtime = runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(serve(service, first, address, moods, tells));
            runtime.shutdown_background();
        });
        Self { address, folder, mood, listens }
    }

    /// `http://…`, as `AWS_ENDPOINT` has it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it is, from the next request on.
    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
        while *self.listens.borrow() == (mood == Mood::Gone) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The keys of the objects below a prefix, in order.
    pub fn objects(&self, prefix: &str) -> Vec<String> {
        let root = self.folder.path().join(BUCKET);
        let mut found = Vec::new();
        walk(&root, &mut found);
        let keys = found.iter().map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned());
        let mut keys: Vec<String> = keys.filter(|key| key.starts_with(prefix)).collect();
        keys.sort();
        keys
    }

    /// Where the bytes of an object are.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            walk(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// Until nobody can change its mood any more.
async fn serve(
    service: S3Service,
    first: std::net::TcpListener,
    address: SocketAddr,
    mut moods: watch::Receiver<Mood>,
    tells: watch::Sender<bool>,
) {
    let each = moods.clone();
    let mut listener = Some(TcpListener::from_std(first).unwrap());
    loop {
        if moods.wait_for(|mood| *mood != Mood::Gone).await.is_err() {
            return;
        }
        let listening = match listener.take() {
            Some(listening) => listening,
            None => TcpListener::bind(address).await.unwrap(),
        };
        tells.send_replace(true);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                gone = moods.wait_for(|mood| *mood == Mood::Gone) => {
                    if gone.is_err() {
                        return;
                    }
                    break;
                }
                Ok((socket, _)) = listening.accept() => {
                    let (service, moods) = (service.clone(), each.clone());
                    connections.spawn(async move {
                        let answer = service_fn(move |request| answer(service.clone(), moods.clone(), request));
                        // A connection that a test breaks off ends with an error.
                        let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await;
                    });
                }
            }
        }
        drop(listening);
        connections.shutdown().await;
        tells.send_replace(false);
    }
}

async fn answer(
    service: S3Service,
    moods: watch::Receiver<Mood>,
    request: Request<Incoming>,
) -> Result<Response<Body>, HttpError> {
    let mut mood = *moods.borrow();
    if let Mood::Slow(time) = mood {
        tokio::time::sleep(time).await;
        // Another one may have come over it.
        mood = *moods.borrow();
    }
    match mood {
        Mood::Well | Mood::Gone | Mood::Slow(_) => {}
        Mood::Silent => std::future::pending().await,
        Mood::Refuses => {
            let words = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
            let mut refusal = Response::new(Body::from(words.to_owned()));
            *refusal.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return Ok(refusal);
        }
        Mood::CutsOff if request.method() == Method::PUT => {
            let mut body = request.into_body();
            let _ = body.frame().await;
            return Err(HttpError::new("cut off".into()));
        }
        Mood::CutsOff => {}
    }
    service.call(request.map(Body::from)).await
}
