//! Sources of messages, who reads them, and what could not be taken in.

pub(crate) mod lag;
pub(crate) mod letters;
pub(crate) mod list;
pub(crate) mod one;
pub(crate) mod payload;

use app::ingest::{DeadLetter, MessageTally};
use app::sources::{SourceMember, SourceState};
use domain::value::datetime_text;
use serde_json::{Value, json};

use crate::extract::Links;
use payload::Told;

/// The address of all of them.
pub(crate) const PATH: &str = "/api/-/sources/";

/// A source as it is told.
fn shown(state: &SourceState, links: &Links) -> Value {
    let known = &state.known;
    let source = &known.source;
    let url = format!("{}{PATH}{}/", links.base(), source.name);
    let partitions: Vec<Value> = state
        .partitions
        .iter()
        .map(|(partition, kept)| {
            json!({
                "topic": partition.topic,
                "partition": partition.number,
                "next_offset": kept.next,
                "epoch": kept.epoch,
            })
        })
        .collect();
    let replicas: Vec<Value> = state.members.iter().map(shown_member).collect();
    json!({
        "name": source.name,
        "url": url,
        "state": state.state().word(),
        "task": known.task,
        "brokers": known.brokers,
        "topics": known.topics,
        "group": known.group,
        "policy": source.policy.word(),
        "behind": state.behind(),
        "messages_per_minute": state.per_minute(),
        "last_message_at": state.last_at.map(datetime_text),
        "counts": shown_tally(&state.tally),
        "dead_letters": state.letters,
        "partitions": partitions,
        "replicas": replicas,
    })
}

/// What became of messages, as it is told.
fn shown_tally(tally: &MessageTally) -> Value {
    json!({
        "applied": tally.applied,
        "queued": tally.queued,
        "unchanged": tally.unchanged,
        "repeats": tally.repeats,
        "late": tally.late,
        "dead": tally.dead,
    })
}

fn shown_member(member: &SourceMember) -> Value {
    let partitions: Vec<Value> = member
        .partitions
        .iter()
        .map(|partition| {
            json!({
                "topic": partition.partition.topic,
                "partition": partition.partition.number,
                "next_offset": partition.next,
                "end_offset": partition.high,
                "behind": partition.behind,
            })
        })
        .collect();
    let (code, error) = member.trouble.clone().unzip();
    json!({
        "replica": member.replica,
        "state": member.state.word(),
        "code": code,
        "error": error,
        "messages_per_minute": member.per_minute,
        "told_at": datetime_text(member.at),
        "partitions": partitions,
    })
}

/// A dead letter as it is told.
fn shown_letter(source: &str, letter: &DeadLetter, links: &Links) -> Value {
    let url = format!("{}{PATH}{source}/letters/{}/", links.base(), letter.id);
    let headers: Value = serde_json::from_str(&letter.headers).unwrap_or(Value::Null);
    json!({
        "id": letter.id,
        "url": url,
        "topic": letter.partition.topic,
        "partition": letter.partition.number,
        "offset": letter.offset,
        "key": Told::of(letter.key.as_deref()).json(),
        "headers": headers,
        "payload": Told::of(letter.payload.as_deref()).json(),
        "is_cut": letter.is_cut,
        "reason": letter.reason,
        "at": datetime_text(letter.at),
    })
}
