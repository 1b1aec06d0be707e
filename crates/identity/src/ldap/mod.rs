//! Sign-in by a directory: finding somebody's entry, and binding as it with their password.

mod filter;
mod settings;

use std::sync::Arc;

use domain::identity::Assertion;
use ldap3::{LdapConnAsync, LdapConnSettings, LdapResult, Scope, SearchEntry, SearchOptions};
use rustls::ClientConfig;
use url::Url;

pub use settings::{LdapAccount, LdapGroups, LdapSettings};

use crate::{TrustError, tls, user_name};

/// Two entries are enough to know that there is not one.
const ENTRIES_MAX: i32 = 2;

/// The most groups of one person. More than any directory gives at once.
const GROUPS_MAX: i32 = 1_000;

/// What a directory answers: RFC 4511, appendix A.
mod code {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    /// The entry has no password to compare with.
    pub(super) const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
    pub(super) const INVALID_CREDENTIALS: u32 = 49;
}

/// Why a directory could not tell who somebody is.
#[derive(Debug, thiserror::Error)]
pub enum LdapError {
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// No connection with TLS can be made.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The directory can't be reached, or the connection broke.
    #[error("no connection to the directory: {0}")]
    Connection(#[source] ldap3::LdapError),
    /// It took longer than the settings let it.
    #[error("the directory took too long")]
    TookTooLong,
    /// The account that searches is not let in.
    #[error("the directory does not let the searching account in: {0}")]
    Account(String),
    /// The directory does not answer a search.
    #[error("the directory does not answer the search for {what}: {why}")]
    Search {
        /// What was searched for.
        what: &'static str,
        /// What it says.
        why: String,
    },
    /// The directory neither takes nor refuses the password.
    #[error("the directory does not check the password: {0}")]
    Bind(String),
    /// The filter finds several entries, and any of them could be meant.
    #[error("several entries have the name")]
    Ambiguous,
    /// The entry does not name the user.
    #[error("the entry has no attribute {attribute} that can be a user's name")]
    NoUser {
        /// The attribute that should name the user.
        attribute: String,
    },
}

/// A directory that people sign in by.
#[derive(Debug)]
pub struct Ldap {
    settings: LdapSettings,
    url: Url,
    tls: Arc<ClientConfig>,
}

/// Somebody's entry.
struct Entry {
    dn: String,
    user: String,
    email: Option<String>,
    display_name: Option<String>,
}

impl Ldap {
    /// Prepares to ask a directory; asks nothing yet.
    ///
    /// # Errors
    /// When the settings can't be used. `ldap://` without TLS is refused unless it is this machine.
    pub fn new(settings: LdapSettings) -> Result<Self, LdapError> {
        let url = settings.check()?;
        let tls = Arc::new(tls::client_config(settings.ca_file.as_deref())?);
        Ok(Self { settings, url, tls })
    }

    /// What the register calls the directory.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Who somebody is that types in this name and password; `None` when there is nobody of the
    /// name, or the password is wrong.
    ///
    /// # Errors
    /// When the directory can't tell.
    pub async fn authenticate(
        &self,
        user: &str,
        password: &str,
    ) -> Result<Option<Assertion>, LdapError> {
        // A directory takes an entry's name without a password for a greeting, and says yes.
        if user.is_empty() || password.is_empty() {
            return Ok(None);
        }
        let limit = self.settings.timeout;
        match tokio::time::timeout(limit, self.ask(user, password)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(LdapError::TookTooLong),
        }
    }

    async fn ask(&self, user: &str, password: &str) -> Result<Option<Assertion>, LdapError> {
        let mut connection = self.connect().await?;
        self.bind_as_account(&mut connection).await?;
        let Some(entry) = self.find(&mut connection, user).await? else {
            // As long as for a wrong password, so that time does not tell who is there.
            let nobody = format!("cn=nobody-has-this-name,{}", self.settings.user_base);
            drop(connection.simple_bind(&nobody, password).await);
            return Ok(None);
        };
        if !bind_as(&mut connection, &entry.dn, password).await? {
            return Ok(None);
        }
        // Without an account, groups are read as the user, who may see more than everybody.
        self.bind_as_account(&mut connection).await?;
        let groups = self.groups(&mut connection, &entry).await?;
        // The connection ends with its handle; saying so before is a courtesy.
        drop(connection.unbind().await);
        Ok(Some(Assertion {
            user: entry.user,
            email: entry.email,
            display_name: entry.display_name,
            groups,
        }))
    }

