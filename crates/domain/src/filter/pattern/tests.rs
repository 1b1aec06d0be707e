//! The spellings, what is refused, and that the written expression means what was asked for.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, rust: &str, postgres: &str) {
    let pattern = Pattern::parse(text, false).unwrap();
    assert_eq!(pattern.rust, rust, "{text}");
    assert_eq!(pattern.postgres, postgres, "{text}");
}

#[track_caller]
fn check_alike(text: &str, written: &str) {
    check(text, written, written);
}

#[test]
fn both_engines_get_the_same_plain_constructs() {
    check_alike("db1001", "db1001");
    check_alike(r"a\.b", r"a\.b");
    check_alike("a.b", r"a[\u0001-\u0009\u000B-\U0010FFFF]b");
    check_alike("(?s).", r"[\u0001-\U0010FFFF]");
    check_alike("[^a]", r"[\u0001-`b-\U0010FFFF]");
    check_alike(r"\d+\s", r"[0-9]+[\u0009-\u000D ]");
    check_alike(r"[\w-]", r"[\-0-9A-Z_a-z]");
    check_alike("(a)(?P<name>b)(?:c)", "(?:a)(?:b)c");
    check_alike("a|b|cd", "(?:a|b|cd)");
    check_alike("(?:|a)b", "(?:(?:)|a)b");
    check_alike("a*?b+?c??d{2,3}?e{4}f{5,}", "a*b+c?d{2,3}e{4,4}f{5,}");
    check_alike("(?:ab)+", "(?:ab)+");
    check_alike("é+", r"\u00E9+");
    check_alike("😀", r"\U0001F600");
    check_alike("(?x) a b # c", "ab");
    check_alike("(?i)k", r"[Kk\u212A]");
    check_alike(r"/'<>\]\}", r"/'<>\]\}");
}

#[test]
fn ends_and_boundaries_are_spelled_for_each_engine() {
    check("^a$", r"\Aa\z", r"\Aa\Z");
    check(
        "(?m)^a$",
        "(?m:^)a(?m:$)",
        r"(?<![\u0001-\u0009\u000B-\U0010FFFF])a(?![\u0001-\u0009\u000B-\U0010FFFF])",
    );
    check(
        r"\b",
        r"(?-u:\b)",
        "(?:(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))",
    );
    check(r"\<", r"(?-u:\b{start})", "(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])");
}

/// Checks an expression, in its `(?i)` form where case is ignored, against texts that it matches
/// and texts that it does not.
#[track_caller]
fn check_match(text: &str, matches: &[&str], others: &[&str]) {
    let regex = match text.strip_prefix("(?i)") {
        Some(text) => Pattern::parse(text, true),
        None => Pattern::parse(text, false),
    };
    let regex = regex.unwrap().compile().unwrap();
    for subject in matches {
        assert!(regex.is_match(subject), "{text} on {subject:?}");
    }
    for subject in others {
        assert!(!regex.is_match(subject), "{text} on {subject:?}");
    }
}

#[test]
fn perl_classes_are_ascii_and_case_is_unicode() {
    check_match(r"^\w+$", &["abc_1"], &["Grüße", ""]);
    check_match(r"^\W$", &["ü", "-"], &["u"]);
    check_match(r"\d", &["3"], &["٣"]);
    check_match(r"\bber", &["über", "ber"], &["aber"]);
    check_match("(?i)ÜBER", &["über", "Über"], &["uber"]);
    check_match("ÜBER", &["ÜBER"], &["über"]);
    check_match("(?i)strasse", &["STRASSE"], &["straße"]);
    check_match("^.$", &["a", "\r"], &["\n", ""]);
    check_match("^a$", &["a"], &["a\n"]);
}

#[track_caller]
fn check_refused(text: &str, because: &str) {
    let fault = Pattern::parse(text, false).unwrap_err().to_string();
    assert!(fault.contains(because), "{text}: {fault}");
}

