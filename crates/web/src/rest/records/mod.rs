//! The records of a type.

pub(crate) mod bulk;
pub(crate) mod describe;
pub(crate) mod export;
pub(crate) mod grid;
pub(crate) mod list;
pub(crate) mod post;
pub(crate) mod suffixed;
mod templated;
