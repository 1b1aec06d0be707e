//! Users and groups, and what groups may.

mod make;

use std::sync::Arc;

use domain::access::{Access, Limits, Right};
use domain::fault::{Faults, FieldFault};
use sql::{StoreError, write};

pub use sql::write::{Profile, StoredGrant, StoredGroup, StoredUser};

use crate::known::{self, ANONYMOUS};
use crate::passwords::{self, Password};
use crate::{App, Context, Error, audit};

/// The most characters of a name of a user, group or token: what fits in a column of a list.
pub const NAME_LENGTH_MAX: usize = 100;

/// A name that people can tell from others where history shows it.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("give a name".to_owned())
    } else if text.chars().any(char::is_control) {
        Err("a name has one line and no control characters".to_owned())
    } else if text.chars().nth(NAME_LENGTH_MAX).is_some() {
        Err(format!("a name has at most {NAME_LENGTH_MAX} characters"))
    } else if text.starts_with("system:") || text == ANONYMOUS {
        Err("anonymous and names that begin with system: are the program's own".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// All that is known of users, groups and grants.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// The users, by name.
    pub users: Vec<StoredUser>,
    /// The groups, by name.
    pub groups: Vec<StoredGroup>,
    /// Pairs of the names of a group and of a user in it.
    pub members: Vec<(String, String)>,
    /// What the groups may.
    pub grants: Vec<StoredGrant>,
}

/// What an administrator does to users, groups and grants.
#[derive(Clone, Debug)]
pub enum PeopleChange {
    /// Makes a user.
    AddUser {
        /// The name that history shall tell.
        user: String,
        /// What else is told of them.
        profile: Profile,
        /// The groups that they are put into.
        groups: Vec<String>,
        /// Their password; none for whoever signs in with a provider.
        password: Option<Password>,
    },
    /// Sets what is told of a user.
    Describe {
        /// Who.
        user: String,
        /// What.
        profile: Profile,
    },
    /// Lets a user in again, or no more.
    SetActive {
        /// Who.
        user: String,
        /// Whether they are let in.
        is_active: bool,
    },
    /// Sets a user's password, and ends their sessions.
    SetPassword {
        /// Whose.
        user: String,
        /// The new one.
        password: Password,
    },
    /// Makes a group.
    AddGroup {
        /// Its name.
        group: String,
        /// What it is for.
        description: Option<String>,
    },
    /// Removes a group.
    RemoveGroup {
        /// Its name.
        group: String,
    },
    /// Puts a user into a group.
    AddMember {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Takes a user out of a group.
    RemoveMember {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Grants rights to a group.
    Grant(StoredGrant),
    /// Takes a grant back.
    Revoke {
        /// Its number.
        id: i64,
    },
}

impl PeopleChange {
    fn password(&self) -> Option<&Password> {
        match self {
            Self::AddUser { password, .. } => password.as_ref(),
            Self::SetPassword { password, .. } => Some(password),
            Self::Describe { .. }
            | Self::SetActive { .. }
            | Self::AddGroup { .. }
            | Self::RemoveGroup { .. }
            | Self::AddMember { .. }
            | Self::RemoveMember { .. }
            | Self::Grant(_)
            | Self::Revoke { .. } => None,
        }
    }
}

impl App {
    /// All users, groups and grants.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn people(&self, ctx: &Context) -> Result<People, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let read = |reader: &mut sql::Reader<'_>| {
            Ok(People {
                users: write::users(reader)?,
                groups: write::groups(reader)?,
                members: write::members(reader)?,
                grants: write::grants(reader)?,
            })
        };
        Ok(self.store.read(read).await?)
    }

    /// The names of the groups that a user is in.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn groups_of(&self, user: &str) -> Result<Vec<String>, Error> {
        let user = user.to_owned();
        let read = move |reader: &mut sql::Reader<'_>| match write::user_named(reader, &user)? {
            Some(user) => write::groups_of(reader, user.id),
            None => Ok(Vec::new()),
        };
        Ok(self.store.read(read).await?)
    }

    /// Makes changes of users, groups and grants, all or none; each stands in the audit.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer, [`Error::BadRequest`] with what is
    /// wrong, [`Error::NotFound`], [`Error::LastAdministrator`] where nobody would be left who
    /// could make such changes; others when the database can't be asked.
    pub async fn people_change(
        &self,
        ctx: &Context,
        changes: Vec<PeopleChange>,
    ) -> Result<(), Error> {
        ctx.must_everywhere(Right::Administer)?;
        let mut hashed = Vec::with_capacity(changes.len());
        for change in changes {
            let hash = match change.password() {
                Some(Password(password)) => Some(self.password_hash(password.clone()).await?),
                None => None,
            };
            hashed.push((change, hash));
        }
        let (schema, ctx) = (Arc::clone(&self.schema), ctx.clone());
        let made = self.store.write(move |writer| {
            write::lock_register(writer)?;
            let had_one = has_administrator(writer, &schema)?;
            for (change, hash) in hashed {
                let (action, subject) = make::make(writer, &schema, ctx.now, (change, hash))?;
                audit::keep(writer, &ctx, action, subject)?;
            }
            if had_one && !has_administrator(writer, &schema)? {
                return Err(given_up(Error::LastAdministrator));
            }
            Ok(())
        });
        Ok(made.await?)
    }

    /// Whether nobody can sign in and say who may do what: a register that was just made.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn needs_administrator(&self) -> Result<bool, Error> {
        let schema = Arc::clone(&self.schema);
        Ok(!self.store.read(move |reader| has_administrator(reader, &schema)).await?)
    }

    /// Hashes a password, away from the threads that answer.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for one that is not taken.
    pub(crate) async fn password_hash(&self, password: String) -> Result<String, Error> {
        let [salt, _] = split(self.entropy.bytes());
        let cost = self.password_cost;
        let hashed = tokio::task::spawn_blocking(move || passwords::hash(&password, salt, cost));
        let hashed = hashed.await.map_err(|_failed| StoreError::Closed)?;
        hashed.map_err(|fault| bad("password", &fault.to_string()))
    }
}

