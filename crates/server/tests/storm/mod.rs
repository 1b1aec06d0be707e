//! What the storm is made of: cases to decide on, people who fight over them, replicas that are
//! killed, and the verdict.

pub(crate) mod cases;
pub(crate) mod fight;
pub(crate) mod http;
pub(crate) mod verdict;
