//! What is measured of sources of messages: of all replicas together, as the register has it.

use app::sources::{MemberState, SourceState};
use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Records how all sources go.
pub(super) fn record(sources: &[SourceState]) {
    if sources.is_empty() {
        return;
    }
    describe_counter!("domesday_source_messages_total", "Messages, by what became of them.");
    describe_gauge!("domesday_source_behind", "Messages that were written and not read yet.");
    describe_gauge!("domesday_source_dead_letters", "Messages that wait for somebody to look.");
    describe_gauge!("domesday_source_up", "1 unless the source can't be read.");
    describe_gauge!(
        "domesday_source_last_message_timestamp_seconds",
        "When a message was last taken in."
    );
    sources.iter().for_each(record_one);
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
fn record_one(state: &SourceState) {
    let source = ("source", state.known.source.name.clone());
    let tally = state.tally;
    for (outcome, messages) in [
        ("applied", tally.applied),
        ("queued", tally.queued),
        ("unchanged", tally.unchanged),
        ("repeat", tally.repeats),
        ("late", tally.late),
        ("dead", tally.dead),
    ] {
        let labels = [source.clone(), ("outcome", outcome.to_owned())];
        counter!("domesday_source_messages_total", &labels).absolute(messages);
    }
    let labels = [source];
    if let Some(behind) = state.behind() {
        gauge!("domesday_source_behind", &labels).set(behind as f64);
    }
    gauge!("domesday_source_dead_letters", &labels).set(state.letters as f64);
    let is_up = !MemberState::is_bad(state.state());
    gauge!("domesday_source_up", &labels).set(if is_up { 1.0 } else { 0.0 });
    if let Some(at) = state.last_at {
        let seconds = at.timestamp() as f64;
        gauge!("domesday_source_last_message_timestamp_seconds", &labels).set(seconds);
    }
}
