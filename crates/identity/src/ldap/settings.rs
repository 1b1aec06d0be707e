//! A directory, and how people are found in it.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::{LdapError, filter};
use crate::{Secret, address};

/// A directory, and how people are found in it.
#[derive(Clone, Debug)]
pub struct LdapSettings {
    /// What the register calls the directory.
    pub name: String,
    /// `ldap://HOST:PORT` or `ldaps://HOST:PORT`.
    pub url: String,
    /// Whether to ask for TLS on `ldap://` before anything else is said.
    pub start_tls: bool,
    /// The authorities whose certificates the directory may show; `None` for the public ones.
    pub ca_file: Option<PathBuf>,
    /// Who searches; `None` where everybody may.
    pub account: Option<LdapAccount>,
    /// Below which entry the users are.
    pub user_base: String,
    /// What finds somebody by the name that they typed in, `{user}`.
    pub user_filter: String,
    /// The attribute that names the user.
    pub user_attribute: String,
    /// The attribute that has the address of mail.
    pub email_attribute: String,
    /// The attribute that has what people call somebody.
    pub display_attribute: String,
    /// Where to look for groups; `None` for a directory without.
    pub groups: Option<LdapGroups>,
    /// How long a sign-in may take in all.
    pub timeout: Duration,
}

/// An account of the directory.
#[derive(Clone, Debug)]
pub struct LdapAccount {
    /// Its entry.
    pub dn: String,
    /// Its password.
    pub password: Secret,
}

/// How groups are found.
#[derive(Clone, Debug)]
pub struct LdapGroups {
    /// Below which entry they are.
    pub base: String,
    /// What finds the groups of a user by their entry, `{dn}`; `{user}` is their name.
    pub filter: String,
    /// The attribute that names a group.
    pub attribute: String,
}

impl LdapSettings {
    /// A directory whose people have `uid`, and which everybody may search.
    pub fn new(name: &str, url: &str, user_base: &str) -> Self {
        Self {
            name: name.to_owned(),
            url: url.to_owned(),
            start_tls: false,
            ca_file: None,
            account: None,
            user_base: user_base.to_owned(),
            user_filter: "(uid={user})".to_owned(),
            user_attribute: "uid".to_owned(),
            email_attribute: "mail".to_owned(),
            display_attribute: "displayName".to_owned(),
            groups: None,
            timeout: Duration::from_secs(10),
        }
    }

    /// The directory's address, when all settings can be used.
    ///
    /// # Errors
    /// The first that can't.
    pub(super) fn check(&self) -> Result<Url, LdapError> {
        let wrong = |why: &str| Err(LdapError::Settings(why.to_owned()));
        let url = Url::parse(&self.url)
            .map_err(|error| LdapError::Settings(format!("the address is wrong: {error}")))?;
        if url.host_str().is_none_or(str::is_empty) {
            return wrong("the address names no host");
        }
        match (url.scheme(), self.start_tls) {
            ("ldaps", false) | ("ldap", true) => {}
            ("ldaps", true) => return wrong("ldaps has TLS already: it can't be asked for"),
            ("ldap", false) if address::is_loopback(&url) => {}
            ("ldap", false) => {
                return wrong("passwords would be readable on the way: use ldaps, or ask for TLS");
            }
            _ => return wrong("the address must begin with ldap:// or ldaps://"),
        }
        if !filter::is_good(&self.user_filter, "user") {
            return wrong("the filter for users must be one, with {user} in it");
        }
        if self.account.as_ref().is_some_and(|account| account.password.expose().is_empty()) {
            return wrong("the account that searches has no password");
        }
        if let Some(groups) = &self.groups {
            let by_either = ["dn", "user"].map(|name| filter::is_good(&groups.filter, name));
            if !by_either.contains(&true) {
                return wrong("the filter for groups must be one, with {dn} or {user} in it");
            }
        }
        Ok(url)
    }
}

impl LdapGroups {
    /// Groups that list the entries of their members.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            filter: "(member={dn})".to_owned(),
            attribute: "cn".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(change: impl FnOnce(&mut LdapSettings), told: Option<&str>) {
        let mut settings = LdapSettings::new("staff", "ldaps://ldap.example.org", "dc=example");
        change(&mut settings);
        let error = settings.check().err().map(|error| error.to_string());
        match (&error, told) {
            (None, None) => {}
            (Some(error), Some(part)) => assert!(error.contains(part), "{error}"),
            _ => panic!("{error:?} for {settings:?}"),
        }
    }

    fn address(url: &str, start_tls: bool) -> impl FnOnce(&mut LdapSettings) {
        let url = url.to_owned();
        move |settings| (settings.url, settings.start_tls) = (url, start_tls)
    }

    #[test]
    fn a_password_never_travels_in_the_clear() {
        check(address("ldap://ldap.example.org", false), Some("readable on the way"));
        check(address("ldap://10.0.0.1:389", false), Some("readable on the way"));
        check(address("ldap://ldap.example.org", true), None);
        check(address("ldap://127.0.0.1:3890", false), None);
        check(address("ldap://localhost", false), None);
        check(address("ldap://[::1]", false), None);
    }

    #[test]
    fn an_address_is_one_of_a_directory() {
        check(|_| {}, None);
        check(address("ldaps://ldap.example.org", true), Some("has TLS already"));
        check(address("https://ldap.example.org", false), Some("must begin with"));
        check(address("ldapi://%2frun%2fldapi", false), Some("must begin with"));
        check(address("ldap:///dc=example", true), Some("no host"));
        check(address("ldap:x", true), Some("no host"));
        check(address("ldap.example.org", false), Some("address is wrong"));
    }

    #[test]
    fn filters_find_one_and_not_everybody() {
        let users = |filter: &str| {
            let filter = filter.to_owned();
            move |settings: &mut LdapSettings| settings.user_filter = filter
        };
        check(users("(objectClass=person)"), Some("with {user}"));
        check(users("(uid={user}"), Some("with {user}"));
        let groups = |filter: &str| {
            let filter = filter.to_owned();
            move |settings: &mut LdapSettings| {
                settings.groups = Some(LdapGroups { filter, ..LdapGroups::new("ou=groups") });
            }
        };
        check(groups("(member={dn})"), None);
        check(groups("(memberUid={user})"), None);
        check(groups("(objectClass=groupOfNames)"), Some("with {dn}"));
    }

    #[test]
    fn the_account_that_searches_has_a_password() {
        let account = |password: &str| {
            let password = Secret::new(password);
            |settings: &mut LdapSettings| {
                settings.account = Some(LdapAccount { dn: "cn=search".to_owned(), password });
            }
        };
        check(account(""), Some("no password"));
        check(account("swordfish"), None);
    }
}
