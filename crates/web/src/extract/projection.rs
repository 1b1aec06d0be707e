//! Which members an answer's records have: `fields=`, `exclude=`, `brief=`.

use std::collections::BTreeSet;

use app::encode::Member;
use domain::fault::Faults;
use domain::schema::Type;

use super::Parameters;
use super::parameters::bad;

/// The members of a record's answer, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Projection(Vec<Member>);

impl Projection {
    /// All of them.
    pub(crate) fn full(record_type: &Type) -> Self {
        Self(Member::full(record_type))
    }

    /// The members of these names, in the order of the full answer.
    pub(crate) fn of_names<'a>(record_type: &Type, names: impl Iterator<Item = &'a str>) -> Self {
        let chosen: BTreeSet<Member> =
            names.filter_map(|name| Member::named(record_type, name)).collect();
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
            Some("1" | "true") => Self(Member::brief(record_type)),
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
        Self(Member::columns(record_type)).cut(record_type, parameters, faults)
    }

    fn cut(self, record_type: &Type, parameters: &mut Parameters, faults: &mut Faults) -> Self {
        let wanted = take_members(record_type, "fields", parameters, faults);
        let mut unwanted = BTreeSet::new();
        for name in ["exclude", "omit"] {
            unwanted.extend(take_members(record_type, name, parameters, faults));
        }
        let mut members = if wanted.is_empty() { self.0 } else { wanted.into_iter().collect() };
        members.retain(|member| !unwanted.contains(member));
        Self(members)
    }
}

fn take_members(
    record_type: &Type,
    parameter: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> BTreeSet<Member> {
    let text = parameters.take(parameter, faults).unwrap_or_default();
    let mut members = BTreeSet::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match Member::named(record_type, name) {
            Some(member) => {
                members.insert(member);
            }
            None => faults.add(parameter, bad(format!("There is no field \"{name}\"."))),
        }
    }
    members
}
