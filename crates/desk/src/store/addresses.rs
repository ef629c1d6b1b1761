//! Addresses of clients as they are kept, and the networks that they are in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address as it is kept: an IPv4 address, or an IPv6 /64, which is what one subscriber has; an IPv4 address inside IPv6
/// counts as itself. And its network: an IPv4 /24 or an IPv6 /48.
pub(crate) fn kept(address: IpAddr) -> (String, String) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (v4.to_string(), format!("{}/24", Ipv4Addr::from(u32::from(v4) & 0xFFFF_FF00))),
        IpAddr::V6(v6) => {
            let prefix = |length: u32| {
                format!("{}/{length}", Ipv6Addr::from(u128::from(v6) >> (128 - length) << (128 - length)))
            };
            (prefix(64), prefix(48))
        }
    }
}

/// The network of an address as it is kept, or of a network.
pub(crate) fn network_of(client: &str) -> Option<String> {
    let (address, _) = client.split_once('/').unwrap_or((client, ""));
    address.parse().ok().map(|address| kept(address).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_cut_to_their_networks() {
        for (client, network) in [
            ("192.0.2.77", Some("192.0.2.0/24")),
            ("192.0.2.0/24", Some("192.0.2.0/24")),
            ("2001:db8:1:2::/64", Some("2001:db8:1::/48")),
            ("2001:db8:1::/48", Some("2001:db8:1::/48")),
            ("somewhere", None),
        ] {
            assert_eq!(network_of(client).as_deref(), network);
        }
    }
}
