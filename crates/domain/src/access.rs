//! Who acts, and what they may.
//!
//! Rights are granted to groups: for everything, for a type, or for the records that a filter
//! names. What somebody may is the sum of their groups' grants ([`Access`]), less what the token
//! that they use leaves out. Reads are cut down to it before they are asked ([`Access::restrict`]);
//! whether a record may be changed is asked of the database, before and after the change.

mod audience;
mod restrict;
mod rights;

use std::collections::BTreeSet;
use std::sync::OnceLock;

pub use audience::Audience;
pub use restrict::{Restricted, is_fit_for_grant};
pub use rights::{Preset, Right, Rights};

use crate::query::Expr;
use crate::schema::{Schema, TypeIndex};

/// Who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody that is known.
    Anonymous,
    /// A person, signed in.
    User {
        /// The user's name.
        user: String,
    },
    /// A person or a machine, through one of their tokens.
    Token {
        /// The user's name.
        user: String,
        /// The token's name.
        token: String,
    },
    /// The command line on the machine that holds the database.
    System,
    /// A task, or a source of messages.
    Machine {
        /// `task:` or `kafka:` and its name, which no user can have.
        name: String,
    },
}

impl Actor {
    /// The name that stands in history: the user's, `system:cli`, or `task:` and a task's.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::User { user: name } | Self::Token { user: name, .. } | Self::Machine { name } => {
                name
            }
            Self::System => "system:cli",
        }
    }

    /// The name of the token that was used.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Token { token, .. } => Some(token),
            Self::Anonymous | Self::User { .. } | Self::System | Self::Machine { .. } => None,
        }
    }
}

/// Rights, and what they are for.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The rights.
    pub rights: Rights,
    /// What they are for.
    pub scope: Scope,
}

/// What rights are for.
#[derive(Clone, Debug)]
pub enum Scope {
    /// All types, and the register itself.
    Everything,
    /// All records of a type.
    Type(TypeIndex),
    /// The records of a type for which this holds.
    Records(TypeIndex, Expr),
}

impl Scope {
    fn is_about(&self, of: TypeIndex) -> bool {
        match self {
            Self::Everything => true,
            Self::Type(index) | Self::Records(index, _) => *index == of,
        }
    }
}

/// What somebody may.
#[derive(Clone, Debug, Default)]
pub struct Access {
    grants: Vec<Grant>,
    limits: Limits,
    /// Made when it is first asked for.
    audience: OnceLock<Audience>,
}

/// What a token leaves of its owner's rights.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// These rights alone; `None` for all that the owner has.
    pub rights: Option<Rights>,
    /// On these types alone; `None` for all.
    pub types: Option<BTreeSet<TypeIndex>>,
}

/// On which records of a type somebody has a right.
#[derive(Clone, Debug)]
pub enum Allowed {
    /// On all.
    All,
    /// On those for which this holds.
    Where(Expr),
    /// On none.
    Nothing,
}

/// A right that somebody lacks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the right to {} {}", .right.word(), .of.as_deref().unwrap_or("the register"))]
pub struct Missing {
    /// The right.
    pub right: Right,
    /// The name of the type; `None` where it is not about one.
    pub of: Option<String>,
}

impl Access {
    /// What grants come to, within the limits of a token.
    pub fn new(grants: Vec<Grant>, limits: Limits) -> Self {
        Self { grants, limits, audience: OnceLock::new() }
    }

    /// Everything: for the command line on the machine that holds the database.
    pub fn everything() -> Self {
        let grant = Grant { rights: Rights::ALL, scope: Scope::Everything };
        Self::new(vec![grant], Limits::default())
    }

    /// On which records of a type there is a right.
    pub fn allowed(&self, right: Right, of: TypeIndex) -> Allowed {
        if !self.limits.leave(right) || !self.limits.leave_type(of) {
            return Allowed::Nothing;
        }
        let mut some = Vec::new();
        for grant in &self.grants {
            if !grant.rights.contains(right) || !grant.scope.is_about(of) {
                continue;
            }
            match &grant.scope {
                Scope::Everything | Scope::Type(_) => return Allowed::All,
                Scope::Records(_, filter) => some.push(filter.clone()),
            }
        }
        if some.is_empty() { Allowed::Nothing } else { Allowed::Where(Expr::Or(some)) }
    }

