//! Sending what was made: in its coding, and kept where it is small enough.

use std::io;
use std::sync::Arc;

use app::Bodies;
use app::bodies::Making;
use app::ports::KeptBody;
use axum::body::{Body, BodyDataStream, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use domain::freshness::Key;
use domain::record::Revision;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;
use tokio::task::block_in_place;

use super::Told;
use super::coding::{Coder, Coding, WORTH_CODING, coded};
use super::conditions;
use crate::error::ApiError;

/// Pieces of a body too large to keep that may wait for a client who reads slowly.
const PIECES_AHEAD: usize = 2;

/// Sends an answer that was made, and keeps it under its key.
pub(super) async fn send(
    told: Told<'_>,
    answered: Response,
    key: Option<Key>,
    making: Option<Making>,
) -> Result<Response, ApiError> {
    let (parts, body) = answered.into_parts();
    let coding = told.ask.conditions.coding;
    let bodies = &told.ask.edge.app.bodies;
    let described = KeptBody {
        media_type: text_of(&parts.headers, &header::CONTENT_TYPE).unwrap_or_else(|| "".into()),
        coding: None,
        disposition: text_of(&parts.headers, &header::CONTENT_DISPOSITION),
        revision: parts.extensions.get::<Revision>().copied(),
        bytes: Bytes::new(),
    };
    if body.size_hint().exact().is_some() {
        let bytes = body.collect().await.map_err(|error| unsent(&error))?.to_bytes();
        let body = heavy(|| code(described, bytes, coding)).map_err(|error| unsent(&error))?;
        if let Some(key) = key {
            bodies.put(key, body.clone()).await;
        }
        if let Some(making) = making {
            if key.is_some() { making.done(body.clone()) } else { making.not_kept() }
        }
        return Ok(told.whole(&body, key));
    }
    let described = KeptBody { coding: coding.word().map(Arc::from), ..described };
    let pump = Pump {
        source: body.into_data_stream(),
        coder: Coder::new(coding).map_err(|error| unsent(&error))?,
        kept: Vec::new(),
        size: 0,
        keep: key.map(|key| Keep { key, bodies: bodies.clone(), described: described.clone() }),
        making,
    };
    let mut response = pump.start().into_response();
    describe(&mut response, &described);
    let tag = key.map(|key| conditions::tag(key, described.revision));
    Ok(told.finish(response, tag))
}

/// Says what a body is.
pub(super) fn describe(response: &mut Response, body: &KeptBody) {
    let headers = response.headers_mut();
    let words = [
        (header::CONTENT_TYPE, Some(&body.media_type)),
        (header::CONTENT_ENCODING, body.coding.as_ref()),
        (header::CONTENT_DISPOSITION, body.disposition.as_ref()),
    ];
    for (name, word) in words {
        if let Some(word) = word.and_then(|word| HeaderValue::from_str(word).ok()) {
            headers.insert(name, word);
        }
    }
}

fn text_of(headers: &HeaderMap, name: &header::HeaderName) -> Option<Arc<str>> {
    headers.get(name)?.to_str().ok().map(Arc::from)
}

fn unsent(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "an answer that was made can't be sent");
    ApiError::Internal
}

/// A whole body in a coding, where that is worth it.
fn code(described: KeptBody, bytes: Bytes, coding: Coding) -> io::Result<KeptBody> {
    if coding == Coding::Identity || bytes.len() < WORTH_CODING {
        return Ok(KeptBody { bytes, ..described });
    }
    let bytes = coded(bytes, coding)?;
    Ok(KeptBody { coding: coding.word().map(Arc::from), bytes, ..described })
}

/// Runs what keeps a processor busy for a while, without keeping other requests from theirs.
pub(super) fn heavy<T>(work: impl FnOnce() -> T) -> T {
    if Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
        return block_in_place(work);
    }
    work()
}

/// Carries a body from whoever makes it to its client, and keeps what passes. As long as that is
/// little enough to keep, a client who reads slowly holds nobody up; from then on it is waited for.
struct Pump {
    source: BodyDataStream,
    coder: Coder,
    /// What has passed, while it may be kept.
    kept: Vec<Bytes>,
    size: usize,
    keep: Option<Keep>,
    making: Option<Making>,
}

/// Where a body is kept.
struct Keep {
    key: Key,
    bodies: Bodies,
    described: KeptBody,
}

type Piece = io::Result<Bytes>;

/// The two ways to the client: one without a limit, and one that makes the sender wait.
struct Ways {
    near: Option<mpsc::UnboundedSender<Piece>>,
    far: mpsc::Sender<Piece>,
}

/// The client has gone.
struct Gone;

impl Ways {
    async fn send(&self, piece: Piece) -> Result<(), Gone> {
        match &self.near {
            Some(near) => near.send(piece).map_err(|_closed| Gone),
            None => self.far.send(piece).await.map_err(|_closed| Gone),
        }
    }
}

impl Pump {
    /// Starts, and gives the client's end.
    fn start(self) -> Body {
        let (near, near_end) = mpsc::unbounded_channel();
        let (far, far_end) = mpsc::channel(PIECES_AHEAD);
        let near = self.keep.is_some().then_some(near);
        tokio::spawn(async move {
            if let Err(Gone) = self.run(Ways { near, far }).await {
                tracing::debug!("a client went before its answer ended");
            }
        });
        Body::from_stream(stream::unfold((near_end, far_end), |mut ends| async move {
            let piece = match ends.0.recv().await {
                None => ends.1.recv().await,
                piece => piece,
            };
            piece.map(|piece| (piece, ends))
        }))
    }

    async fn run(mut self, mut ways: Ways) -> Result<(), Gone> {
        if self.keep.is_none() {
            self.give_up(&mut ways);
        }
        while let Some(piece) = self.source.next().await {
            let coded =
                piece.map_err(io::Error::other).and_then(|piece| heavy(|| self.coder.push(piece)));
            match coded {
                Ok(coded) => self.pass(coded, &mut ways).await?,
                // What is cut off ends badly, so that no client takes a part for the whole.
                Err(error) => return ways.send(Err(error)).await,
            }
        }
        let coder = std::mem::replace(&mut self.coder, Coder::Identity);
        match heavy(|| coder.finish()) {
            Ok(rest) => self.pass(rest, &mut ways).await?,
            Err(error) => return ways.send(Err(error)).await,
        }
        drop(ways);
        self.end().await;
        Ok(())
    }

    async fn pass(&mut self, piece: Bytes, ways: &mut Ways) -> Result<(), Gone> {
        if piece.is_empty() {
            return Ok(());
        }
        self.size = self.size.saturating_add(piece.len());
        match &self.keep {
            Some(keep) if self.size <= keep.bodies.limit() => self.kept.push(piece.clone()),
            Some(_) => self.give_up(ways),
            None => {}
        }
        ways.send(Ok(piece)).await
    }

    /// Keeps nothing of it.
    fn give_up(&mut self, ways: &mut Ways) {
        (self.keep, self.kept, ways.near) = (None, Vec::new(), None);
        if let Some(making) = self.making.take() {
            making.not_kept();
        }
    }

    async fn end(self) {
        let Some(Keep { key, bodies, described }) = self.keep else {
            return;
        };
        let mut whole = BytesMut::with_capacity(self.size);
        for piece in self.kept {
            whole.extend_from_slice(&piece);
        }
        let body = KeptBody { bytes: whole.freeze(), ..described };
        bodies.put(key, body.clone()).await;
        if let Some(making) = self.making {
            making.done(body);
        }
    }
}
