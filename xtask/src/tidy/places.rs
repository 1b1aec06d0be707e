//! What may stand in which folder alone: SQL, writes to record tables, HTTP status codes.

use super::files::SourceFile;
use super::rust_text::{Piece, split};

/// Only `crates/sql` speaks SQL, so that every statement runs on both databases and can be found.
/// Tests of the store and benchmarks measure against statements by hand, and tests from outside
/// alter the database behind the register's back.
const SQL_PLACES: &[&str] = &[
    "crates/sql/",
    "crates/testkit/",
    "crates/web/tests/",
    "crates/server/tests/",
    "/benches/",
    "xtask/src/tidy/",
];

/// Only here do records change; tests may break what they then show to be found out.
const RECORD_WRITE_PLACES: &[&str] = &["crates/sql/src/write/", "/tests/", "/benches/", "xtask/"];

/// Errors become status codes at the last step.
const STATUS_PLACES: &[&str] = &["crates/web/", "crates/server/tests/", "xtask/src/tidy/"];

/// No SQL in string literals elsewhere.
pub(crate) fn sql(files: &[SourceFile]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.is_rust() && !is_in(file, SQL_PLACES));
    outside
        .flat_map(|file| {
            texts(file)
                .into_iter()
                .filter(|(_, text)| is_sql(text))
                .map(move |(line, _)| format!("{}:{line}: SQL belongs in crates/sql", file.path))
        })
        .collect()
}

/// No statement that writes to a table whose name follows from the schema, elsewhere.
pub(crate) fn record_writes(files: &[SourceFile]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.is_rust() && !is_in(file, RECORD_WRITE_PLACES));
    let mut findings = Vec::new();
    for file in outside {
        for (line, text) in texts(file) {
            if writes_records(&text) {
                let place = "crates/sql/src/write/, behind the one door";
                findings.push(format!("{}:{line}: records are written in {place}", file.path));
            }
        }
    }
    findings
}

/// No HTTP status codes elsewhere.
pub(crate) fn status_codes(files: &[SourceFile]) -> Vec<String> {
    let outside = files.iter().filter(|file| file.is_rust() && !is_in(file, STATUS_PLACES));
    let mut findings = Vec::new();
    for file in outside {
        for piece in split(&file.text) {
            let Piece::Code(first, code) = piece else {
                continue;
            };
            let lines = code.lines().enumerate().filter(|(_, line)| line.contains("StatusCode"));
            findings.extend(lines.map(|(index, _)| {
                format!("{}:{}: status codes belong in crates/web", file.path, first + index)
            }));
        }
    }
    findings
}

fn is_in(file: &SourceFile, places: &[&str]) -> bool {
    places.iter().any(|place| match place.strip_prefix('/') {
        Some(_) => file.path.contains(place),
        None => file.path.starts_with(place),
    })
}

fn texts(file: &SourceFile) -> Vec<(usize, String)> {
    let pieces = split(&file.text).into_iter();
    pieces
        .filter_map(|piece| match piece {
            Piece::Text(line, text) => Some((line, text)),
            Piece::Code(..) => None,
        })
        .collect()
}

fn is_sql(text: &str) -> bool {
    const STARTS: [&str; 4] = ["SELECT ", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "];
    let updates = text.split_once("UPDATE ").is_some_and(|(_, after)| after.contains("SET "));
    updates || STARTS.iter().any(|start| text.contains(start))
}

/// Whether a statement writes to a table that is named by the schema: put in when it runs, or `r_`
/// and a type, or `v_` and a type.
fn writes_records(text: &str) -> bool {
    const WRITES: [&str; 3] = ["INSERT INTO ", "DELETE FROM ", "UPDATE "];
    WRITES.iter().any(|write| {
        let names = text.split(write).skip(1);
        names
            .map(|name| name.trim_start_matches(['\\', '"']))
            .any(|name| name.starts_with('{') || name.starts_with("r_") || name.starts_with("v_"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::files::file;
    use super::*;

    #[track_caller]
    fn check(rule: fn(&[SourceFile]) -> Vec<String>, path: &str, text: &str, expect: &[&str]) {
        let found = rule(&[file(path, text)]);
        let places: Vec<_> = found.iter().filter_map(|line| line.split_once(": ")).collect();
        let places: Vec<_> = places.into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, expect, "{text}");
    }

    #[test]
    fn sql_stays_in_its_crate() {
        let web = "crates/web/src/list.rs";
        check(sql, web, "\nlet a = \"SELECT 1\";", &["crates/web/src/list.rs:2"]);
        check(sql, web, "f(\"UPDATE x\n SET y = 1\")", &["crates/web/src/list.rs:1"]);
        check(sql, web, "f(r#\"DELETE FROM x\"#)", &["crates/web/src/list.rs:1"]);
        check(sql, web, "// SELECT nothing\nf(\"select one, or UPDATE it\")", &[]);
        check(sql, "crates/sql/src/read.rs", "\"SELECT 1\"", &[]);
        check(sql, "crates/server/benches/floor.rs", "\"INSERT INTO a\"", &[]);
    }

    #[test]
    fn records_are_written_behind_the_one_door() {
        let read = "crates/sql/src/read/find.rs";
        for text in [
            r#"format!("INSERT INTO {} VALUES", x)"#,
            r#"format!("UPDATE {records} SET a = 1")"#,
            r#""DELETE FROM \"r_server\"""#,
            r##"r#"UPDATE "v_server" SET a = 1"#"##,
        ] {
            check(record_writes, read, text, &["crates/sql/src/read/find.rs:1"]);
            check(record_writes, "crates/sql/src/write/rows.rs", text, &[]);
            check(record_writes, "crates/sql/tests/tamper.rs", text, &[]);
        }
        check(record_writes, read, "\"UPDATE register SET a = 1\"", &[]);
        check(record_writes, read, "\"SELECT id FROM {records}\"", &[]);
    }

    #[test]
    fn status_codes_stay_at_the_last_step() {
        let text = "use a::b;\nuse http::StatusCode;";
        check(status_codes, "crates/app/src/find.rs", text, &["crates/app/src/find.rs:2"]);
        check(status_codes, "crates/app/src/find.rs", "/// A StatusCode.\nfn a() {}", &[]);
        check(status_codes, "crates/web/src/error.rs", text, &[]);
        check(status_codes, "crates/server/tests/rest.rs", text, &[]);
    }
}
