//! Bodies that are written while the database is still reading.

use std::io;

use app::Error;
use axum::body::Body;
use bytes::Bytes;
use domain::record::Record;
use futures_util::stream;
use tokio::sync::mpsc::Receiver;

use super::EncodeRecord;
use crate::error::ApiError;

/// Batches of records, as `App::export` gives them.
pub(crate) type Batches = Receiver<Result<Vec<Record>, Error>>;

/// What stands around and between the records of a stream.
pub(crate) struct Frame {
    /// Before the first record.
    pub(crate) head: String,
    /// Between two records.
    pub(crate) between: &'static str,
    /// Behind each record.
    pub(crate) behind: &'static str,
    /// Behind the last record; is told how many there were.
    pub(crate) tail: Box<dyn Fn(u64) -> String + Send>,
}

struct State<E> {
    batches: Batches,
    /// A batch that was read before the answer began.
    waiting: Option<Vec<Record>>,
    encoder: E,
    frame: Frame,
    began: bool,
    ended: bool,
    written: u64,
}

/// A body of everything that a channel brings. The first batch is awaited before the answer
/// begins, so that what fails at once is told by a status; what fails later breaks the connection
/// off, so that no client takes a part for the whole.
pub(crate) async fn body(
    mut batches: Batches,
    encoder: impl EncodeRecord,
    frame: Frame,
) -> Result<Body, ApiError> {
    let waiting = batches.recv().await.transpose()?;
    let state = State {
        batches,
        waiting,
        encoder,
        frame,
        began: false,
        ended: false,
        written: 0,
    };
    Ok(Body::from_stream(stream::try_unfold(state, next)))
}

async fn next<E: EncodeRecord>(mut state: State<E>) -> io::Result<Option<(Bytes, State<E>)>> {
    if state.ended {
        return Ok(None);
    }
    let mut out = String::new();
    if !state.began {
        state.began = true;
        out.push_str(&state.frame.head);
    }
    let batch = match state.waiting.take() {
        Some(batch) => Some(batch),
        None => state.batches.recv().await.transpose().map_err(broken_off)?,
    };
    if let Some(records) = batch {
        for record in &records {
            if state.written > 0 {
                out.push_str(state.frame.between);
            }
            state.encoder.encode(record, &mut out);
            out.push_str(state.frame.behind);
            state.written = state.written.saturating_add(1);
        }
    } else {
        state.ended = true;
        out.push_str(&(state.frame.tail)(state.written));
    }
    if state.ended && out.is_empty() {
        return Ok(None);
    }
    Ok(Some((Bytes::from(out), state)))
}

fn broken_off(error: Error) -> io::Error {
    tracing::error!(%error, "an export broke off");
    io::Error::other(error)
}
