//! Providers of identities: who somebody is, by the word of somebody else.
//!
//! Each provider has a room of its own and ends in an [`Assertion`]; what
//! follows from that (the user, their groups, their session) is the register's.

pub use domain::identity::Assertion;
