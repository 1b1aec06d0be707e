//! Deliveries to a real receiver, on both databases.

#![expect(clippy::unwrap_used, clippy::panic, reason = "all of it is a test")]

mod batches;
mod bench;
mod dead;
mod documented;
mod faults;
mod notices;
mod order;
mod receiver;
mod replicas;
