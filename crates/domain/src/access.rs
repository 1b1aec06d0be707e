//! Who acts, and what they may.

/// Who asks for something.
///
/// People, groups and rights come with the sign-in; until then whoever holds a token may write,
/// and anybody may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody that is known.
    Anonymous,
    /// A person, through one of their tokens.
    Token {
        /// The user's name.
        user: String,
        /// The token's name.
        token: String,
    },
    /// The command line on the machine that holds the database.
    System,
}

impl Actor {
    /// The name that stands in history: the user's, or `system:cli`.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Token { user, .. } => user,
            Self::System => "system:cli",
        }
    }

    /// The name of the token that was used.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Token { token, .. } => Some(token),
            Self::Anonymous | Self::System => None,
        }
    }

    /// Whether the actor may change records without a second person.
    pub fn may_write(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Token { .. } | Self::System => true,
        }
    }
}
