//! The floor: what the same answers cost with rusqlite by hand, statements written out, values
//! written straight into the bytes.

mod feeds;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat};
use domain::filter::filter;
use domain::query::Expr;
use domain::schema::Schema;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

const COLUMNS: &str = r#"SELECT r.id, r.revision, r.created_at, r.updated_at, r.changed_by, r."c_name", r."c_ip", r."c_component", j2."c_name", r."c_dc", j3."c_name", r."c_environment", j4."c_name", r."c_type", j5."c_name", r."c_state", r."c_group", j7."c_name", r."c_description", r."f_name" FROM "r_server" r LEFT JOIN "r_component" j2 ON j2.id = r."c_component" LEFT JOIN "r_dc" j3 ON j3.id = r."c_dc" LEFT JOIN "r_environment" j4 ON j4.id = r."c_environment" LEFT JOIN "r_type" j5 ON j5.id = r."c_type" LEFT JOIN "r_group" j7 ON j7.id = r."c_group" WHERE "#;
const TAGS: &str = r#"SELECT l.record, l.target, t."c_name" FROM "r_server__tags" l JOIN "r_tag" t ON t.id = l.target WHERE l.record IN (SELECT value FROM json_each($1)) ORDER BY l.record, l.target"#;
const FILTERED: &str = r#"("c_dc" IN (SELECT id FROM "r_dc" WHERE "f_name" = 'eqiad') AND "c_component" IN (SELECT id FROM "r_component" WHERE ("f_name" >= 'd' AND "f_name" < 'e')) AND id IN (SELECT record FROM "r_server__tags" WHERE target IN (SELECT id FROM "r_tag" WHERE "f_name" LIKE '%a%')))"#;

pub(crate) struct Floor(Connection);

/// The statements of one page, and whether they filter.
pub(crate) struct Statements {
    count: Option<String>,
    page: String,
}

