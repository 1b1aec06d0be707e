//! What happens to the replicas: at each turn one of them is killed and another started in its place,
//! or one is frozen for longer than its lease.

use std::time::Duration;

use testkit::{Draw, TestDatabase, seed};
use tokio::time::Instant;

use super::replica::Replica;
use crate::{LEASE, prepare};

/// The replicas, and what became of them.
pub(crate) struct Weather<'a> {
    database: &'a TestDatabase,
    tasks: usize,
    replicas: Vec<Replica>,
    started: usize,
    draw: Draw,
    pub(crate) kills: usize,
    pub(crate) freezes: usize,
    /// Writes that were refused for their fence, of replicas that are gone by now, too.
    refused: usize,
    has_others: bool,
}

impl<'a> Weather<'a> {
    pub(crate) async fn new(database: &'a TestDatabase, replicas: usize, tasks: usize) -> Self {
        prepare(database).await;
        let mut weather = Self {
            database,
            tasks,
            replicas: Vec::new(),
            started: 0,
            draw: Draw::new(seed(), 0),
            kills: 0,
            freezes: 0,
            refused: 0,
            has_others: replicas > 1,
        };
        for _ in 0..replicas {
            let replica = weather.start();
            weather.replicas.push(replica);
        }
        for replica in &weather.replicas {
            replica.until_ready().await;
        }
        weather
    }

    fn start(&mut self) -> Replica {
        self.started += 1;
        let name = format!("replica-{}", self.started);
        Replica::start(self.database, &name, self.tasks, "1s")
    }

    /// Goes on for so long; at its end all replicas are at work, and then stop at once.
    pub(crate) async fn rage(&mut self, length: Duration) {
        let end = Instant::now() + length;
        while Instant::now() < end {
            tokio::time::sleep(self.millis(500, 2_000)).await;
            let place = self.draw.below(self.replicas.len());
            // Where there is one alone, nobody is left to see that it stands still.
            if self.replicas.len() == 1 || self.draw.below(2) == 0 {
                self.kill(place);
            } else {
                self.freeze(place).await;
            }
        }
        tokio::time::sleep(LEASE + Duration::from_secs(2)).await;
        self.refused = self.refused();
        self.replicas.clear();
    }

    fn kill(&mut self, place: usize) {
        self.kills += 1;
        let another = self.start();
        if let Some(replica) = self.replicas.get_mut(place) {
            let killed = std::mem::replace(replica, another);
            self.refused += killed.refused();
        }
    }

    /// Some time between.
    fn millis(&mut self, from: u64, below: usize) -> Duration {
        Duration::from_millis(from + self.draw.below(below) as u64)
    }

    async fn freeze(&mut self, place: usize) {
        self.freezes += 1;
        let more = self.millis(0, 3_000);
        if let Some(replica) = self.replicas.get(place) {
            replica.freeze();
            tokio::time::sleep(LEASE + more).await;
            replica.thaw();
        }
    }

    /// Whether there is always another replica.
    pub(crate) fn has_others(&self) -> bool {
        self.has_others
    }

    /// How many writes were refused for their fence.
    pub(crate) fn refused(&self) -> usize {
        self.refused + self.replicas.iter().map(Replica::refused).sum::<usize>()
    }
}
