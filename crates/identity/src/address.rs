//! Which addresses may be spoken to without TLS: those that never leave this machine.

use std::net::IpAddr;

use url::Url;

/// Whether an address names this machine itself.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_loopback(url: &str, expect: bool) {
        assert_eq!(is_loopback(&Url::parse(url).unwrap()), expect, "{url}");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for scheme in ["http", "ldap"] {
            check_loopback(&format!("{scheme}://localhost:8080/x"), true);
            check_loopback(&format!("{scheme}://127.0.0.1/"), true);
            check_loopback(&format!("{scheme}://127.9.9.9/"), true);
            check_loopback(&format!("{scheme}://[::1]:389/"), true);
            check_loopback(&format!("{scheme}://localhost.example.org/"), false);
            check_loopback(&format!("{scheme}://127.0.0.1.example.org/"), false);
            check_loopback(&format!("{scheme}://10.0.0.1/"), false);
            check_loopback(&format!("{scheme}://localhost@example.org/"), false);
        }
        check_loopback("ldap:///dc=example", false);
    }
}