fn split(bytes: [u8; 32]) -> [[u8; 16]; 2] {
    let half = |from: usize| std::array::from_fn(|at| bytes.get(from + at).copied().unwrap_or(0));
    [half(0), half(16)]
}

pub(crate) fn bad(field: &str, text: &str) -> Error {
    Error::BadRequest(Faults::one(field, FieldFault::BadParameter(text.to_owned())))
}

/// Undoes a transaction for a reason of our own.
pub(crate) fn given_up(error: Error) -> StoreError {
    StoreError::GivenUp(Box::new(error))
}

/// Whether some user who is let in may administer everything.
pub(crate) fn has_administrator(
    reader: &mut sql::Reader<'_>,
    schema: &domain::schema::Schema,
) -> Result<bool, StoreError> {
    for user in write::users(reader)?.iter().filter(|user| user.is_active) {
        let access: Access = known::access(reader, schema, Some(user.id), Limits::default())?;
        if access.has_everywhere(Right::Administer) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A grant in an auditor's words.
pub fn told(grant: &StoredGrant) -> String {
    let of = match (&grant.type_name, &grant.filter) {
        (None, _) => "everything".to_owned(),
        (Some(of), None) => format!("all of type {of}"),
        (Some(of), Some(filter)) => format!("{of} where {filter}"),
    };
    format!("{} on {of} to group {}", grant.rights, grant.group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_one_line_and_not_blank() {
        let longest = "é".repeat(NAME_LENGTH_MAX);
        let cases = [
            (" alice ", Some("alice")),
            ("Alice B.", Some("Alice B.")),
            (&longest, Some(longest.as_str())),
            (&format!("{longest}x"), None),
            ("", None),
            (" ", None),
            ("a\nb", None),
            ("system:cli", None),
            ("anonymous", None),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text).ok().as_deref(), expected, "{text:?}");
        }
    }
}
