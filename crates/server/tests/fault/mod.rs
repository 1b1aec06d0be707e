//! Parts that fail, and what people see of it.

pub(crate) mod clock;
pub(crate) mod directory;
pub(crate) mod disk;
pub(crate) mod postgres;
pub(crate) mod row;
pub(crate) mod way;
