//! Saved views: what a table shows, kept under a name. Who sees and changes one, which of several
//! opens by itself, and what is left of one when the schema has changed since.

use crate::access::{Access, Right};
use crate::fault::{Faults, FieldFault};
use crate::filter::filter;
use crate::query::order::order;
use crate::query::{Expr, Page, Plan};
use crate::schema::{Schema, Type};

/// Views that a person keeps, over all types: more than anybody finds their way among.
pub const VIEWS_MAX: usize = 100;
/// The most characters of a view's name: a line of a menu.
pub const NAME_LENGTH_MAX: usize = 80;
/// The most bytes of what a view keeps, as in an address: as much as proxies let through.
pub const QUERY_LENGTH_MAX: usize = 4_000;

/// The parameter that names the columns that are shown, in their order.
pub const COLUMNS: &str = "columns";
/// The parameter that names the order of the records.
pub const ORDERING: &str = "ordering";
/// The parameter that searches.
pub const SEARCH: &str = "search";
/// The parameter that says which row stands at the top.
pub const TOP_ROW: &str = "top_row";
/// Parameters of a table that say where one is, and of an answer's form: no view keeps them.
const OF_THE_PLACE: [&str; 13] = [
    TOP_ROW, "limit", "offset", "cursor", "count", "as_of", "view", "fields", "exclude", "brief",
    "facets", "format", "export",
];

/// The name of a view, as people tell it from others: one line, without blanks at its ends.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<String, FieldFault> {
    let text = text.trim();
    if text.is_empty() {
        Err(FieldFault::Required)
    } else if text.chars().any(char::is_control) {
        Err(FieldFault::ControlCharacter)
    } else if text.chars().nth(NAME_LENGTH_MAX).is_some() {
        Err(FieldFault::TooLong { max: NAME_LENGTH_MAX })
    } else {
        Ok(text.to_owned())
    }
}

/// A view, as far as it says who may do what with it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Whose it is.
    pub owner: &'a str,
    /// The group that it is shared with.
    pub group: Option<&'a str>,
}

/// Somebody who looks at views.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    /// Their name; `None` for somebody unknown.
    pub name: Option<&'a str>,
    /// The groups that they are in, the one that everybody is in among them.
    pub groups: &'a [String],
    /// Whether they may administer everything.
    pub is_administrator: bool,
}

impl Viewer<'_> {
    fn owns(&self, view: Standing<'_>) -> bool {
        self.name == Some(view.owner)
    }

    fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    /// Whether they see a view: their own, and what is shared with a group of theirs; an
    /// administrator sees whatever is shared.
    pub fn may_see(&self, view: Standing<'_>) -> bool {
        self.owns(view)
            || view.group.is_some_and(|group| self.is_administrator || self.is_in(group))
    }

    /// Whether they may rename, replace, share or delete a view.
    pub fn may_change(&self, view: Standing<'_>) -> bool {
        self.owns(view) || (self.is_administrator && view.group.is_some())
    }

    /// Whether they may share a view of theirs with a group: one that they are in, or any for an
    /// administrator. What all see, known or not, an administrator alone decides.
    pub fn may_share_with(&self, group: &str, everybody: &str) -> bool {
        self.is_administrator || (group != everybody && self.is_in(group))
    }

    /// Whether they may say what a group's members see when they have said nothing themselves.
    pub fn may_set_default_of_group(&self) -> bool {
        self.is_administrator
    }
}

/// A view that somebody sees, as far as it says whether it opens by itself.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The group that it is shared with.
    pub group: Option<&'a str>,
    /// Whether whoever looks made it their own default.
    pub is_own_default: bool,
    /// Whether it is the default of the group.
    pub is_group_default: bool,
}

/// The place of the view that opens by itself: one's own default, else that of the first of one's
/// groups, by name, that has one.
pub fn opens(candidates: &[Candidate<'_>], groups: &[String]) -> Option<usize> {
    let own = candidates.iter().position(|view| view.is_own_default);
    own.or_else(|| {
        let shared = candidates.iter().enumerate().filter_map(|(place, view)| {
            let group = view.group.filter(|_| view.is_group_default)?;
            groups.iter().any(|own| own == group).then_some((group, place))
        });
        shared.min().map(|(_, place)| place)
    })
}

/// What a view keeps of a table's parameters: search, conditions, order, columns; empty ones say
/// nothing.
pub fn kept(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_kept = |name: &str, value: &str| {
        !name.is_empty() && !value.is_empty() && !OF_THE_PLACE.contains(&name)
    };
    pairs.into_iter().filter(|(name, value)| is_kept(name, value)).collect()
}

/// What is left of a view for somebody, and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// The parameters that can be shown.
    pub pairs: Vec<(String, String)>,
    /// Those that can't, and why.
    pub faults: Faults,
}

