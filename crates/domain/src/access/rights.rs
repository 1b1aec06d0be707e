//! The rights, sets of them, and the sets that most teams need.

use std::fmt;

/// One thing that somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// See records.
    View,
    /// Propose changes, which a second person agrees to.
    Propose,
    /// Agree to what others propose.
    Review,
    /// Change records without a second person, where the type leaves that open.
    Write,
    /// The same where the type does not, with a reason.
    Bypass,
    /// Say who may do what.
    Administer,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::View, Self::Propose, Self::Review, Self::Write, Self::Bypass, Self::Administer];

    /// The word for it, as it is kept, sent and read.
    pub fn word(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Propose => "propose",
            Self::Review => "review",
            Self::Write => "write",
            Self::Bypass => "bypass",
            Self::Administer => "administer",
        }
    }

    /// The right of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.word() == word)
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Rights(u8);

impl Rights {
    /// All of them.
    pub const ALL: Self = Self(0b11_1111);

    /// Whether a right is among them.
    pub fn contains(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights, one by one.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.contains(*right))
    }

    /// Reads rights parted by commas, and presets, as they are kept and typed: `view,propose`.
    ///
    /// # Errors
    /// The word that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rights = Self::default();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let more = Right::of_word(word).map(|right| Self(right.bit()));
            let more = more.or_else(|| Preset::of_word(word).map(Preset::rights));
            rights.0 |= more.ok_or_else(|| word.to_owned())?.0;
        }
        Ok(rights)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Right::word).collect();
        f.write_str(&words.join(","))
    }
}

/// The sets of rights that most teams need. There is a group for each from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Looks.
    Viewer,
    /// Looks, and proposes changes.
    Requester,
    /// Looks, proposes, and agrees to what others propose.
    Reviewer,
    /// Looks, proposes and changes.
    Operator,
    /// May everything.
    Administrator,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Viewer, Self::Requester, Self::Reviewer, Self::Operator, Self::Administrator];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Requester => "requester",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    /// The name of the group that has it from the start.
    pub fn group(self) -> String {
        format!("{}s", self.word())
    }

    /// The preset of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.word() == word)
    }

    /// Its rights.
    pub fn rights(self) -> Rights {
        match self {
            Self::Viewer => [Right::View].into_iter().collect(),
            Self::Requester => [Right::View, Right::Propose].into_iter().collect(),
            Self::Reviewer => [Right::View, Right::Propose, Right::Review].into_iter().collect(),
            Self::Operator => [Right::View, Right::Propose, Right::Write].into_iter().collect(),
            Self::Administrator => Rights::ALL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_as_they_are_written() {
        for (text, written) in [
            ("", Some("")),
            ("view", Some("view")),
            ("write, view", Some("view,write")),
            ("requester", Some("view,propose")),
            ("viewer,bypass", Some("view,bypass")),
            ("administrator", Some("view,propose,review,write,bypass,administer")),
            ("see", None),
            ("View", None),
        ] {
            let read = Rights::parse(text).ok().map(|rights| rights.to_string());
            assert_eq!(read.as_deref(), written, "{text:?}");
        }
        assert_eq!(Right::ALL.into_iter().collect::<Rights>(), Rights::ALL);
    }
}