/// The three filters of [`FILTERED`].
pub(crate) fn three_filters(schema: &Schema) -> Expr {
    let parameters = [
        ("dc__name__iexact", "eqiad"),
        ("component__name__istartswith", "d"),
        ("tags__name__icontains", "a"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    filter(schema.named("server").unwrap(), schema, &parameters).unwrap()
}

impl Floor {
    pub(crate) fn open(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA cache_size = -3000;").unwrap();
        Self(connection)
    }

    pub(crate) fn statements(&self, is_filtered: bool) -> Statements {
        let order = r#" ORDER BY r."f_name", r.id LIMIT 51"#;
        if is_filtered {
            let filtered = FILTERED.replace("id IN (SELECT record", "r.id IN (SELECT record");
            let filtered = filtered
                .replace("(\"c_dc\"", "(r.\"c_dc\"")
                .replace(" \"c_component\" IN", " r.\"c_component\" IN");
            Statements {
                count: Some(format!("SELECT count(*) FROM \"r_server\" WHERE {FILTERED}")),
                page: format!("{COLUMNS}{filtered}{order}"),
            }
        } else {
            Statements { count: None, page: format!("{COLUMNS}1 = 1{order}") }
        }
    }

    pub(crate) fn body(&self, statements: &Statements) -> String {
        let connection = &self.0;
        connection.prepare_cached("BEGIN").unwrap().raw_execute().unwrap();
        connection
            .prepare_cached("SELECT head, next_id, records FROM heads WHERE type = 'server'")
            .unwrap()
            .query_row([], |row| row.get::<_, i64>(2))
            .unwrap();
        if let Some(count) = &statements.count {
            connection
                .prepare_cached(count)
                .unwrap()
                .query_row([], |row| row.get::<_, i64>(0))
                .unwrap();
        }
        let mut out = String::with_capacity(32_000);
        self.records(&statements.page, 50, &mut out);
        connection.prepare_cached("COMMIT").unwrap().raw_execute().unwrap();
        out
    }

    pub(crate) fn export(&self) -> usize {
        let connection = &self.0;
        connection.execute_batch("BEGIN").unwrap();
        let mut bytes = 0;
        let mut after = 0;
        let mut out = String::new();
        loop {
            let page = format!("{COLUMNS}(r.id) > ({after}) ORDER BY r.id LIMIT 501");
            let Some(last) = self.records(&page, 500, &mut out) else {
                break;
            };
            after = last;
            bytes += out.len();
            out.clear();
        }
        connection.execute_batch("COMMIT").unwrap();
        bytes
    }

    /// Writes the records of a statement, and gives the last one's id.
    fn records(&self, page: &str, limit: usize, out: &mut String) -> Option<i64> {
        let mut pieces: Vec<(i64, String, String)> = Vec::with_capacity(limit);
        let mut statement = self.0.prepare_cached(page).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            if pieces.len() == limit {
                break;
            }
            pieces.push(write_row(row));
        }
        let ids: Vec<String> = pieces.iter().map(|(id, ..)| id.to_string()).collect();
        let mut tags: HashMap<i64, String> = HashMap::new();
        let mut statement = self.0.prepare_cached(TAGS).unwrap();
        let mut rows = statement.query([format!("[{}]", ids.join(","))]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let list = tags.entry(row.get_unwrap(0)).or_default();
            if !list.is_empty() {
                list.push(',');
            }
            write_reference(list, "tags", row.get_unwrap(1), row.get_ref_unwrap(2));
        }
        for (id, before, after) in &pieces {
            out.push_str(before);
            out.push_str(tags.get(id).map_or("", String::as_str));
            out.push_str(after);
        }
        pieces.last().map(|(id, ..)| *id)
    }
}

/// A record's line up to its tags, and from there.
fn write_row(row: &rusqlite::Row<'_>) -> (i64, String, String) {
    let id: i64 = row.get_unwrap(0);
    let mut out = String::with_capacity(700);
    write!(out, "{{\"id\":{id},\"url\":\"http://localhost/api/servers/{id}/\",\"name\":").unwrap();
    text(&mut out, row.get_ref_unwrap(5));
    write!(out, ",\"ip\":\"{}\"", ip(row.get_ref_unwrap(6).as_blob().unwrap())).unwrap();
    for (column, name, plural) in [
        (7, "component", "components"),
        (9, "dc", "dcs"),
        (11, "environment", "environments"),
        (13, "type", "types"),
        (16, "group", "groups"),
    ] {
        if name == "group" {
            out.push_str(",\"state\":");
            text(&mut out, row.get_ref_unwrap(15));
        }
        write!(out, ",\"{name}\":").unwrap();
        match row.get_ref_unwrap(column) {
            ValueRef::Integer(id) => {
                write_reference(&mut out, plural, id, row.get_ref_unwrap(column + 1));
            }
            _ => out.push_str("null"),
        }
    }
    out.push_str(",\"tags\":[");
    let mut after = String::from("],\"description\":");
    text(&mut after, row.get_ref_unwrap(18));
    write!(
        after,
        ",\"revision\":{},\"created_at\":\"{}\",\"updated_at\":\"{}\",\"changed_by\":",
        row.get_unwrap::<_, i64>(1),
        moment(row.get_unwrap(2)),
        moment(row.get_unwrap(3))
    )
    .unwrap();
    text(&mut after, row.get_ref_unwrap(4));
    after.push_str("}\n");
    (id, out, after)
}

fn write_reference(out: &mut String, plural: &str, id: i64, name: ValueRef<'_>) {
    write!(out, "{{\"id\":{id},\"name\":").unwrap();
    text(out, name);
    write!(out, ",\"url\":\"http://localhost/api/{plural}/{id}/\"}}").unwrap();
}

fn text(out: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Text(bytes) => domain::json::write_text(std::str::from_utf8(bytes).unwrap(), out),
        _ => out.push_str("null"),
    }
}

fn moment(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn ip(bytes: &[u8]) -> IpAddr {
    if bytes[0] == 4 {
        IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[1..5]).unwrap()))
    } else {
        IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[1..17]).unwrap()))
    }
}

/// The rows of the loaded register's servers and their tags, inserted into empty tables with the
/// same columns and indexes in one transaction.
pub(crate) fn bare_inserts(from: &Path, to: &Path) -> Duration {
    let source = Connection::open(from).unwrap();
    let target = Connection::open(to).unwrap();
    target
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;",
        )
        .unwrap();
    let mut loads = Vec::new();
    for table in ["r_server", "r_server__tags"] {
        let mut definitions = source
            .prepare("SELECT sql FROM sqlite_master WHERE tbl_name = $1 AND sql IS NOT NULL")
            .unwrap();
        for sql in definitions.query_map([table], |row| row.get::<_, String>(0)).unwrap() {
            target.execute_batch(&sql.unwrap()).unwrap();
        }
        let mut select = source.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = select.column_count();
        let rows: Vec<Vec<rusqlite::types::Value>> = select
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let marks = vec!["?"; columns].join(",");
        loads.push((format!("INSERT INTO \"{table}\" VALUES ({marks})"), rows));
    }
    let start = Instant::now();
    target.execute_batch("BEGIN IMMEDIATE").unwrap();
    for (insert, rows) in loads {
        let mut insert = target.prepare(&insert).unwrap();
        for row in rows {
            insert.execute(rusqlite::params_from_iter(row)).unwrap();
        }
    }
    target.execute_batch("COMMIT").unwrap();
    start.elapsed()
}
