//! How long things take, counted by steps of time. Many threads add to one at once, and none of
//! them waits for another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The steps: from what a look at memory takes to what nobody waits for.
const STEPS: [Duration; 13] = [
    Duration::from_millis(1),
    Duration::from_micros(2_500),
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(25),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_millis(2_500),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// How many things took how long.
#[derive(Debug, Default)]
pub struct Histogram {
    /// How many took up to each step and longer than the one before, and longer than all.
    counts: [AtomicU64; STEPS.len() + 1],
    /// How long all took together; centuries fit.
    nanos: AtomicU64,
}

/// What a histogram tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Each step, with how many took that long at most.
    pub steps: Vec<(Duration, u64)>,
    /// How many there were.
    pub count: u64,
    /// How long all took together.
    pub sum: Duration,
}

impl Histogram {
    /// Counts something that took so long.
    pub fn add(&self, took: Duration) {
        let step = STEPS.partition_point(|step| *step < took);
        if let Some(count) = self.counts.get(step) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// What has been counted. What is added meanwhile may be missing in a part of it.
    pub fn spread(&self) -> Spread {
        let mut count = 0_u64;
        let mut steps = Vec::with_capacity(STEPS.len());
        for (place, counted) in self.counts.iter().enumerate() {
            count = count.saturating_add(counted.load(Ordering::Relaxed));
            steps.extend(STEPS.get(place).map(|step| (*step, count)));
        }
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed));
        Spread { steps, count, sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_as_long_as_a_step_counts_as_that() {
        let histogram = Histogram::default();
        for millis in [0, 1, 2, 10_000, 10_001] {
            histogram.add(Duration::from_millis(millis));
        }
        let Spread { steps, count, sum } = histogram.spread();
        assert_eq!(count, 5);
        assert_eq!(sum, Duration::from_millis(20_004));
        assert_eq!(steps.first(), Some(&(Duration::from_millis(1), 2)));
        assert_eq!(steps.get(1), Some(&(Duration::from_micros(2_500), 3)));
        assert_eq!(steps.last(), Some(&(Duration::from_secs(10), 4)));
    }

    #[test]
    fn nothing_is_lost_where_many_count_at_once() {
        let histogram = Histogram::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| histogram.add(Duration::from_millis(1))));
            }
        });
        assert_eq!(histogram.spread().count, 4_000);
    }
}
