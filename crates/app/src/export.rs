//! Records out of the register, into a file: all that a plan matches, in constant memory.

mod workbook;

use std::io::{self, Write};

use domain::query::Plan;

use crate::encode::{CsvEncoder, EncodeRecord, JsonEncoder, Member, SheetError, YamlEncoder};
use crate::{App, Context, Error};

pub use workbook::{Piece, Pieces};

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Rows of cells under a header.
    Csv,
    /// An object on each line.
    JsonLines,
    /// A workbook with one sheet.
    Xlsx,
    /// A list of objects.
    Json,
    /// A list of mappings: the id and the fields.
    Yaml,
}

impl ExportFormat {
    /// What stands before the first record, between two, and behind each.
    fn signs(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Json => ("[", ",\n", ""),
            Self::JsonLines => ("", "", "\n"),
            Self::Csv | Self::Xlsx | Self::Yaml => ("", "", ""),
        }
    }

    /// What stands behind the last of so many records.
    fn tail(self, count: u64) -> &'static str {
        match self {
            Self::Json => "]\n",
            Self::Yaml if count == 0 => YamlEncoder::EMPTY,
            Self::Csv | Self::JsonLines | Self::Xlsx | Self::Yaml => "",
        }
    }
}

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The register could not be read.
    #[error(transparent)]
    App(#[from] Error),
    /// A workbook can't hold it.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Whoever put it together is gone.
    #[error("the export ended before its end")]
    Cut,
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
        let mut buffer = String::new();
        let encoder: Box<dyn EncodeRecord> = match target.format {
            ExportFormat::Csv => {
                let encoder = CsvEncoder::new(record_type, &Member::columns(record_type));
                buffer.push_str(encoder.header());
                Box::new(encoder)
            }
            ExportFormat::Xlsx => {
                let members = Member::columns(record_type);
                return pour(self.export_workbook(ctx, plan, &members).await?, target).await;
            }
            ExportFormat::Yaml => {
                let members = Member::columns(record_type);
                Box::new(YamlEncoder::new(&self.schema, record_type, &members))
            }
            ExportFormat::Json | ExportFormat::JsonLines => {
                let members = Member::full(record_type);
                Box::new(JsonEncoder::new(&self.schema, record_type, &members, target.base_url))
            }
        };
        let (before, between, behind) = target.format.signs();
        buffer.push_str(before);
        let mut count = 0;
        let mut batches = self.export(ctx, plan)?;
        while let Some(batch) = batches.recv().await {
            for record in batch? {
                buffer.push_str(if count > 0 { between } else { "" });
                encoder.encode(&record, &mut buffer);
                buffer.push_str(behind);
                count += 1;
            }
            target.out.write_all(buffer.as_bytes())?;
            buffer.clear();
            (target.progress)(count);
        }
        buffer.push_str(target.format.tail(count));
        target.out.write_all(buffer.as_bytes())?;
        target.out.flush()?;
        Ok(count)
    }
}

/// Writes a workbook as it comes.
async fn pour(mut pieces: Pieces, target: ExportTarget<'_>) -> Result<u64, ExportError> {
    let mut count = 0;
    while let Some(piece) = pieces.recv().await {
        match piece? {
            Piece::Records(records) => {
                count = records;
                (target.progress)(count);
            }
            Piece::Bytes(bytes) => target.out.write_all(&bytes)?,
            Piece::End => {
                target.out.flush()?;
                return Ok(count);
            }
        }
    }
    Err(ExportError::Cut)
}
