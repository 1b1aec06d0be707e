//! Messages into the register: each takes effect once and in order, whatever else came with it, and with
//! how far they were read.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails there")]

mod ingest {
    mod feed;
    mod letters;
    mod model;
    mod order;
    mod partitions;
    mod replay;
    mod reviewed;
}
