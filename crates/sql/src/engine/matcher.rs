//! Regular expressions for SQLite, which ends a query at its steps and not within a function of
//! ours: one match of a long text must see the end of its time by itself.

use std::sync::OnceLock;

use regex::Regex;
use regex_automata::Input;
use regex_automata::hybrid::dfa::DFA;

/// Up to so many bytes of text, the `regex` crate matches in one go. The worst expression that
/// `domain::filter::pattern` takes, `(a?.?){120}c|(b?.?){120}d|(a?.?){120}e`, needs up to 45 µs a
/// byte (measured on two busy cores): 0.7 s for this much, and more than a minute for the 1,000,000
/// characters that a long text may have.
const AT_ONCE_MAX: usize = 16 << 10;
/// How many bytes of a longer text are matched between two looks at the clock: 25 ms of the worst.
const BYTES_BETWEEN_LOOKS: usize = 256;

/// An expression, compiled.
pub(super) struct Matcher {
    regex: Regex,
    stepwise: OnceLock<Option<DFA>>,
}

/// The time was over before the answer was known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interrupted;

impl Matcher {
    pub(super) fn new(pattern: &str) -> Result<Self, regex::Error> {
        Ok(Self { regex: Regex::new(pattern)?, stepwise: OnceLock::new() })
    }

    /// Whether the expression matches somewhere in the text.
    pub(super) fn is_match(
        &self,
        text: &str,
        is_past: impl Fn() -> bool,
    ) -> Result<bool, Interrupted> {
        if text.len() <= AT_ONCE_MAX {
            return Ok(self.regex.is_match(text));
        }
        match self.is_match_stepwise(text, is_past) {
            Some(answer) => answer,
            None => Ok(self.regex.is_match(text)),
        }
    }

    /// The same, byte by byte, with an automaton that is built as the text asks for it. `None`
    /// where it can't be built, which no expression of ours has been seen to do.
    fn is_match_stepwise(
        &self,
        text: &str,
        is_past: impl Fn() -> bool,
    ) -> Option<Result<bool, Interrupted>> {
        let build = || {
            let config = DFA::config().skip_cache_capacity_check(true);
            DFA::builder().configure(config).build(self.regex.as_str()).ok()
        };
        let dfa = self.stepwise.get_or_init(build).as_ref()?;
        let mut cache = dfa.create_cache();
        let mut state = dfa.start_state_forward(&mut cache, &Input::new(text)).ok()?;
        for piece in text.as_bytes().chunks(BYTES_BETWEEN_LOOKS) {
            if is_past() {
                return Some(Err(Interrupted));
            }
            for byte in piece {
                state = dfa.next_state(&mut cache, state, *byte).ok()?;
                if state.is_match() {
                    return Some(Ok(true));
                }
                if state.is_dead() {
                    return Some(Ok(false));
                }
                if state.is_quit() {
                    return None;
                }
            }
        }
        let state = dfa.next_eoi_state(&mut cache, state).ok()?;
        Some(Ok(state.is_match()))
    }
}

#[cfg(test)]
mod tests {
    use domain::filter::pattern::Pattern;
    use proptest::prelude::*;

    use super::*;

    fn matcher(pattern: &str) -> Matcher {
        Matcher::new(&Pattern::parse(pattern, false).unwrap().rust).unwrap()
    }

    #[test]
    fn a_long_text_is_matched_like_a_short_one() {
        for (pattern, expected) in
            [("needle", true), ("^x+needle$", true), (r"\bneedle\b", false), ("^needle", false)]
        {
            let text = format!("{}needle", "x".repeat(AT_ONCE_MAX));
            assert_eq!(matcher(pattern).is_match(&text, || false), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn only_a_match_of_a_long_text_is_interrupted() {
        let worst = matcher("(a?.?){120}c|(b?.?){120}d|(a?.?){120}e");
        assert_eq!(worst.is_match("ab", || true), Ok(false));
        let text = "ab".repeat(AT_ONCE_MAX);
        assert_eq!(worst.is_match(&text, || true), Err(Interrupted));
    }

    proptest! {
        #[test]
        fn both_ways_of_matching_give_the_same(
            pattern in r"(\(|\)|\||[abü.^$*+?-]|\\[bdws]|\[[^\]ab]\]|\{1,2\}|\(\?m\)){0,12}",
            text in "[abü1_ \n-]{0,12}"
        ) {
            let Ok(pattern) = Pattern::parse(&pattern, false) else { return Ok(()) };
            let matcher = Matcher::new(&pattern.rust).unwrap();
            let stepwise = matcher.is_match_stepwise(&text, || false);
            prop_assert_eq!(stepwise, Some(Ok(matcher.regex.is_match(&text))), "{}", pattern.rust);
        }
    }
}