#[test]
fn what_the_engines_do_not_share_is_refused() {
    for (text, because) in [
        ("(", "unclosed group"),
        ("*", "repetition operator missing"),
        ("(?=a)", "look-around"),
        (r"(a)\1", "backreferences"),
        ("(?mR)^a", "flag R"),
        (r"\B", "half word boundaries"),
        (r"\b{start-half}", "half word boundaries"),
        (r"[^\s\S]", "without any character"),
        (r"[\x00]", "Null characters"),
        (r"\x00", "Null characters"),
        ("a\0", "Null characters"),
        (r"(?-u)\xFF", "invalid UTF-8"),
        (r"\p{nope}", "property"),
        (r"\p{L}\p{L}\p{L}", "too large"),
        (&r"\p{Nd}".repeat(11), "more than 10 classes"),
        (&"(".repeat(51), "Enter a valid regular expression."),
    ] {
        check_refused(text, because);
    }
}

#[test]
fn size_is_bounded_with_repetitions_written_out() {
    assert!(Pattern::parse("a{255}", false).is_ok());
    check_refused("a{256}", "more than 255 times");
    check_refused("((.{1,200}){1,100}){1,2}x", "more than 255 times");
    check_refused("(a{16}){16}", "more than 255 times");
    check_refused("(abcdefghij){201}", "too large");
    check_refused(r"(\b.*\b){4}", "too large");
    assert!(Pattern::parse(r"(\b.*\b){3}", false).is_ok());
    check_refused("a{4000000000}", "more than 255 times");
    assert!(Pattern::parse("(abcdefghij){200}", false).is_ok());
    assert!(Pattern::parse(&"a".repeat(1_000), false).is_ok());
    assert_eq!(Pattern::parse(&"a".repeat(1_001), false), Err(FieldFault::TooLong { max: 1_000 }));
}

/// An expression in our syntax, and what it means to the `regex` crate.
fn expression() -> impl Strategy<Value = (String, String)> {
    let alike = |text: &'static str| Just((text.to_owned(), text.to_owned()));
    let leaf = prop_oneof![
        "[abk ßÜ0_]".prop_map(|text| (text.clone(), text)),
        alike("."),
        alike("[^a\\n]"),
        alike("[a-cÀ-ÿ]"),
        alike("^"),
        alike("$"),
        alike("(?m:^)"),
        alike("(?m:$)"),
        Just((r"\d".to_owned(), "[0-9]".to_owned())),
        Just((r"\w".to_owned(), "[0-9A-Za-z_]".to_owned())),
        Just((r"\W".to_owned(), "[^0-9A-Za-z_]".to_owned())),
        Just((r"\b".to_owned(), r"(?-u:\b)".to_owned())),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| (format!("{}{}", a.0, b.0), format!("{}{}", a.1, b.1))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| (
                format!("(?:{}|{})", a.0, b.0),
                format!("(?:{}|{})", a.1, b.1)
            )),
            (inner, "[*+?]|\\{1,2\\}|\\{2,\\}").prop_map(|(a, times)| {
                (format!("(?:{}){times}", a.0), format!("(?:{}){times}", a.1))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_means_what_was_asked_for(
        (ours, plain) in expression(), folded: bool, subject in "[abkK ßÜü0_\n]{0,8}"
    ) {
        let parsed = Pattern::parse(&ours, folded);
        // What repeats repetitions may be too large.
        prop_assume!(!matches!(&parsed, Err(fault) if fault.to_string().contains("too large")));
        let written = parsed.unwrap().compile().unwrap();
        let asked = regex::RegexBuilder::new(&plain).case_insensitive(folded).build().unwrap();
        prop_assert_eq!(written.is_match(&subject), asked.is_match(&subject), "{}", written);
    }

    #[test]
    fn any_text_is_a_pattern_or_a_fault(text in "\\PC{0,40}", folded: bool) {
        if let Ok(pattern) = Pattern::parse(&text, folded) {
            prop_assert!(pattern.compile().is_ok());
            prop_assert!(pattern.postgres.is_ascii());
        }
    }

    #[test]
    fn signs_of_the_syntax_in_any_order_are_a_pattern_or_a_fault(
        text in "([()\\[\\]{}*+?|^$.\\\\,:<>=!&~-]|[abdwsDWSBzAix0-9]|\\(\\?){0,24}"
    ) {
        if let Ok(pattern) = Pattern::parse(&text, false) {
            prop_assert!(pattern.compile().is_ok());
        }
    }
}
