//! Webhooks: what an answer makes of a delivery, and how long it is waited until the next try.
//!
//! *Source:* the Standard Webhooks specification: 2xx takes a delivery, 410 asks for no more of them,
//! everything else is tried again with growing delays.

use std::time::Duration;

/// The longest wait between two tries, whatever a receiver asks for.
pub const WAIT_MAX: Duration = Duration::from_hours(1);
/// The most tries of a delivery: with the longest waits, some eight days.
pub const ATTEMPTS_MAX: u32 = 200;
/// The shortest secret, in bytes.
pub const SECRET_MIN: usize = 24;
/// The longest secret, in bytes.
pub const SECRET_MAX: usize = 64;

/// How often a delivery is tried, and how long after the first try the second one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The most tries.
    pub attempts: u32,
    /// The wait before the second try; each further one is twice as long, up to [`WAIT_MAX`].
    pub backoff: Duration,
}

impl Default for Retry {
    /// Some six hours.
    fn default() -> Self {
        Self { attempts: 15, backoff: Duration::from_secs(5) }
    }
}

impl Retry {
    /// How long to wait after so many failed tries, up to a quarter longer by chance, so that many
    /// who were sent away together do not come back together.
    pub fn wait(&self, failed: u32, chance: u8) -> Duration {
        let doubled = 1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX);
        let wait = self.backoff.saturating_mul(doubled).min(WAIT_MAX);
        wait.saturating_add(wait / 1_024 * u32::from(chance))
    }
}

/// What came of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The receiver answered.
    Answered {
        /// The status of its answer.
        status: u16,
        /// The beginning of what it says.
        said: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// It did not, or can't be reached.
    Unanswered {
        /// Why.
        why: String,
    },
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was taken.
    Taken,
    /// It is tried again after this.
    Later(Duration),
    /// It is given up.
    Dead,
    /// The receiver wants no more of any.
    Gone,
}

impl Sent {
    /// The status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            Self::Unanswered { .. } => None,
        }
    }

    /// What went wrong, for people.
    pub fn told(&self) -> String {
        match self {
            Self::Answered { status: status @ 300..=399, .. } => {
                format!("{status}: a redirect, which is not followed")
            }
            Self::Answered { status, said, .. } if said.is_empty() => status.to_string(),
            Self::Answered { status, said, .. } => format!("{status}: {said}"),
            Self::Unanswered { why } => why.clone(),
        }
    }

    /// What becomes of a delivery that failed so many times before.
    pub fn fate(&self, failed_before: u32, retry: &Retry, chance: u8) -> Fate {
        let asked = match self {
            Self::Answered { status: 200..=299, .. } => return Fate::Taken,
            Self::Answered { status: 410, .. } => return Fate::Gone,
            Self::Answered { retry_after, .. } => *retry_after,
            Self::Unanswered { .. } => None,
        };
        let failed = failed_before.saturating_add(1);
        if failed >= retry.attempts {
            return Fate::Dead;
        }
        let wait = retry.wait(failed, chance);
        Fate::Later(asked.map_or(wait, |asked| wait.max(asked.min(WAIT_MAX))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry { attempts: 4, backoff: Duration::from_secs(10) };

    fn answered(status: u16, retry_after_s: Option<u64>) -> Sent {
        let retry_after = retry_after_s.map(Duration::from_secs);
        Sent::Answered { status, said: String::new(), retry_after }
    }

    #[track_caller]
    fn check(sent: &Sent, failed_before: u32, expected: Fate) {
        assert_eq!(sent.fate(failed_before, &RETRY, 0), expected, "{sent:?} {failed_before}");
    }

    #[test]
    fn an_answer_says_what_becomes_of_a_delivery() {
        let seconds = |seconds| Fate::Later(Duration::from_secs(seconds));
        check(&answered(200, None), 3, Fate::Taken);
        check(&answered(299, Some(5)), 0, Fate::Taken);
        check(&answered(410, None), 0, Fate::Gone);
        for status in [199, 300, 307, 400, 404, 429, 500, 503] {
            check(&answered(status, None), 0, seconds(10));
            check(&answered(status, None), 1, seconds(20));
            check(&answered(status, None), 2, seconds(40));
            check(&answered(status, None), 3, Fate::Dead);
        }
        check(&Sent::Unanswered { why: "away".to_owned() }, 0, seconds(10));
        // What a receiver asks for is done, within bounds.
        check(&answered(503, Some(120)), 0, seconds(120));
        check(&answered(503, Some(1)), 0, seconds(10));
        check(&answered(429, Some(86_400)), 0, Fate::Later(WAIT_MAX));
        check(&answered(503, Some(120)), 3, Fate::Dead);
    }

    #[test]
    fn waits_grow_until_the_longest_and_by_a_quarter_at_most_of_chance() {
        let retry = Retry { attempts: ATTEMPTS_MAX, backoff: Duration::from_secs(5) };
        let mut before = Duration::ZERO;
        for failed in 1..=ATTEMPTS_MAX {
            let (least, most) = (retry.wait(failed, 0), retry.wait(failed, u8::MAX));
            assert!(least <= most && most <= least * 5 / 4, "{failed}");
            assert!(least > before || least == WAIT_MAX, "{failed}: {least:?}");
            before = if least == WAIT_MAX { Duration::ZERO } else { most };
        }
    }
}
