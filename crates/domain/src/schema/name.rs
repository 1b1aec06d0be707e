//! Names of types and fields: safe as identifiers in SQL, addresses, filters and files.

use std::borrow::Borrow;
use std::fmt;

/// The most characters a name may have, so that table and index names made from two of them can be
/// told apart by people.
pub(super) const NAME_LENGTH_MAX: usize = 40;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// It has another form.
    #[error(
        "names are 1 to 40 characters of a-z, 0-9 and _, begin with a letter, and have neither `__` inside nor `_` at the end"
    )]
    NotAnIdentifier,
}

fn is_identifier(text: &str) -> bool {
    text.len() <= NAME_LENGTH_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        // `__` separates a field from its lookup in filters.
        && !text.contains("__")
        && !text.ends_with('_')
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses a name: 1 to 40 characters of `a-z`, `0-9` and single `_`.
            ///
            /// # Errors
            /// [`NameFault::NotAnIdentifier`] when the text has another form.
            pub fn parse(text: &str) -> Result<Self, NameFault> {
                if is_identifier(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NameFault::NotAnIdentifier)
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a type: `server`.
    TypeName
);
name!(
    /// The name of a field: `ip`.
    FieldName
);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, valid: bool) {
        assert_eq!(TypeName::parse(text).is_ok(), valid, "{text:?}");
    }

    #[test]
    fn a_name_is_a_short_lowercase_identifier() {
        check("rack", true);
        check("owner_email2", true);
        check(&"r".repeat(40), true);
        check(&"r".repeat(41), false);
        for bad in ["", "Rack", "2rack", "_rack", "rack_", "a__b", "räck", "a-b", "a b"] {
            check(bad, false);
        }
    }
}
