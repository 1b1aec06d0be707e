//! Why a message can't be understood.

/// The most characters of a value of a message that a fault repeats.
const SHOWN_MAX: usize = 80;

/// Why a message can't be understood, in words for the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// The payload is no JSON.
    #[error("the payload is no JSON: {0}")]
    NotJson(String),
    /// The message has no payload and the source takes that for nothing.
    #[error("the message is a tombstone, which this source does not take for a delete")]
    Tombstone,
    /// Several events in one message.
    #[error("the message is a batch of CloudEvents: send each in a message of its own")]
    EventBatch,
    /// A CloudEvent in a form that is neither JSON nor headers.
    #[error(
        "the content type {0} of a CloudEvent is not known here: send application/cloudevents+json"
    )]
    EventForm(String),
    /// No CloudEvent, where the source says that there are.
    #[error(
        "the message is no CloudEvent: it has neither a header ce_specversion nor a specversion"
    )]
    NotAnEvent,
    /// A CloudEvent of another version.
    #[error("the CloudEvent's specversion is {0}, and only 1.0 is known here")]
    EventVersion(String),
    /// An attribute that every CloudEvent has.
    #[error("the CloudEvent has no {0}")]
    NoAttribute(&'static str),
    /// A header that is no text.
    #[error("the header {0} is no UTF-8")]
    HeaderNotText(String),
    /// Data that is not JSON.
    #[error("the CloudEvent's data is binary (data_base64), and only JSON is understood")]
    BinaryData,
    /// Nothing tells the record.
    #[error("nothing tells the key field {field}: there is nothing at {places}")]
    NoKey {
        /// The field of the natural key.
        field: String,
        /// Where it was looked for.
        places: String,
    },
    /// A value that the field's map does not have.
    #[error("the field {field} can't be {value}: the source's map has no such value")]
    UnknownValue {
        /// The field.
        field: String,
        /// The value, shortened.
        value: String,
    },
    /// Nothing tells what to do.
    #[error("nothing tells what to do: there is nothing at {places}")]
    NoOperation {
        /// Where it was looked for.
        places: String,
    },
    /// A word for what to do that the source does not know.
    #[error("{value} is no operation that this source knows")]
    UnknownOperation {
        /// The word, shortened.
        value: String,
    },
    /// An id that can't be one.
    #[error("the message's id must be text or a number of 1 to 500 characters, not {0}")]
    BadId(String),
    /// A time that can't be read.
    #[error("the message's time must be as in RFC 3339, or milliseconds since 1970, not {0}")]
    BadTime(String),
    /// A sequence that can't be one.
    #[error("the message's sequence must be text or a whole number, not {0}")]
    BadSequence(String),
}

impl MessageFault {
    /// Faults as one text.
    pub fn join(faults: &[Self]) -> String {
        let texts: Vec<String> = faults.iter().map(Self::to_string).collect();
        texts.join("; ")
    }
}

/// A value as a fault repeats it.
pub(super) fn shown(value: &impl std::fmt::Display) -> String {
    let text = value.to_string();
    match text.chars().nth(SHOWN_MAX) {
        Some(_) => text.chars().take(SHOWN_MAX).chain(['…']).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_is_short() {
        assert_eq!(shown(&"é".repeat(SHOWN_MAX)), "é".repeat(SHOWN_MAX));
        assert_eq!(shown(&"é".repeat(SHOWN_MAX + 1)), "é".repeat(SHOWN_MAX) + "…");
    }
}
