//! Records out of the register, into a file: all that a plan matches, in constant memory.

use std::io::{self, Write};

use domain::query::Plan;
use domain::record::Record;

use crate::encode::{CsvEncoder, JsonEncoder};
use crate::{App, Context, Error};

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Rows of cells under a header.
    Csv,
    /// An object on each line.
    JsonLines,
}

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The register could not be read.
    #[error(transparent)]
    App(#[from] Error),
    /// The file could not be written.
    #[error("the export can't be written: {0}")]
    Io(#[from] io::Error),
}

/// Where an export goes, and how.
pub struct ExportTarget<'a> {
    /// The form.
    pub format: ExportFormat,
    /// What addresses of records begin with (`https://host`).
    pub base_url: &'a str,
    /// Takes the bytes, a batch of records at a time.
    pub out: &'a mut (dyn Write + Send),
    /// Is told how many records have been written.
    pub progress: &'a (dyn Fn(u64) + Send + Sync),
}

impl App {
    /// Writes everything that the plan matches, and gives how many records that are.
    ///
    /// # Errors
    /// [`ExportError`]; what was written until then is incomplete.
    pub async fn export_to(
        &self,
        ctx: &Context,
        plan: Plan,
        target: ExportTarget<'_>,
    ) -> Result<u64, ExportError> {
        let record_type = self.schema.get(plan.type_index);
        let encoder = match target.format {
            ExportFormat::Csv => Encoder::Csv(CsvEncoder::new(record_type, target.base_url)),
            ExportFormat::JsonLines => {
                Encoder::Json(JsonEncoder::new(&self.schema, record_type, target.base_url))
            }
        };
        let mut buffer = String::new();
        encoder.header(&mut buffer);
        let mut count = 0;
        let mut batches = self.export(ctx, plan).await?;
        while let Some(batch) = batches.recv().await {
            for record in batch? {
                encoder.record(&record, &mut buffer);
                count += 1;
            }
            target.out.write_all(buffer.as_bytes())?;
            buffer.clear();
            (target.progress)(count);
        }
        target.out.write_all(buffer.as_bytes())?;
        target.out.flush()?;
        Ok(count)
    }
}

enum Encoder {
    Csv(CsvEncoder),
    Json(JsonEncoder),
}

impl Encoder {
    fn header(&self, out: &mut String) {
        match self {
            Self::Csv(encoder) => encoder.header(out),
            Self::Json(_) => {}
        }
    }

    fn record(&self, record: &Record, out: &mut String) {
        match self {
            Self::Csv(encoder) => encoder.record(record, out),
            Self::Json(encoder) => {
                encoder.record(record, out);
                out.push('\n');
            }
        }
    }
}
