//! How somebody wants to see pages: kept with them, so that it comes along to another browser.

use crate::zone::Zone;

/// How somebody wants to see pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The zone that moments are shown in; `None` for that of the browser.
    pub time_zone: Option<Zone>,
    /// The colours; `None` for those of the browser.
    pub theme: Option<Theme>,
    /// The space around lines; `None` for what the browser chose.
    pub density: Option<Density>,
    /// Whether they took the tour, or ended it.
    pub tour_taken: bool,
}

/// Changes of them, each of which may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PreferencesChange {
    /// The zone that moments are shown in.
    pub time_zone: Option<Option<Zone>>,
    /// The colours.
    pub theme: Option<Option<Theme>>,
    /// The space around lines.
    pub density: Option<Option<Density>>,
    /// Whether they took the tour.
    pub tour_taken: Option<bool>,
}

/// Colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The space around lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Enough for fingers.
    Normal,
    /// Little, so that more is on a screen.
    Compact,
}

impl Preferences {
    /// What they are after a change.
    #[must_use]
    pub fn changed(self, change: PreferencesChange) -> Self {
        Self {
            time_zone: change.time_zone.unwrap_or(self.time_zone),
            theme: change.theme.unwrap_or(self.theme),
            density: change.density.unwrap_or(self.density),
            tour_taken: change.tour_taken.unwrap_or(self.tour_taken),
        }
    }
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == word)
    }
}

impl Density {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Normal, Self::Compact];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Compact => "compact",
        }
    }

    /// The density of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let before = Preferences {
            time_zone: Zone::named("Europe/Berlin"),
            theme: Some(Theme::Dark),
            ..Preferences::default()
        };
        let toured = PreferencesChange { tour_taken: Some(true), ..PreferencesChange::default() };
        assert_eq!(before.changed(toured), Preferences { tour_taken: true, ..before });
        let plain = PreferencesChange { theme: Some(None), ..PreferencesChange::default() };
        assert_eq!(before.changed(plain), Preferences { theme: None, ..before });
        assert_eq!(before.changed(PreferencesChange::default()), before);
    }

    #[test]
    fn words_come_back() {
        assert!(Theme::ALL.iter().all(|one| Theme::of_word(one.word()) == Some(*one)));
        assert!(Density::ALL.iter().all(|one| Density::of_word(one.word()) == Some(*one)));
        assert_eq!((Theme::of_word("system"), Density::of_word("")), (None, None));
    }
}
