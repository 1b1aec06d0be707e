//! A JSON document as a page shows it: indented, coloured, with addresses of ours to follow.
//!
//! It is read piece by piece and never as a whole, so that one which is cut short can be shown, too.
//! Pieces are plain text: the template escapes all of them.

use std::borrow::Cow;

/// How far lines are indented at most: deeper ones would be mostly blanks.
const DEPTH_SHOWN_MAX: usize = 32;
/// What the paths of all addresses that are made links begin with.
const PATH: &str = "/api/";

/// A document as it is shown.
#[derive(Debug, Default)]
pub(crate) struct Printed<'a> {
    pub(crate) pieces: Vec<Piece<'a>>,
    /// The pages before and after this one, as the document names them.
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// What it is: `key`, `text`, `number`, `word`; empty for what stands between them.
    pub(crate) class: &'static str,
    pub(crate) text: Cow<'a, str>,
    /// Where it leads.
    pub(crate) href: Option<String>,
}

/// Reads a document; addresses that begin with `base` are ours.
pub(crate) fn printed<'a>(document: &'a str, base: &'a str) -> Printed<'a> {
    let mut printer = Printer {
        rest: document,
        base,
        depth: 0,
        between: String::new(),
        key: "",
        printed: Printed::default(),
    };
    printer.run();
    printer.printed
}

struct Printer<'a> {
    rest: &'a str,
    base: &'a str,
    depth: usize,
    /// Signs and blanks since the last piece.
    between: String,
    /// The last key of the document itself.
    key: &'a str,
    printed: Printed<'a>,
}

impl<'a> Printer<'a> {
    fn run(&mut self) {
        while let Some(first) = self.first() {
            match first {
                '"' => self.text(),
                '{' | '[' => self.open(first),
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.line();
                    self.sign(first);
                }
                ',' => {
                    self.sign(first);
                    self.line();
                }
                ':' => {
                    self.sign(first);
                    self.between.push(' ');
                }
                _ => self.word(),
            }
        }
        self.flush();
    }

    /// The next character that is no blank.
    fn first(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn sign(&mut self, sign: char) {
        self.between.push(sign);
        self.rest = self.rest.strip_prefix(sign).unwrap_or(self.rest);
    }

    fn line(&mut self) {
        self.between.push('\n');
        for _ in 0..self.depth.min(DEPTH_SHOWN_MAX) {
            self.between.push_str("  ");
        }
    }

    fn open(&mut self, sign: char) {
        self.sign(sign);
        if let Some(close @ ('}' | ']')) = self.first() {
            self.sign(close);
        } else {
            self.depth += 1;
            self.line();
        }
    }

    fn text(&mut self) {
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, sign)| {
            let is_end = *sign == '"' && !is_escaped;
            is_escaped = *sign == '\\' && !is_escaped;
            is_end
        });
        let text = self.take(end.map_or(self.rest.len(), |(place, _)| place + 1));
        if self.first() == Some(':') {
            if self.depth == 1 {
                self.key = text;
            }
            self.piece("key", text, None);
            return;
        }
        let href = self.href(text);
        if self.depth == 1 {
            match self.key {
                "\"next\"" => self.printed.next.clone_from(&href),
                "\"previous\"" => self.printed.previous.clone_from(&href),
                _ => {}
            }
        }
        self.piece("text", text, href);
    }

    /// Where a text leads, without scheme and host: the page is at the same.
    fn href(&self, text: &str) -> Option<String> {
        let text: String = serde_json::from_str(text).ok()?;
        let path = text.strip_prefix(self.base)?;
        path.starts_with(PATH).then(|| path.to_owned())
    }

    /// A number, or `true`, `false`, `null`.
    fn word(&mut self) {
        let ends = |sign: char| sign.is_whitespace() || "{}[],:\"".contains(sign);
        let text = self.take(self.rest.find(ends).unwrap_or(self.rest.len()));
        let is_word = text.starts_with(|sign: char| sign.is_ascii_alphabetic());
        self.piece(if is_word { "word" } else { "number" }, text, None);
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn piece(&mut self, class: &'static str, text: &'a str, href: Option<String>) {
        self.flush();
        self.printed.pieces.push(Piece { class, text: Cow::Borrowed(text), href });
    }

    fn flush(&mut self) {
        if !self.between.is_empty() {
            let text = Cow::Owned(std::mem::take(&mut self.between));
            self.printed.pieces.push(Piece { class: "", text, href: None });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://d.test";

    fn text(document: &str) -> String {
        printed(document, BASE).pieces.iter().map(|piece| &*piece.text).collect()
    }

    #[test]
    fn a_document_is_indented_and_says_the_same() {
        for (document, expected) in [
            ("", ""),
            ("17", "17"),
            ("{}", "{}"),
            ("[ ]", "[]"),
            (
                r#"{"a":[1,-2.5e3],"b":{}}"#,
                "{\n  \"a\": [\n    1,\n    -2.5e3\n  ],\n  \"b\": {}\n}",
            ),
            (r#""a \"b\\""#, r#""a \"b\\""#),
            (r#"{"a\"}":null}"#, "{\n  \"a\\\"}\": null\n}"),
            // Cut short.
            (r#"{"a":"b"#, "{\n  \"a\": \"b"),
            (r#"{"a":"b\"#, "{\n  \"a\": \"b\\"),
            (r#"{"a":tr"#, "{\n  \"a\": tr"),
        ] {
            assert_eq!(text(document), expected, "{document}");
        }
        let deep = "[".repeat(10_000);
        assert!(text(&deep).len() < 10_000 * 70);
    }

    #[test]
    fn pieces_are_told_apart() {
        let printed = printed(r#"{"a":"b","c":[1,true,null]}"#, BASE);
        let classes = printed.pieces.iter().map(|piece| piece.class);
        let classes: Vec<_> = classes.filter(|class| !class.is_empty()).collect();
        assert_eq!(classes, ["key", "text", "key", "number", "word", "word"]);
    }

    #[test]
    fn only_addresses_of_the_api_are_links() {
        for (address, expected) in [
            ("http://d.test/api/dcs/?a=1&b=2", Some("/api/dcs/?a=1&b=2")),
            ("http://d.test/", None),
            ("http://d.test//evil.example/api/", None),
            ("http://d.test.evil.example/api/", None),
            ("http://other.example/api/", None),
            ("javascript:alert(1)", None),
            ("/api/dcs/", None),
        ] {
            let document = format!("{{\"url\":\"{address}\"}}");
            let printed = printed(&document, BASE);
            let href = printed.pieces.iter().find_map(|piece| piece.href.as_deref());
            assert_eq!(href, expected, "{address}");
        }
    }

    #[test]
    fn other_pages_are_those_that_the_document_names_itself() {
        let document = r#"{"next":"http://d.test/api/dcs/?cursor=1","previous":null,
            "results":[{"previous":"http://d.test/api/dcs/?cursor=2"}]}"#;
        let printed = printed(document, BASE);
        assert_eq!(printed.next.as_deref(), Some("/api/dcs/?cursor=1"));
        assert_eq!(printed.previous, None);
    }
}
