//! Serving: the accept loop, the hourly upkeep, and a shutdown that lets requests finish.

mod service;

use std::{
    convert::Infallible,
    future::pending,
    io::{self, Write as _},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body, extract::Request};
use desk::Desk;
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};
use tower::ServiceExt as _;

use crate::{
    Site,
    config::Settings,
    connections::{Connections, Limits, Patience, Place, Socket, raise_open_files},
    metrics,
    middleware::Peer,
    reply,
    router::router,
};

/// What is under way is mostly over soon, so a new connection waits so long for room, and looks again so often.
const ROOM_TIME: Duration = Duration::from_secs(3);
const ROOM_PAUSE: Duration = Duration::from_millis(20);
/// For a connection that is only told that there are too many.
const REFUSED_TIME: Duration = Duration::from_secs(1);
/// Bytes of a request's head, and of what is read of a body at once.
const BUFFER_BYTES: usize = 64 * 1024;
const UPKEEP_EVERY: Duration = Duration::from_secs(3600);
/// How often it is looked whether a backup is due.
const BACKUPS_EVERY: Duration = Duration::from_secs(60);
const WARNED_EVERY: Duration = Duration::from_secs(60);
/// After an error of `accept`, as when there are too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Its number on Linux and macOS.
const SIGXFSZ: i32 = 25;

/// Opens the desk and serves until SIGTERM or SIGINT.
///
/// # Errors
/// What stands in the way, and what to do.
pub(crate) async fn run(settings: Settings) -> Result<(), String> {
    // A limit on the sizes of files is a failed write, not the end of the program.
    let _too_large =
        signal(SignalKind::from_raw(SIGXFSZ)).map_err(|error| format!("cannot wait for signals: {error}"))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| format!("cannot wait for signals: {error}"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| format!("cannot wait for signals: {error}"))?;
    let connections = Connections::new(limits(&settings), Patience::default());
    let desk = Desk::open(settings.desk.clone()).await.map_err(|error| error.to_string())?;
    if let Err(error) = desk.note_settings().await {
        tracing::warn!(%error, "the settings of this start could not be noted");
    }
    desk.forget_proxy();
    let address = settings.site_addr;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}. Stop what listens there, or choose another with --site-addr")
    })?;
    let metrics = match settings.metrics_addr {
        Some(address) => Some(metrics::listen(address).await?),
        None => None,
    };
    let listening = listener.local_addr().map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let grace = Duration::from_secs(settings.shutdown_grace.unsigned_abs());
    let site = Site::new(desk.clone(), settings, listening);
    let tasks = [tokio::spawn(upkeep(desk.clone())), tokio::spawn(backups(desk.clone()))];
    let metrics = metrics.map(|listener| {
        let connections = Connections::new(METRICS_LIMITS, Patience::default());
        tokio::spawn(serve(listener, metrics::router(site.clone()), connections, pending(), Duration::ZERO, || {}))
    });
    greet(&site, listening).await;
    let alive = tokio::spawn(service::ready_and_alive());

    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        service::stopping();
    };
    serve(listener, router(site.clone()), connections, stop, grace, || site.streams.end()).await;
    tasks.iter().chain([&alive]).chain(&metrics).for_each(JoinHandle::abort);
    match tokio::time::timeout(CLOSING, desk.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("{error}"),
        Err(_) => tracing::warn!("the database is still in use; its log stays beside it, and the next start reads it"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// How long the database may take to be closed: what was broken off may still use it.
const CLOSING: Duration = Duration::from_secs(5);

/// Of those who read the metrics.
const METRICS_LIMITS: Limits = Limits { per_address: 8, total: 32, trusted: Vec::new() };

/// More connections than this are another kind of desk, which says so in its settings.
const MAX_CONNECTIONS: usize = 10_000;

/// How many connections there may be: what is set, as far as there are open files for it.
fn limits(settings: &Settings) -> Limits {
    let fitting = raise_open_files();
    let total = settings.max_connections.map_or(fitting.min(MAX_CONNECTIONS), |total| total as usize);
    if total > fitting {
        tracing::warn!(
            "max-connections is {total}, and the limit of open files lets only {fitting} connections be; raise it \
             (LimitNOFILE= under systemd, ulimit -n in a shell)"
        );
    }
    Limits {
        per_address: settings.connections_per_address as usize,
        total: total.min(fitting),
        trusted: settings.trusted_proxies.clone(),
    }
}

/// One line with the address, and on an empty desk how to make the first admin.
async fn greet(site: &Site, listening: SocketAddr) {
    // Whoever reads it may be gone, or its disk full: that is no reason not to serve.
    let say = |text: String| drop(writeln!(io::stdout(), "{text}"));
    say(format!("Pindesk serves {} (listening on {listening})", site.public_url));
    match site.desk.users().set_up_link().await {
        Ok(Some(link)) => say(format!(
            "Nobody can log in yet. Make the first admin at\n  {}/admin/set-up?token={}\n\
             or with: pindesk createsuperuser --username NAME",
            site.public_url,
            link.token()
        )),
        Ok(None) => {}
        Err(error) => tracing::warn!("cannot tell whether there is an admin: {error}"),
    }
}

async fn upkeep(desk: Desk) {
    let mut hours = tokio::time::interval(UPKEEP_EVERY);
    loop {
        hours.tick().await;
        if let Err(error) = desk.upkeep().await {
            tracing::warn!("upkeep was not finished and is tried again in an hour: {error}");
        }
    }
}

async fn backups(desk: Desk) {
    let mut minutes = tokio::time::interval(BACKUPS_EVERY);
    loop {
        minutes.tick().await;
        desk.backups().round().await;
    }
}

/// Serves until `stop`; then takes no more connections, calls `end_streams`, and lets the requests under way finish for
/// `grace`.
async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    stop: impl Future<Output = ()>,
    grace: Duration,
    end_streams: impl FnOnce(),
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = accept(&listener, &connections) => match accepted {
                Ok((stream, peer)) => {
                    let place = connections.arrived(peer);
                    tokio::spawn(arrived(stream, peer, router.clone(), place, graceful.watcher()));
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut stop => break,
        }
    }
    drop(listener);
    end_streams();
    tracing::info!("stopping; requests under way may finish");
    if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests took longer than the grace time and were broken off");
    }
}

