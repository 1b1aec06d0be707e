//! The history: changes, newest first.

pub(crate) mod list;
