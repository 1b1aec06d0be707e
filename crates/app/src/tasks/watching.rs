//! Whether the runs of other replicas live: by their beats, and by our own clock alone, so that
//! clocks need not agree.

use std::collections::HashMap;
use std::time::Duration;

use sql::write::Held;
use tokio::time::Instant;

/// The beats that were seen last, and since when they are the same.
#[derive(Default)]
pub(super) struct Watching {
    seen: HashMap<i64, (i64, Instant)>,
}

impl Watching {
    /// Takes what is known of the others' runs now; gives those without a new beat for `lapse`.
    pub(super) fn look(&mut self, others: Vec<Held>, lapse: Duration, now: Instant) -> Vec<Held> {
        let before = std::mem::take(&mut self.seen);
        let mut lost = Vec::new();
        for held in others {
            let since = match before.get(&held.run) {
                Some((beat, since)) if *beat == held.beat => *since,
                _ => now,
            };
            self.seen.insert(held.run, (held.beat, since));
            if now.duration_since(since) > lapse {
                lost.push(held);
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(run: i64, beat: i64) -> Held {
        Held { name: format!("task-{run}"), run, fence: 1, beat, stop_asked_by: None }
    }

    #[test]
    fn a_run_is_lost_when_its_beat_stays_the_same_for_too_long() {
        let begin = Instant::now();
        let lapse = Duration::from_secs(20);
        let mut watching = Watching::default();
        let mut look = |seconds: u64, others: &[(i64, i64)]| {
            let others = others.iter().map(|(run, beat)| held(*run, *beat)).collect();
            let lost = watching.look(others, lapse, begin + Duration::from_secs(seconds));
            lost.into_iter().map(|held| held.run).collect::<Vec<_>>()
        };
        assert!(look(0, &[(1, 5), (2, 9)]).is_empty());
        assert!(look(10, &[(1, 5), (2, 10)]).is_empty());
        assert!(look(20, &[(1, 5), (2, 10)]).is_empty());
        assert_eq!(look(21, &[(1, 5), (2, 10)]), [1]);
        assert_eq!(look(31, &[(2, 10)]), [2]);
        // Another run, of which as little is known as of a new one.
        assert!(look(40, &[(3, 10)]).is_empty());
        assert!(look(50, &[(1, 5), (3, 11)]).is_empty());
    }
}
