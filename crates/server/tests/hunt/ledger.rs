//! What was acknowledged, and when: numbers that only grow, one for each record.

use std::sync::atomic::{AtomicI64, Ordering};

/// What every reader must see from now on.
pub(crate) struct Ledger {
    /// The last number of each host that was acknowledged.
    hosts: Vec<AtomicI64>,
    /// The last name of each site.
    sites: Vec<AtomicI64>,
    /// How often the rights of the guest have begun to change, and how often they have changed:
    /// they may look while that is even.
    pub(crate) guest_begun: AtomicI64,
    pub(crate) guest_done: AtomicI64,
}

/// What was acknowledged before a read began.
pub(crate) struct Seen {
    pub(crate) hosts: Vec<i64>,
    pub(crate) sites: Vec<i64>,
}

impl Ledger {
    pub(crate) fn new(hosts: usize, sites: usize) -> Self {
        let zeros = |count| std::iter::repeat_with(AtomicI64::default).take(count).collect();
        Self {
            hosts: zeros(hosts),
            sites: zeros(sites),
            guest_begun: AtomicI64::default(),
            guest_done: AtomicI64::default(),
        }
    }

    pub(crate) fn now(&self) -> Seen {
        let all = |of: &[AtomicI64]| of.iter().map(|one| one.load(Ordering::SeqCst)).collect();
        Seen { hosts: all(&self.hosts), sites: all(&self.sites) }
    }

    pub(crate) fn host_acknowledged(&self, host: usize, number: i64) {
        self.hosts[host].store(number, Ordering::SeqCst);
    }

    pub(crate) fn site_acknowledged(&self, site: usize, number: i64) {
        self.sites[site].store(number, Ordering::SeqCst);
    }
}
