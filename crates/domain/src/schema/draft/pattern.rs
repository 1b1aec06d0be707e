//! Patterns: regular expressions that the whole of a text must match.

use regex::RegexBuilder;

use super::super::Pattern;

/// The longest pattern in bytes; a longer one is better written as a list of choices.
const PATTERN_LENGTH_MAX: usize = 1_000;
/// The most memory in bytes that a compiled pattern may take; `\w{40}` fits.
const COMPILED_SIZE_MAX: usize = 1 << 21;

/// Compiles a pattern.
///
/// # Errors
/// Why it is none, in words.
pub(super) fn compile(text: &str) -> Result<Pattern, String> {
    if text.len() > PATTERN_LENGTH_MAX {
        return Err(format!("it has more than {PATTERN_LENGTH_MAX} bytes"));
    }
    // By itself first: `a)(b` must not reach out of the group that anchors it.
    regex_syntax::parse(text).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })?;
    RegexBuilder::new(&format!("^(?:{text})$"))
        .size_limit(COMPILED_SIZE_MAX)
        .dfa_size_limit(COMPILED_SIZE_MAX)
        .build()
        .map(|regex| Pattern { text: text.to_owned(), regex })
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "it takes too much memory".to_owned(),
            // A comment at its end, which swallows the closing bracket.
            regex::Error::Syntax(_) | _ => "it can't be anchored at its ends".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        let pattern = compile("[a-z]+|[0-9]{2}").unwrap();
        for (text, matches) in
            [("abc", true), ("12", true), ("123", false), ("ab1", false), ("ab\n", false)]
        {
            assert_eq!(pattern.regex.is_match(text), matches, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told_in_words() {
        for (text, why) in [
            ("(", "unclosed group"),
            ("a)(b", "unopened group"),
            ("(?=a)", "look-around, including look-ahead and look-behind, is not supported"),
            ("\\p{Nonsense}", "Unicode property not found"),
            ("(?x)a # b", "it can't be anchored at its ends"),
            ("(\\w{100}){100}", "it takes too much memory"),
            (&"a".repeat(1_001), "it has more than 1000 bytes"),
        ] {
            assert_eq!(compile(text).map(|_| ()), Err(why.to_owned()), "{text}");
        }
        assert!(compile("\\w{40}").is_ok());
        assert!(compile(&"a".repeat(1_000)).is_ok());
    }
}
