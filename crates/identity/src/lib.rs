//! Providers of identities: who somebody is, by the word of somebody else.
//!
//! Each provider has a room of its own and ends in an [`Assertion`]; what
//! follows from that (the user, their groups, their session) is the register's.

mod address;
pub mod handoff;
pub mod header;
pub mod ldap;
pub mod oidc;
pub mod tls;
mod user_name;

pub use domain::identity::Assertion;
pub use domain::secret::Secret;
pub use tls::TrustError;
