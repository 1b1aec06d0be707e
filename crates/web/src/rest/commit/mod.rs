//! One commit.

pub(crate) mod get;
pub(crate) mod revert;
