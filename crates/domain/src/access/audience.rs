//! Who sees the same.

use sha2::{Digest, Sha256};

use super::{Access, Right};
use crate::schema::Schema;

/// A digest of what somebody may see: people who see the same share it, whoever they are, and two
/// who see different things never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Audience([u8; 32]);

impl Audience {
    /// The digest.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Access {
    /// Who sees the same as whoever has this access.
    pub fn audience(&self, schema: &Schema) -> Audience {
        *self.audience.get_or_init(|| {
            let mut digest = Sha256::new();
            // What has no type asks for the right on everything, beside that on each type.
            digest.update([u8::from(self.has_everywhere(Right::View))]);
            for of in schema.types() {
                let allowed = format!("{:?}", self.allowed(Right::View, of.index));
                digest.update((allowed.len() as u64).to_le_bytes());
                digest.update(allowed);
            }
            Audience(digest.finalize().into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Grant, Limits, Preset, Rights, Scope};
    use crate::filter::fixture;
    use crate::query::{Column, Expr, Test};
    use crate::schema::TypeIndex;
    use crate::value::Value;

    fn audience(grants: &[(Rights, Scope)], limits: Limits) -> Audience {
        let grants = grants.iter().cloned().map(|(rights, scope)| Grant { rights, scope });
        Access::new(grants.collect(), limits).audience(&fixture::schema())
    }

    fn id_is(id: i64) -> Scope {
        Scope::Records(TypeIndex(0), Expr::Test(Column::Id, Test::In(vec![Value::Integer(id)])))
    }

    #[test]
    fn who_sees_the_same_shares_an_audience() {
        let viewer = audience(&[(Preset::Viewer.rights(), Scope::Everything)], Limits::default());
        let operator =
            audience(&[(Preset::Operator.rights(), Scope::Everything)], Limits::default());
        assert_eq!(viewer, operator, "what they may change is not seen");
        let twice =
            [(Preset::Viewer.rights(), Scope::Everything), (Rights::ALL, Scope::Everything)];
        assert_eq!(viewer, audience(&twice, Limits::default()));
    }

    #[test]
    fn who_sees_something_else_never_does() {
        let view = Preset::Viewer.rights();
        let of_one = Limits { types: Some([TypeIndex(0)].into()), ..Limits::default() };
        let seen = [
            audience(&[], Limits::default()),
            audience(&[(view, Scope::Everything)], Limits::default()),
            audience(&[(view, Scope::Type(TypeIndex(0)))], Limits::default()),
            audience(&[(view, Scope::Type(TypeIndex(1)))], Limits::default()),
            audience(&[(view, id_is(1))], Limits::default()),
            audience(&[(view, id_is(2))], Limits::default()),
            audience(&[(view, id_is(1)), (view, id_is(2))], Limits::default()),
        ];
        for (index, one) in seen.iter().enumerate() {
            assert!(seen.iter().skip(index + 1).all(|other| other != one), "{index}");
        }
        let limited = audience(&[(view, Scope::Everything)], of_one.clone());
        assert!(limited != seen[1], "a token of one type is not everything");
        assert_eq!(limited, audience(&[(view, Scope::Type(TypeIndex(0)))], of_one));
    }
}
