//! Which members an answer's records have: `fields=`, `exclude=`, `brief=`.

use std::collections::BTreeSet;

use domain::fault::Faults;
use domain::schema::{FieldIndex, Type};

use super::Parameters;
use super::parameters::bad;

/// A member of a record's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Member {
    /// The id.
    Id,
    /// The address.
    Url,
    /// The key as people read it.
    Display,
    /// A field.
    Field(FieldIndex),
    /// The revision.
    Revision,
    /// When it was added.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Who changed it last.
    ChangedBy,
}

const BEFORE_FIELDS: [Member; 3] = [Member::Id, Member::Url, Member::Display];
const AFTER_FIELDS: [Member; 4] = [
    Member::Revision,
    Member::CreatedAt,
    Member::UpdatedAt,
    Member::ChangedBy,
];

impl Member {
    /// Its name in an answer.
    pub(crate) fn name(self, record_type: &Type) -> &str {
        match self {
            Self::Id => "id",
            Self::Url => "url",
            Self::Display => "display",
            Self::Field(index) => record_type.field(index).name.as_str(),
            Self::Revision => "revision",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::ChangedBy => "changed_by",
        }
    }

    /// The member of this name; a field, where one has the name of what every record has.
    pub(crate) fn named(record_type: &Type, name: &str) -> Option<Self> {
        if let Some(field) = record_type.field_named(name) {
            return Some(Self::Field(field.index));
        }
        BEFORE_FIELDS
            .into_iter()
            .chain(AFTER_FIELDS)
            .find(|member| member.name(record_type) == name)
    }
}

/// The members of a record's answer, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Projection(Vec<Member>);

impl Projection {
    /// All of them; `display` only comes where it is asked for.
    pub(crate) fn full(record_type: &Type) -> Self {
        let own = [Member::Id, Member::Url].into_iter().chain(AFTER_FIELDS);
        Self::with(record_type, own, fields(record_type))
    }

    /// What names a record.
    fn brief(record_type: &Type) -> Self {
        let key = record_type.key.iter().copied().map(Member::Field);
        Self::with(record_type, BEFORE_FIELDS.into_iter(), key)
    }

    /// The columns of a table that can be read back: the id and the fields.
    fn columns(record_type: &Type) -> Self {
        let own = std::iter::once(Member::Id);
        Self::with(record_type, own, fields(record_type))
    }

    /// Some fields, and of what every record has, what no field has the name of: a type with a
    /// field `url` shows that in place of the record's address.
    fn with(
        record_type: &Type,
        own: impl Iterator<Item = Member>,
        fields: impl Iterator<Item = Member>,
    ) -> Self {
        let own = own.filter(|member| record_type.field_named(member.name(record_type)).is_none());
        let chosen: BTreeSet<Member> = own.chain(fields).collect();
        Self(chosen.into_iter().collect())
    }

    /// The members of these names, in the order of the full answer.
    pub(crate) fn of_names<'a>(record_type: &Type, names: impl Iterator<Item = &'a str>) -> Self {
        let chosen: BTreeSet<Member> = names
            .filter_map(|name| Member::named(record_type, name))
            .collect();
        Self(chosen.into_iter().collect())
    }

    /// The members.
    pub(crate) fn members(&self) -> &[Member] {
        &self.0
    }

    /// Takes `fields`, `exclude` (or `omit`) and `brief` out of the parameters of a request for
    /// records as JSON.
    pub(crate) fn take(
        record_type: &Type,
        parameters: &mut Parameters,
        faults: &mut Faults,
    ) -> Self {
        let brief = parameters.take("brief", faults);
        let whole = match brief.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("" | "0" | "false") => Self::full(record_type),
            Some("1" | "true") => Self::brief(record_type),
            Some(_) => {
                faults.add("brief", bad("Give 1 or 0."));
                Self::full(record_type)
            }
        };
        whole.cut(record_type, parameters, faults)
    }

    /// The same for records as lines of a table.
    pub(crate) fn take_columns(
        record_type: &Type,
        parameters: &mut Parameters,
        faults: &mut Faults,
    ) -> Self {
        Self::columns(record_type).cut(record_type, parameters, faults)
    }

    fn cut(self, record_type: &Type, parameters: &mut Parameters, faults: &mut Faults) -> Self {
        let wanted = take_members(record_type, "fields", parameters, faults);
        let mut unwanted = BTreeSet::new();
        for name in ["exclude", "omit"] {
            unwanted.extend(take_members(record_type, name, parameters, faults));
        }
        let mut members = if wanted.is_empty() {
            self.0
        } else {
            wanted.into_iter().collect()
        };
        members.retain(|member| !unwanted.contains(member));
        Self(members)
    }
}

fn fields(record_type: &Type) -> impl Iterator<Item = Member> {
    record_type
        .fields
        .iter()
        .map(|field| Member::Field(field.index))
}

fn take_members(
    record_type: &Type,
    parameter: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> BTreeSet<Member> {
    let text = parameters.take(parameter, faults).unwrap_or_default();
    let mut members = BTreeSet::new();
    for name in text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        match Member::named(record_type, name) {
            Some(member) => {
                members.insert(member);
            }
            None => faults.add(parameter, bad(format!("There is no field \"{name}\"."))),
        }
    }
    members
}
