//! Filters of a directory, with what somebody typed put in.

use ldap3::{ldap_escape, parse_filter};

/// A filter puts a value in where it has a name in braces, such as `{user}`. The value is escaped,
/// so that whatever it holds it stays a value: nobody can ask another question with it.
///
/// *Source:* RFC 4515, section 3.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let put = values.iter().find_map(|(name, value)| {
            let after = after.strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, after))
        });
        if let Some((value, after)) = put {
            filled.push_str(&ldap_escape(value));
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

/// Whether a filter puts in what it must and can be understood.
pub(super) fn is_good(template: &str, name: &str) -> bool {
    let names = ["user", "dn"].map(|name| (name, "x"));
    template.contains(&format!("{{{name}}}")) && parse_filter(fill(template, &names)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_fill(template: &str, user: &str, expect: &str) {
        let filled = fill(template, &[("user", user), ("dn", "uid={user},dc=x")]);
        assert_eq!(filled, expect);
        assert!(parse_filter(&filled).is_ok(), "{filled}");
    }

    #[test]
    fn a_value_stays_a_value() {
        check_fill("(uid={user})", "alice", "(uid=alice)");
        check_fill("(uid={user})", "*", r"(uid=\2a)");
        check_fill("(uid={user})", "a)(uid=*", r"(uid=a\29\28uid=\2a)");
        check_fill("(uid={user})", r"a\2a", r"(uid=a\5c2a)");
        check_fill("(uid={user})", "a\0b", r"(uid=a\00b)");
        check_fill("(uid={user})", "Müller", "(uid=Müller)");
        check_fill("(uid={user})", "", "(uid=)");
    }

    #[test]
    fn what_is_put_in_is_not_read_again() {
        check_fill("(member={dn})", "alice", "(member=uid={user},dc=x)");
        check_fill("(uid={user})", "{dn}", "(uid={dn})");
    }

    #[test]
    fn a_name_may_stand_twice_and_other_braces_stay() {
        check_fill("(|(uid={user})(mail={user}))", "a", "(|(uid=a)(mail=a))");
        check_fill("(uid={other}{user}{)", "a", "(uid={other}a{)");
    }

    #[track_caller]
    fn check_good(template: &str, expect: bool) {
        assert_eq!(is_good(template, "user"), expect, "{template}");
    }

    #[test]
    fn a_filter_that_asks_for_everybody_is_not_good() {
        check_good("(uid={user})", true);
        check_good("(&(objectClass=person)(uid={user}))", true);
        // Members of groups in groups, as Active Directory finds them.
        check_good("(member:1.2.840.113556.1.4.1941:={user})", true);
        check_good("(objectClass=person)", false);
        check_good("(uid={user}", false);
        check_good("", false);
    }
}
