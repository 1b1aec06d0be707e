//! Tells systemd that the register is served, so that it starts what comes after, and restarts one
//! replica once the other answers.
//!
//! *Source:* `sd_notify(3)`: a datagram to the socket that `NOTIFY_SOCKET` names.

use std::io;

/// The variable by which whoever started the program says that it waits for word.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Tells it, where somebody waits for word.
pub(super) fn tell(state: &str) {
    let Some(socket) = std::env::var_os(SOCKET) else {
        return;
    };
    if let Err(error) = send(&socket, state) {
        tracing::warn!(%error, ?socket, "whoever started us can't be told {state}");
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &std::ffi::OsStr, state: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    // A name that begins with an at sign lies in no folder.
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(not(target_os = "linux"))]
fn send(_socket: &std::ffi::OsStr, _state: &str) -> io::Result<()> {
    Ok(())
}
