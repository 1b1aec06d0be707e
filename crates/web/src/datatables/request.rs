//! What a grid asks for, from its parameters. Knows nothing of the schema.

use std::collections::{BTreeMap, BTreeSet};

use domain::fault::{Faults, FieldFault};

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
    matches!(
        name,
        "draw" | "start" | "length" | "keep" | "_" | "csrfmiddlewaretoken"
    ) || ["columns[", "order[", "search["]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// The parameters by name; of repeated ones the last, as Django has it.
struct Sent<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Sent<'a> {
    fn of(pairs: &'a [(String, String)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
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
        add_term(
            self.get(&format!("{prefix}[value]")),
            columns,
            is_regex,
            searches,
        );
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
            let begin = format!("{prefix}[{group}][columns]");
            let columns: Vec<usize> = self
                .0
                .range(begin.as_str()..)
                .take_while(|(name, _)| name.starts_with(&begin))
                .filter_map(|(_, index)| index.parse().ok())
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
        searches.push(Search {
            columns: columns.to_vec(),
            term: term.to_owned(),
            is_regex,
        });
    }
}

fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',')
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}
