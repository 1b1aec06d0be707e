//! Steps in words, for people who decide whether to take them.

use std::fmt;

use super::{Fill, Rule, Step, Work};
use crate::schema::FieldName;

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match &self.work {
            Work::AddType { .. } => write!(f, "add the type {name}"),
            Work::AddField { fill, .. } => {
                write!(f, "add the field {name}{}", fill_words(*fill))
            }
            Work::AddUnique { names, .. } => match names.as_slice() {
                [_] => write!(f, "make {name} unique; no two records may share a value"),
                _ => write!(
                    f,
                    "make {} of {name} unique together; no two records may share all of them",
                    joined(names)
                ),
            },
            Work::DropUnique { names } => match names.as_slice() {
                [_] => write!(f, "let records share {name}"),
                _ => write!(f, "let records share {} of {name} together", joined(names)),
            },
            Work::AddIndex { .. } => write!(f, "add an index on {name}"),
            Work::DropIndex => write!(f, "drop the index on {name}"),
            Work::AddSearch { .. } => write!(f, "let the search look into {name}"),
            Work::DropSearch => write!(f, "keep the search out of {name}"),
            Work::AddChoice { value } => write!(f, "let {name} be \"{value}\""),
            Work::Loosen(rule) => write!(f, "loosen {name}: {rule}"),
            Work::Narrow(rule) => write!(f, "narrow {name}: {rule}"),
            Work::Set { setting, from, to } => {
                write!(f, "set {setting} of {name} {}", Change(from, to))
            }
            Work::Reword => write!(f, "change the labels or texts of {name}"),
            Work::DropType => write!(f, "drop the type {name} with all its records"),
            Work::DropField => write!(f, "drop the field {name} with all its values"),
            Work::ChangeKind { from, to, fill, .. } => write!(
                f,
                "change the kind of {name} from {from} to {to}, dropping all its values{}",
                fill_words(*fill)
            ),
            Work::ChangeKey { from, to } => write!(
                f,
                "name the records of {name} by {} instead of {}",
                joined(to),
                joined(from)
            ),
        }
    }
}

fn fill_words(fill: Fill) -> &'static str {
    match fill {
        Fill::Null => "",
        Fill::Default => "; records that exist get its default",
        Fill::Impossible => "; it is required and has no default, so there must be no records yet",
    }
}

fn joined(names: &[FieldName]) -> String {
    let names: Vec<&str> = names.iter().map(FieldName::as_str).collect();
    names.join(" and ")
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("required"),
            Self::MaxLength { from, to } => write!(f, "max_length from {from} to {to}"),
            Self::Bound { setting, from, to } => write!(f, "{setting} {}", Change(from, to)),
            Self::Pattern { from, to } => write!(f, "pattern {}", Change(from, to)),
            Self::Choice { value } => write!(f, "no longer \"{value}\""),
            Self::Target { from, to } => write!(f, "refer to {to} instead of {from}"),
        }
    }
}

/// `from 3 to nothing`
struct Change<'a>(&'a Option<String>, &'a Option<String>);

impl fmt::Display for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "from {} to {}", word(self.0), word(self.1))
    }
}
