//! What the handoff takes and what it refuses.

mod properties;
mod refusals;
mod seals;
mod vectors;

use chrono::DateTime;
use domain::record::Timestamp;

use super::*;

pub(super) const NOW: i64 = 1_790_000_010;
pub(super) const AUDIENCE: &str = "domesday.example.org";
pub(super) const SECRET: &str = "an example, 32 bytes at the least";
pub(super) const OTHER_SECRET: &str = "another one, of more than 32 bytes";
pub(super) const IV: [u8; 16] = [7; 16];

pub(super) fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

pub(super) fn handoff(format: Format, secrets: &[&str], audience: &str) -> Handoff {
    let secrets = secrets.iter().map(|secret| Secret::new(*secret).unwrap()).collect();
    Handoff::new("example", audience, secrets, format).unwrap()
}

pub(super) fn usual(format: Format) -> Handoff {
    handoff(format, &[SECRET], AUDIENCE)
}

pub(super) fn claims() -> Claims {
    let assertion = Assertion {
        user: "ada".into(),
        email: Some("ada@example.org".into()),
        display_name: Some("Ada Lovelace".into()),
        groups: vec!["dba".into(), "cn=ops, ou=eqiad".into()],
    };
    let nonce = "kP0yzH8tWvQ3bN6r".into();
    Claims { assertion, nonce, issued_at: at(NOW - 10), expires_at: at(NOW + 50) }
}

/// Seals a text as it stands.
pub(super) fn seal_text(format: Format, text: &str) -> String {
    let secret = Secret::new(SECRET).unwrap();
    format.codec().seal(&secret, AUDIENCE, &IV, text.as_bytes()).unwrap()
}

/// Opens a text that was sealed as it stands.
pub(super) fn open_text(format: Format, text: &str) -> Result<Opened, HandoffError> {
    usual(format).open(&seal_text(format, text), at(NOW))
}
