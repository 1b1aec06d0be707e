//! Whether we are alive, and whether we can serve.

pub(crate) mod alive;
pub(crate) mod ready;
