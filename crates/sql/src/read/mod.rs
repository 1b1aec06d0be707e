//! Reading: plans to SQL, rows to records, and what the checks need to know.

mod condition;
mod dump;
mod export;
mod facts;
mod find;
mod heads;
mod keyset;
mod record;

pub use dump::{TableRows, dump};
pub use export::{Batch, Position, export_batch};
pub use facts::{gather, gather_holders, gather_referrers};
pub use find::{Found, find, get};
pub use heads::{Head, head};
pub(crate) use record::timestamp;
