//! What is unsafe about a configuration, and about the files and the register that it names: what
//! a careful colleague would say of it.

mod files;
mod register;
mod settings;
mod sources;

use std::path::Path;

use domain::record::Timestamp;

use crate::config::Config;

pub(crate) use register::register;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Somebody could read or do what they must not.
    Unsafe,
    /// It may be meant; whoever set it should know what follows.
    Advice,
}

impl Weight {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Unsafe => "unsafe",
            Self::Advice => "advice",
        }
    }
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How much it weighs.
    pub(crate) weight: Weight,
    /// The key, file or group that it is about.
    pub(crate) about: String,
    /// What is wrong, and what to do.
    pub(crate) told: String,
}

impl Finding {
    fn of(weight: Weight, about: impl Into<String>, told: impl Into<String>) -> Self {
        Self { weight, about: about.into(), told: told.into() }
    }
}

fn is_unsafe(about: impl Into<String>, told: impl Into<String>) -> Finding {
    Finding::of(Weight::Unsafe, about, told)
}

fn advice(about: impl Into<String>, told: impl Into<String>) -> Finding {
    Finding::of(Weight::Advice, about, told)
}

/// What is to be said of the configuration and of the files that it names.
pub(crate) fn configuration(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = settings::findings(config);
    findings.extend(files::findings(config, now));
    findings
}

/// Whether people on this machine who are not the owner may read a file.
#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
}

/// Whether people on this machine who are not the owner may read a file.
#[cfg(not(unix))]
fn is_open_to_others(_path: &Path) -> bool {
    false
}
