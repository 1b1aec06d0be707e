//! A cursor as it stands in an address: opaque, and good for the order that it was made in alone.
//!
//! The text is base64url of: a version, a digest of the order, the direction, the id, and the
//! values, each behind a byte that tells its storage class. Nobody signs it, so all of it is
//! checked: what a forged one can do at most is begin a page elsewhere.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{Cursor, OrderBy, Stored};
use crate::fault::FieldFault;
use crate::filter::path;
use crate::record::RecordId;
use crate::schema::{Kind, Schema, Type};

/// Changes when the form does, so that old cursors are refused and not misread.
const VERSION: u8 = 1;
/// The bytes of the order's digest: enough that no two orders in use share one.
const DIGEST_LENGTH: usize = 8;

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

impl Cursor {
    /// The cursor as text, for a list of `record_type` in this order.
    pub fn to_text(&self, schema: &Schema, record_type: &Type, order: &[OrderBy]) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(digest(schema, record_type, order));
        bytes.push(u8::from(self.forward));
        bytes.extend(self.id.0.to_be_bytes());
        for value in &self.values {
            match value {
                Stored::Null => bytes.push(NULL),
                Stored::Integer(number) => {
                    bytes.push(INTEGER);
                    bytes.extend(number.to_be_bytes());
                }
                Stored::Text(text) => write_long(TEXT, text.as_bytes(), &mut bytes),
                Stored::Bytes(content) => write_long(BYTES, content, &mut bytes),
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads [`Self::to_text`] back, for the same type and order.
    ///
    /// # Errors
    /// [`FieldFault::BadParameter`] for any other text, a cursor of another order among them.
    pub fn parse(
        text: &str,
        schema: &Schema,
        record_type: &Type,
        order: &[OrderBy],
    ) -> Result<Self, FieldFault> {
        read(text, schema, record_type, order)
            .ok_or_else(|| FieldFault::BadParameter("Invalid cursor".to_owned()))
    }
}

fn write_long(class: u8, content: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(class);
    // No value is anywhere near as long; a cut one would be refused when read.
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
}

fn read(text: &str, schema: &Schema, record_type: &Type, order: &[OrderBy]) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let mut rest = bytes.as_slice();
    let [version] = take(&mut rest)?;
    let found: [u8; DIGEST_LENGTH] = take(&mut rest)?;
    if version != VERSION || found != digest(schema, record_type, order) {
        return None;
    }
    let forward = match take(&mut rest)? {
        [0] => false,
        [1] => true,
        [_] => return None,
    };
    let id = RecordId(i64::from_be_bytes(take(&mut rest)?));
    let mut values = Vec::with_capacity(order.len());
    for by in order {
        let kind = path::kind_of(end_of(schema, record_type, by), by.column);
        values.push(read_value(kind, &mut rest)?);
    }
    rest.is_empty().then_some(Cursor { forward, values, id })
}

/// Reads a value of a kind; `None` where the kind stores something else, which a database would
/// take amiss.
fn read_value(kind: &Kind, rest: &mut &[u8]) -> Option<Stored> {
    let [class] = take(rest)?;
    match class {
        NULL => Some(Stored::Null),
        INTEGER if class_of(kind) == INTEGER => {
            Some(Stored::Integer(i64::from_be_bytes(take(rest)?)))
        }
        TEXT if class_of(kind) == TEXT => {
            let text = std::str::from_utf8(take_long(rest)?).ok()?;
            (!text.contains('\0')).then(|| Stored::Text(text.to_owned()))
        }
        BYTES if class_of(kind) == BYTES => Some(Stored::Bytes(take_long(rest)?.to_vec())),
        _ => None,
    }
}

/// The storage class of a kind's values.
fn class_of(kind: &Kind) -> u8 {
    match kind {
        Kind::Integer { .. }
        | Kind::Boolean
        | Kind::Date
        | Kind::Datetime
        | Kind::Ref { .. }
        | Kind::Refs { .. } => INTEGER,
        Kind::Text(_)
        | Kind::LongText(_)
        | Kind::Url(_)
        | Kind::Email(_)
        | Kind::Choice(_)
        | Kind::Json => TEXT,
        Kind::Decimal { .. } | Kind::Ip | Kind::Network | Kind::Mac => BYTES,
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn take_long<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(u32::from_be_bytes(take(rest)?)).ok()?;
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

/// The type whose column orders.
fn end_of<'s>(schema: &'s Schema, record_type: &'s Type, by: &OrderBy) -> &'s Type {
    by.path.iter().fold(record_type, |at, step| {
        let target = at.field(*step).kind.target();
        target.map_or(at, |target| schema.get(target))
    })
}

/// A digest of the type and its order by names and kinds, so that it outlives changes of the
/// schema that do not touch them, and those alone.
fn digest(schema: &Schema, record_type: &Type, order: &[OrderBy]) -> [u8; DIGEST_LENGTH] {
    let mut text = record_type.name.to_string();
    for by in order {
        text.push(if by.descending { '-' } else { '+' });
        let mut at = record_type;
        for step in &by.path {
            let field = at.field(*step);
            text.push_str(field.name.as_str());
            text.push('.');
            at = field.kind.target().map_or(at, |target| schema.get(target));
        }
        text.push_str(path::name_of(at, by.column));
        text.push(' ');
        text.push_str(path::kind_of(at, by.column).word());
    }
    let mut short = [0; DIGEST_LENGTH];
    for (place, byte) in short.iter_mut().zip(Sha256::digest(text)) {
        *place = byte;
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::filter::fixture::schema;
    use crate::query::order::order;

    fn with_order<T>(text: &str, f: impl FnOnce(&Schema, &Type, &[OrderBy]) -> T) -> T {
        let schema = schema();
        let server = schema.named("server").unwrap();
        f(&schema, server, &order(&schema, server, text).unwrap())
    }

    fn example() -> Cursor {
        Cursor {
            forward: true,
            values: vec![
                Stored::Text("dü1".to_owned()),
                Stored::Integer(-7),
                Stored::Bytes(vec![0, 255]),
                Stored::Null,
            ],
            id: RecordId(42),
        }
    }

    const EXAMPLE_ORDER: &str = "name,-cpus,ip,dc__region__code";

    #[test]
    fn a_cursor_comes_back_in_its_order_alone() {
        let text = with_order(EXAMPLE_ORDER, |s, t, o| example().to_text(s, t, o));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        let back = with_order(EXAMPLE_ORDER, |s, t, o| Cursor::parse(&text, s, t, o));
        assert_eq!(back, Ok(example()));
        for other in ["", "name", "name,cpus,ip,dc__region__code", "name,-cpus,ip,dc__name"] {
            let refused = with_order(other, |s, t, o| Cursor::parse(&text, s, t, o));
            assert_eq!(refused.unwrap_err().to_string(), "Invalid cursor", "{other}");
        }
    }

    #[test]
    fn a_cursor_of_another_type_is_refused() {
        let schema = schema();
        let [dc, tag] = ["dc", "tag"].map(|name| schema.named(name).unwrap());
        let by_name = |of| order(&schema, of, "name").unwrap();
        let cursor =
            Cursor { forward: false, values: vec![Stored::Text("a".to_owned())], id: RecordId(1) };
        let text = cursor.to_text(&schema, dc, &by_name(dc));
        assert_eq!(Cursor::parse(&text, &schema, dc, &by_name(dc)), Ok(cursor));
        assert!(Cursor::parse(&text, &schema, tag, &by_name(tag)).is_err());
    }

    #[test]
    fn values_that_the_columns_never_hold_are_refused() {
        for (order, value) in [
            ("cpus", Stored::Text("1".to_owned())),
            ("name", Stored::Integer(1)),
            ("ip", Stored::Text("10.0.0.1".to_owned())),
            ("name", Stored::Text("a\0".to_owned())),
        ] {
            let cursor = Cursor { forward: true, values: vec![value], id: RecordId(1) };
            with_order(order, |s, t, o| {
                assert!(Cursor::parse(&cursor.to_text(s, t, o), s, t, o).is_err());
            });
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_a_fault(text in ".{0,80}", safe in "[A-Za-z0-9_-]{0,80}") {
            with_order(EXAMPLE_ORDER, |s, t, o| {
                assert!(Cursor::parse(&text, s, t, o).is_err());
                assert!(Cursor::parse(&safe, s, t, o).is_err());
            });
        }

        #[test]
        fn a_changed_cursor_never_panics(place in 0..200usize, byte in any::<u8>(), cut in 0..60usize) {
            with_order(EXAMPLE_ORDER, |s, t, o| {
                let text = example().to_text(s, t, o);
                let mut bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
                let place = place % bytes.len();
                bytes[place] = byte;
                bytes.truncate(bytes.len() - cut % bytes.len());
                if let Ok(cursor) = Cursor::parse(&URL_SAFE_NO_PAD.encode(bytes), s, t, o) {
                    assert_eq!(cursor.values.len(), o.len());
                }
            });
        }
    }
}
