//! What differs between two moments.

pub(crate) mod get;
