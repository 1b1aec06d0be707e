//! Where in a message something stands.

use std::borrow::Cow;
use std::fmt;

use super::event::Parts;
use super::pointer::Pointer;
use crate::json::Json;

/// Where in a message something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In what it says; of a CloudEvent, in its data.
    Data(Pointer),
    /// In its key.
    Key(Pointer),
    /// An attribute of a CloudEvent.
    Attribute(String),
    /// A header, as text. Of several of one name, the last.
    Header(String),
}

impl Place {
    /// Reads a place: a pointer into the data (`/name`), or `key`, `key:/name`, `attribute:subject`,
    /// `header:name`. `None` when the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        match text.split_once(':') {
            _ if text.is_empty() || text.starts_with('/') => Pointer::parse(text).map(Self::Data),
            None => (text == "key").then(|| Self::Key(Pointer::default())),
            Some(("key", pointer)) => Pointer::parse(pointer).map(Self::Key),
            Some(("attribute", name)) => named(name).map(Self::Attribute),
            Some(("header", name)) => named(name).map(Self::Header),
            Some(_) => None,
        }
    }

    /// What stands there; `None` when nothing does.
    pub(super) fn find<'a>(&self, parts: &'a Parts) -> Option<Cow<'a, Json>> {
        match self {
            Self::Data(pointer) => pointer.find(parts.data.as_ref()?).map(Cow::Borrowed),
            Self::Key(pointer) => pointer.find(parts.key.as_ref()?).map(Cow::Borrowed),
            Self::Attribute(name) => parts.attributes.get(name).map(Cow::Borrowed),
            Self::Header(name) => parts.header(name).map(|text| Cow::Owned(Json::text(text))),
        }
    }
}

impl fmt::Display for Place {
    /// As [`Place::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(pointer) => pointer.fmt(f),
            Self::Key(pointer) => write!(f, "key:{pointer}"),
            Self::Attribute(name) => write!(f, "attribute:{name}"),
            Self::Header(name) => write!(f, "header:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_it_is_read() {
        for text in ["", "/name", "key:", "key:/name", "attribute:subject", "header:a:b"] {
            assert_eq!(Place::parse(text).unwrap().to_string(), text, "{text}");
        }
        assert_eq!(Place::parse("key"), Place::parse("key:"));
        // A colon in a pointer is its own.
        let pointer = Pointer::parse("/key:/x").unwrap();
        assert_eq!(Place::parse("/key:/x"), Some(Place::Data(pointer)));
        for text in ["name", "key:name", "keys", "attribute:", "header:", "payload:/a", "key:~"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }
}
