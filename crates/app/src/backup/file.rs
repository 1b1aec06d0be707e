//! The file of a backup: lines of JSON, packed by zstd.
//!
//! The first line is the head. Then each table has a line with its name and columns, and a line for
//! each row. The last line tells how many rows there are, and the SHA-256 of all that stands before
//! it, so that a file which was cut off or altered is not taken for whole. `zstdcat FILE | head`
//! shows what is in it.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use domain::history::{hex, parse_hash};
use domain::json::write_text;
use domain::query::Stored;
use domain::record::CommitNumber;
use domain::value::datetime_text;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zstd::stream::{read::Decoder, write::Encoder};

use super::BackupHead;

/// What the first line calls itself.
const FORMAT: &str = "domesday backup";
/// The form of the lines.
const FORM: i64 = 1;
/// zstd's own middle way: a tenth of the size, and quicker than the database reads.
const LEVEL: i32 = 3;
/// The longest line: a row holds at most a few megabytes.
const LINE_MAX: u64 = 256 << 20;

/// Why a file is no backup, or not a whole one.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// It can't be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is no backup of a register")]
    Foreign,
    /// It has a form that this version does not know.
    #[error("it has a form of a newer version ({0})")]
    NewerForm(i64),
    /// It ends before its last line.
    #[error("it is cut off: its last line is missing")]
    CutOff,
    /// What stands in it is not what was written.
    #[error("it was altered or damaged: its digest does not fit")]
    Digest,
    /// A line is not as it should be.
    #[error("its line {0} can't be read")]
    Line(u64),
}

/// A line behind the head.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A table begins.
    Table {
        /// Its name.
        name: String,
        /// The columns of the rows that follow.
        columns: Vec<String>,
    },
    /// A row of it.
    Row(Vec<Stored>),
    /// The last number that each table gave which numbers its rows itself.
    LastIds(Vec<(String, i64)>),
}

/// Writes a backup.
pub(super) struct BackupWriter<W: Write> {
    out: Encoder<'static, W>,
    digest: Sha256,
    line: String,
    rows: u64,
}

impl<W: Write> BackupWriter<W> {
    /// Begins with the head.
    pub(super) fn new(out: W, head: &BackupHead) -> io::Result<Self> {
        let mut encoder = Encoder::new(out, LEVEL)?;
        encoder.include_checksum(true)?;
        let mut writer = Self { out: encoder, digest: Sha256::new(), line: String::new(), rows: 0 };
        let mut first = head.to_json();
        if let Some(members) = first.as_object_mut() {
            members.insert("format".to_owned(), FORMAT.into());
            members.insert("form".to_owned(), FORM.into());
        }
        writer.json(&first)?;
        Ok(writer)
    }

    /// Begins a table.
    pub(super) fn table(&mut self, name: &str, columns: &[String]) -> io::Result<()> {
        self.json(&json!({ "table": name, "columns": columns }))
    }

    /// Writes a row of the table that was begun last.
    pub(super) fn row(&mut self, cells: &[Stored]) -> io::Result<()> {
        self.line.clear();
        self.line.push('[');
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.line.push(',');
            }
            match cell {
                Stored::Null => self.line.push_str("null"),
                Stored::Integer(number) => self.line.push_str(&number.to_string()),
                Stored::Text(text) => write_text(text, &mut self.line),
                Stored::Bytes(bytes) => {
                    self.line.push_str("{\"base64\":\"");
                    STANDARD.encode_string(bytes, &mut self.line);
                    self.line.push_str("\"}");
                }
            }
        }
        self.line.push(']');
        self.rows = self.rows.saturating_add(1);
        self.write_line()
    }

    /// Writes the last numbers that tables gave.
    pub(super) fn last_ids(&mut self, last: &[(String, i64)]) -> io::Result<()> {
        let last: serde_json::Map<String, Value> =
            last.iter().map(|(table, id)| (table.clone(), (*id).into())).collect();
        self.json(&json!({ "last_ids": last }))
    }

    /// Ends it.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let digest: [u8; 32] = self.digest.clone().finalize().into();
        self.json(&json!({ "end": { "rows": self.rows, "sha256": hex(&digest) } }))?;
        self.out.finish()
    }

    fn json(&mut self, value: &Value) -> io::Result<()> {
        self.line = value.to_string();
        self.write_line()
    }

    fn write_line(&mut self) -> io::Result<()> {
        self.line.push('\n');
        self.digest.update(self.line.as_bytes());
        self.out.write_all(self.line.as_bytes())
    }
}

