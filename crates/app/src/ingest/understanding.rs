//! What messages say, which takes longer than all that a database does with those that change nothing.

use std::thread;

use domain::message::{Fact, Incoming, MessageFault, Payload, read};
use sql::json;

use super::headers::key_json;
use super::{Reading, Source};

/// From so many messages on, a second thread takes half of them: it is made and gone in the time of a few.
const FOR_TWO: usize = 200;

/// What a message says, or why it can't be understood.
pub(super) type Understood = Result<Fact, String>;

/// What messages say, in their order.
pub(super) fn understand(source: &Source, messages: &[Reading]) -> Vec<Understood> {
    let each = |messages: &[Reading]| -> Vec<Understood> {
        messages.iter().map(|message| understand_one(source, message)).collect()
    };
    if messages.len() < FOR_TWO {
        return each(messages);
    }
    let (first, second) = messages.split_at(messages.len() / 2);
    thread::scope(|scope| {
        // Gone with its half, and so is the memory that a thread of the runtime would keep for the next.
        let second = scope.spawn(|| each(second));
        let mut understood = each(first);
        match second.join() {
            Ok(second) => understood.extend(second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        understood
    })
}

fn understand_one(source: &Source, message: &Reading) -> Understood {
    let incoming = Incoming {
        key: message.key.as_deref().and_then(key_json),
        headers: message.headers.clone(),
        payload: payload(message.payload.as_deref()),
    };
    read(source.format, incoming)
        .and_then(|parts| source.mapping.understand(&parts))
        .map_err(|faults| MessageFault::join(&faults))
}

fn payload(bytes: Option<&[u8]>) -> Payload {
    match bytes.map(json::parse) {
        None => Payload::Tombstone,
        Some(Ok(json)) => Payload::Json(json),
        Some(Err(error)) => Payload::Unreadable(error.to_string()),
    }
}
