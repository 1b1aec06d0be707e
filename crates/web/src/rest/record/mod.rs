//! One record, by its id.

pub(crate) mod change;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod replace;
pub(crate) mod revert;