    async fn connect(&self) -> Result<ldap3::Ldap, LdapError> {
        let settings = LdapConnSettings::new()
            .set_starttls(self.settings.start_tls)
            .set_config(Arc::clone(&self.tls));
        let (driver, connection) = LdapConnAsync::from_url_with_settings(settings, &self.url)
            .await
            .map_err(LdapError::Connection)?;
        // It ends when the last handle is dropped.
        drop(tokio::spawn(async move {
            if let Err(error) = driver.drive().await {
                tracing::debug!(%error, "the connection to a directory broke");
            }
        }));
        Ok(connection)
    }

    async fn bind_as_account(&self, connection: &mut ldap3::Ldap) -> Result<(), LdapError> {
        let Some(account) = &self.settings.account else {
            return Ok(());
        };
        let bound = connection.simple_bind(&account.dn, account.password.expose()).await;
        let result = bound.map_err(LdapError::Connection)?;
        if result.rc == code::SUCCESS { Ok(()) } else { Err(LdapError::Account(told(&result))) }
    }

    async fn find(
        &self,
        connection: &mut ldap3::Ldap,
        user: &str,
    ) -> Result<Option<Entry>, LdapError> {
        let settings = &self.settings;
        let filter = filter::fill(&settings.user_filter, &[("user", user)]);
        let attributes =
            [&settings.user_attribute, &settings.email_attribute, &settings.display_attribute];
        let found = connection
            .with_search_options(SearchOptions::new().sizelimit(ENTRIES_MAX))
            .search(&settings.user_base, Scope::Subtree, &filter, attributes)
            .await
            .map_err(LdapError::Connection)?;
        let ldap3::SearchResult(entries, result) = found;
        if !matches!(result.rc, code::SUCCESS | code::SIZE_LIMIT_EXCEEDED) {
            return Err(LdapError::Search { what: "the user", why: told(&result) });
        }
        let mut entries = entries.into_iter().map(SearchEntry::construct);
        match (entries.next(), entries.next()) {
            (Some(entry), None) if result.rc == code::SUCCESS => self.entry(&entry).map(Some),
            (None, _) if result.rc == code::SUCCESS => Ok(None),
            _ => Err(LdapError::Ambiguous),
        }
    }

    fn entry(&self, found: &SearchEntry) -> Result<Entry, LdapError> {
        let attribute = &self.settings.user_attribute;
        let name = first_value(found, attribute).and_then(|name| user_name::accept(&name));
        let user = name.ok_or_else(|| LdapError::NoUser { attribute: attribute.clone() })?;
        Ok(Entry {
            dn: found.dn.clone(),
            user,
            email: first_value(found, &self.settings.email_attribute),
            display_name: first_value(found, &self.settings.display_attribute),
        })
    }

    async fn groups(
        &self,
        connection: &mut ldap3::Ldap,
        entry: &Entry,
    ) -> Result<Vec<String>, LdapError> {
        let Some(groups) = &self.settings.groups else {
            return Ok(Vec::new());
        };
        let filter = filter::fill(&groups.filter, &[("dn", &entry.dn), ("user", &entry.user)]);
        let found = connection
            .with_search_options(SearchOptions::new().sizelimit(GROUPS_MAX))
            .search(&groups.base, Scope::Subtree, &filter, [&groups.attribute])
            .await
            .map_err(LdapError::Connection)?;
        let ldap3::SearchResult(entries, result) = found;
        // Some of the groups would be rights that somebody lacks without knowing why.
        if result.rc != code::SUCCESS {
            return Err(LdapError::Search { what: "groups", why: told(&result) });
        }
        let found = entries.into_iter().map(SearchEntry::construct);
        let mut names: Vec<String> =
            found.filter_map(|group| first_value(&group, &groups.attribute)).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// Whether the password is the entry's.
async fn bind_as(
    connection: &mut ldap3::Ldap,
    dn: &str,
    password: &str,
) -> Result<bool, LdapError> {
    let result = connection.simple_bind(dn, password).await.map_err(LdapError::Connection)?;
    match result.rc {
        code::SUCCESS => Ok(true),
        code::INVALID_CREDENTIALS | code::INAPPROPRIATE_AUTHENTICATION => Ok(false),
        _ => Err(LdapError::Bind(told(&result))),
    }
}

/// The first of an attribute's values in alphabetical order: a directory gives them in any, and a
/// user with two names must not be one today and another tomorrow.
fn first_value(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let is_it = |name: &String| name.eq_ignore_ascii_case(attribute);
    let values = entry.attrs.iter().filter(|(name, _)| is_it(name)).flat_map(|(_, values)| values);
    values.filter(|value| !value.trim().is_empty()).min().cloned()
}

/// What the directory says, for the log.
fn told(result: &LdapResult) -> String {
    match result.text.trim() {
        "" => format!("result {}", result.rc),
        text => format!("result {}, {text}", result.rc),
    }
}
