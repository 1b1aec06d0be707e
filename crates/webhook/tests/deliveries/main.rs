//! Deliveries to a real receiver, on both databases.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is a test"
)]

mod batches;
mod bench;
mod dead;
mod documented;
mod faults;
mod notices;
mod order;
mod receiver;
mod replicas;