/// Fits a view to the schema as it is, and to what somebody may see: columns, orders and conditions
/// that are gone are left out and told.
pub fn fit(schema: &Schema, of: &Type, access: &Access, pairs: &[(String, String)]) -> Fit {
    let mut fit = Fit::default();
    for (name, value) in pairs {
        let left = match name.as_str() {
            SEARCH => Some(value.clone()),
            COLUMNS => parts(value, |part| column(of, part), (COLUMNS, &mut fit.faults)),
            ORDERING => {
                let is_fit = |part: &str| one_order(schema, of, access, part);
                parts(value, is_fit, (ORDERING, &mut fit.faults))
            }
            _ => match filter(of, schema, &[(name.clone(), value.clone())]) {
                Ok(_) => Some(value.clone()),
                Err(faults) => {
                    fit.faults.merge(faults);
                    None
                }
            },
        };
        fit.pairs.extend(left.map(|value| (name.clone(), value)));
    }
    if let Err(faults) = conditions_together(schema, of, &fit.pairs) {
        fit.faults.merge(faults);
        fit.pairs.retain(|(name, _)| !is_condition(name));
    }
    fit
}

/// Whether a parameter is a condition of the API.
fn is_condition(name: &str) -> bool {
    ![SEARCH, COLUMNS, ORDERING].contains(&name)
}

/// All conditions at once: each may be right, and all too many.
fn conditions_together(
    schema: &Schema,
    of: &Type,
    pairs: &[(String, String)],
) -> Result<(), Faults> {
    let conditions = pairs.iter().filter(|(name, _)| is_condition(name)).cloned();
    filter(of, schema, &conditions.collect::<Vec<_>>()).map(drop)
}

/// Those parts of a list that are fit; `None` where none is.
fn parts(
    text: &str,
    is_fit: impl Fn(&str) -> Result<(), FieldFault>,
    (parameter, faults): (&str, &mut Faults),
) -> Option<String> {
    let mut left: Vec<&str> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match is_fit(part) {
            Ok(()) if left.contains(&part) => {}
            Ok(()) => left.push(part),
            Err(fault) => faults.add(parameter, fault),
        }
    }
    (!left.is_empty()).then(|| left.join(","))
}

fn column(of: &Type, name: &str) -> Result<(), FieldFault> {
    match of.field_named(name) {
        Some(_) => Ok(()),
        None => Err(FieldFault::BadParameter(format!("There is no column {name}."))),
    }
}

