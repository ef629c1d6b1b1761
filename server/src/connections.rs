//! Connections: how many there may be in all and of one address, and which one gives way to a new one.
//!
//! Whoever opens many and lets them wait must not shut others out, not even others behind the same address. So a new
//! connection is not refused where one waits for its client: the one that has waited longest closes. A client keeps us
//! waiting while the head of a request is not complete (or none has begun), while a body comes slower than it should, and
//! while an answer is not read. What we work on, and streams of events whose reader reads, never give way.

mod descriptors;
mod socket;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use ipnet::IpNet;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

pub(crate) use descriptors::raise_open_files;
pub(crate) use socket::Socket;

/// Sockets beyond the limit: those that are being closed, and those to which we only say that there are too many.
const ROOM: usize = 64;

/// How long a client may keep us waiting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For the whole head of a request, also for the next one on the same connection.
    pub(crate) head: Duration,
    /// How far a body may be behind [`Patience::BODY_BYTES_A_SECOND`]; what comes faster saves up as much again.
    pub(crate) body: Duration,
    /// For the next byte of an answer to be taken.
    pub(crate) answer: Duration,
}

impl Patience {
    /// Slower than any telephone line.
    pub(crate) const BODY_BYTES_A_SECOND: u64 = 1024;
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(30), body: Duration::from_secs(30), answer: Duration::from_secs(60) }
    }
}

/// How many connections there may be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    /// Of one address; an IPv6 /64 counts as one.
    pub(crate) per_address: usize,
    /// In all.
    pub(crate) total: usize,
    /// Proxies: the connections of everybody behind one are not counted as one address's.
    pub(crate) trusted: Vec<IpNet>,
}

/// The connections that are open. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Inner>);

struct Inner {
    limits: Limits,
    patience: Patience,
    open: Mutex<Open>,
    /// Sockets that are not closed yet, those that gave way and those that are refused among them.
    sockets: AtomicUsize,
    closed: Notify,
}

#[derive(Default)]
struct Open {
    by_address: HashMap<IpAddr, Vec<Arc<Connection>>>,
    count: usize,
}

/// Held by a connection as long as its socket is open.
pub(crate) struct Place {
    connections: Connections,
    pub(crate) connection: Arc<Connection>,
}

/// What is known of one connection; an extension of its requests.
#[derive(Debug)]
pub(crate) struct Connection {
    address: IpAddr,
    is_proxy: bool,
    pub(crate) patience: Patience,
    /// Since when we wait for the head of a request, for the next bytes of a body (later by what came), for an answer to
    /// be read; 0 while we do not.
    head: AtomicU64,
    body: AtomicU64,
    answer: AtomicU64,
    close: Notify,
}

impl Connections {
    pub(crate) fn new(limits: Limits, patience: Patience) -> Self {
        let inner =
            Inner { limits, patience, open: Mutex::default(), sockets: AtomicUsize::new(0), closed: Notify::new() };
        Self(Arc::new(inner))
    }

    /// Waits until there are few enough sockets to accept one more.
    pub(crate) async fn room(&self) {
        loop {
            let closed = self.0.closed.notified();
            if self.0.sockets.load(Ordering::Acquire) < self.0.limits.total + ROOM {
                return;
            }
            closed.await;
        }
    }

    /// Counts a new socket.
    pub(crate) fn arrived(&self, peer: SocketAddr) -> Place {
        let ip = peer.ip().to_canonical();
        let is_proxy = self.0.limits.trusted.iter().any(|net| net.contains(&ip));
        let connection = Arc::new(Connection::new(counted(ip), is_proxy, self.0.patience));
        self.0.sockets.fetch_add(1, Ordering::AcqRel);
        Place { connections: self.clone(), connection }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock()
    }
}

