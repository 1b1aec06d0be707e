//! Who may depend on whom. The arrows of the house go one way.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::paths;
use crate::process::output;

/// Each crate of the project with those that it may name.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("sql", &["domain"]),
    ("app", &["domain", "sql"]),
    ("identity", &["domain"]),
    ("mail", &["domain"]),
    ("kafka", &["domain"]),
    ("cache", &["domain", "app"]),
    ("web", &["domain", "sql", "app", "identity"]),
    ("webhook", &["domain", "app"]),
    ("server", &["domain", "sql", "app", "identity", "mail", "kafka", "cache", "web", "webhook"]),
    ("testkit", &["domain", "sql", "app"]),
    ("xtask", &[]),
];

/// Only tests may name it.
const TESTS_ALONE: &str = "testkit";

/// Further arrows that tests alone may draw.
const IN_TESTS: &[(&str, &str)] = &[("web", "cache")];

/// Crates that ours don't name, and what to take instead.
const BANNED: &[(&str, &str)] = &[
    ("lazy_static", "std::sync::LazyLock"),
    ("once_cell", "std::sync::OnceLock"),
    ("time", "chrono: one library for time"),
    ("jiff", "chrono: one library for time"),
];

/// One crate of the project names another crate.
#[derive(Debug)]
pub(crate) struct Arrow {
    from: String,
    to: String,
    /// What for.
    used: Use,
    /// The other is of the project too.
    inside: bool,
}

/// What a crate is named for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Always,
    Tests,
}

/// Reads who names whom.
///
/// # Errors
/// When cargo can't tell.
pub(crate) fn read() -> Result<Vec<Arrow>> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).args(["metadata", "--no-deps", "--format-version=1"]);
    let metadata: Value = serde_json::from_str(&output(&mut cargo)?)?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let mut arrows = Vec::new();
    for package in packages.context("cargo metadata without packages")? {
        let from = package.get("name").and_then(Value::as_str).context("a package's name")?;
        let named = package.get("dependencies").and_then(Value::as_array);
        arrows.extend(named.into_iter().flatten().filter_map(|named| arrow(from, named)));
    }
    Ok(arrows)
}

fn arrow(from: &str, named: &Value) -> Option<Arrow> {
    let is_dev = named.get("kind").and_then(Value::as_str) == Some("dev");
    Some(Arrow {
        from: from.to_owned(),
        to: named.get("name")?.as_str()?.to_owned(),
        used: if is_dev { Use::Tests } else { Use::Always },
        inside: named.get("path").is_some_and(Value::is_string),
    })
}

/// Arrows that go where none may.
pub(crate) fn check(arrows: &[Arrow]) -> Vec<String> {
    arrows.iter().filter_map(finding).collect()
}

fn finding(arrow: &Arrow) -> Option<String> {
    let Arrow { from, to, used, inside } = arrow;
    if let Some((_, instead)) = BANNED.iter().find(|(name, _)| name == to) {
        return Some(format!("crate {from}: not {to}, but {instead}"));
    }
    if !inside || (to == TESTS_ALONE && *used == Use::Tests && from != "domain") {
        return None;
    }
    if *used == Use::Tests && IN_TESTS.contains(&(from.as_str(), to.as_str())) {
        return None;
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == from) else {
        return Some(format!("crate {from}: say in xtask/src/tidy/crates.rs where it stands"));
    };
    let reason = if to == TESTS_ALONE { "only tests may" } else { "the arrows go one way" };
    (!allowed.contains(&to.as_str())).then(|| format!("crate {from} names {to}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_arrow(from: &str, to: &str, used: Use, allowed: bool) {
        let inside = to == TESTS_ALONE || ALLOWED.iter().any(|(name, _)| *name == to);
        let arrow = Arrow { from: from.to_owned(), to: to.to_owned(), used, inside };
        assert_eq!(check(std::slice::from_ref(&arrow)).is_empty(), allowed, "{arrow:?}");
    }

    #[test]
    fn arrows_go_one_way() {
        check_arrow("app", "sql", Use::Always, true);
        check_arrow("sql", "app", Use::Always, false);
        check_arrow("sql", "app", Use::Tests, false);
        check_arrow("domain", "sql", Use::Always, false);
        check_arrow("domain", "tokio-postgres", Use::Always, true);
        check_arrow("server", "mail", Use::Always, true);
        check_arrow("app", "mail", Use::Always, false);
        check_arrow("mail", "domain", Use::Always, true);
        check_arrow("mail", "app", Use::Always, false);
        check_arrow("server", "kafka", Use::Always, true);
        check_arrow("app", "kafka", Use::Always, false);
        check_arrow("web", "cache", Use::Tests, true);
        check_arrow("web", "cache", Use::Always, false);
        check_arrow("newcomer", "domain", Use::Always, false);
    }

    #[test]
    fn the_testkit_is_for_tests_alone() {
        check_arrow("sql", "testkit", Use::Tests, true);
        check_arrow("sql", "testkit", Use::Always, false);
        check_arrow("domain", "testkit", Use::Tests, false);
    }

    #[test]
    fn superseded_crates_stay_out() {
        check_arrow("app", "once_cell", Use::Always, false);
        check_arrow("app", "jiff", Use::Tests, false);
    }

    #[test]
    fn the_arrows_are_read_from_cargo() {
        let arrows = read().unwrap();
        let has = |from: &str, to: &str, used, inside| {
            arrows.iter().any(|a| (&*a.from, &*a.to, a.used, a.inside) == (from, to, used, inside))
        };
        assert!(has("sql", "domain", Use::Always, true));
        assert!(has("sql", "testkit", Use::Tests, true));
        assert!(has("xtask", "serde_json", Use::Always, false));
    }
}
