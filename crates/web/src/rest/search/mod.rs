//! Records of every type that hold a text.

pub(crate) mod get;