/// Whether records can be ordered by this for somebody.
fn one_order(schema: &Schema, of: &Type, access: &Access, part: &str) -> Result<(), FieldFault> {
    let name = part.trim_start_matches('-');
    let bad = |told: &str| FieldFault::BadParameter(format!("{told} {name}."));
    let order = order(schema, of, part).map_err(|_faults| bad("There is no order by"))?;
    let plan = Plan {
        type_index: of.index,
        filter: Expr::all(),
        order,
        page: Page::All,
        count: false,
        as_of: None,
    };
    // Whoever may see nothing of the type is refused elsewhere.
    match access.restrict(schema, plan) {
        Err(_missing) if access.has(Right::View, of.index) => Err(bad("You may not order by")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Grant, Limits, Rights, Scope};
    use crate::filter::fixture;

    const ADA: &str = "ada";

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_name_is_one_short_line() {
        let longest = "é".repeat(NAME_LENGTH_MAX);
        for (text, expected) in [
            (" My servers ", Ok("My servers")),
            (longest.as_str(), Ok(longest.as_str())),
            (&format!("{longest}x"), Err(FieldFault::TooLong { max: NAME_LENGTH_MAX })),
            ("  ", Err(FieldFault::Required)),
            ("a\nb", Err(FieldFault::ControlCharacter)),
        ] {
            assert_eq!(name(text).as_deref(), expected.as_deref(), "{text:?}");
        }
    }

    /// Who sees, changes and shares with `dba`: in the words `see`, `change`, `share`.
    #[track_caller]
    fn check(viewer: (Option<&str>, &[&str], bool), group: Option<&str>, expected: &str) {
        let (name, of, is_administrator) = viewer;
        let of = groups(of);
        let viewer = Viewer { name, groups: &of, is_administrator };
        let view = Standing { owner: ADA, group };
        let may = [
            ("see", viewer.may_see(view)),
            ("change", viewer.may_change(view)),
            ("share", viewer.may_share_with("dba", "anonymous")),
        ];
        let may: Vec<&str> =
            may.into_iter().filter(|(_, may)| *may).map(|(word, _)| word).collect();
        assert_eq!(may.join(" "), expected, "{viewer:?} {view:?}");
    }

    #[test]
    fn its_owner_and_administrators_change_a_view_and_the_group_sees_it() {
        let everybody = "anonymous";
        for (viewer, group, expected) in [
            ((Some(ADA), [everybody].as_slice(), false), None, "see change"),
            ((Some(ADA), &["dba"], false), Some("dba"), "see change share"),
            ((Some("brian"), &["dba"], false), Some("dba"), "see share"),
            ((Some("brian"), &["dba"], false), None, "share"),
            ((Some("brian"), &["web"], false), Some("dba"), ""),
            ((Some("brian"), &[everybody], false), Some(everybody), "see"),
            ((Some("root"), &[], true), Some("dba"), "see change share"),
            // What is private is nobody else's affair.
            ((Some("root"), &[], true), None, "share"),
            ((None, &[everybody], false), Some(everybody), "see"),
            ((None, &[everybody], false), Some("dba"), ""),
            ((None, &[everybody], false), None, ""),
        ] {
            check(viewer, group, expected);
        }
    }

    #[test]
    fn everybody_is_a_group_that_an_administrator_shares_with() {
        let of = groups(&["anonymous"]);
        let member = Viewer { name: Some(ADA), groups: &of, is_administrator: false };
        assert!(!member.may_share_with("anonymous", "anonymous"));
        let root = Viewer { is_administrator: true, ..member };
        assert!(root.may_share_with("anonymous", "anonymous"));
        assert!(root.may_set_default_of_group() && !member.may_set_default_of_group());
    }

    #[test]
    fn ones_own_default_opens_else_that_of_the_first_group() {
        let view = |group, is_own_default, is_group_default| Candidate {
            group,
            is_own_default,
            is_group_default,
        };
        let of = groups(&["dba", "web"]);
        let own = view(None, true, false);
        let (web, dba) = (view(Some("web"), false, true), view(Some("dba"), false, true));
        // An administrator sees it, and is not in the group.
        let other = view(Some("arts"), false, true);
        let plain = view(Some("dba"), false, false);
        for (candidates, expected) in [
            (vec![], None),
            (vec![plain, other], None),
            (vec![web, dba], Some(1)),
            (vec![plain, web, other], Some(1)),
            (vec![web, dba, own], Some(2)),
        ] {
            assert_eq!(opens(&candidates, &of), expected, "{candidates:?}");
        }
    }

    fn pairs(query: &str) -> Vec<(String, String)> {
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        };
        query.split('&').filter(|text| !text.is_empty()).map(pair).collect()
    }

    #[test]
    fn a_view_keeps_what_is_shown_and_not_where_one_is() {
        let sent =
            "search=db&top_row=7&state=active&as_of=1&limit=3&name=&columns=name&view=2&fields=id";
        assert_eq!(kept(pairs(sent)), pairs("search=db&state=active&columns=name"));
    }

    #[track_caller]
    fn check_fit(rights: &[Scope], query: &str, left: &str, told: &str) {
        let schema = fixture::schema();
        let of = schema.named("server").unwrap();
        let grants = rights
            .iter()
            .map(|scope| Grant { rights: Rights::parse("view").unwrap(), scope: scope.clone() });
        let access = Access::new(grants.collect(), Limits::default());
        let found = fit(&schema, of, &access, &pairs(query));
        assert_eq!(found.pairs, pairs(left), "{query}");
        assert_eq!(found.faults.to_string(), told, "{query}");
    }

    #[test]
    fn what_the_schema_has_no_more_is_left_out_and_told() {
        let all = [Scope::Everything];
        check_fit(&all, "", "", "");
        let whole = "search=db&state=active&dc__name=eqiad&columns=name,dc&ordering=-state,name";
        check_fit(&all, whole, whole, "");
        check_fit(
            &all,
            "stat=7&state=active",
            "state=active",
            "stat: Unknown field. Did you mean state?",
        );
        check_fit(
            &all,
            "columns=name,rack,ip,ip&ordering=name,-rack",
            "columns=name,ip&ordering=name",
            "columns: There is no column rack.; ordering: There is no order by rack.",
        );
        check_fit(&all, "columns=rack", "", "columns: There is no column rack.");
    }

    #[test]
    fn an_order_by_what_may_not_be_seen_is_left_out_for_them() {
        let schema = fixture::schema();
        let servers = [Scope::Type(schema.named("server").unwrap().index)];
        check_fit(
            &servers,
            "ordering=dc,name&dc__name=x",
            "ordering=name&dc__name=x",
            "ordering: You may not order by dc.",
        );
    }

    #[test]
    fn too_many_conditions_are_left_out_together() {
        let many: Vec<String> = (0..=crate::query::CONDITIONS_MAX)
            .map(|number| format!("name__icontains!=a{number}"))
            .collect();
        let query = format!("{}&columns=name", many.join("&"));
        let schema = fixture::schema();
        let of = schema.named("server").unwrap();
        let found = fit(&schema, of, &Access::everything(), &pairs(&query));
        assert_eq!(found.pairs, pairs("columns=name"));
        assert!(!found.faults.is_empty());
    }
}
