//! Where bodies that have been made are kept: in the process's own memory, and in memcached, which
//! all replicas share. What is kept is never wrong, since its key follows from all that it shows;
//! what is lost is made again. So nothing here can fail: it can only have nothing.

mod memcached;
mod memory;

pub use memcached::Memcached;
pub use memory::Memory;
