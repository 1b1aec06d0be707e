//! Tasks: what is due runs once, wherever; what ends, fails, is asked to stop, goes on for too long or
//! is lost is told; and what has lost its task writes nothing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails there")]

mod tasks {
    pub(crate) mod bench;
    mod fence;
    mod limits;
    mod runs;
    mod works;
}
