//! Records as bytes: JSON and CSV, straight into a buffer, without a tree in between, so that a
//! hundred thousand of them stream at the database's pace.

pub(crate) mod csv;
pub(crate) mod record;
pub(crate) mod stream;

pub(crate) use csv::CsvEncoder;
pub(crate) use record::RecordEncoder;

/// How records become lines or items of a stream; made ready once for each request.
pub(crate) trait EncodeRecord: Send + 'static {
    /// Appends one record.
    fn encode(&self, record: &domain::record::Record, out: &mut String);
}