/// Reads a backup.
pub(super) struct BackupReader<R: Read> {
    lines: BufReader<Decoder<'static, BufReader<R>>>,
    digest: Sha256,
    line: Vec<u8>,
    number: u64,
    rows: u64,
    /// What it says of itself.
    pub(super) head: BackupHead,
}

impl<R: Read> BackupReader<R> {
    /// Reads the head.
    pub(super) fn new(input: R) -> Result<Self, BackupFault> {
        let decoder = Decoder::new(input)?;
        let mut lines = BufReader::new(decoder);
        let mut line = Vec::new();
        // What is not packed so is nothing of ours.
        let read = (&mut lines).take(LINE_MAX).read_until(b'\n', &mut line);
        read.map_err(|_foreign| BackupFault::Foreign)?;
        let head = serde_json::from_slice(&line).map_err(|_foreign| BackupFault::Foreign)?;
        let head = head_of(&head)?;
        let digest = Sha256::new_with_prefix(&line);
        Ok(Self { lines, digest, line, number: 1, rows: 0, head })
    }

    /// The next line; `None` behind the last one, when all of it was as it was written.
    pub(super) fn next(&mut self) -> Result<Option<Line>, BackupFault> {
        self.line.clear();
        self.number = self.number.saturating_add(1);
        let read = (&mut self.lines).take(LINE_MAX).read_until(b'\n', &mut self.line);
        match read {
            Ok(0) => return Err(BackupFault::CutOff),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(BackupFault::CutOff);
            }
            Err(error) => return Err(error.into()),
        }
        let bad = || BackupFault::Line(self.number);
        let value: Value = serde_json::from_slice(&self.line).map_err(|_bad| bad())?;
        if let Some(end) = value.get("end") {
            let digest: [u8; 32] = self.digest.clone().finalize().into();
            let fits = end.get("sha256").and_then(Value::as_str) == Some(&hex(&digest))
                && end.get("rows").and_then(Value::as_u64) == Some(self.rows);
            self.line.clear();
            // Behind it comes nothing but zstd's own end.
            let rest = (&mut self.lines).take(1).read_until(b'\n', &mut self.line);
            return match rest {
                Ok(0) if fits => Ok(None),
                Ok(_) => Err(BackupFault::Digest),
                Err(_) => Err(BackupFault::CutOff),
            };
        }
        self.digest.update(&self.line);
        let line = line_of(value).ok_or_else(bad)?;
        if matches!(line, Line::Row(_)) {
            self.rows = self.rows.saturating_add(1);
        }
        Ok(Some(line))
    }

    /// How many rows were read so far.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }
}

/// Reads a backup to its end without keeping anything: what it says of itself, where it is whole.
///
/// # Errors
/// Why it is not.
pub fn look(
    input: impl Read,
    mut progress: impl FnMut(u64, u64),
) -> Result<BackupHead, BackupFault> {
    let mut reader = BackupReader::new(input)?;
    while reader.next()?.is_some() {
        if reader.rows().is_multiple_of(1_000) {
            progress(reader.rows(), reader.head.rows);
        }
    }
    Ok(reader.head)
}

impl BackupHead {
    /// As the file and the command line tell it.
    pub fn to_json(&self) -> Value {
        json!({
            "taken_at": datetime_text(self.taken_at),
            "version": self.version,
            "database": self.database,
            "migration": self.migration,
            "commit": self.commit.0,
            "hash": hex(&self.hash),
            "rows": self.rows,
        })
    }
}

fn head_of(head: &Value) -> Result<BackupHead, BackupFault> {
    let text = |name: &str| head.get(name).and_then(Value::as_str);
    let number = |name: &str| head.get(name).and_then(Value::as_i64);
    if text("format") != Some(FORMAT) {
        return Err(BackupFault::Foreign);
    }
    match number("form") {
        Some(FORM) => {}
        Some(form) if form > FORM => return Err(BackupFault::NewerForm(form)),
        _ => return Err(BackupFault::Line(1)),
    }
    let read = || {
        Some(BackupHead {
            taken_at: DateTime::parse_from_rfc3339(text("taken_at")?).ok()?.to_utc(),
            version: text("version")?.to_owned(),
            database: text("database")?.to_owned(),
            migration: number("migration")?,
            commit: CommitNumber(number("commit")?),
            hash: parse_hash(text("hash")?)?,
            rows: head.get("rows").and_then(Value::as_u64)?,
        })
    };
    read().ok_or(BackupFault::Line(1))
}

