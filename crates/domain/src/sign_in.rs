//! How long somebody who fails to sign in has to wait, and where they go after.

use chrono::TimeDelta;

/// What failed attempts are counted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// An account from one address.
    AccountFromAddress,
    /// Whatever accounts from one address.
    Address,
    /// One account from whatever addresses that it never signed in from.
    Account,
}

impl Counted {
    /// How long the next attempt has to wait after so many failures in a row: nothing for the
    /// first few, then twice as long each time. The wait for a whole account stays short, and is
    /// not for addresses that it has signed in from, so that no stranger can lock somebody out.
    pub fn wait(self, failures: i64) -> TimeDelta {
        let (free, longest) = match self {
            Self::AccountFromAddress => (3, TimeDelta::minutes(15)),
            Self::Address => (20, TimeDelta::minutes(15)),
            Self::Account => (20, TimeDelta::seconds(30)),
        };
        let over = failures.saturating_sub(free);
        if over < 0 {
            return TimeDelta::zero();
        }
        // 2 to the 10th is more than any of the longest.
        let doubled = 1_i64 << over.min(10);
        TimeDelta::seconds(doubled).min(longest)
    }
}

/// After so long without another, failures are forgotten.
pub const FAILURES_KEPT: TimeDelta = TimeDelta::hours(24);

/// The path on this site that somebody goes to after they signed in: what was asked for, or `/`
/// where that could lead anywhere else. Browsers take `\` for `/`, skip tabs and line ends, and
/// some proxies decode `%2f` once more.
pub fn local_path(next: &str) -> &str {
    let is_plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let lower = next.to_ascii_lowercase();
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    let is_local = path.starts_with('/') && !path.contains("//");
    let is_encoded =
        ["%2f", "%5c", "%00", "%0a", "%0d", "%09", "%25"].iter().any(|code| path.contains(code));
    // An address that begins this way is another site's.
    if is_plain && is_local && !is_encoded && next.len() <= NEXT_LENGTH_MAX { next } else { "/" }
}

/// The longest path that is gone to after a sign-in; a page with its filters fits.
pub const NEXT_LENGTH_MAX: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_failures_cost_nothing_and_the_next_ever_more() {
        for (counted, failures, seconds) in [
            (Counted::AccountFromAddress, 0, 0),
            (Counted::AccountFromAddress, 2, 0),
            (Counted::AccountFromAddress, 3, 1),
            (Counted::AccountFromAddress, 5, 4),
            (Counted::AccountFromAddress, 12, 512),
            (Counted::AccountFromAddress, 13, 900),
            (Counted::AccountFromAddress, i64::MAX, 900),
            (Counted::Address, 19, 0),
            (Counted::Address, 20, 1),
            (Counted::Account, 24, 16),
            (Counted::Account, i64::MAX, 30),
        ] {
            let wait = counted.wait(failures);
            assert_eq!(wait.num_seconds(), seconds, "{counted:?} {failures}");
        }
    }

    #[test]
    fn only_a_path_of_this_site_is_gone_to() {
        for (next, is_taken) in [
            ("/", true),
            ("/api/servers/?dc__name=eqiad&ordering=-ip", true),
            ("/a?next=//b", true),
            ("/a?next=%2f%2fb", true),
            ("/api/-/docs/#/servers", true),
            ("", false),
            ("api/", false),
            ("//evil.example", false),
            ("///evil.example", false),
            ("/a//b", false),
            ("https://evil.example", false),
            ("https:evil.example", false),
            ("javascript:alert(1)", false),
            ("/\\evil.example", false),
            ("\\\\evil.example", false),
            ("%2f%2fevil.example", false),
            ("/%2fevil.example", false),
            ("/%2Fevil.example", false),
            ("/%5cevil.example", false),
            ("/%252fevil.example", false),
            ("/\t/evil.example", false),
            ("/\n/evil.example", false),
            (" /a", false),
            ("/a b", false),
            ("/\u{0}", false),
            ("/é", false),
            ("/\u{2215}evil", false),
        ] {
            let expected = if is_taken { next } else { "/" };
            assert_eq!(local_path(next), expected, "{next:?}");
        }
        let longest = format!("/{}", "a".repeat(NEXT_LENGTH_MAX - 1));
        assert_eq!(local_path(&longest), longest);
        assert_eq!(local_path(&format!("{longest}a")), "/");
    }

    proptest! {
        /// Whatever is asked for, a browser stays on the site: by the URL standard's own parser.
        #[test]
        fn nobody_is_sent_away(next in "[/\\\\:?#@%.a-z0-9\t\n\r \u{0}-\u{20}]{0,20}") {
            let base = url::Url::parse("https://register.example/login/").unwrap();
            let gone = base.join(local_path(&next)).unwrap();
            prop_assert_eq!(gone.origin(), base.origin());
        }
    }
}
