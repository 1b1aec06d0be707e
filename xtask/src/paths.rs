//! Where things are: the project's folder, and what lies in its `target/`.

use std::path::{Path, PathBuf};

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// What the steps said, a file each.
pub(crate) fn logs() -> PathBuf {
    target().join("logs")
}

/// The folders of running servers.
pub(crate) fn servers() -> PathBuf {
    target().join("servers")
}

/// Programs that the steps need and the machine may lack.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}
