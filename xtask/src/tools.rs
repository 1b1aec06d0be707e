//! Getting what the steps need: Debian packages, a Python environment, cargo-deny, what drives a
//! browser.
//!
//! Everything but Debian packages has exact versions and is made once: in `target/tools/`, or where
//! its own tool looks for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};

use crate::paths;
use crate::process::{output, run_logged};

/// Reads only what is declared, so that the licence check needs nothing but the crates registry.
const CARGO_DENY: &str = "0.20.2";

/// The folder with the Python programs of `xtask/requirements.txt`, which it makes when it is not
/// there or the requirements have changed.
///
/// # Errors
/// When Python or its package index can't be reached.
pub(crate) fn python(log: &Path) -> Result<PathBuf> {
    let _guard = one_at_a_time();
    let requirements = paths::root().join("xtask/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).context("xtask/requirements.txt")?;
    let folder = paths::tools().join("python");
    let stamp = folder.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|present| present == wanted) {
        return Ok(folder.join("bin"));
    }
    make_environment(&folder, log)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    if !run_logged(pip.arg(&requirements), log)? {
        bail!("pip can't install xtask/requirements.txt");
    }
    std::fs::write(stamp, wanted)?;
    Ok(folder.join("bin"))
}

/// Keeps others from making the same while we look whether it is there and make it: steps run at
/// once.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    static MAKING: Mutex<()> = Mutex::new(());
    MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make_environment(folder: &Path, log: &Path) -> Result<()> {
    let venv = || {
        let mut command = Command::new("python3");
        run_logged(command.args(["-m", "venv", "--clear"]).arg(folder), log)
    };
    if venv().unwrap_or(false) {
        return Ok(());
    }
    debian_packages(&["python3", "python3-venv"], log)?;
    if !venv()? {
        bail!("python3 can't make an environment in {}", folder.display());
    }
    Ok(())
}

/// cargo-deny, which it builds when it is not there.
///
/// # Errors
/// When it can't be built.
pub(crate) fn cargo_deny(log: &Path) -> Result<PathBuf> {
    let root = paths::tools().join(format!("cargo-deny-{CARGO_DENY}"));
    let program = root.join("bin/cargo-deny");
    if program.exists() {
        return Ok(program);
    }
    let build = paths::tools().join("build");
    let mut install = Command::new("cargo");
    // Without optimisation it builds in under half the time, and checks us in seconds all the same.
    install.args(["install", "cargo-deny", "--debug", "--locked", "--version", CARGO_DENY]);
    install.arg("--root").arg(&root).arg("--target-dir").arg(&build);
    if !run_logged(&mut install, log)? {
        bail!("cargo can't install cargo-deny {CARGO_DENY}");
    }
    std::fs::remove_dir_all(build)?;
    Ok(program)
}

/// The browser, which it installs: Chromium without what draws its windows, in which the tests take
/// half as long. Where that can't be had, a Chromium with windows does.
///
/// # Errors
/// When there is none, and it can't be installed.
pub(crate) fn chromium(log: &Path) -> Result<PathBuf> {
    const WITHOUT_WINDOWS: &str = "chromium-headless-shell";
    if let Some(program) = on_path(WITHOUT_WINDOWS) {
        return Ok(program);
    }
    let installed = debian_packages(&[WITHOUT_WINDOWS], log);
    let names = [WITHOUT_WINDOWS, "chromium", "chromium-browser", "google-chrome"];
    if let Some(program) = names.into_iter().find_map(on_path) {
        return Ok(program);
    }
    installed?;
    bail!("{WITHOUT_WINDOWS} was installed and is not on the path")
}

/// The program that runs the tests of `e2e/`, from the packages of its lock file; it gets those
/// when they are not there or the lock file has changed.
///
/// # Errors
/// When Node or its package index can't be reached.
pub(crate) fn playwright(log: &Path) -> Result<PathBuf> {
    let e2e = paths::root().join("e2e");
    node_modules(&e2e, log)?;
    Ok(e2e.join("node_modules/.bin/playwright"))
}

