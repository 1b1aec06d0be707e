//! A fault, and what people saw of it: a row of the table in docs/reliability.md.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::crowd::{Came, Crowd, Findings, Kind, Sample};

/// Without a failure for so long, all is well.
const WELL_FOR: Duration = Duration::from_secs(1);
/// Nothing takes longer to be well again, on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_mins(1);

/// What people saw of a fault.
pub(crate) struct Row {
    name: &'static str,
    lasted: Duration,
    good: usize,
    unchanged: usize,
    bad: BTreeMap<Came, usize>,
    slowest: Duration,
    /// From the end of the fault to the first answer of each kind.
    first: BTreeMap<Kind, Duration>,
    /// From the end of the fault to the end of the last request that failed.
    well_after: Duration,
    findings: Findings,
}

/// Has a fault for some time, and sees people through it.
pub(crate) async fn suffer(
    crowd: &Crowd,
    (name, lasts, base): (&'static str, Duration, &str),
    begin: impl FnOnce() + Send,
    end: impl FnOnce() + Send,
) -> Row {
    until_well(crowd, name, Instant::now()).await;
    let since = Instant::now();
    block_in_place(begin);
    // For so long.
    sleep(lasts.saturating_sub(since.elapsed())).await;
    let ended = Instant::now();
    block_in_place(end);
    until_well(crowd, name, ended).await;
    let seen = crowd.seen_since(since);
    let row = Row::of(name, &seen, (since, ended), crowd.audit(base).await);
    println!("{row}");
    assert_eq!(row.findings, Findings::default(), "{name}");
    row
}

/// Waits until everything has been answered that was asked since, and nothing has failed for a while.
async fn until_well(crowd: &Crowd, name: &str, since: Instant) {
    loop {
        let seen = crowd.seen_since(since);
        let now = Instant::now();
        let is_answered = |kind| {
            let mut good =
                seen.iter().filter(|sample| sample.kind == kind && sample.came.is_good());
            good.any(|sample| sample.began >= since)
        };
        let has_failed =
            |sample: &&Sample| !sample.came.is_good() && sample.ended() + WELL_FOR > now;
        let kinds = [Kind::Read, Kind::Unchanged, Kind::Write];
        let failed = seen.iter().rfind(has_failed);
        let is_all_answered = crowd.is_answered_before(since) && kinds.into_iter().all(is_answered);
        if is_all_answered && failed.is_none() && now > since + WELL_FOR {
            return;
        }
        assert!(now < since + PATIENCE, "{name}: not well again; last {failed:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

impl Row {
    fn of(
        name: &'static str,
        seen: &[Sample],
        (began, ended): (Instant, Instant),
        findings: Findings,
    ) -> Self {
        let mut bad = BTreeMap::new();
        for sample in seen.iter().filter(|sample| !sample.came.is_good()) {
            *bad.entry(sample.came.clone()).or_default() += 1;
        }
        let good = |sample: &&Sample| sample.came.is_good();
        let mut first = BTreeMap::new();
        for sample in seen.iter().filter(good).filter(|sample| sample.ended() >= ended) {
            let after = sample.ended() - ended;
            let least = first.entry(sample.kind).or_insert(after);
            *least = after.min(*least);
        }
        let failed = seen.iter().filter(|sample| !sample.came.is_good());
        let last = failed.map(Sample::ended).max().unwrap_or(began);
        let unchanged = seen.iter().filter(|sample| sample.kind == Kind::Unchanged).count();
        Self {
            name,
            lasted: ended - began,
            good: seen.iter().filter(good).count() - unchanged,
            unchanged,
            bad,
            slowest: seen.iter().map(|sample| sample.took).max().unwrap_or_default(),
            first,
            well_after: last.saturating_duration_since(ended),
            findings,
        }
    }

    /// How many of this and that came instead of what was asked for.
    pub(crate) fn bad(&self, is: impl Fn(&Came) -> bool) -> usize {
        self.bad.iter().filter(|(came, _)| is(came)).map(|(_, count)| count).sum()
    }

    pub(crate) fn slowest(&self) -> Duration {
        self.slowest
    }

    /// Whoever is answered at all is told what is wrong, and that it passes.
    pub(crate) fn tells_clearly(&self) {
        let unclear = self.bad(
            |came| matches!(came, Came::Answer { status, .. } if ![503, 507, 409].contains(status)),
        );
        assert_eq!(unclear, 0, "{self}");
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: &Duration| format!("{:.2} s", time.as_secs_f64());
        let bad: Vec<String> = self
            .bad
            .iter()
            .map(|(came, count)| match came {
                Came::Answer { status, told } => format!("{count} × {status} \"{told}\""),
                Came::Broken(why) => format!("{count} broken ({why})"),
                Came::Late => format!("{count} without an answer"),
            })
            .collect();
        let bad = if bad.is_empty() { "none".to_owned() } else { bad.join(", ") };
        let first = [Kind::Read, Kind::Unchanged, Kind::Write]
            .map(|kind| self.first.get(&kind).map_or_else(|| "never".to_owned(), ms));
        write!(
            f,
            "| {} | {} | {} | {} | {bad} | {} | {} | {} | {} | {} |",
            self.name,
            ms(&self.lasted),
            self.good,
            self.unchanged,
            ms(&self.slowest),
            self.findings.lost.len(),
            self.findings.twice.len(),
            first.join(" / "),
            ms(&self.well_after),
        )
    }
}
