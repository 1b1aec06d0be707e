//! The root: which types there are.

pub(crate) mod list;
