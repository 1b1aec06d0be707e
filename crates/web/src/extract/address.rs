//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use app::sign_in::Origin;
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::settings::Settings;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address at the other end of the connection; `None` where there is none, as in tests.
pub(crate) fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip())
}

/// The address of whoever sent a request: the peer's, or, where that is a proxy that is trusted,
/// what it says. `None` where there is no connection.
pub(crate) fn client_address(parts: &Parts, settings: &Settings) -> Option<IpAddr> {
    Some(behind_proxies(peer(parts)?, &parts.headers, &settings.trusted_proxies))
}

/// The last address of the way that no trusted proxy has: what stands before it anybody can have
/// written.
fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
    let way = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in way {
        if !is_trusted(address) {
            break;
        }
        let hop = hop.trim().trim_matches(['[', ']']);
        match hop.parse::<IpAddr>() {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

/// Where somebody signs in from.
pub(crate) fn origin(parts: &Parts, settings: &Settings) -> Origin {
    let agent = parts.headers.get(header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok()).map(str::to_owned);
    Origin { address: client_address(parts, settings), agent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_that_are_trusted_say_where_somebody_is() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
            ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("::1", "[2001:db8::1]", "2001:db8::1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, forwarded.parse().unwrap())]);
            let found = behind_proxies(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded}");
        }
    }
}