impl Open {
    /// Closes the connection that has waited longest for its client, of one address or of all.
    fn give_way(&mut self, address: Option<IpAddr>) -> bool {
        let waits = |connection: &&Arc<Connection>| connection.waits_since().is_some();
        let since = |connection: &&Arc<Connection>| connection.waits_since();
        let found = match address {
            Some(address) => self.by_address.get(&address).into_iter().flatten().filter(waits).min_by_key(since),
            None => self.by_address.values().flatten().filter(waits).min_by_key(since),
        };
        let Some(found) = found.cloned() else { return false };
        self.remove(&found);
        found.close.notify_one();
        true
    }

    fn remove(&mut self, connection: &Arc<Connection>) {
        let Some(of_address) = self.by_address.get_mut(&connection.address) else { return };
        let Some(at) = of_address.iter().position(|known| Arc::ptr_eq(known, connection)) else { return };
        of_address.swap_remove(at);
        if of_address.is_empty() {
            self.by_address.remove(&connection.address);
        }
        self.count -= 1;
    }
}

impl Place {
    /// Takes the connection in; another one may have to close for it. `false` while there are too many and none of them
    /// waits for its client.
    pub(crate) fn enter(&self) -> bool {
        let limits = &self.connections.0.limits;
        let connection = &self.connection;
        let mut open = self.connections.open();
        let of_address = open.by_address.get(&connection.address).map_or(0, Vec::len);
        let has_room = if !connection.is_proxy && of_address >= limits.per_address {
            open.give_way(Some(connection.address))
        } else {
            open.count < limits.total || open.give_way(None)
        };
        if has_room {
            open.by_address.entry(connection.address).or_default().push(Arc::clone(connection));
            open.count += 1;
        }
        has_room
    }

    /// So many sockets wait for room that others could soon not be accepted any more.
    pub(crate) fn is_crowded(&self) -> bool {
        let connections = &self.connections.0;
        connections.sockets.load(Ordering::Acquire) > connections.limits.total + ROOM / 2
    }

    /// Waits until the connection has to close for another one.
    pub(crate) async fn given_up(&self) {
        self.connection.close.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(&self.connection);
        self.connections.0.sockets.fetch_sub(1, Ordering::AcqRel);
        self.connections.0.closed.notify_waiters();
    }
}

impl Connection {
    /// Whose connections are counted together: an IPv6 /64 as one.
    pub(crate) fn address(&self) -> IpAddr {
        self.address
    }

    fn new(address: IpAddr, is_proxy: bool, patience: Patience) -> Self {
        Self {
            address,
            is_proxy,
            patience,
            head: AtomicU64::new(moment(Instant::now())),
            body: AtomicU64::new(0),
            answer: AtomicU64::new(0),
            close: Notify::new(),
        }
    }

    /// A request has come; until what is returned is dropped, its head is not what we wait for.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        self.head.store(0, Ordering::Release);
        UnderWay(Arc::clone(self))
    }

    /// We wait for bytes of a body that should have been here at `due`.
    pub(crate) fn waits_for_body(&self, due: Instant) {
        self.body.store(moment(due.min(Instant::now())), Ordering::Release);
    }

    /// We do not any more.
    pub(crate) fn has_body(&self) {
        self.body.store(0, Ordering::Release);
    }

    /// Since when its client keeps us waiting.
    fn waits_since(&self) -> Option<u64> {
        let all = [&self.head, &self.body, &self.answer];
        all.into_iter().map(|since| since.load(Ordering::Acquire)).filter(|since| *since > 0).min()
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Connection>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.head.store(moment(Instant::now()), Ordering::Release);
    }
}

