//! Tasks: work that runs on a schedule, one run at a time across all replicas.
//!
//! What is decided here is when: the [`Schedule`] tells when a task is due, its [`Rule`] what becomes
//! of runs that were missed, that failed, or that a clock set back would repeat.

mod rule;
mod schedule;

pub use rule::{CatchUp, Due, Ended, Look, Rule};
pub use schedule::{BadSchedule, EVERY_MAX, EVERY_MIN, Schedule};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It did what it is for.
    Done,
    /// It could not.
    Failed,
    /// Somebody asked it to stop, or its replica was stopped.
    Cancelled,
    /// It went on beyond its hard limit, and was dropped.
    TimedOut,
    /// Nothing was heard of it for longer than its lease.
    Lost,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Done, Self::Failed, Self::Cancelled, Self::TimedOut, Self::Lost];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::Lost => "lost",
        }
    }

    /// The outcome of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Whether the work was not done and nobody wanted that: it is tried again, and people are told.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Failed | Self::TimedOut | Self::Lost => true,
            Self::Done | Self::Cancelled => false,
        }
    }
}

/// Whether a text can name a task: words of small letters and digits, joined by hyphens.
pub fn is_name(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= NAME_MAX && text.split('-').all(is_word)
}

/// The longest name of a task, in bytes.
pub const NAME_MAX: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_read_as_they_are_written() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::of_word(outcome.word()), Some(outcome));
        }
    }

    #[test]
    fn names_fit_addresses() {
        for name in ["a", "history-fold", "k2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "-", "a-", "A", "a b", "ä", "a_b", &"a".repeat(51)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
