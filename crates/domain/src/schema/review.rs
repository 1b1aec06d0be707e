//! What a type says of reviews.

use std::fmt;

use crate::moment::Span;

/// Whether changes to a type wait for a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Review {
    /// Nothing waits.
    Off,
    /// The right to write goes straight in; others propose.
    Optional,
    /// All changes wait, save by the right to bypass.
    Required,
}

impl Review {
    /// The word for it in schema files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

/// Whether changes to a type wait for somebody else, for whom, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPolicy {
    /// Whether they wait.
    pub review: Review,
    /// How many others must agree, 1 to [`APPROVALS_MAX`].
    pub approvals: u8,
    /// The group that each of them must be in.
    pub group: Option<String>,
    /// How long a change request stays open that nobody decides; `None` for ever.
    pub expires: Option<Span>,
}

/// The most approvals that a policy can ask for: more than a change board has people.
pub const APPROVALS_MAX: u8 = 9;

impl From<Review> for ReviewPolicy {
    /// One approval, by anybody who may review.
    fn from(review: Review) -> Self {
        Self { review, approvals: 1, group: None, expires: None }
    }
}

impl fmt::Display for ReviewPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.review.word())?;
        if self.approvals > 1 {
            write!(f, ", {} approvals", self.approvals)?;
        }
        if let Some(group) = &self.group {
            write!(f, ", by {group}")?;
        }
        if let Some(span) = self.expires {
            write!(f, ", for {span}")?;
        }
        Ok(())
    }
}
