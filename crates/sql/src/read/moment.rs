//! Which tables are read: those of today, or the versions as they stood after some commit.
//!
//! A read of the past is the same plan on other tables: each stands in the statement as a select of
//! the versions that held then, which both databases merge into the query around it. The commit's
//! number is the first parameter of every such statement, so that its text is the same at any
//! moment.

use domain::record::CommitNumber;
use domain::schema::{Field, Type};

use crate::names;
use crate::statement::Statement;

/// When: now, or after a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Now,
    After(CommitNumber),
}

impl From<Option<CommitNumber>> for Moment {
    fn from(as_of: Option<CommitNumber>) -> Self {
        as_of.map_or(Self::Now, Self::After)
    }
}

impl Moment {
    /// A statement that begins with `text` and may read the tables of this moment.
    pub(crate) fn statement(self, text: &str) -> Statement {
        let mut statement = Statement::default();
        if let Self::After(number) = self {
            statement.parameter(number.0);
        }
        statement.push(text);
        statement
    }

    /// The records of a type, under an alias.
    pub(crate) fn records(self, of: &Type, alias: &str) -> String {
        match self {
            Self::Now => format!("{} {alias}", names::records(of)),
            Self::After(_) => then(&names::versions(of), alias),
        }
    }

    /// What a `refs` field points to, under an alias.
    pub(crate) fn links(self, of: &Type, field: &Field, alias: &str) -> String {
        match self {
            Self::Now => format!("{} {alias}", names::links(of, field)),
            Self::After(_) => then(&names::link_versions(of, field), alias),
        }
    }

    /// The record of a type whose id is an expression of other tables, under an alias: what stands
    /// behind `JOIN`. It costs the same however often the record has changed.
    pub(crate) fn join(self, of: &Type, alias: &str, id: &str) -> String {
        match self {
            Self::Now => format!("{} {alias} ON {alias}.id = {id}", names::records(of)),
            Self::After(_) => {
                format!("{} {alias} ON {}", names::versions(of), held(of, alias, id))
            }
        }
    }

    /// The one record of a type whose id is an expression, under an alias: what stands behind
    /// `FROM`, and the condition behind `WHERE`.
    pub(crate) fn one(self, of: &Type, alias: &str, id: &str) -> (String, String) {
        match self {
            Self::Now => (self.records(of, alias), format!("{alias}.id = {id}")),
            Self::After(_) => (format!("{} {alias}", names::versions(of)), held(of, alias, id)),
        }
    }
}

fn then(versions: &str, alias: &str) -> String {
    format!("(SELECT * FROM {versions} WHERE from_commit <= $1 AND to_commit > $1) {alias}")
}

/// That a row of versions is the one that held for a record: the last that began until then, if it
/// had not ended.
fn held(of: &Type, alias: &str, id: &str) -> String {
    let versions = names::versions(of);
    format!(
        "{alias}.id = {id} AND {alias}.to_commit > $1 AND {alias}.from_commit = \
         (SELECT max(begun.from_commit) FROM {versions} begun \
         WHERE begun.id = {id} AND begun.from_commit <= $1)"
    )
}
