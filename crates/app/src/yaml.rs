//! YAML 1.2, written: texts and trees, so that what reads them back takes none of them for something
//! else. A text that YAML 1.1 or 1.2 would take for a number, a truth, a day or nothing at all stands in
//! quotes; so does every one that could be mistaken for the signs of YAML itself.
//!
//! *Source:* YAML 1.2.2, sections 5.1 (which characters can stand there as they are), 7.3 and 8.1.2;
//! YAML 1.1's types, which many programs still go by (`no`, `12:30:45`, `2026-01-31`).

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use domain::json::Json;

/// The longest key that stands before its colon by itself; a longer one is marked as a key. YAML takes
/// 1,024 characters, quotes and escapes among them.
const KEY_LENGTH_MAX: usize = 150;
/// What some version of YAML takes for a truth or for nothing, whatever the case.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
/// Beside letters and digits, what stands in a text that needs no quotes.
const PLAIN: [char; 13] = [' ', '_', '-', '.', '/', ':', '+', '@', '(', ')', '=', ',', '\''];

/// Appends a text as the value of a key; one of many lines as lines that are indented by `indent`
/// blanks, which are more than the key's.
pub(crate) fn write_text(text: &str, indent: usize, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else if is_block(text) {
        out.push_str("|-");
        for line in text.split('\n') {
            out.push('\n');
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push_str(line);
            }
        }
    } else {
        write_quoted(text, out);
    }
}

/// Appends a text in double quotes, on one line, as it can stand anywhere.
pub(crate) fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            // All above U+FFFF are printable. Writing to a String can't fail.
            c => write!(out, "\\u{:04x}", u32::from(c)).unwrap_or_default(),
        }
    }
    out.push('"');
}

/// Appends a tree on one line, as JSON has it.
pub(crate) fn write_flow(tree: &Json, out: &mut String) {
    match tree {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(digits) => out.push_str(digits),
        Json::Text(text) => write_quoted(text, out),
        Json::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                write_flow(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (place, (name, member)) in members.iter().enumerate() {
                out.push_str(if place > 0 { ", " } else { "" });
                out.push_str(if name.len() > KEY_LENGTH_MAX { "? " } else { "" });
                write_quoted(name, out);
                out.push_str(": ");
                write_flow(member, out);
            }
            out.push('}');
        }
    }
}

/// Whether a text means itself without quotes, to every version of YAML.
fn is_plain(text: &str) -> bool {
    let begins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/');
    text.starts_with(begins)
        && !text.ends_with([' ', ':'])
        && text.chars().all(|c| c.is_alphanumeric() || PLAIN.contains(&c))
        && !text.contains(": ")
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        && !is_like_number(text)
}

/// Whether a text that begins with a digit could be read as a number, a day or a time.
fn is_like_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit()) || text.parse::<Ipv4Addr>().is_ok() {
        return false;
    }
    let is_of_number =
        |c: char| c.is_ascii_digit() || matches!(c, '_' | '.' | ':' | ',' | '+' | '-');
    let rest: String = text.chars().filter(|c| !is_of_number(*c)).collect();
    let lower = text.to_ascii_lowercase();
    let has_base = ["0x", "0o", "0b"].iter().any(|base| lower.starts_with(base));
    // `2026-01-31`, and whatever follows.
    let mut characters = text.chars();
    let is_year = characters.by_ref().take(4).filter(char::is_ascii_digit).count() == 4;
    let is_day = is_year
        && characters.next() == Some('-')
        && characters.next().is_some_and(|c| c.is_ascii_digit());
    rest.is_empty() || rest.eq_ignore_ascii_case("e") || has_base || is_day
}

/// Whether a text of many lines can stand as its lines: nothing at their ends is lost that way.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with('\n')
        && text.split('\n').all(|line| !line.ends_with(' ') && line.chars().all(is_printable))
}

/// Whether a character can stand in YAML as it is, and ends no line to anybody.
fn is_printable(c: char) -> bool {
    let stands = matches!(
        c,
        ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}'
    );
    stands && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        let mut out = String::new();
        write_text(text, 4, &mut out);
        assert_eq!(out, written, "{text:?}");
    }

    #[test]
    fn what_means_itself_stands_as_it_is() {
        for text in [
            "db1001",
            "db1001.example.org",
            "10.4.0.1",
            "10.0.0.0/8",
            "2001:db8::1",
            "00:1b:44:11:3a:b7",
            "https://example.org/x",
            "Rack 21, unit 39",
            "terminal server's",
            "Straße",
            "nowhere",
            "4711-a",
            "alice@example.org",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_looks_like_something_else_stands_in_quotes() {
        for text in [
            "",
            " ",
            "null",
            "Null",
            "~",
            "yes",
            "No",
            "on",
            "y",
            "TRUE",
            "007",
            "12",
            "1e3",
            "1E+3",
            "-1",
            "+1",
            ".5",
            "1_000",
            "12:30:45",
            "0x1f",
            "0b1",
            "2026-01-31",
            "2026-01-31T12:00:00Z",
            "=1+1",
            "- a",
            "a: b",
            "a:",
            "#x",
            "a #b",
            "[x]",
            "{x}",
            "*x",
            "&x",
            "!x",
            "|",
            ">",
            "%x",
            "@x",
            "`x`",
            "'x'",
            "::1",
            "fe80::",
            "a ",
            "?",
            "<<",
        ] {
            check(text, &format!("\"{text}\""));
        }
        check("say \"x\"\\", "\"say \\\"x\\\"\\\\\"");
        check("a\tb\u{7f}\u{85}\u{2028}", "\"a\\tb\\u007f\\u0085\\u2028\"");
    }

    #[test]
    fn lines_stand_as_lines_where_nothing_is_lost() {
        check("one\n\n  two # three", "|-\n    one\n\n      two # three");
        check("one\n", "\"one\\n\"");
        check(" one\ntwo", "\" one\\ntwo\"");
        check("one \ntwo", "\"one \\ntwo\"");
        check("one\r\ntwo", "\"one\\r\\ntwo\"");
    }

    #[test]
    fn trees_stand_on_one_line() {
        let tree = Json::Object(BTreeMap::from([
            ("a".to_owned(), Json::List(vec![Json::Null, Json::Bool(true), Json::text("no")])),
            ("b".repeat(151), Json::Number("1e3".to_owned())),
        ]));
        let mut out = String::new();
        write_flow(&tree, &mut out);
        let long = "b".repeat(151);
        assert_eq!(out, format!("{{\"a\": [null, true, \"no\"], ? \"{long}\": 1e3}}"));
    }
}