async fn accept(listener: &TcpListener, connections: &Connections) -> std::io::Result<(TcpStream, SocketAddr)> {
    connections.room().await;
    listener.accept().await
}

/// A new connection: served as soon as there is room for it, or told that there is none.
async fn arrived(stream: TcpStream, peer: SocketAddr, router: Router, place: Place, watcher: Watcher) {
    let until = Instant::now() + ROOM_TIME;
    while !place.enter() {
        if place.is_crowded() {
            // Others could not be accepted any more if all of these waited.
            return;
        }
        if Instant::now() > until {
            return refused(stream, place).await;
        }
        tokio::time::sleep(ROOM_PAUSE).await;
    }
    let known = Arc::clone(&place.connection);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let under_way = known.begin();
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(Arc::clone(&known));
        let answer = router.clone().oneshot(request);
        // The request is over when the body of its answer is dropped, which holds what the closure holds.
        let held = move |body: Body| {
            body.map_err(move |error| {
                let _request = &under_way;
                error
            })
        };
        async move { answer.await.map(|answer| answer.map(held)) }
    });
    let socket = Socket::new(stream, Arc::clone(&place.connection));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(place.connection.patience.head)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(socket), service);
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!("a connection ended early: {error}");
            }
        }
        () = place.given_up() => tracing::debug!("a connection gave way to another one"),
    }
}

/// Answers one request with the refusal: there are too many connections.
async fn refused(stream: TcpStream, place: Place) {
    warn_of_crowd(&place);
    let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| async move {
        let error =
            domain::Error::Trouble { message: "Too many connections are open. Try again in a minute.".to_owned() };
        Ok::<_, Infallible>(reply::refuse(&request.map(Body::new), error))
    });
    let socket = Socket::new(stream, Arc::clone(&place.connection));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REFUSED_TIME)
        .keep_alive(false)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(socket), service);
    if !matches!(tokio::time::timeout(REFUSED_TIME, connection).await, Ok(Ok(()))) {
        tracing::debug!("a connection did not take the refusal");
    }
}

/// Says once a minute that connections are refused.
fn warn_of_crowd(place: &Place) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock();
    if last.is_none_or(|last| last.elapsed() >= WARNED_EVERY) {
        *last = Some(Instant::now());
        tracing::warn!(client = %place.connection.address(), "a connection was refused: too many are open and under way");
    }
}

#[cfg(test)]
mod tests;
