//! What a grid asks for, from its parameters. Knows nothing of the schema.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use domain::fault::{Faults, FieldFault};

use super::criteria::{Criteria, SEARCH_BUILDER, criteria};
use crate::extract::Parameters;
use crate::extract::parameters::bad;

/// The most columns of a grid, and the most searches and columns to order by: far more than
/// anybody can look at.
const COLUMNS_MAX: usize = 200;
/// What a client that searches by a function of its own sends in its place.
const FUNCTION: &str = "function";

/// What a grid asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableRequest {
    /// The number of the request, which the answer repeats.
    pub(crate) draw: i64,
    /// The first row wanted, as text: what is no number is no page.
    pub(crate) start: Option<String>,
    /// How many rows, as text.
    pub(crate) length: Option<String>,
    /// The columns; `None` when none were sent, which keeps all members of the rows.
    pub(crate) columns: Vec<Column>,
    /// What to search for; all must hold.
    pub(crate) searches: Vec<Search>,
    /// The conditions of extensions; all must hold.
    pub(crate) criteria: Vec<Criteria>,
    /// The columns to order by, the first first.
    pub(crate) order: Vec<Order>,
    /// Members of the rows to keep though no column shows them.
    pub(crate) keep: BTreeSet<String>,
    /// All other parameters.
    pub(crate) others: Parameters,
}

/// A column of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The member of the row that it shows, or a path into it; may be empty.
    pub(crate) data: String,
    /// The paths that searching goes through; the first is what ordering takes. Empty for a
    /// column that shows no field.
    pub(crate) paths: Vec<String>,
    /// Whether searches look into it.
    pub(crate) searchable: bool,
    /// Whether rows may be ordered by it.
    pub(crate) orderable: bool,
}

/// Something to search for in some columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// The indexes of the columns; one of them must match.
    pub(crate) columns: Vec<usize>,
    /// What to find.
    pub(crate) term: String,
    /// Whether it is a regular expression.
    pub(crate) is_regex: bool,
}

/// A column to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Its index.
    pub(crate) column: usize,
    /// Whether the greatest comes first.
    pub(crate) descending: bool,
}

impl TableRequest {
    /// Reads the parameters of a grid; `keep` comes from the address alone.
    ///
    /// # Errors
    /// A `draw` that is no number, and more columns than a grid can have.
    pub(crate) fn parse(mut parameters: Parameters, keep: Option<&str>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let sent = Sent::of(parameters.pairs());
        let columns = sent.columns(&mut faults);
        let searches = sent.searches(&columns);
        let criteria = criteria(&sent, &columns, &mut faults);
        let order = sent.order(&columns);
        let draw = sent.draw(&mut faults);
        let start = sent.get("start").map(str::to_owned);
        let length = sent.get("length").map(str::to_owned);
        parameters.drop_where(is_of_a_grid);
        faults.or_ok(Self {
            draw,
            start,
            length,
            columns,
            searches,
            criteria,
            order,
            keep: names(keep.unwrap_or_default()).collect(),
            others: parameters,
        })
    }

    /// The `draw` of a request that may be wrong otherwise.
    pub(crate) fn draw_of(parameters: &Parameters) -> i64 {
        Sent::of(parameters.pairs()).draw(&mut Faults::default())
    }
}

/// Whether a parameter belongs to the protocol; also jQuery's guard against caches, and the
/// token that Django's pages send with each form.
fn is_of_a_grid(name: &str) -> bool {
    matches!(name, "draw" | "start" | "length" | "keep" | "_" | "csrfmiddlewaretoken")
        || ["columns[", "order[", "search["].iter().any(|prefix| name.starts_with(prefix))
        || name.strip_prefix(SEARCH_BUILDER).is_some_and(|rest| rest.starts_with('['))
}

