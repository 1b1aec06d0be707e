//! Reads whose answers are kept: 304 before a row is read, the body where it has been made, and
//! else made once, coded once, and kept under the heads that its rows were read with.
//!
//! The way of such a read: heads (asked anew, [`app::freshness::Stand`]), who asks (remembered under
//! the head of all people), the key, the client's own copy, the kept body, the rows.

mod coding;
mod conditions;
pub(crate) mod pages;
mod repeats;
mod send;
mod terms;

use std::future::Future;
use std::sync::Arc;

use app::Context;
use app::bodies::{Making, Turn, Waited};
use app::freshness::{Stand, Witness};
use app::ports::KeptBody;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::freshness::{Depends, Heads, Key, Question};

pub(crate) use coding::{Coding, coded};
pub(crate) use conditions::Conditions;
pub(crate) use repeats::{Again, Repeats, Words, again};

use crate::edge::Edge;
use crate::error::{ApiError, Problem};
use crate::extract::{JsonRead, Links, Parameters};
use crate::measured::Cache;
use repeats::Answered;
use terms::Terms;

/// A read whose answer may be kept.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) edge: &'a Edge,
    pub(crate) ctx: &'a Context,
    pub(crate) stand: &'a Stand,
    pub(crate) links: &'a Links,
    pub(crate) conditions: &'a Conditions,
    /// What the answer depends on.
    pub(crate) depends: Depends,
    /// The form of the answer, where the address leaves it open.
    pub(crate) form: &'a str,
}

/// What an answer is kept and told by.
#[derive(Clone, Copy)]
struct Told<'a> {
    ask: Ask<'a>,
    depends: Depends,
    moments: &'a [i64],
}

/// Answers a read with JSON; as [`answer`].
pub(crate) async fn json<M, F>(
    edge: &Edge,
    read: JsonRead,
    depends: Depends,
    make: M,
) -> Result<Response, ApiError>
where
    M: FnOnce(Context, Links, Parameters) -> F + Send,
    F: Future<Output = Result<Response, ApiError>> + Send,
{
    let JsonRead { ctx, stand, links, conditions, parameters, .. } = read;
    let (ctx, stand, conditions) = (&ctx, &stand, &conditions);
    let ask = Ask { edge, ctx, stand, links: &links, conditions, depends, form: "json" };
    answer(ask, |ctx| make(ctx, links.clone(), parameters)).await
}

/// Answers a read. `make` is asked for the whole answer, in no coding, where nobody has it; what it
/// answers with another status than 200 is passed on and never kept.
pub(crate) async fn answer<M, F>(ask: Ask<'_>, make: M) -> Result<Response, ApiError>
where
    M: FnOnce(Context) -> F + Send,
    F: Future<Output = Result<Response, ApiError>> + Send,
{
    let ctx = ask.ctx;
    let moments = ask.conditions.moments(ctx.now);
    // What was depends on every commit: which one a time means, and what its number stands for.
    let depends = if moments.is_empty() { ask.depends } else { Depends::Everything };
    let told = Told { ask, depends, moments: &moments };
    let key = told.key(&ask.stand.heads);
    if let Some(tag) = ask.conditions.known_tag(key) {
        told.came_from(Cache::Hit);
        told.remember(key);
        return Ok(told.finish(StatusCode::NOT_MODIFIED.into_response(), Some(tag)));
    }
    let making = match told.kept_or_turn(key).await {
        Have::Body(body) => {
            told.came_from(Cache::Hit);
            told.remember(key);
            return Ok(told.whole(&body, Some(key)));
        }
        Have::Turn(making) => making,
    };
    let witness = Arc::new(Witness::default());
    let answered = make(Context { witness: Some(Arc::clone(&witness)), ..ctx.clone() }).await?;
    if answered.status() != StatusCode::OK || answered.extensions().get::<Problem>().is_some() {
        return Ok(answered);
    }
    told.came_from(Cache::Miss);
    let key = told.key_of_made(&witness);
    send::send(told, answered, key, making).await
}

/// What there is for somebody who wants a body.
enum Have {
    /// The body.
    Body(KeptBody),
    /// The turn to make it for all who want it, or for oneself alone.
    Turn(Option<Making>),
}

impl Told<'_> {
    fn key(&self, heads: &Heads) -> Key {
        let Ask { edge, ctx, links, conditions, form, .. } = self.ask;
        let question = Question {
            depends: self.depends,
            audience: ctx.access.audience(edge.schema()),
            base_url: links.base(),
            address: conditions.address(),
            moments: self.moments,
            form,
            coding: conditions.coding.word().unwrap_or_default(),
        };
        edge.maker.key(heads, &question)
    }

    /// The kept body, or the turn to make it.
    async fn kept_or_turn(&self, key: Key) -> Have {
        let bodies = &self.ask.edge.app.bodies;
        if bodies.limit() == 0 {
            return Have::Turn(None);
        }
        loop {
            if let Some(body) = bodies.get(key).await {
                return Have::Body(body);
            }
            match bodies.turn(key) {
                Turn::Make(making) => return Have::Turn(Some(making)),
                Turn::Wait(waiting) => match waiting.wait().await {
                    Waited::Body(body) => return Have::Body(body),
                    Waited::Alone => return Have::Turn(None),
                    Waited::GivenUp => {}
                },
            }
        }
    }

    /// The key of what was made: of the heads that its rows were read with. None where somebody
    /// wrote while it was made, so that it may show no one moment.
    fn key_of_made(&self, witness: &Witness) -> Option<Key> {
        Some(self.key(&*witness.heads()?))
    }

    /// The answer with a whole body.
    fn whole(&self, body: &KeptBody, key: Option<Key>) -> Response {
        let tag = key.map(|key| conditions::tag(key, body.revision));
        let terms = self.terms();
        let changed = terms.last_modified(self.ask.ctx.now).map(|(changed, _)| *changed);
        let response = if tag.is_some() && self.ask.conditions.has(changed) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = body.bytes.clone().into_response();
            send::describe(&mut response, body);
            response
        };
        self.finish(response, tag)
    }

    /// What the answer says of itself.
    fn terms(&self) -> Terms {
        let heads = &self.ask.stand.heads;
        let changed = self.ask.edge.maker.last_change(heads, self.depends).at;
        let changed = changed.max(heads.rules_changed_at);
        Terms::new(!self.ask.ctx.is_known(), self.moments.is_empty().then_some(changed))
    }

    fn came_from(&self, cache: Cache) {
        self.ask.conditions.trail.came_from(cache);
    }

    /// Lets the next request in the same words be answered at once.
    fn remember(&self, key: Key) {
        let Ask { edge, ctx, stand, conditions, .. } = self.ask;
        // Whom a proxy names is looked up each time, and never the same to us.
        let is_fit = self.moments.is_empty() && edge.settings.providers.headers.is_empty();
        let words = conditions.words().filter(|_| is_fit);
        if let Some((words, route)) = words.zip(conditions.trail.route()) {
            let access = Arc::clone(&ctx.access);
            let answered = Answered { access, key, terms: self.terms(), route };
            edge.repeats.keep(words, &stand.heads, answered);
        }
    }

    /// Adds what every such answer says of itself.
    fn finish(&self, response: Response, tag: Option<String>) -> Response {
        let Ask { edge, ctx, stand, .. } = self.ask;
        self.terms().put_on(response, tag, (edge, stand, ctx.now))
    }
}
