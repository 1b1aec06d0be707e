//! The answers that are kept.

pub(crate) mod clear;
pub(crate) mod get;