/// The parameters by name; of repeated ones the last, as Django has it.
pub(super) struct Sent<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Sent<'a> {
    fn of(pairs: &'a [(String, String)]) -> Self {
        Self(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    /// The values of all parameters inside of one, such as `a[b][]` is inside of `a[b]`.
    pub(super) fn within<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'a str> + 's {
        let start = format!("{prefix}[");
        let is_inside = move |name: &str| {
            name.strip_prefix(prefix).is_some_and(|behind| behind.starts_with('['))
        };
        let from = self.0.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        from.take_while(move |(name, _)| is_inside(name)).map(|(_, value)| *value)
    }

    fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    fn draw(&self, faults: &mut Faults) -> i64 {
        match self.get("draw").map(|text| text.trim().parse()) {
            None => 1,
            Some(Ok(number)) => number,
            Some(Err(_)) => {
                faults.add("draw", FieldFault::NotInteger);
                1
            }
        }
    }

    fn columns(&self, faults: &mut Faults) -> Vec<Column> {
        let mut columns = Vec::new();
        while let Some(data) = self.get(&format!("columns[{}][data]", columns.len())) {
            if columns.len() == COLUMNS_MAX {
                let most = format!("A grid has at most {COLUMNS_MAX} columns.");
                faults.add(format!("columns[{COLUMNS_MAX}][data]"), bad(most));
                break;
            }
            columns.push(self.column(columns.len(), data));
        }
        columns
    }

    fn column(&self, index: usize, data: &str) -> Column {
        let of = |part: &str| format!("columns[{index}]{part}");
        let name = match self.get(&of("[name]")) {
            None | Some("") => data,
            Some(name) => name,
        };
        let paths: Vec<String> = if data.is_empty() {
            Vec::new()
        } else {
            names(name)
                .filter(|name| name != FUNCTION)
                .map(|name| name.replace('.', "__"))
                .collect()
        };
        Column {
            data: data.to_owned(),
            searchable: !paths.is_empty() && self.is_true(&of("[searchable]")),
            orderable: !paths.is_empty() && self.is_true(&of("[orderable]")),
            paths,
        }
    }

    /// All searches: through all columns, through one, and the named ones of newer clients.
    fn searches(&self, columns: &[Column]) -> Vec<Search> {
        let searchable: Vec<usize> = (0..columns.len())
            .filter(|index| columns.get(*index).is_some_and(|column| column.searchable))
            .collect();
        let mut searches = Vec::new();
        self.add_search("search", &searchable, &mut searches);
        self.add_fixed("search[fixed]", &searchable, &mut searches);
        for index in &searchable {
            let prefix = format!("columns[{index}][search]");
            self.add_search(&prefix, &[*index], &mut searches);
            self.add_fixed(&format!("{prefix}[fixed]"), &[*index], &mut searches);
        }
        for group in ["search[groups]", "search[groupsFixed]"] {
            self.add_groups(group, &searchable, &mut searches);
        }
        searches
    }

    fn add_search(&self, prefix: &str, columns: &[usize], searches: &mut Vec<Search>) {
        let is_regex = self.is_true(&format!("{prefix}[regex]"));
        add_term(self.get(&format!("{prefix}[value]")), columns, is_regex, searches);
    }

    fn add_fixed(&self, prefix: &str, columns: &[usize], searches: &mut Vec<Search>) {
        for index in 0..COLUMNS_MAX {
            let Some(term) = self.get(&format!("{prefix}[{index}][term]")) else {
                break;
            };
            add_term(Some(term), columns, false, searches);
        }
    }

    fn add_groups(&self, prefix: &str, searchable: &[usize], searches: &mut Vec<Search>) {
        for group in 0..COLUMNS_MAX {
            let Some(term) = self.get(&format!("{prefix}[{group}][term]")) else {
                break;
            };
            let columns: Vec<usize> = self
                .within(&format!("{prefix}[{group}][columns]"))
                .filter_map(|index| index.parse().ok())
                .filter(|index| searchable.contains(index))
                .collect();
            add_term(Some(term), &columns, false, searches);
        }
    }

    /// What can't be ordered by is passed over.
    fn order(&self, columns: &[Column]) -> Vec<Order> {
        let mut order = Vec::new();
        for place in 0..COLUMNS_MAX {
            let Some(column) = self.get(&format!("order[{place}][column]")) else {
                break;
            };
            let Ok(column) = column.parse::<usize>() else {
                continue;
            };
            if columns.get(column).is_some_and(|column| column.orderable) {
                order.push(Order {
                    column,
                    descending: self.get(&format!("order[{place}][dir]")) == Some("desc"),
                });
            }
        }
        order
    }
}

fn add_term(term: Option<&str>, columns: &[usize], is_regex: bool, searches: &mut Vec<Search>) {
    // `false` is what a client sends for a search that is switched off.
    let term = term.filter(|term| !matches!(*term, "" | "false" | FUNCTION));
    if let Some(term) = term
        && !columns.is_empty()
    {
        searches.push(Search { columns: columns.to_vec(), term: term.to_owned(), is_regex });
    }
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> TableRequest {
        TableRequest::parse(Parameters::parse(query), None).unwrap()
    }

    /// A column of a name that can be searched and ordered by.
    fn column(index: usize, data: &str) -> String {
        format!(
            "&columns[{index}][data]={data}&columns[{index}][searchable]=true\
             &columns[{index}][orderable]=true"
        )
    }

    #[test]
    fn draw_is_a_number_or_1() {
        for (query, draw) in [("", Some(1)), ("draw=7", Some(7)), ("draw=<b>", None)] {
            let parsed = TableRequest::parse(Parameters::parse(query), None);
            assert_eq!(parsed.ok().map(|request| request.draw), draw, "{query}");
            assert_eq!(TableRequest::draw_of(&Parameters::parse(query)), draw.unwrap_or(1));
        }
    }

    #[test]
    fn columns_end_where_data_is_missing_and_empty_ones_are_dummies() {
        let query = format!(
            "x=1{}{}{}&columns[5][data]=late",
            column(0, "name"),
            column(1, ""),
            column(2, "dc.name")
        );
        let columns = parse(&query).columns;
        let told: Vec<(&str, bool, bool)> =
            columns.iter().map(|one| (one.data.as_str(), one.searchable, one.orderable)).collect();
        let expected = [("name", true, true), ("", false, false), ("dc.name", true, true)];
        assert_eq!(told, expected);
    }

    #[test]
    fn paths_come_from_the_name_or_else_the_data() {
        for (data, name, paths) in [
            ("dc.name", "", &["dc__name"][..]),
            ("dc", "dc.name", &["dc__name"]),
            ("x", "name, dc.name,", &["name", "dc__name"]),
            ("function", "", &[]),
            ("x", "function", &[]),
            ("", "name", &[]),
        ] {
            let query = format!("{}&columns[0][name]={name}", column(0, data));
            let columns = parse(&query).columns;
            assert_eq!(columns[0].paths, paths, "{data:?} {name:?}");
            assert_eq!(columns[0].searchable, !paths.is_empty());
        }
    }

    #[test]
    fn only_the_word_true_makes_a_column_searchable() {
        for word in ["True", "1", "", "false"] {
            let query = format!("{}&columns[0][searchable]={word}", column(0, "name"));
            assert!(!parse(&query).columns[0].searchable, "{word:?}");
        }
    }

    #[test]
    fn searches_that_say_nothing_are_passed_over() {
        let (zero, one) = (column(0, "a"), column(1, "b"));
        for (query, searches) in [
            ("search[value]=", &[][..]),
            ("search[value]=false", &[]),
            ("search[value]=function", &[]),
            ("search[value]=x", &[(&[0, 1][..], "x", false)]),
            ("search[value]=x&search[regex]=true", &[(&[0, 1], "x", true)]),
            ("columns[1][search][value]=y", &[(&[1], "y", false)]),
            ("search[fixed][0][term]=f&search[fixed][2][term]=late", &[(&[0, 1], "f", false)]),
            ("search[groups][0][columns][]=1&search[groups][0][term]=g", &[(&[1], "g", false)]),
            ("search[groups][0][columns][0]=9&search[groups][0][term]=g", &[]),
        ] {
            let found = parse(&format!("{query}{zero}{one}")).searches;
            let found: Vec<(&[usize], &str, bool)> = found
                .iter()
                .map(|one| (one.columns.as_slice(), one.term.as_str(), one.is_regex))
                .collect();
            assert_eq!(found, searches, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_ordered_by_is_passed_over() {
        let (zero, one) = (column(0, "a"), column(1, ""));
        for (query, order) in [
            ("order[0][column]=0&order[0][dir]=desc", &[(0, true)][..]),
            ("order[0][column]=0&order[0][dir]=DESC", &[(0, false)]),
            ("order[0][column]=0", &[(0, false)]),
            ("order[0][column]=1", &[]),
            ("order[0][column]=7&order[1][column]=0", &[(0, false)]),
            ("order[0][column]=-1", &[]),
        ] {
            let found = parse(&format!("{query}{zero}{one}")).order;
            let found: Vec<_> = found.iter().map(|by| (by.column, by.descending)).collect();
            assert_eq!(found, order, "{query}");
        }
    }

    #[test]
    fn keep_is_a_list_of_names() {
        let request = TableRequest::parse(Parameters::default(), Some("id, ab,")).unwrap();
        assert_eq!(request.keep, ["ab".to_owned(), "id".to_owned()].into());
    }

    #[test]
    fn all_that_is_not_of_the_protocol_is_left() {
        let left =
            parse("draw=1&start=0&length=5&_=9&csrfmiddlewaretoken=t&order[0][dir]=asc&dc=3");
        assert_eq!(left.others, Parameters::parse("dc=3"));
    }

    #[test]
    fn a_grid_has_a_limited_number_of_columns() {
        let of = |count: usize| (0..count).map(|index| column(index, "a")).collect::<String>();
        assert_eq!(parse(&of(COLUMNS_MAX)).columns.len(), COLUMNS_MAX);
        let over = TableRequest::parse(Parameters::parse(&of(COLUMNS_MAX + 1)), None);
        assert!(over.is_err());
    }
}
