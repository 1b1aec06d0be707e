//! What holds for every file: the body of the fuzz tests.

use domain::schema::Schema;

use super::{BadRow, Format, Place, ReadOptions, read};

/// The law that reading these bytes as servers or the like breaks, if any: places grow and lie in
/// the file, and rows written out as bad can be read again, as many as they were.
pub fn broken_law(schema: &Schema, bytes: &[u8], options: &ReadOptions) -> Option<String> {
    let record_type = schema.types().first()?;
    let import = match read(schema, record_type.index, bytes, options) {
        Ok(import) => import,
        Err(error) if error.to_string().is_empty() => return Some("an empty error".to_owned()),
        Err(_) => return None,
    };
    let bad = import.rows_as_bad("a \"reason\", with\na line break");
    let line_count = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
    let mut last = None;
    for BadRow { place, .. } in &bad {
        if last.is_some_and(|last| last > *place) {
            return Some(format!("{place} comes behind {last:?}"));
        }
        if matches!(place, Place::Line(line) if !(1..=line_count).contains(line)) {
            return Some(format!("{place} of {line_count}"));
        }
        last = Some(*place);
    }
    let rejects = import.rejects(&bad);
    let format = if import.format() == Format::Xlsx { Format::Csv } else { import.format() };
    let again = ReadOptions { format: Some(format), separator: Some(','), ..options.clone() };
    match read(schema, record_type.index, rejects.as_bytes(), &again) {
        Ok(again) if again.row_count() == bad.len() => None,
        Ok(again) => Some(format!("{} of {} rows come back", again.row_count(), bad.len())),
        // Without an object, a file of objects has nothing that could be read.
        Err(_) if bad.is_empty() && import.format() == Format::Json => None,
        Err(error) => Some(format!("rejects can't be read: {error}: {rejects}")),
    }
}
