//! What somebody saw of a request.

use std::error::Error as _;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Read,
    /// A read that was answered with 304.
    Unchanged,
    Write,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Came {
    /// An answer, and what it says of what is wrong.
    Answer { status: u16, told: String },
    /// The connection broke, or there was none.
    Broken(String),
    /// Nothing, for longer than anybody waits.
    Late,
}

/// What somebody saw of a request.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) kind: Kind,
    pub(crate) began: Instant,
    pub(crate) took: Duration,
    pub(crate) came: Came,
}

impl Came {
    pub(crate) fn of_answer(status: u16, text: &str) -> Self {
        let told = if status < 400 {
            String::new()
        } else {
            let problem: Option<Value> = serde_json::from_str(text).ok();
            let detail = problem.as_ref().and_then(|problem| problem["detail"].as_str());
            detail.unwrap_or("an answer that is none of ours").to_owned()
        };
        Self::Answer { status, told }
    }

    pub(crate) fn is_good(&self) -> bool {
        matches!(self, Self::Answer { status: 200..=299 | 304, .. })
    }
}

impl Sample {
    pub(crate) fn ended(&self) -> Instant {
        self.began + self.took
    }
}

/// What an error rests on.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(under) = cause {
        text = under.to_string();
        cause = under.source();
    }
    text
}
