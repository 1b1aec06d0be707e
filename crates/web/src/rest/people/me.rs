//! `GET` and `PATCH /api/-/me/`

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::access::{Allowed, Right};
use domain::notice::Topic;
use domain::preferences::{Preferences, PreferencesChange};
use serde_json::{Map, Value, json};

use super::members::Members;
use super::preferences;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::session::Session;
use crate::extract::{Caller, Doer, JsonOnly, ObjectBody, Parameters};
use crate::rest::answer;

/// Keeps what somebody wants to be told of by mail, and how they want to see pages.
pub(crate) async fn change(
    State(edge): State<Arc<Edge>>,
    Doer(caller): Doer,
    parameters: Parameters,
    ObjectBody { fields, .. }: ObjectBody,
) -> Result<Response, ApiError> {
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    let mut members = Members::of(fields);
    let topics = members.has("notices").then(|| topics(&mut members));
    let preferred = preferences::change(&mut members);
    let (topics, preferred) = members.finish((topics, preferred))?;
    if let Some(topics) = topics {
        edge.app.topics_set(&caller.ctx, topics).await?;
    }
    if preferred != PreferencesChange::default() {
        edge.app.prefer(&caller.ctx, preferred).await?;
    }
    Ok(answer::json(&told(&edge, &caller).await?))
}

/// What somebody wants to be told of; null is what suits most.
fn topics(members: &mut Members) -> BTreeSet<Topic> {
    match members.texts("notices") {
        None => Topic::by_default(),
        Some(words) => {
            let mut topics = BTreeSet::new();
            for word in &words {
                match Topic::of_word(word) {
                    Some(topic) => drop(topics.insert(topic)),
                    None => {
                        members
                            .fault("notices", format!("There is no {word}. There are {TOPICS}."));
                    }
                }
            }
            topics
        }
    }
}

const TOPICS: &str = "new, assigned, decided, discussed";

/// Tells somebody who they are and what they may: what buttons a page shows.
pub(crate) async fn me(
    State(edge): State<Arc<Edge>>,
    caller: Caller,
    _json: JsonOnly,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    parameters.drop_where(|name| name == crate::extract::format::FORMAT);
    parameters.refuse_rest(edge.settings.lenient_filters)?;
    Ok(answer::json(&told(&edge, &caller).await?))
}

async fn told(edge: &Edge, caller: &Caller) -> Result<Value, ApiError> {
    let ctx = &caller.ctx;
    let (user, groups) = if ctx.is_known() {
        (Some(ctx.actor.name()), edge.app.groups_of(ctx.actor.name()).await?)
    } else {
        (None, Vec::new())
    };
    let words = |has: &dyn Fn(Right) -> bool| -> Vec<&str> {
        Right::ALL.into_iter().filter(|right| has(*right)).map(Right::word).collect()
    };
    let mut types = Map::new();
    for of in edge.schema().types() {
        let on_some: Vec<&str> = Right::ALL
            .into_iter()
            .filter(|right| matches!(ctx.access.allowed(*right, of.index), Allowed::Where(_)))
            .map(Right::word)
            .collect();
        let on_all = words(&|right| ctx.access.has_all(right, of.index));
        types.insert(of.name.to_string(), json!({"all": on_all, "some": on_some}));
    }
    let everything = words(&|right| ctx.access.has_everywhere(right));
    let topics = if ctx.is_known() { edge.app.topics(ctx).await? } else { BTreeSet::new() };
    let topics: Vec<&str> = topics.into_iter().map(Topic::word).collect();
    let preferred =
        if ctx.is_known() { edge.app.preferences(ctx).await? } else { Preferences::default() };
    let mut told = json!({
        "user": user,
        "token": ctx.actor.token(),
        "groups": groups,
        "rights": {"everything": everything, "types": Value::Object(types)},
        "notices": topics,
        "csrf_token": caller.session.as_ref().map(Session::word),
    });
    if let Some(members) = told.as_object_mut() {
        members.extend(preferences::told(preferred));
    }
    Ok(told)
}
