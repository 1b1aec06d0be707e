//! Checks of what could be written.

pub(crate) mod check;
