//! Which lines are logged: a level, and levels of parts.

use domain::nearest::nearest;
use tracing_subscriber::EnvFilter;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Reads what `tracing` takes, save a word alone that is no level: it would be a part whose lines
/// are all logged, and everything else would be silent.
///
/// # Errors
/// The level that was probably meant, where one is near.
pub(super) fn read(text: &str) -> Result<String, Option<&'static str>> {
    let directives: Vec<&str> =
        text.split(',').map(str::trim).filter(|directive| !directive.is_empty()).collect();
    for directive in &directives {
        // A span may hold equals signs of its own: `[request{id=1}]=debug`.
        let level = directive.rsplit_once('=').map_or(*directive, |(_, level)| level).trim();
        if !level.ends_with(']') && !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level)) {
            return Err(nearest(level, LEVELS));
        }
    }
    let text = directives.join(",");
    EnvFilter::try_new(&text).map(|_filter| text).map_err(|_unreadable| None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_levels_of_parts_are_read() {
        for text in [
            "info",
            "INFO",
            "off",
            "info,sql=debug",
            "web::rest=trace,warn",
            "[request]=debug",
            "info,sql[query{id=1}]=trace",
            "[request]",
        ] {
            assert_eq!(read(text).as_deref(), Ok(text), "{text}");
        }
        assert_eq!(read("warn, sql=debug,").as_deref(), Ok("warn,sql=debug"));
    }

    #[test]
    fn a_word_that_is_no_level_tells_the_one_that_was_meant() {
        for (text, meant) in [
            ("inof", Some("info")),
            ("warning", None),
            ("debgu,sql=info", Some("debug")),
            ("info,sql=tarce", Some("trace")),
            ("info,sql", None),
            ("verbose", None),
        ] {
            assert_eq!(read(text), Err(meant), "{text}");
        }
    }
}
