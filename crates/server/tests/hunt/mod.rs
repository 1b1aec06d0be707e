//! What the hunt is made of: what was acknowledged, people who write and read, a memcached that is
//! given trouble, and a client that remembers what it has.

pub(crate) mod client;
pub(crate) mod ledger;
pub(crate) mod memcached;
pub(crate) mod people;
