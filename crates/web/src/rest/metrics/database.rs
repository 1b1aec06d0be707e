//! What is measured of the database, as this replica uses it.

use std::sync::atomic::{AtomicU64, Ordering};

use app::measure::{OfKind, Transactions};
use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::exposition::Told;

fn kinds(transactions: &Transactions) -> [(&'static str, &OfKind); 2] {
    [("read", &transactions.reads), ("write", &transactions.writes)]
}

/// Records how many transactions there were, and who waits.
#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts stay below 2^53")]
pub(super) fn record(transactions: &Transactions) {
    describe_counter!("domesday_database_transactions_total", "Transactions, by how they ended.");
    describe_gauge!("domesday_database_connections_in_use", "Transactions that have a connection.");
    describe_gauge!("domesday_database_waiting", "Transactions that wait for a connection.");
    let told = |count: &AtomicU64| count.load(Ordering::Relaxed);
    for (kind, of) in kinds(transactions) {
        for (outcome, count) in [("committed", &of.committed), ("rolled_back", &of.rolled_back)] {
            let labels = [("kind", kind), ("outcome", outcome)];
            counter!("domesday_database_transactions_total", &labels).absolute(told(count));
        }
        let labels = [("kind", kind)];
        gauge!("domesday_database_connections_in_use", &labels).set(told(&of.in_use) as f64);
        gauge!("domesday_database_waiting", &labels).set(told(&of.waiting) as f64);
    }
}

/// Tells how long they took.
pub(super) fn took(transactions: &Transactions) -> String {
    let help = "How long transactions take, from being asked for.";
    let mut told = Told::new("domesday_database_transaction_seconds", "histogram", help);
    for (kind, of) in kinds(transactions) {
        told.spread(&[("kind", kind)], &of.took.spread());
    }
    told.text()
}
