//! Where a request really comes from.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use desk::ClientAddress;
use http::{Extensions, HeaderMap, header};
use ipnet::IpNet;
use parking_lot::Mutex;

/// The other end of the connection; an extension of every request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The address whose failed logins are counted together.
pub(crate) fn client_address(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> ClientAddress {
    ClientAddress::of(whole_address(extensions, headers, trusted))
}

/// Where a request comes from, for the log.
pub(crate) fn whole_address(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
    real_address(peer, headers, trusted)
}

/// Says, once a minute at most, that somebody who is not trusted speaks for others: behind a proxy that the settings do
/// not name everybody counts as one address, and ten typing errors keep all of them out. Tells who that is when it is said.
pub(crate) fn warn_of_unknown_proxy(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let peer = extensions.get::<Peer>()?.0.ip();
    if is_trusted(peer, trusted)
        || !(headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED))
    {
        return None;
    }
    let mut last = LAST.lock();
    last.is_none_or(|last| last.elapsed() >= WARNED_EVERY).then(|| {
        *last = Some(Instant::now());
        tracing::warn!(
            %peer,
            "X-Forwarded-For or Forwarded came from an address that is not in trusted-proxies and is not believed. If it \
             is your proxy, name it in PINDESK_TRUSTED_PROXIES; until then all who come through it count as one address"
        );
        peer
    })
}

const WARNED_EVERY: Duration = Duration::from_secs(60);

/// The rightmost address that is not one of our own proxies. Headers count only when a trusted proxy sends them.
fn real_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let x_forwarded = last_untrusted(peer, &x_forwarded_for(headers), trusted);
    let forwarded = last_untrusted(peer, &forwarded(headers), trusted);
    match (x_forwarded, forwarded) {
        (Some(address), None) | (None, Some(address)) => address,
        (Some(one), Some(other)) if one == other => one,
        // A proxy writes one of them; the other came from outside, and which is which cannot be told.
        _ => peer,
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|net| net.contains(&address))
}

fn last_untrusted(peer: IpAddr, chain: &[Option<IpAddr>], trusted: &[IpNet]) -> Option<IpAddr> {
    let mut last = None;
    for address in chain.iter().rev() {
        // What cannot be read hides everything to its left.
        let Some(address) = address else { return last.or(Some(peer)) };
        last = Some(*address);
        if !is_trusted(*address, trusted) {
            break;
        }
    }
    last
}

fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all("x-forwarded-for").iter();
    values.flat_map(|value| value.to_str().unwrap_or("?").split(',').map(address)).collect()
}

/// The `for` parameters of `Forwarded` (RFC 7239).
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(header::FORWARDED).iter();
    values
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(|element| {
            element.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then(|| address(value))?
            })
        })
        .collect()
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `"[2001:db8::1]:4711"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    text.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(peer: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        real_address(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn headers_count_only_from_trusted_proxies() {
        let headers = [("x-forwarded-for", "203.0.113.9, 198.51.100.7")];
        assert_eq!(real("192.0.2.1", &headers, &[]), "192.0.2.1");
        assert_eq!(real("10.0.0.1", &headers, &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(real("10.0.0.1", &headers, &["10.0.0.0/8", "198.51.100.0/24"]), "203.0.113.9");
        assert_eq!(real("::ffff:10.0.0.1", &headers, &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(real("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        let two = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.7")];
        assert_eq!(real("10.0.0.1", &two, &["10.0.0.1/32"]), "198.51.100.7");
        let broken = [("x-forwarded-for", "1.1.1.1, unknown")];
        assert_eq!(real("10.0.0.1", &broken, &["10.0.0.1/32"]), "10.0.0.1");
        let both = [("x-forwarded-for", "1.1.1.1"), ("forwarded", "for=198.51.100.7")];
        assert_eq!(real("10.0.0.1", &both, &["10.0.0.1/32"]), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read() {
        let one = [("forwarded", "for=1.1.1.1;proto=http, FOR=\"[2001:db8::1]:4711\";proto=https")];
        assert_eq!(real("10.0.0.1", &one, &["10.0.0.1/32"]), "2001:db8::1");
        assert_eq!(real("10.0.0.1", &[("forwarded", "by=1.1.1.1")], &["10.0.0.1/32"]), "10.0.0.1");
    }
}
