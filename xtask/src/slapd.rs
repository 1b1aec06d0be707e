//! A directory for the tests alone: slapd with the entries of one file, on free ports of
//! 127.0.0.1, with certificates of its own authority, gone afterwards.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::daemon::{Daemon, Folder, free_port};
use crate::process::run_logged;
use crate::{certificates, paths, tools};

/// Where its programs are, which is not on the path of everybody.
const PROGRAMS: &str = "/usr/sbin";

/// Where Debian and others keep its schemas.
const SCHEMAS: [&str; 2] = ["/etc/ldap/schema", "/etc/openldap/schema"];

/// Where Debian keeps what slapd loads; others have built it in.
const MODULES: &str = "/usr/lib/ldap";

/// Passwords are compared and never shown, and only who has bound sees groups.
const DATABASE: &str = r#"
database mdb
suffix "dc=fleet,dc=example"
directory data
maxsize 16777216
dbnosync
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=groups,dc=fleet,dc=example" by users read by * none
access to * by * read
"#;

/// A running server. Dropping it ends the server and removes its data.
pub(crate) struct Slapd {
    /// Its address without TLS, or with it where it is asked to.
    pub(crate) ldap: String,
    /// Its address with TLS.
    pub(crate) ldaps: String,
    /// The certificate of its authority.
    pub(crate) authority: PathBuf,
    _daemon: Daemon,
}

impl Slapd {
    /// Starts a server with the entries of a file; installs slapd first where it is missing.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub(crate) fn start(entries: &Path, log: &Path) -> Result<Self> {
        let slapd = program("slapd", log)?;
        let slapadd = program("slapadd", log)?;
        let folder = Folder::make(&paths::servers(), "slapd")?;
        let home = folder.path();
        std::fs::create_dir(home.join("data"))?;
        std::fs::write(home.join("slapd.conf"), settings()?)?;
        certificates::make(home, log)?;
        let mut load = Command::new(slapadd);
        load.args(["-q", "-f", "slapd.conf", "-l"]).arg(entries).current_dir(home);
        if !run_logged(&mut load, log)? {
            bail!("slapadd does not take {}", entries.display());
        }
        let (port, tls_port) = (free_port()?, free_port()?);
        let (ldap, ldaps) =
            (format!("ldap://127.0.0.1:{port}"), format!("ldaps://127.0.0.1:{tls_port}"));
        let mut server = Command::new(slapd);
        // With a level of debugging, even none, it stays the process that we started.
        server.args(["-d", "0", "-f", "slapd.conf", "-h", &format!("{ldap}/ {ldaps}/")]);
        let authority = home.join("authority.pem");
        let mut daemon = Daemon::start(folder, &mut server, log)?;
        daemon.wait_until(|| {
            [port, tls_port]
                .iter()
                .all(|port| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).is_ok())
        })?;
        Ok(Self { ldap, ldaps, authority, _daemon: daemon })
    }
}

fn settings() -> Result<String> {
    let schemas = SCHEMAS.iter().find(|folder| Path::new(folder).is_dir());
    let schemas = schemas.context("slapd has no schemas")?;
    let mut lines: Vec<String> = ["core", "cosine", "inetorgperson"]
        .map(|schema| format!("include {schemas}/{schema}.schema"))
        .into();
    if Path::new(MODULES).is_dir() {
        lines.extend([format!("modulepath {MODULES}"), "moduleload back_mdb".to_owned()]);
    }
    lines.push("TLSCertificateFile server.pem".to_owned());
    lines.push("TLSCertificateKeyFile server.key".to_owned());
    Ok(lines.join("\n") + DATABASE)
}

fn program(name: &str, log: &Path) -> Result<PathBuf> {
    let find = || {
        tools::on_path(name)
            .or_else(|| Some(Path::new(PROGRAMS).join(name)).filter(|p| p.is_file()))
    };
    if let Some(program) = find() {
        return Ok(program);
    }
    tools::debian_packages(&["slapd"], log).context("the tests need slapd")?;
    find().with_context(|| format!("the package slapd brought no {name}"))
}
