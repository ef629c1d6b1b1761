//! Slow clients, over real sockets.

use axum::{body::Bytes, routing::get};
use desk::{Desk, DeskConfig};
use futures::{StreamExt as _, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::oneshot,
    time::timeout,
};

use super::*;

/// Longer than anything here should take on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Patience =
    Patience { head: Duration::from_millis(400), body: Duration::from_millis(400), answer: Duration::from_millis(400) };

/// A server on a port of its own.
struct Serving {
    address: SocketAddr,
    _data: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

async fn serving(per_address: usize, total: usize, patience: Patience) -> Serving {
    let data = tempfile::tempdir().unwrap();
    let settings = Settings { desk: DeskConfig::new(data.path()), ..Settings::default() };
    let desk = Desk::open(settings.desk.clone()).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endless = async || {
        let chunks = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b'x'; 64 * 1024])));
        Body::from_stream(chunks)
    };
    let beats = async || {
        let beats = ticks(Duration::from_millis(50)).map(|()| Ok::<_, Infallible>(Bytes::from_static(b"beat\n")));
        Body::from_stream(beats)
    };
    let site = router(Site::new(desk, settings, address));
    let router =
        Router::new().route("/test/endless", get(endless)).route("/test/beats", get(beats)).fallback_service(site);
    let connections = Connections::new(Limits { per_address, total, trusted: Vec::new() }, patience);
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    tokio::spawn(serve(listener, router, connections, stopped, Duration::ZERO, || {}));
    Serving { address, _data: data, _stop: stop }
}

fn ticks(every: Duration) -> impl futures::Stream<Item = ()> {
    stream::unfold(tokio::time::interval(every), |mut ticks| async {
        ticks.tick().await;
        Some(((), ticks))
    })
}

impl Serving {
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// The answer to a request that is like any other.
    async fn health(&self) -> String {
        let mut stream = self.send("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        let mut answer = String::new();
        timeout(LONG, stream.read_to_string(&mut answer)).await.expect("nobody is shut out").unwrap();
        answer
    }
}

/// Waits until the other end has closed; says what it wrote before.
async fn end_of(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let _ = timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("the connection ends");
    String::from_utf8_lossy(&bytes).into_owned()
}

const HALF_A_HEAD: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ";
const HALF_A_BODY: &str = "POST /fn/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                           content-length: 1000\r\n\r\npin=";

#[tokio::test]
async fn slow_clients_come_to_an_end() {
    let serving = serving(100, 100, SHORT).await;
    let silent = serving.send("").await;
    let head = serving.send(HALF_A_HEAD).await;
    let idle = serving.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let body = serving.send(HALF_A_BODY).await;
    let upload = serving
        .send(
            "POST /fn/create_ticket HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=XX\r\n\
               content-length: 1000000\r\n\r\n--XX\r\ncontent-disposition: form-data; name=title\r\n\r\n",
        )
        .await;
    assert_eq!(end_of(silent).await, "");
    assert!(!end_of(head).await.contains("200 OK"));
    assert!(end_of(idle).await.starts_with("HTTP/1.1 200 OK"));
    for slow in [body, upload] {
        // A few bytes now and then do not help.
        let (mut read, mut write) = slow.into_split();
        let trickle = tokio::spawn(async move {
            while write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let mut answer = Vec::new();
        let _ = timeout(LONG, read.read_to_end(&mut answer)).await.expect("the connection ends");
        trickle.abort();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_reads_comes_to_an_end() {
    let serving = serving(100, 100, SHORT).await;
    let mut stream = serving.send("GET /test/endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut first = [0; 15];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    // Writing on a connection that the other end has given up fails at last; reading would be what it waits for.
    let ended = async {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LONG, ended).await.expect("the connection ends");
}

#[tokio::test]
async fn slow_connections_by_the_hundred_stop_nobody() {
    let serving = serving(30, 50, Patience::default()).await;
    let mut slow = Vec::new();
    for number in 0..300 {
        slow.push(serving.send(["", HALF_A_HEAD, HALF_A_BODY][number % 3]).await);
        if number % 100 == 99 {
            assert!(serving.health().await.starts_with("HTTP/1.1 200 OK"), "after {number}");
        }
    }
    for number in 0..60 {
        slow.push(serving.send("GET /test/endless HTTP/1.1\r\nhost: x\r\n\r\n").await);
        if number % 20 == 19 {
            assert!(serving.health().await.starts_with("HTTP/1.1 200 OK"), "after {number} unread answers");
        }
    }
    drop(slow);
}

#[tokio::test]
async fn what_is_read_and_worked_on_goes_on() {
    let serving = serving(5, 50, Patience::default()).await;
    let mut beats = serving.send("GET /test/beats HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut some = [0; 20];
    beats.read_exact(&mut some).await.unwrap();
    let mut upload = serving
        .send(
            "POST /api/users/login/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
               content-length: 200013\r\n\r\n{\"unused\":\"",
        )
        .await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        upload.write_all(&[b'u'; 10_000]).await.unwrap();
        slow.push(serving.send(HALF_A_HEAD).await);
        assert!(serving.health().await.starts_with("HTTP/1.1 200 OK"));
        timeout(LONG, beats.read_exact(&mut some)).await.expect("the stream goes on").unwrap();
    }
    upload.write_all(b"\"}").await.unwrap();
    let answer = end_of(upload).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"pin\""), "{answer}");
}

#[tokio::test]
async fn where_all_are_busy_the_new_one_is_told() {
    let serving = serving(2, 50, Patience::default()).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = serving.send("GET /test/beats HTTP/1.1\r\nhost: x\r\n\r\n").await;
        stream.read_exact(&mut [0; 20]).await.unwrap();
        busy.push(stream);
    }
    let answer = serving.health().await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("retry-after: "), "{answer}");
    busy.pop();
    let freed = async {
        while !serving.health().await.starts_with("HTTP/1.1 200 OK") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, freed).await.expect("a place that is free again is given to the next");
}
