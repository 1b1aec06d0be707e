//! What a parameter says, as texts that nobody has checked yet.

use std::collections::BTreeMap;

use super::{Claims, GROUPS_MAX, HandoffError};

/// The one that may be said many times.
pub(super) const GROUPS: &str = "groups";

/// Those that are said once, in the order in which we write them.
const SINGLE: [&str; 7] = ["userid", "mail", "name", "iat", "exp", "nonce", "aud"];

/// The fields by name. Not `Debug`: what is in here has no place in a log.
#[derive(Default)]
pub(super) struct Fields {
    single: BTreeMap<&'static str, String>,
    groups: Vec<String>,
}

impl Fields {
    /// What a provider says to an audience.
    pub(super) fn of(claims: &Claims, audience: &str) -> Self {
        let Claims { assertion, nonce, issued_at, expires_at } = claims;
        let single = [
            ("userid", Some(assertion.user.clone())),
            ("mail", assertion.email.clone()),
            ("name", assertion.display_name.clone()),
            ("iat", Some(issued_at.timestamp().to_string())),
            ("exp", Some(expires_at.timestamp().to_string())),
            ("nonce", Some(nonce.clone())),
            ("aud", Some(audience.to_owned())),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Self { single: single.collect(), groups: assertion.groups.clone() }
    }

    /// The name as we know it; `None` for one that means nothing to us.
    pub(super) fn known(name: &str) -> Option<&'static str> {
        SINGLE.into_iter().chain([GROUPS]).find(|known| *known == name)
    }

    /// Adds a value under a name of [`Self::known`]. An empty group is none.
    ///
    /// # Errors
    /// [`HandoffError::Repeated`], [`HandoffError::TooManyGroups`].
    pub(super) fn put(&mut self, name: &'static str, value: String) -> Result<(), HandoffError> {
        if name != GROUPS {
            let former = self.single.insert(name, value);
            return if former.is_some() { Err(HandoffError::Repeated(name)) } else { Ok(()) };
        }
        if value.is_empty() {
            return Ok(());
        }
        if self.groups.len() >= GROUPS_MAX {
            return Err(HandoffError::TooManyGroups);
        }
        self.groups.push(value);
        Ok(())
    }

    /// Takes a value out; one that is empty is not there.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.single.remove(name).filter(|value| !value.is_empty())
    }

    /// Takes out a value that must be there.
    ///
    /// # Errors
    /// [`HandoffError::Missing`].
    pub(super) fn require(&mut self, name: &'static str) -> Result<String, HandoffError> {
        self.take(name).ok_or(HandoffError::Missing(name))
    }

    /// Takes out the groups.
    pub(super) fn take_groups(&mut self) -> Vec<String> {
        std::mem::take(&mut self.groups)
    }

    /// All values with their names, in our order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let single = SINGLE.into_iter();
        let single = single.filter_map(|name| Some((name, self.single.get(name)?.as_str())));
        single.chain(self.groups().iter().map(|group| (GROUPS, group.as_str())))
    }

    pub(super) fn groups(&self) -> &[String] {
        &self.groups
    }
}
