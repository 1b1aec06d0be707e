//! An [`Expr`] as the condition of a `WHERE`.
//!
//! Every part is written so that it is true or not true, never in between: null counts as not
//! true, and `Not` is `IS NOT TRUE`. References are followed by `IN (SELECT …)`, so that a record
//! comes once, however many of its tags match.

use domain::query::{Column, Comparison, DatePart, Expr, Place, Stored, Test, TextTest};
use domain::schema::{Field, Kind, Schema, Type};
use domain::value::{Value, fold, network_range};
use ipnet::IpNet;

use super::moment::Moment;
use crate::dialect::{Dialect, prefix_end};
use crate::names;
use crate::statement::{Param, Statement};
use crate::tables::is_searched;

/// The fewest characters that the index of trigrams can find anywhere in a text.
const TRIGRAM: usize = 3;

/// Writes conditions on one type's table.
#[derive(Clone, Copy)]
pub(crate) struct Condition<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) moment: Moment,
    pub(crate) dialect: Dialect,
    pub(crate) of: &'a Type,
    /// What stands before the names of columns: `r.` and the like where tables are joined, else nothing.
    pub(crate) prefix: &'a str,
}

impl Condition<'_> {
    /// Appends the condition.
    pub(crate) fn write(&self, expr: &Expr, to: &mut Statement) {
        match expr {
            Expr::And(parts) => self.join(parts, " AND ", "1 = 1", to),
            Expr::Or(parts) => self.join(parts, " OR ", "1 = 0", to),
            Expr::Not(inside) => {
                to.push("((");
                self.write(inside, to);
                to.push(") IS NOT TRUE)");
            }
            Expr::Via(field, inside) => {
                let field = self.of.field(*field);
                let Some(target) = field.kind.target() else {
                    return;
                };
                let target = Condition { of: self.schema.get(target), prefix: "", ..*self };
                self.links(field, to, |to| {
                    let records = self.moment.records(target.of, "t");
                    to.push("(SELECT id FROM ").push(&records).push(" WHERE ");
                    target.write(inside, to);
                    to.push(")");
                });
            }
            Expr::PointsTo(field, ids) => {
                let field = self.of.field(*field);
                let ids = Param::Integers(ids.iter().map(|id| id.0).collect());
                let column =
                    if field.kind.is_refs() { "target".to_owned() } else { self.column(field) };
                self.links_where(field, to, |to| self.dialect.any(&column, ids, to));
            }
            Expr::PointsNowhere(field) => {
                let field = self.of.field(*field);
                if field.kind.is_refs() {
                    let links = self.moment.links(self.of, field, "l");
                    to.push(&self.at("id"));
                    to.push(" NOT IN (SELECT record FROM ").push(&links).push(")");
                } else {
                    to.push(&self.column(field)).push(" IS NULL");
                }
            }
            Expr::Test(column, test) => self.test(*column, test, to),
            Expr::Search(text) => self.search(text, to),
        }
    }

    fn join(&self, parts: &[Expr], by: &str, none: &str, to: &mut Statement) {
        if parts.is_empty() {
            to.push(none);
            return;
        }
        to.push("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                to.push(by);
            }
            self.write(part, to);
        }
        to.push(")");
    }

    /// That what a field points to is `IN` the set that `set` writes.
    fn links(&self, field: &Field, to: &mut Statement, set: impl FnOnce(&mut Statement)) {
        if field.kind.is_refs() {
            let links = self.moment.links(self.of, field, "l");
            to.push(&self.at("id")).push(" IN (SELECT record FROM ").push(&links);
            to.push(" WHERE target IN ");
            set(to);
            to.push(")");
        } else {
            to.push(&self.column(field)).push(" IN ");
            set(to);
        }
    }

    /// That what a field points to satisfies the condition that `condition` writes.
    fn links_where(
        &self,
        field: &Field,
        to: &mut Statement,
        condition: impl FnOnce(&mut Statement),
    ) {
        if field.kind.is_refs() {
            let links = self.moment.links(self.of, field, "l");
            to.push(&self.at("id")).push(" IN (SELECT record FROM ").push(&links).push(" WHERE ");
            condition(to);
            to.push(")");
        } else {
            condition(to);
        }
    }

    fn test(&self, column: Column, test: &Test, to: &mut Statement) {
        let name = self.own(column);
        match test {
            Test::IsNull => {
                to.push(&name).push(" IS NULL");
            }
            Test::In(values) => {
                let values = Param::many(values.iter().map(Value::to_stored));
                self.dialect.any(&name, values, to);
            }
            Test::Compare(comparison, value) => {
                let (name, value) = self.comparable(column, value);
                to.push(&name).push(sign(*comparison)).bind(value);
            }
            Test::Text(test) => self.text(column, test, to),
            Test::Matches(pattern) => self.dialect.matches(&self.text_form(column), pattern, to),
            Test::Inside(network) => self.inside(column, &name, *network, to),
            Test::PartIn(part, numbers) => {
                let part = self.part(column, *part, &name);
                self.dialect.any(&part, Param::Integers(numbers.clone()), to);
            }
            Test::PartCompare(part, comparison, number) => {
                to.push(&self.part(column, *part, &name)).push(sign(*comparison)).bind(*number);
            }
        }
    }

    /// A column's name as it stands in this statement.
    fn at(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn column(&self, field: &Field) -> String {
        self.at(&names::column(field))
    }

    fn folded(&self, field: &Field) -> String {
        self.at(&names::folded(field))
    }

    fn own(&self, column: Column) -> String {
        self.at(&own_column(self.of, column))
    }

    fn field(&self, column: Column) -> Option<&Field> {
        match column {
            Column::Field(field) => Some(self.of.field(field)),
            Column::Id
            | Column::Revision
            | Column::CreatedAt
            | Column::UpdatedAt
            | Column::ChangedBy => None,
        }
    }

    /// What less and greater compare: text by its folded form, as order does.
    fn comparable(&self, column: Column, value: &Value) -> (String, Stored) {
        match (self.field(column), value) {
            (Some(field), Value::Text(text)) if field.kind.is_textual() => {
                (self.folded(field), Stored::Text(fold(text)))
            }
            (None, Value::Text(text)) => (self.at("f_changed_by"), Stored::Text(fold(text))),
            _ => (self.own(column), value.to_stored()),
        }
    }

    /// The column of a value's text as it was written.
    fn text_form(&self, column: Column) -> String {
        match self.field(column) {
            Some(field) if field.kind.has_text_form() && !field.kind.is_textual() => {
                self.folded(field)
            }
            _ => self.own(column),
        }
    }

    fn folded_form(&self, column: Column) -> String {
        match self.field(column) {
            Some(field) if field.kind.has_text_form() => self.folded(field),
            Some(field) => self.column(field),
            None => self.at("f_changed_by"),
        }
    }

    fn text(&self, column: Column, test: &TextTest, to: &mut Statement) {
        let name = if test.folded { self.folded_form(column) } else { self.text_form(column) };
        match test.place {
            Place::Whole => {
                to.push(&name).push(" = ").bind(test.text.as_str());
            }
            Place::Start => {
                to.push("(").push(&name).push(" >= ").bind(test.text.as_str());
                if let Some(end) = prefix_end(&test.text) {
                    to.push(" AND ").push(&name).push(" < ").bind(end);
                }
                to.push(")");
            }
            Place::Anywhere => {
                to.push("(");
                if self.field(column).is_some_and(|field| field.searched) {
                    self.trigrams(&fold(&test.text), to);
                }
                self.dialect.contains(&name, &test.text, to);
                to.push(")");
            }
            Place::End => self.dialect.ends_with(&name, &test.text, to),
        }
    }

    /// Appends what the index of trigrams knows of texts that contain `folded`, and an `AND`;
    /// nothing when that is too short for it, or of the past, which has no such index.
    fn trigrams(&self, folded: &str, to: &mut Statement) {
        let characters: Vec<char> = folded.chars().collect();
        if characters.len() < TRIGRAM || self.moment != Moment::Now {
            return;
        }
        match self.dialect {
            Dialect::Sqlite => {
                let quoted: Vec<String> = characters
                    .windows(TRIGRAM)
                    .map(|three| {
                        let three: String = three.iter().collect();
                        format!("\"{}\"", three.replace('"', "\"\""))
                    })
                    .collect();
                let index = names::trigrams(self.of);
                to.push(&self.at("id")).push(" IN (SELECT rowid FROM ").push(&index);
                // By the table's name: an index without details can't be asked by column.
                to.push(" WHERE ").push(&index).push(" MATCH ");
                to.bind(quoted.join(" AND ")).push(") AND ");
            }
            Dialect::Postgres => {
                self.dialect.contains(&self.at("search"), folded, to);
                to.push(" AND ");
            }
        }
    }

    fn search(&self, text: &str, to: &mut Statement) {
        if !is_searched(self.of) {
            to.push("1 = 0");
            return;
        }
        to.push("(");
        if text.chars().count() < TRIGRAM {
            let lines = |field: &&Field| !matches!(field.kind, Kind::LongText(_));
            self.any_searched(Place::Start, text, lines, to);
        } else {
            self.trigrams(text, to);
            if text.contains('\n') {
                // A line feed stands between the texts of two fields, too.
                self.any_searched(Place::Anywhere, text, |_| true, to);
            } else {
                self.dialect.contains(&self.at("search"), text, to);
            }
        }
        to.push(")");
    }

    /// Appends that any of the searched fields that `wanted` names has a folded text at a place.
    fn any_searched(
        &self,
        place: Place,
        text: &str,
        wanted: impl Fn(&&Field) -> bool,
        to: &mut Statement,
    ) {
        to.push("(1 = 0");
        let fields = self.of.fields.iter().filter(|field| field.searched);
        for field in fields.filter(wanted) {
            to.push(" OR ");
            let starts = TextTest { place, text: text.to_owned(), folded: true };
            self.text(Column::Field(field.index), &starts, to);
        }
        to.push(")");
    }

    fn inside(&self, column: Column, name: &str, network: IpNet, to: &mut Statement) {
        let (mut low, mut high) = network_range(network);
        if self.field(column).is_some_and(|field| matches!(field.kind, Kind::Network)) {
            // A network inside begins in the range and is no wider; one that begins where the
            // range does and is wider has a smaller last byte.
            low.push(network.prefix_len());
            high.push(u8::MAX);
        }
        to.push("(").push(name).push(" >= ").bind(low.as_slice());
        to.push(" AND ").push(name).push(" <= ").bind(high.as_slice()).push(")");
    }

    fn part(&self, column: Column, part: DatePart, name: &str) -> String {
        let is_day = self.field(column).is_some_and(|field| matches!(field.kind, Kind::Date));
        let micros = if is_day { format!("({name} * 86400000000)") } else { name.to_owned() };
        self.dialect.date_part(part, &micros)
    }
}

/// The name of a column as it is stored.
pub(crate) fn own_column(of: &Type, column: Column) -> String {
    match column {
        Column::Id => "id".to_owned(),
        Column::Revision => "revision".to_owned(),
        Column::CreatedAt => "created_at".to_owned(),
        Column::UpdatedAt => "updated_at".to_owned(),
        Column::ChangedBy => "changed_by".to_owned(),
        Column::Field(field) => names::column(of.field(field)),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => " < ",
        Comparison::LessOrEqual => " <= ",
        Comparison::Greater => " > ",
        Comparison::GreaterOrEqual => " >= ",
    }
}
