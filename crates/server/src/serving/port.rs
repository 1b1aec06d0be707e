//! The port that requests come to, and how it is shut without breaking anybody off.
//!
//! ```text
//! shut ── no new connections ── those that were made are answered ── SETTLED ── the listener may go
//! ```
//! The system resets connections that wait to be accepted when their listener is closed, and a server
//! that ends closes those that have not sent anything yet. Whoever has just sent a request there can't
//! know whether it was done: a proxy must not send a write to somebody else then, and answers 502. So
//! that no connection is in either state, none may be made shortly before the listener goes.

use std::io;
use std::time::Duration;

use socket2::{SockRef, Socket};
use tokio::net::TcpListener;

/// How long connections that were made have to be accepted and to send what they were made for: many
/// times what a packet takes there and back within a network.
const SETTLED: Duration = Duration::from_millis(250);

/// The listener's socket, once more: it listens until this is gone, too.
pub(super) struct Port(Socket);

impl Port {
    /// Where a listener listens.
    ///
    /// # Errors
    /// When the program may open no more files.
    pub(super) fn of(listener: &TcpListener) -> io::Result<Self> {
        Ok(Self(SockRef::from(listener).try_clone()?))
    }

    /// Comes back when the listener may be closed. Who asks for a connection meanwhile hears nothing, as if
    /// the packet were lost, asks again after a second, as TCP does, and learns that nobody listens.
    pub(super) async fn shut(self) {
        match self.drop_first_packets() {
            Ok(()) => tokio::time::sleep(SETTLED).await,
            Err(error) => tracing::debug!(%error, "who connects at this moment may be broken off"),
        }
    }

    /// Lets no packet pass that asks for a connection, and all others: those of connections that are
    /// just being made, too.
    #[cfg(target_os = "linux")]
    fn drop_first_packets(&self) -> io::Result<()> {
        let filter = first_packets::FILTER
            .map(|(code, jt, jf, k)| socket2::SockFilter::new(code, jt, jf, k));
        self.0.attach_filter(&filter)
    }

    /// Other systems have no such filter.
    #[cfg(not(target_os = "linux"))]
    fn drop_first_packets(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A program of the classic BPF (`linux/filter.h`, `linux/bpf_common.h`), for which a packet begins with its
/// TCP header: byte 13 has the flags (RFC 9293, 3.1), of which only the first packet of a connection has
/// SYN without ACK.
#[cfg(target_os = "linux")]
mod first_packets {
    pub(super) const FILTER: [(u16, u8, u8, u32); 5] = [
        (LOAD_BYTE, 0, 0, 13),
        (AND, 0, 0, SYN | ACK),
        (IS_EQUAL, 0, 1, SYN),
        (PASS, 0, 0, 0),
        (PASS, 0, 0, u32::MAX),
    ];
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    /// `BPF_LD | BPF_B | BPF_ABS`: loads the byte at a place.
    const LOAD_BYTE: u16 = 0x30;
    /// `BPF_ALU | BPF_AND | BPF_K`.
    const AND: u16 = 0x54;
    /// `BPF_JMP | BPF_JEQ | BPF_K`: goes on so many instructions further.
    const IS_EQUAL: u16 = 0x15;
    /// `BPF_RET | BPF_K`: so many bytes of the packet go on.
    const PASS: u16 = 0x06;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_port_that_is_shut_keeps_who_came_and_lets_nobody_in() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).await.unwrap();
            let at = listener.local_addr().unwrap();
            let mut early = TcpStream::connect(at).await.unwrap();
            let port = Port::of(&listener).unwrap();
            port.drop_first_packets().unwrap();
            // Long after a connection would have been made, and before the packet is sent again.
            let late = timeout(Duration::from_millis(100), TcpStream::connect(at));
            assert!(late.await.is_err(), "somebody came to {at}");
            let (mut accepted, _) = listener.accept().await.unwrap();
            early.write_all(b"?").await.unwrap();
            assert_eq!(accepted.read_u8().await.unwrap(), b'?');
            accepted.write_all(b"!").await.unwrap();
            assert_eq!(early.read_u8().await.unwrap(), b'!');
            // Gone with both: the next who asks is refused.
            drop((listener, port));
            let after = TcpStream::connect(at).await;
            assert_eq!(after.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        }
    }
}
