//! Ports to listen on again and again.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below those that the system gives to whoever connects somewhere: nobody takes one while its
/// owner is away.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

static TRIED: AtomicU16 = AtomicU16::new(0);

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    // Test programs that run at once begin at other places.
    let begin = u16::try_from(std::process::id() % 100).unwrap() * 100;
    loop {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = FIRST + (begin + tried) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