/// Gets the packages of a folder's lock file, when they are not there or it has changed.
///
/// # Errors
/// When Node or its package index can't be reached.
pub(crate) fn node_modules(folder: &Path, log: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock).with_context(|| lock.display().to_string())?;
    let modules = folder.join("node_modules");
    // npm empties the folder first, so the stamp goes with what it vouches for.
    let stamp = modules.join("package-lock.stamp");
    if std::fs::read_to_string(&stamp).is_ok_and(|present| present == wanted) {
        return Ok(());
    }
    if on_path("npm").is_none() {
        debian_packages(&["nodejs", "npm"], log)?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    // The browser is Debian's.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    if !run_logged(&mut npm, log)? {
        bail!("npm can't install {}", lock.display());
    }
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// What tests start by themselves, and the packages that bring it.
const STARTED_BY_TESTS: [(&str, &str); 5] = [
    ("memcached", "memcached"),
    ("nginx", "nginx-light"),
    ("haproxy", "haproxy"),
    ("slapd", "slapd"),
    ("faketime", "faketime"),
];

/// Installs what tests start by themselves, where it is missing.
///
/// # Errors
/// When it can't be installed.
pub(crate) fn started_by_tests(log: &Path) -> Result<()> {
    let is_there = |name| on_path(name).is_some() || Path::new("/usr/sbin").join(name).is_file();
    let missing = STARTED_BY_TESTS.iter().filter(|(name, _)| !is_there(name));
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    debian_packages(&packages, log).context("the tests need them")
}

/// Installs what compiling needs beside Rust, where it is missing: librdkafka is built from its
/// sources, and takes TLS from the system's OpenSSL.
///
/// # Errors
/// When it can't be installed.
pub(crate) fn c_compiler_and_openssl(log: &Path) -> Result<()> {
    let programs = ["c++", "make", "pkg-config"].map(on_path);
    let mut openssl = Command::new("pkg-config");
    openssl.args(["--exists", "openssl"]);
    if programs.iter().all(Option::is_some) && run_logged(&mut openssl, log)? {
        return Ok(());
    }
    debian_packages(&["build-essential", "libssl-dev", "pkg-config"], log)
        .context("compiling needs them")
}

/// The foreign client of the tests with Kafka, which it installs when it is not there.
///
/// # Errors
/// When it can't be installed.
pub(crate) fn kcat(log: &Path) -> Result<PathBuf> {
    if let Some(program) = on_path("kcat") {
        return Ok(program);
    }
    debian_packages(&["kcat"], log).context("the tests need kcat")?;
    on_path("kcat").context("kcat was installed and is not on the path")
}

/// Where a program is among those that can be called by name.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Installs Debian packages.
///
/// # Errors
/// When we are not root, this is no Debian, or the packages can't be had.
pub(crate) fn debian_packages(names: &[&str], log: &Path) -> Result<()> {
    // It lets nobody else in meanwhile, and does not wait.
    static APT: Mutex<()> = Mutex::new(());
    let wish = format!("install {} (apt-get install {0})", names.join(" "));
    if !is_root() {
        bail!("{wish}, or run this as root");
    }
    let _guard = APT.lock().unwrap_or_else(PoisonError::into_inner);
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        run_logged(&mut command, log).with_context(|| format!("please {wish}"))
    };
    apt(&["update"])?;
    if !apt(&[&["install", "-y", "--no-install-recommends"], names].concat())? {
        bail!("apt-get can't {wish}");
    }
    Ok(())
}

/// Whether we are root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The short number of the commit that is checked out, with a plus sign when files differ from it.
pub(crate) fn commit() -> String {
    let mut git = Command::new("git");
    git.current_dir(paths::root()).args(["describe", "--always", "--exclude=*", "--dirty=+"]);
    output(&mut git).map_or_else(|_no_git| "unknown".to_owned(), |text| text.trim().to_owned())
}
