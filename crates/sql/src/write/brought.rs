//! What was brought over from other systems: their names for it, ours, and what they said of it last.

use domain::record::RecordId;

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// Something that was brought over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// What the other system calls it.
    pub foreign_id: String,
    /// The record that it is here; `None` where it is none.
    pub record: Option<RecordId>,
    /// A digest of what was said of it; empty where that is not known.
    pub digest: String,
}

/// Whose names they are, and of what kind.
pub type BroughtOf<'a> = (&'a str, &'a str);

/// All that was brought over of a kind, by the other system's names.
///
/// # Errors
/// When the database can't be asked.
pub fn brought(
    reader: &mut Reader<'_>,
    (source, kind): BroughtOf<'_>,
) -> Result<Vec<Brought>, StoreError> {
    let text = "SELECT foreign_id, record, digest FROM brought WHERE source = $1 AND kind = $2 \
                ORDER BY foreign_id";
    reader.query(&Statement::with(text, [source.into(), kind.into()]), |row| {
        Ok(Brought {
            foreign_id: row.text(0)?,
            record: row.integer_or_null(1)?.map(RecordId),
            digest: row.text(2)?,
        })
    })
}

/// Keeps that things were brought over.
///
/// # Errors
/// When the database can't be asked.
pub fn brought_keep(
    writer: &mut Writer<'_>,
    (source, kind): BroughtOf<'_>,
    things: impl IntoIterator<Item = Brought>,
) -> Result<(), StoreError> {
    let row = |thing: Brought| -> Vec<Param> {
        let record = thing.record.map(|id| id.0);
        vec![
            source.into(),
            kind.into(),
            thing.foreign_id.into(),
            record.into(),
            thing.digest.into(),
        ]
    };
    writer.execute_many(
        "INSERT INTO brought (source, kind, foreign_id, record, digest) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (source, kind, foreign_id) DO UPDATE SET record = excluded.record, \
         digest = excluded.digest",
        things.into_iter().map(row).collect::<Vec<_>>(),
    )
}