fn line_of(value: Value) -> Option<Line> {
    match value {
        Value::Array(cells) => cells.into_iter().map(cell_of).collect::<Option<_>>().map(Line::Row),
        Value::Object(members) => {
            if let Some(last) = members.get("last_ids") {
                let last = last.as_object()?.iter();
                let last = last.map(|(table, id)| Some((table.clone(), id.as_i64()?)));
                return last.collect::<Option<_>>().map(Line::LastIds);
            }
            let name = members.get("table")?.as_str()?.to_owned();
            let columns = members.get("columns")?.as_array()?.iter();
            let columns = columns.map(|column| column.as_str().map(str::to_owned));
            Some(Line::Table { name, columns: columns.collect::<Option<_>>()? })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn cell_of(value: Value) -> Option<Stored> {
    Some(match value {
        Value::Null => Stored::Null,
        Value::Number(number) => Stored::Integer(number.as_i64()?),
        Value::String(text) => Stored::Text(text),
        Value::Object(members) => {
            Stored::Bytes(STANDARD.decode(members.get("base64")?.as_str()?).ok()?)
        }
        Value::Bool(_) | Value::Array(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use domain::record::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn head() -> BackupHead {
        BackupHead {
            taken_at: Timestamp::UNIX_EPOCH,
            version: "1.2.3".to_owned(),
            database: "SQLite".to_owned(),
            migration: 14,
            commit: CommitNumber(7),
            hash: [15; 32],
            rows: 2,
        }
    }

    fn written(rows: &[Vec<Stored>]) -> Vec<u8> {
        let mut writer = BackupWriter::new(Vec::new(), &head()).unwrap();
        writer.last_ids(&[("users".to_owned(), i64::MAX)]).unwrap();
        writer.table("users", &["a".to_owned(), "b".to_owned()]).unwrap();
        for row in rows {
            writer.row(row).unwrap();
        }
        writer.finish().unwrap()
    }

    fn any_cell() -> impl Strategy<Value = Stored> {
        prop_oneof![
            Just(Stored::Null),
            any::<i64>().prop_map(Stored::Integer),
            any::<String>().prop_map(Stored::Text),
            any::<Vec<u8>>().prop_map(Stored::Bytes),
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            rows in prop::collection::vec(prop::collection::vec(any_cell(), 2), 0..20),
        ) {
            let file = written(&rows);
            let mut reader = BackupReader::new(file.as_slice()).unwrap();
            prop_assert_eq!(&reader.head, &head());
            let mut read = Vec::new();
            while let Some(line) = reader.next().unwrap() {
                read.push(line);
            }
            prop_assert_eq!(read.len(), rows.len() + 2);
            prop_assert_eq!(&read[0], &Line::LastIds(vec![("users".to_owned(), i64::MAX)]));
            for (line, row) in read.into_iter().skip(2).zip(rows) {
                prop_assert_eq!(line, Line::Row(row));
            }
        }

        #[test]
        fn what_was_cut_off_or_altered_is_not_taken_for_whole(
            cut in 0_usize..400, place in 0_usize..400, with in 1_u8..=255,
        ) {
            let rows = vec![vec![Stored::Text("a".repeat(50)), Stored::Integer(1)]; 9];
            let file = written(&rows);
            let cut = file.get(..cut.min(file.len() - 1)).unwrap();
            let found = look(cut, |_, _| {});
            prop_assert!(found.is_err(), "{:?}", found);
            let mut altered = file.clone();
            let place = place % altered.len();
            altered[place] ^= with;
            // Some bits of zstd's frame say nothing of what is in it.
            if let Ok(found) = look(altered.as_slice(), |_, _| {}) {
                prop_assert_eq!(found, head());
            }
        }
    }

    #[test]
    fn a_digest_that_does_not_fit_is_told() {
        let lines = String::from_utf8(zstd::decode_all(written(&[]).as_slice()).unwrap()).unwrap();
        let packed = |lines: &str| zstd::encode_all(lines.as_bytes(), 0).unwrap();
        let altered = packed(&lines.replace("\"b\"", "\"c\""));
        assert!(matches!(look(altered.as_slice(), |_, _| {}), Err(BackupFault::Digest)));
        let (cut, _) = lines.trim_end().rsplit_once('\n').unwrap();
        let cut = packed(&format!("{cut}\n"));
        assert!(matches!(look(cut.as_slice(), |_, _| {}), Err(BackupFault::CutOff)));
        let newer = packed(&lines.replace("\"form\":1", "\"form\":2"));
        assert!(matches!(look(newer.as_slice(), |_, _| {}), Err(BackupFault::NewerForm(2))));
        assert!(matches!(look(&b"id,name\n"[..], |_, _| {}), Err(BackupFault::Foreign)));
        assert!(matches!(look(packed("{}\n").as_slice(), |_, _| {}), Err(BackupFault::Foreign)));
    }
}
