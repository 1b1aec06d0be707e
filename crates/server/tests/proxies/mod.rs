//! Real proxies before the replicas.
#![allow(dead_code, reason = "each test program uses its own part")]

pub(crate) mod haproxy;
pub(crate) mod nginx;

use std::path::PathBuf;

/// Where a program is; none where it is not installed, which CI never takes.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&folders)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    assert!(found.is_some() || std::env::var("CI").is_err(), "CI must have {name}");
    found
}