/// The address under which a connection is counted: an IPv6 /64 belongs to one household (RFC 6177).
fn counted(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

/// Milliseconds since the first connection, and one.
fn moment(at: Instant) -> u64 {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    let since = at.saturating_duration_since(*FIRST).as_millis();
    u64::try_from(since).unwrap_or(u64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(per_address: usize, total: usize) -> Connections {
        let trusted = vec!["10.0.0.0/8".parse().unwrap()];
        Connections::new(Limits { per_address, total, trusted }, Patience::default())
    }

    fn arrived(connections: &Connections, ip: &str) -> Place {
        connections.arrived(SocketAddr::new(ip.parse().unwrap(), 1))
    }

    fn served(connections: &Connections, ip: &str) -> Place {
        let place = arrived(connections, ip);
        assert!(place.enter(), "{ip} was refused");
        place
    }

    fn is_refused(connections: &Connections, ip: &str) -> bool {
        !arrived(connections, ip).enter()
    }

    /// As if it had waited so long.
    fn waited(place: &Place, since: u64) {
        place.connection.head.store(since, Ordering::Release);
    }

    fn gave_way(place: &Place) -> bool {
        let open = place.connections.open();
        !open.by_address.values().flatten().any(|known| Arc::ptr_eq(known, &place.connection))
    }

    #[test]
    fn who_waits_longest_for_its_client_gives_way() {
        let connections = connections(3, 100);
        let places: Vec<Place> = (0..3).map(|_| served(&connections, "192.0.2.1")).collect();
        let other = served(&connections, "192.0.2.2");
        waited(&other, 1);
        for (place, since) in places.iter().zip([30, 10, 20]) {
            waited(place, since);
        }
        let _newest = served(&connections, "192.0.2.1");
        assert_eq!(places.iter().map(gave_way).collect::<Vec<_>>(), [false, true, false]);
        assert!(!gave_way(&other), "another address has its own");
        // What is under way does not give way.
        let requests: Vec<UnderWay> = places.iter().map(|place| place.connection.begin()).collect();
        let _newer = served(&connections, "192.0.2.1");
        assert_eq!(places.iter().map(gave_way).collect::<Vec<_>>(), [false, true, false]);
        drop(requests);
    }

    #[test]
    fn where_none_waits_the_new_one_is_refused() {
        let connections = connections(2, 100);
        let places = [served(&connections, "192.0.2.1"), served(&connections, "192.0.2.1")];
        let requests = places.each_ref().map(|place| place.connection.begin());
        assert!(is_refused(&connections, "192.0.2.1"));
        assert!(!is_refused(&connections, "192.0.2.9"));
        // A body that is awaited, or an answer that is not read, makes it one that waits.
        places[1].connection.waits_for_body(Instant::now());
        drop(served(&connections, "192.0.2.1"));
        assert!(gave_way(&places[1]) && !gave_way(&places[0]));
        drop(requests);
    }

    #[test]
    fn the_total_holds_for_all_and_proxies_are_not_one_address() {
        let connections = connections(2, 5);
        let proxied: Vec<Place> = (0..5).map(|_| served(&connections, "::ffff:10.1.2.3")).collect();
        let requests: Vec<UnderWay> = proxied[1..].iter().map(|place| place.connection.begin()).collect();
        let one = served(&connections, "192.0.2.1");
        assert!(gave_way(&proxied[0]));
        let request = one.connection.begin();
        assert!(is_refused(&connections, "192.0.2.2"));
        drop((requests, request, one));
        assert!(!is_refused(&connections, "192.0.2.2"));
    }

    #[test]
    fn an_ipv6_network_is_one_address() {
        let connections = connections(1, 100);
        let one = served(&connections, "2001:db8::1");
        let _other = served(&connections, "2001:db8:0:1::1");
        assert!(!gave_way(&one));
        let _same = served(&connections, "2001:db8::ffff:2");
        assert!(gave_way(&one));
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let connections = connections(2, 2);
        for _ in 0..500 {
            drop(served(&connections, "192.0.2.1"));
        }
        assert_eq!(connections.0.sockets.load(Ordering::Acquire), 0);
        assert_eq!(connections.open().count, 0);
        assert!(connections.open().by_address.is_empty());
        // Those that gave way count until they are closed.
        let places: Vec<Place> = (0..2 + ROOM).map(|_| served(&connections, "192.0.2.1")).collect();
        let room = connections.room();
        let mut room = std::pin::pin!(room);
        assert!(futures::poll!(&mut room).is_pending());
        drop(places);
        room.await;
    }
}
