//! Pointers into JSON. *Source:* RFC 6901.

use std::fmt;

use crate::json::Json;

/// The deepest that a pointer goes.
const TOKENS_MAX: usize = 32;

/// Where something stands in a JSON tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Reads a pointer: nothing for the whole, else a slash before each step, in which `~1` is a
    /// slash and `~0` a tilde. `None` when the text is none, or has more than 32 steps.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let tokens: Option<Vec<String>> =
            text.strip_prefix('/')?.split('/').map(unescape).collect();
        tokens.filter(|tokens| tokens.len() <= TOKENS_MAX).map(Self)
    }

    /// What stands there; `None` when nothing does.
    pub fn find<'a>(&self, whole: &'a Json) -> Option<&'a Json> {
        self.0.iter().try_fold(whole, |at, token| step(at, token))
    }
}

impl fmt::Display for Pointer {
    /// As [`Pointer::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

fn unescape(token: &str) -> Option<String> {
    let mut out = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        match character {
            '~' => out.push(match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            }),
            other => out.push(other),
        }
    }
    Some(out)
}

fn step<'a>(at: &'a Json, token: &str) -> Option<&'a Json> {
    match at {
        Json::Object(members) => members.get(token),
        Json::List(items) => items.get(index(token)?),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
    }
}

/// An index has no zero before it, and no sign.
fn index(token: &str) -> Option<usize> {
    let is_plain = token == "0" || !token.starts_with(['0', '+']);
    is_plain.then(|| token.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn number(digits: &str) -> Json {
        Json::Number(digits.to_owned())
    }

    /// The document of RFC 6901, section 5.
    fn example() -> Json {
        let list = Json::List(vec![Json::text("bar"), Json::text("baz")]);
        let mut members = BTreeMap::from([("foo".to_owned(), list)]);
        let names = ["", "a/b", "c%d", "e^f", "g|h", "i\\j", "k\"l", " ", "m~n"];
        for (digits, name) in names.into_iter().enumerate() {
            members.insert(name.to_owned(), number(&digits.to_string()));
        }
        Json::Object(members)
    }

    #[track_caller]
    fn check(pointer: &str, expect: Option<&Json>) {
        let whole = example();
        let parsed = Pointer::parse(pointer);
        let found = parsed.as_ref().and_then(|pointer| pointer.find(&whole));
        assert_eq!(found, expect, "{pointer}");
    }

    #[test]
    fn pointers_mean_what_the_standard_says() {
        check("", Some(&example()));
        check("/foo/0", Some(&Json::text("bar")));
        check("/foo/1", Some(&Json::text("baz")));
        check("/", Some(&number("0")));
        check("/a~1b", Some(&number("1")));
        check("/c%d", Some(&number("2")));
        check("/e^f", Some(&number("3")));
        check("/g|h", Some(&number("4")));
        check("/i\\j", Some(&number("5")));
        check("/k\"l", Some(&number("6")));
        check("/ ", Some(&number("7")));
        check("/m~0n", Some(&number("8")));
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for pointer in ["/foo/2", "/foo/00", "/foo/01", "/foo/+1", "/foo/-", "/foo/", "/foo/0/x"] {
            check(pointer, None);
        }
        check("/nothing", None);
        check("/~01", None);
    }

    #[test]
    fn a_pointer_begins_with_a_slash_and_escapes_tildes() {
        for text in ["foo", "#/foo", "/~", "/~2", "/a~", " /a"] {
            assert_eq!(Pointer::parse(text), None, "{text}");
        }
        assert!(Pointer::parse(&"/a".repeat(TOKENS_MAX)).is_some());
        assert!(Pointer::parse(&"/a".repeat(TOKENS_MAX + 1)).is_none());
    }

    proptest! {
        #[test]
        fn a_pointer_is_written_as_it_is_read(text in "(/[a~/é0-9]{0,5}){0,5}") {
            if let Some(pointer) = Pointer::parse(&text) {
                prop_assert_eq!(pointer.to_string(), text);
            }
        }

        #[test]
        fn any_member_can_be_pointed_to(name in "\\PC{0,8}") {
            let whole = Json::Object(BTreeMap::from([(name.clone(), Json::Null)]));
            let pointer = Pointer(vec![name]);
            let read = Pointer::parse(&pointer.to_string());
            prop_assert_eq!(read.as_ref(), Some(&pointer));
            prop_assert_eq!(pointer.find(&whole), Some(&Json::Null));
        }
    }
}
