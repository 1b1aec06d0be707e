//! Against a real broker, which `cargo xtask test --only kafka` starts.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where it can't go on")]

mod away;
mod consume;
mod foreign;
mod gaps;
mod publish;
mod rebalance;
mod security;
mod support;
