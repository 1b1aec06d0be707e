//! `GET /integrations/{feed}/` and `/integrations/{feed}/{plural}/`

use std::sync::Arc;

use app::encode::EncodeRecord;
use app::feeds::{
    AnsibleEncoder, DnsEncoder, Hosts, HostsEncoder, PrometheusEncoder, SshConfigEncoder,
};
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::request::Parts;
use axum::response::Response;
use domain::fault::Faults;
use domain::freshness::Depends;
use domain::query::Plan;
use domain::schema::{Schema, Type};

use super::Feed;
use super::wanted::{self, Wanted};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::list::{Columns, Everything};
use crate::extract::{Links, ListRequest, Parameters, Reader, Reading};
use crate::fresh::{self, Ask, Conditions};
use crate::rest::answer;
use crate::stream::{self, Frame};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers with the records of the type that is made of hosts.
pub(crate) async fn of_hosts(
    State(edge): State<Arc<Edge>>,
    Path(feed): Path<String>,
    reader: Reader,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let of = hosts(edge.schema()).ok_or_else(no_such)?.index;
    let of = edge.record_type(of);
    answer_with((&edge, of), &feed, (reader, links), parts).await
}

/// Answers with the records of a type.
pub(crate) async fn of_type(
    State(edge): State<Arc<Edge>>,
    Path((feed, plural)): Path<(String, String)>,
    reader: Reader,
    links: Links,
    parts: Parts,
) -> Result<Response, ApiError> {
    let of = edge.schema().by_plural(&plural).ok_or_else(no_such)?;
    answer_with((&edge, of), &feed, (reader, links), parts).await
}

/// Servers, where there are any; else the first type with an address.
fn hosts(schema: &Schema) -> Option<&Type> {
    let is_host = |of: &&Type| Hosts::of(of, None).is_some();
    schema.named("server").filter(is_host).or_else(|| schema.types().iter().find(is_host))
}

fn no_such() -> ApiError {
    ApiError::NotFound("Not found.".to_owned())
}

async fn answer_with(
    (edge, record_type): (&Edge, &Type),
    feed: &str,
    (Reader { ctx, stand }, links): (Reader, Links),
    parts: Parts,
) -> Result<Response, ApiError> {
    let feed = Feed::of_word(feed).ok_or_else(no_such)?;
    let ask = Ask {
        edge,
        ctx: &ctx,
        stand: &stand,
        links: &links,
        conditions: &Conditions::of(&parts),
        depends: Depends::Type(record_type.index),
        form: feed.word(),
    };
    let (links, parameters) = (&links, Parameters::of(&parts));
    fresh::answer(ask, |ctx| async move {
        make(feed, Reading { edge, ctx: &ctx, links, record_type }, parameters).await
    })
    .await
}

async fn make(
    feed: Feed,
    reading: Reading<'_>,
    mut parameters: Parameters,
) -> Result<Response, ApiError> {
    let Reading { edge, ctx, record_type, .. } = reading;
    let mut faults = Faults::default();
    let wanted = wanted::take(feed, record_type, &mut parameters, &mut faults);
    let asked = (ctx.now, edge.settings.lenient_filters);
    let list =
        ListRequest::everything(edge.schema(), record_type, parameters, Columns::Record, asked);
    let list = list.map_err(|wrong| faults.merge(wrong)).ok();
    let (Some((hosts, wanted)), Some(Everything { plan, as_of, .. })) =
        (wanted, faults.or_ok(list)?)
    else {
        return Err(ApiError::Internal);
    };
    let plan = Plan { as_of: as_of.commit(edge, ctx).await?, ..plan };
    match wanted {
        Wanted::Ansible { group_by, variables } => {
            let encoder = AnsibleEncoder::new(hosts, group_by, variables);
            let groups = encoder.clone();
            let frame = Frame {
                head: AnsibleEncoder::HEAD.to_owned(),
                between: ",",
                behind: "",
                tail: Box::new(move |_| groups.tail()),
            };
            send(reading, plan, encoder, (frame, answer::JSON)).await
        }
        Wanted::Prometheus { port, labels } => {
            let encoder = PrometheusEncoder::new(hosts, port, labels);
            let frame = Frame {
                head: "[".to_owned(),
                between: ",\n",
                behind: "",
                tail: Box::new(|_| "]\n".to_owned()),
            };
            send(reading, plan, encoder, (frame, answer::JSON)).await
        }
        Wanted::Hosts => send(reading, plan, HostsEncoder(hosts), (lines(), TEXT)).await,
        Wanted::SshConfig { user } => {
            send(reading, plan, SshConfigEncoder { hosts, user }, (lines(), TEXT)).await
        }
        Wanted::Dns { zone } => {
            send(reading, plan, DnsEncoder { hosts, zone }, (lines(), TEXT)).await
        }
    }
}

fn lines() -> Frame {
    Frame { head: String::new(), between: "", behind: "", tail: Box::new(|_| String::new()) }
}

async fn send(
    Reading { edge, ctx, .. }: Reading<'_>,
    plan: Plan,
    encoder: impl EncodeRecord,
    (frame, media_type): (Frame, HeaderValue),
) -> Result<Response, ApiError> {
    let batches = edge.app.export(ctx, plan)?;
    let body = stream::body(batches, encoder, frame).await?;
    Ok(answer::body(media_type, body))
}