    /// Whether there is a right on any record of a type.
    pub fn has(&self, right: Right, of: TypeIndex) -> bool {
        !matches!(self.allowed(right, of), Allowed::Nothing)
    }

    /// Whether there is a right on all records of a type.
    pub fn has_all(&self, right: Right, of: TypeIndex) -> bool {
        matches!(self.allowed(right, of), Allowed::All)
    }

    /// Whether there is a right on anything at all.
    pub fn has_any(&self, right: Right) -> bool {
        self.limits.leave(right)
            && self.grants.iter().any(|grant| {
                grant.rights.contains(right)
                    && match &grant.scope {
                        Scope::Everything => true,
                        Scope::Type(of) | Scope::Records(of, _) => self.limits.leave_type(*of),
                    }
            })
    }

    /// Whether there is a right on everything: what has no type asks for that.
    pub fn has_everywhere(&self, right: Right) -> bool {
        self.limits.leave(right)
            && self.limits.types.is_none()
            && self.grants.iter().any(|grant| {
                grant.rights.contains(right) && matches!(grant.scope, Scope::Everything)
            })
    }

    /// Asks for a right on any record of a type.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn must(&self, right: Right, schema: &Schema, of: TypeIndex) -> Result<(), Missing> {
        let of_type = || Some(schema.get(of).name.to_string());
        self.has(right, of).then_some(()).ok_or_else(|| Missing { right, of: of_type() })
    }

    /// Asks for a right on everything.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn must_everywhere(&self, right: Right) -> Result<(), Missing> {
        self.has_everywhere(right).then_some(()).ok_or(Missing { right, of: None })
    }
}

impl Limits {
    fn leave(&self, right: Right) -> bool {
        self.rights.is_none_or(|rights| rights.contains(right))
    }

    fn leave_type(&self, of: TypeIndex) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(&of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: TypeIndex = TypeIndex(0);
    const DC: TypeIndex = TypeIndex(1);

    fn access(grants: Vec<(Preset, Scope)>, limits: Limits) -> Access {
        let grants = grants.into_iter();
        let grants = grants.map(|(preset, scope)| Grant { rights: preset.rights(), scope });
        Access::new(grants.collect(), limits)
    }

    #[test]
    fn rights_add_up_over_grants() {
        let some = Scope::Records(SERVER, Expr::all());
        let access = access(
            vec![(Preset::Viewer, Scope::Everything), (Preset::Operator, some)],
            Limits::default(),
        );
        for (right, of, has, has_all) in [
            (Right::View, SERVER, true, true),
            (Right::View, DC, true, true),
            (Right::Write, SERVER, true, false),
            (Right::Write, DC, false, false),
            (Right::Administer, SERVER, false, false),
        ] {
            assert_eq!(access.has(right, of), has, "{right:?} {of:?}");
            assert_eq!(access.has_all(right, of), has_all, "{right:?} {of:?}");
        }
        assert!(access.has_everywhere(Right::View));
        assert!(!access.has_everywhere(Right::Write));
        assert!(access.has_any(Right::Write));
        assert!(!access.has_any(Right::Review));
    }

    #[test]
    fn a_token_never_has_more_than_its_owner() {
        let limits = Limits {
            rights: Some([Right::View, Right::Administer].into_iter().collect()),
            types: Some([SERVER].into()),
        };
        let access = access(vec![(Preset::Operator, Scope::Everything)], limits);
        assert!(access.has(Right::View, SERVER));
        assert!(!access.has(Right::View, DC), "the type is left out");
        assert!(!access.has(Right::Write, SERVER), "the right is left out");
        assert!(!access.has_any(Right::Administer), "the owner has not got it");
        assert!(!access.has_everywhere(Right::View), "one type is not everything");
    }

    #[test]
    fn nobody_may_anything_without_a_grant() {
        let access = Access::default();
        for right in Right::ALL {
            assert!(!access.has(right, SERVER) && !access.has_any(right));
        }
        assert!(Right::ALL.iter().all(|right| Access::everything().has_everywhere(*right)));
    }
}
