//! The only crate that knows SQL: two databases from one code path.
//!
//! [`Store`] opens the database and runs transactions. Inside one, [`read`] turns plans into
//! records, and [`write::commit`] is the one door through which records change. Values lie in both
//! databases in three storage classes ([`domain::query::Stored`]), so that order and equality are
//! the same and almost every statement has one text.

mod dialect;
mod engine;
mod error;
mod foreign;
pub mod json;
pub mod measure;
mod migrations;
mod names;
pub mod read;
mod standby;
mod statement;
mod store;
mod tables;
mod watch;
pub mod write;

pub use engine::{Reader, Writer};
pub use error::StoreError;
pub use foreign::{Foreign, ForeignPage, ForeignRow, ForeignTables};
pub use migrations::{migration, upgrade};
pub use store::{Admission, Guard, Settings, Store};
