//! Users, groups, tokens, and who one is.

pub(crate) mod groups;
pub(crate) mod me;
pub(crate) mod members;
pub(crate) mod preferences;
pub(crate) mod tokens;
pub(crate) mod users;
