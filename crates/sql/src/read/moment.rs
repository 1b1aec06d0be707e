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
}

fn then(versions: &str, alias: &str) -> String {
    format!("(SELECT * FROM {versions} WHERE from_commit <= $1 AND to_commit > $1) {alias}")
}
