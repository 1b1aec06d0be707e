//! What a provider may name somebody.

/// The longest name of a user, in characters: longer ones fit no list.
const LENGTH_MAX: usize = 200;

/// The name as the register takes it; `None` for one that nobody could tell from another or from
/// none: empty, over long, or with characters that can't be seen.
pub(crate) fn accept(name: &str) -> Option<String> {
    let name = name.trim();
    let is_good = !name.is_empty()
        && name.chars().count() <= LENGTH_MAX
        && !name.chars().any(char::is_control);
    is_good.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_name(name: &str, expect: Option<&str>) {
        assert_eq!(accept(name).as_deref(), expect, "{name:?}");
    }

    #[test]
    fn a_name_can_be_seen() {
        check_name("alice", Some("alice"));
        check_name(" Anna Müller ", Some("Anna Müller"));
        check_name("", None);
        check_name("  ", None);
        check_name("alice\nbob", None);
        check_name(&"x".repeat(LENGTH_MAX), Some(&"x".repeat(LENGTH_MAX)));
        check_name(&"x".repeat(LENGTH_MAX + 1), None);
    }
}
