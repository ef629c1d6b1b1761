//! Serving: the accept loop, the hourly upkeep, and a shutdown that lets requests finish.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::Request};
use desk::Desk;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
};
use tower::ServiceExt as _;

use crate::{Site, config::Settings, middleware::Peer, router::router};

/// A client that needs longer for the head of a request has gone, or means no good.
const HEAD_TIME: Duration = Duration::from_secs(30);
const UPKEEP_EVERY: Duration = Duration::from_secs(3600);
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
    let desk = Desk::open(settings.desk()).await.map_err(|error| error.to_string())?;
    let address = settings.site_addr;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}. Stop what listens there, or choose another with --site-addr")
    })?;
    let listening = listener.local_addr().map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let grace = Duration::from_secs(settings.shutdown_grace);
    let site = Site::new(desk.clone(), settings, listening);
    let upkeep = tokio::spawn(upkeep(desk.clone()));
    greet(&site, listening).await;

    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    serve(listener, router(site.clone()), stop, grace, || site.streams.end()).await;
    upkeep.abort();
    tracing::info!("stopped");
    Ok(())
}

/// One line with the address, and on an empty desk how to make the first admin.
async fn greet(site: &Site, listening: SocketAddr) {
    println!("Pindesk serves {} (listening on {listening})", site.public_url);
    match site.desk.users().set_up_link().await {
        Ok(Some(link)) => println!(
            "Nobody can log in yet. Make the first admin at\n  {}/admin/set-up?token={}\n\
             or with: pindesk createsuperuser --username NAME",
            site.public_url,
            link.token()
        ),
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

/// Serves until `stop`; then takes no more connections, calls `end_streams`, and lets the requests under way finish for
/// `grace`.
async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    grace: Duration,
    end_streams: impl FnOnce(),
) {
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => connection(stream, peer, router.clone(), &graceful),
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

fn connection(stream: TcpStream, peer: SocketAddr, router: Router, graceful: &GracefulShutdown) {
    // Answers are written whole; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection ended early: {error}");
        }
    });
}
