//! A workbook of XLSX of all that a plan matches. Its last part tells where the first begins, so that
//! it is put together on a thread that may wait, in a temporary file, and then sent in pieces.

use std::io::{self, Write};

use bytes::Bytes;
use domain::fault::{Faults, FieldFault};
use domain::query::{Page, Plan};
use domain::record::{Record, Timestamp};
use domain::schema::Type;
use tokio::sync::mpsc;

use super::ExportError;
use crate::encode::{Member, SHEET_RECORDS_MAX, SheetError, SheetWriter};
use crate::{App, Context, Error};

/// Pieces that wait for a reader.
const PIECES_AHEAD: usize = 2;
/// Bytes of a piece.
const PIECE_LENGTH: usize = 64 * 1_024;

/// What is told of a workbook in the making.
#[derive(Debug)]
pub enum Piece {
    /// So many records are in it.
    Records(u64),
    /// The next bytes of the file: all records are in it.
    Bytes(Bytes),
    /// The file is whole. What ends without it is a part.
    End,
}

/// A workbook as it comes: first how many records are in it, then its bytes.
pub type Pieces = mpsc::Receiver<Result<Piece, ExportError>>;

impl App {
    /// Puts a workbook together of everything that the plan matches, as of one moment. It stops when
    /// nobody takes the pieces any more.
    ///
    /// # Errors
    /// [`Error::BadRequest`] where a sheet has not as many rows; others as of reading. What goes
    /// wrong later comes as the last piece.
    pub async fn export_workbook(
        &self,
        ctx: &Context,
        plan: Plan,
        members: &[Member],
    ) -> Result<Pieces, Error> {
        // Told before a million rows are written for nothing.
        let page = Page::Offset { offset: 0, limit: 1 };
        let counted = Plan { page, count: true, order: Vec::new(), ..plan.clone() };
        let count = self.find(ctx, counted).await?.count.unwrap_or_default();
        if count > u64::from(SHEET_RECORDS_MAX) {
            let why = SheetError::TooManyRecords(SHEET_RECORDS_MAX).to_string();
            return Err(Error::BadRequest(Faults::one("format", FieldFault::BadParameter(why))));
        }
        let record_type = self.schema.get(plan.type_index).clone();
        let (members, now) = (members.to_vec(), ctx.now);
        let batches = self.export(ctx, plan)?;
        let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
        let making = Making { record_type, members, now, batches };
        tokio::task::spawn_blocking(move || {
            if let Err(error) = making.run(&sender)
                && sender.blocking_send(Err(error)).is_err()
            {
                tracing::debug!("the reader of a workbook is gone");
            }
        });
        Ok(receiver)
    }
}

struct Making {
    record_type: Type,
    members: Vec<Member>,
    now: Timestamp,
    batches: mpsc::Receiver<Result<Vec<Record>, Error>>,
}

type Sender = mpsc::Sender<Result<Piece, ExportError>>;

impl Making {
    fn run(mut self, sender: &Sender) -> Result<(), ExportError> {
        let mut sheet = SheetWriter::new(&self.record_type, &self.members, self.now)?;
        let mut count = 0_u64;
        while let Some(batch) = self.batches.blocking_recv() {
            for record in batch? {
                sheet.add(&record)?;
                count += 1;
            }
            if sender.blocking_send(Ok(Piece::Records(count))).is_err() {
                return Ok(());
            }
        }
        let mut out = PieceWriter { sender, piece: Vec::with_capacity(PIECE_LENGTH) };
        sheet.finish(&mut out)?;
        out.flush()?;
        if sender.blocking_send(Ok(Piece::End)).is_err() {
            tracing::debug!("the reader of a workbook went before its end");
        }
        Ok(())
    }
}

/// Sends what is written to it, in pieces.
struct PieceWriter<'a> {
    sender: &'a Sender,
    piece: Vec<u8>,
}

impl Write for PieceWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_LENGTH {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_LENGTH));
        let sent = self.sender.blocking_send(Ok(Piece::Bytes(Bytes::from(piece))));
        sent.map_err(|_closed| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
