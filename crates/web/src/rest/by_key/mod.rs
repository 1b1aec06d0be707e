//! One record, by its type's key: one segment of the path for each part.

pub(crate) mod change;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod put;
