//! How much a proof tries: little at every change, all of it where `cargo xtask prove` asks.

/// The variable that asks for proofs at their full size.
const PROVE: &str = "DOMESDAY_PROVE";

/// `small`, or `full` where `cargo xtask prove` runs.
pub fn scale(small: usize, full: usize) -> usize {
    if std::env::var_os(PROVE).is_some() { full } else { small }
}
