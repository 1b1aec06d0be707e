//! A server of mail for the tests alone: aiosmtpd with the rules of `crates/mail/tests`, on free
//! ports of 127.0.0.1, with a certificate of its own authority, gone afterwards.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::daemon::{Daemon, Folder, free_port};
use crate::{certificates, paths, tools};

/// A running server. Dropping it ends the server and removes what it was sent.
pub(crate) struct Smtp {
    /// Its address where nobody signs in and TLS is offered.
    pub(crate) open: String,
    /// Its address where STARTTLS and an account are required.
    pub(crate) starttls: String,
    /// Its address with TLS from the start, where an account is required.
    pub(crate) tls: String,
    /// The certificate of its authority.
    pub(crate) authority: PathBuf,
    /// Where it puts what it is sent.
    pub(crate) received: PathBuf,
    _daemon: Daemon,
}

impl Smtp {
    /// Starts a server; installs aiosmtpd first where it is missing.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub(crate) fn start(log: &Path) -> Result<Self> {
        let python = tools::python(log)?.join("python");
        let folder = Folder::make(&paths::servers(), "smtp")?;
        let home = folder.path();
        let (authority, received) = (home.join("authority.pem"), home.join("received"));
        std::fs::create_dir(&received)?;
        certificates::make(home, log)?;
        let ports = [free_port()?, free_port()?, free_port()?];
        let [open, starttls, tls] = ports;
        let mut server = Command::new(python);
        server.arg(paths::root().join("crates/mail/tests/smtp_server.py"));
        server.arg("--folder").arg(&received);
        server.args(["--certificate", "server.pem", "--key", "server.key"]);
        server.args(["--open-port", &open.to_string()]);
        server.args(["--starttls-port", &starttls.to_string()]);
        server.args(["--tls-port", &tls.to_string()]);
        let mut daemon = Daemon::start(folder, &mut server, log)?;
        daemon.wait_until(|| {
            ports.iter().all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok())
        })?;
        Ok(Self {
            open: format!("smtp://127.0.0.1:{open}"),
            starttls: format!("smtp://127.0.0.1:{starttls}?tls=required"),
            tls: format!("smtps://127.0.0.1:{tls}"),
            authority,
            received,
            _daemon: daemon,
        })
    }
}
