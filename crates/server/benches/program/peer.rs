//! What was measured of the Django system that this one grew from, in the same run.

use std::path::PathBuf;

use serde_json::Value;

/// The variable that names the file with its figures.
const PEER: &str = "BENCH_PEER";

/// Its figures; none where it was not measured.
#[derive(Default)]
pub(crate) struct Peer(Value);

impl Peer {
    pub(crate) fn measured() -> Self {
        let file = std::env::var_os(PEER).map(PathBuf::from);
        let text = file.map(|file| std::fs::read_to_string(file).unwrap());
        Self(text.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default())
    }

    /// A figure, by where it stands; not a number where there is none.
    pub(crate) fn figure(&self, place: &str) -> f64 {
        self.0.pointer(place).and_then(Value::as_f64).unwrap_or(f64::NAN)
    }
}
