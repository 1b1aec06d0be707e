//! What an auditor wants to know beside the changes of records.

use crate::record::Timestamp;

/// Something that happened and is no change of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it, or tried.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// What.
    pub action: Action,
    /// What it was done to: `token laptop of alice`.
    pub subject: String,
    /// Why, or how it went.
    pub reason: Option<String>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A token was made.
    TokenCreated,
    /// A token was ended.
    TokenRevoked,
    /// Somebody was turned away.
    Refused,
    /// A schema was applied.
    SchemaApplied,
    /// Older history was folded.
    HistoryFolded,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::TokenCreated,
        Self::TokenRevoked,
        Self::Refused,
        Self::SchemaApplied,
        Self::HistoryFolded,
    ];

    /// The word for it, as it is kept and sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::TokenCreated => "Created token",
            Self::TokenRevoked => "Revoked token",
            Self::Refused => "Refused",
            Self::SchemaApplied => "Applied schema",
            Self::HistoryFolded => "Folded history",
        }
    }
}
