//! How much a proof tries: little at every change, all of it where `cargo xtask prove` asks.

/// The variable that asks for proofs at their full size.
const PROVE: &str = "DOMESDAY_PROVE";

/// `small`, or `full` where `cargo xtask prove` runs.
pub fn scale(small: usize, full: usize) -> usize {
    if is_full_size() { full } else { small }
}

/// Whether `cargo xtask prove` runs.
pub fn is_full_size() -> bool {
    std::env::var_os(PROVE).is_some()
}
