//! A Keycloak for the tests alone: with one realm, all of it in memory, on a free port of
//! 127.0.0.1, gone afterwards.

use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::daemon::{Daemon, Folder, answers, free_port};
use crate::process::run_logged;
use crate::{paths, tools};

const VERSION: &str = "26.4.7";

/// What gets it.
const MAVEN_COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/// What the server reads and only its installation writes.
const SHARED: [&str; 4] = ["conf", "lib", "providers", "themes"];

/// Quick to start rather than quick to run, and what `kc.sh` says besides: that script would stay
/// between us and the server, and not take it along when it is killed.
const JAVA: &[&str] = &[
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx512m",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=\
     io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Dpicocli.disable.closures=true",
    "-Dkc.home.dir=.",
    "-Djboss.server.config.dir=conf",
    "-cp",
    "lib/quarkus-run.jar",
    "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
];

/// A running server, whose administrator is `admin` with the password `admin`. Dropping it ends
/// the server and forgets all that it knew.
pub(crate) struct Keycloak {
    /// Where it answers, without a slash at the end.
    pub(crate) url: String,
    _daemon: Daemon,
}

impl Keycloak {
    /// Starts a server with the realm of a file named `REALM-realm.json`; installs Keycloak first
    /// where it is missing.
    ///
    /// # Errors
    /// When it can't be installed or does not start.
    pub(crate) fn start(realm: &Path, log: &Path) -> Result<Self> {
        let installed = install(log)?;
        let file = realm.file_name().and_then(|name| name.to_str()).context("a realm's file")?;
        let name = file.strip_suffix("-realm.json").context("call it REALM-realm.json")?;
        let folder = Folder::make(&paths::servers(), "keycloak")?;
        for shared in SHARED {
            symlink(installed.join(shared), folder.path().join(shared))?;
        }
        let import = folder.path().join("data/import");
        std::fs::create_dir_all(&import)?;
        std::fs::copy(realm, import.join(file)).context("the realm")?;

        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut server = Command::new("java");
        server.args(JAVA).args(["start", "--optimized", "--import-realm", "--cache=local"]);
        server.args(["--http-enabled=true", "--hostname-strict=false", "--http-host=127.0.0.1"]);
        server.arg(format!("--http-port={}", address.port()));
        server.env("KC_BOOTSTRAP_ADMIN_USERNAME", "admin");
        server.env("KC_BOOTSTRAP_ADMIN_PASSWORD", "admin");
        let mut daemon = Daemon::start(folder, &mut server, log)?;
        let discovery = format!("/realms/{name}/.well-known/openid-configuration");
        daemon.wait_until(|| answers(address, &discovery))?;
        Ok(Self { url: format!("http://{address}"), _daemon: daemon })
    }
}

/// The folder with the program, which it makes when it is not there.
fn install(log: &Path) -> Result<PathBuf> {
    let name = format!("keycloak-{VERSION}");
    let home = paths::tools().join(&name);
    if home.exists() {
        return Ok(home);
    }
    if tools::on_path("mvn").is_none() || tools::on_path("java").is_none() {
        tools::debian_packages(&["default-jre-headless", "maven"], log)
            .context("the tests need Java and Maven for Keycloak")?;
    }
    let build = paths::tools().join("keycloak-build");
    if build.exists() {
        std::fs::remove_dir_all(&build)?;
    }
    std::fs::create_dir_all(&build)?;
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", MAVEN_COPY]).current_dir(&build);
    maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"));
    maven.arg("-DoutputDirectory=.");
    if !run_logged(&mut maven, log)? {
        bail!("maven can't get {name}");
    }
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(format!("keycloak-quarkus-dist-{VERSION}.tar.gz")).current_dir(&build);
    if !run_logged(&mut tar, log)? {
        bail!("tar can't unpack {name}");
    }
    // Done once here, it need not be at each start.
    let mut optimise = Command::new("sh");
    optimise.arg(build.join(&name).join("bin/kc.sh")).args(["build", "--db=dev-mem"]);
    if !run_logged(&mut optimise, log)? {
        bail!("{name} can't be prepared");
    }
    std::fs::rename(build.join(&name), &home)?;
    std::fs::remove_dir_all(build)?;
    Ok(home)
}
