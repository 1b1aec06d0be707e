//! What tables, columns and indexes are called, always quoted.
//!
//! | table | what |
//! | --- | --- |
//! | `r_server` | the records of a type |
//! | `r_server__tags` | what a `refs` field points to |
//! | `v_server`, `v_server__tags` | the same at every commit |
//! | `s_server` | SQLite's index of trigrams |
//!
//! `c_name` is a field's column, `f_name` its folded text. With these prefixes a team may call its
//! types and fields what it likes.

use domain::schema::{Field, Type};

/// The longest identifier that PostgreSQL keeps, in bytes.
const IDENTIFIER_LENGTH_MAX: usize = 63;

/// The table of a type's records.
pub(crate) fn records(of: &Type) -> String {
    quoted(&format!("r_{}", of.name))
}

/// The table of what a `refs` field points to.
pub(crate) fn links(of: &Type, field: &Field) -> String {
    quoted(&format!("r_{}__{}", of.name, field.name))
}

/// The table of a type's records at every commit.
pub(crate) fn versions(of: &Type) -> String {
    quoted(&format!("v_{}", of.name))
}

/// The table of what a `refs` field pointed to at every commit.
pub(crate) fn link_versions(of: &Type, field: &Field) -> String {
    quoted(&format!("v_{}__{}", of.name, field.name))
}

/// SQLite's index of trigrams of a type.
pub(crate) fn trigrams(of: &Type) -> String {
    quoted(&format!("s_{}", of.name))
}

/// An index or constraint on a table, for a purpose.
pub(crate) fn index(of: &Type, purpose: &str) -> String {
    quoted(&format!("i_{}__{purpose}", of.name))
}

/// A field's column.
pub(crate) fn column(field: &Field) -> String {
    quoted(&format!("c_{}", field.name))
}

/// The column of a field's folded text.
pub(crate) fn folded(field: &Field) -> String {
    quoted(&format!("f_{}", field.name))
}

/// Names are of `a-z`, `0-9` and `_` only, so that quoting needs no escapes. A name too long for
/// PostgreSQL ends in a digest of the whole.
fn quoted(name: &str) -> String {
    if name.len() <= IDENTIFIER_LENGTH_MAX {
        return format!("\"{name}\"");
    }
    let kept: String = name.chars().take(IDENTIFIER_LENGTH_MAX - 17).collect();
    format!("\"{kept}_{:016x}\"", digest(name))
}

/// FNV-1a: names a long name for good, guards nothing.
fn digest(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_stay_apart_within_63_bytes() {
        let (a, b) =
            (quoted(&format!("{}a", "r".repeat(70))), quoted(&format!("{}b", "r".repeat(70))));
        assert_ne!(a, b);
        assert_eq!(a.len(), 63 + 2);
        assert_eq!(quoted("r_server"), "\"r_server\"");
    }
}
