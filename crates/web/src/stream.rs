//! Bodies that are written while the database is still reading.

use std::io;
use std::time::Duration;

use app::Error;
use app::encode::EncodeRecord;
use app::export::{ExportError, Piece, Pieces};
use axum::body::Body;
use bytes::Bytes;
use domain::record::Record;
use futures_util::stream;
use tokio::sync::mpsc::Receiver;

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
    let state = State { batches, waiting, encoder, frame, began: false, ended: false, written: 0 };
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

/// How long an answer waits for a workbook, so that what goes wrong with it is told by a status.
const WORKBOOK_WAIT: Duration = Duration::from_secs(10);

/// A body of a workbook, which begins when all of it is there, or when that takes longer.
pub(crate) async fn workbook(mut pieces: Pieces) -> Result<Body, ApiError> {
    let first = match tokio::time::timeout(WORKBOOK_WAIT, next_bytes(&mut pieces)).await {
        Ok(first) => first?,
        Err(_elapsed) => Some(Bytes::new()),
    };
    let state = (first, pieces);
    Ok(Body::from_stream(stream::try_unfold(state, |(first, mut pieces)| async move {
        let bytes = match first {
            Some(bytes) => Some(bytes),
            None => next_bytes(&mut pieces).await.map_err(workbook_broken_off)?,
        };
        Ok::<_, io::Error>(bytes.map(|bytes| (bytes, (None, pieces))))
    })))
}

async fn next_bytes(pieces: &mut Pieces) -> Result<Option<Bytes>, ExportError> {
    while let Some(piece) = pieces.recv().await {
        match piece? {
            Piece::Records(_) => {}
            Piece::Bytes(bytes) => return Ok(Some(bytes)),
            Piece::End => return Ok(None),
        }
    }
    Err(ExportError::Cut)
}

fn workbook_broken_off(error: ExportError) -> io::Error {
    tracing::error!(%error, "a workbook broke off");
    io::Error::other(error)
}

fn broken_off(error: Error) -> io::Error {
    tracing::error!(%error, "an export broke off");
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::record::{Fields, RecordId, Revision, Timestamp};
    use domain::schema::TypeIndex;
    use http_body_util::BodyExt;
    use tokio::sync::mpsc;

    struct Ids;

    impl EncodeRecord for Ids {
        fn encode(&self, record: &Record, out: &mut String) {
            out.push_str(&record.id.to_string());
        }
    }

    fn batch(ids: &[i64]) -> Vec<Record> {
        let record = |id: &i64| Record {
            type_index: TypeIndex(0),
            id: RecordId(*id),
            revision: Revision(1),
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            changed_by: String::new(),
            fields: Fields::default(),
        };
        ids.iter().map(record).collect()
    }

    async fn streamed(sent: Vec<Result<Vec<Record>, Error>>) -> Result<Option<String>, ApiError> {
        let (sender, receiver) = mpsc::channel(8);
        for one in sent {
            sender.send(one).await.unwrap();
        }
        drop(sender);
        let frame = Frame {
            head: "[".to_owned(),
            between: ",",
            behind: "",
            tail: Box::new(|written| format!("]{written}")),
        };
        let collected = body(receiver, Ids, frame).await?.collect().await.ok();
        Ok(collected.map(|all| String::from_utf8(all.to_bytes().to_vec()).unwrap()))
    }

    #[tokio::test]
    async fn records_of_all_batches_stand_in_one_frame() {
        for (sent, expected) in
            [(vec![], "[]0"), (vec![Ok(batch(&[1, 2])), Ok(vec![]), Ok(batch(&[3]))], "[1,2,3]3")]
        {
            assert_eq!(streamed(sent).await.unwrap().as_deref(), Some(expected));
        }
    }

    #[tokio::test]
    async fn what_fails_at_once_is_told_and_what_fails_later_breaks_off() {
        let at_once = streamed(vec![Err(Error::TookTooLong)]).await;
        assert!(matches!(at_once, Err(ApiError::App(Error::TookTooLong))));
        let later = streamed(vec![Ok(batch(&[1])), Err(Error::TookTooLong)]).await;
        assert_eq!(later.unwrap(), None);
    }
}
