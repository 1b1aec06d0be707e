//! Who may decide on what somebody asks for, and who of them is asked to.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::access::{Access, Limits, Right};
use domain::schema::TypeIndex;
use sql::write::{self, StoredUser};
use sql::{Reader, StoreError};

use super::REVIEWERS_MAX;
use crate::known::{self, ANONYMOUS};
use crate::people::bad;
use crate::{App, Context, Error};

/// Somebody who may decide on changes of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewer {
    /// The name that history tells.
    pub name: String,
    /// What people call them.
    pub display_name: Option<String>,
}

impl App {
    /// Who may decide on changes of some types that somebody asks for, by name: whoever has the right
    /// to review some records of each and is in the groups that their policies name, but not they
    /// themselves.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], and [`Error::Forbidden`] for whoever may not ask for any; others
    /// when the database can't be asked.
    pub async fn reviewers(
        &self,
        ctx: &Context,
        types: &[TypeIndex],
    ) -> Result<Vec<Reviewer>, Error> {
        for of in types {
            if ctx.must(Right::Write, &self.schema, *of).is_err() {
                ctx.must(Right::Propose, &self.schema, *of)?;
            }
        }
        let (schema, asker) = (Arc::clone(&self.schema), ctx.actor.name().to_owned());
        let types = types.to_vec();
        let read = move |reader: &mut Reader<'_>| {
            let grants: Vec<(String, Access)> = write::grants(reader)?
                .into_iter()
                .filter_map(|stored| {
                    let grant = known::grant(&schema, &stored).ok()?;
                    Some((stored.group, Access::new(vec![grant], Limits::default())))
                })
                .collect();
            let members: BTreeSet<(String, String)> = write::members(reader)?.into_iter().collect();
            let is_in =
                |group: &str, user: &str| members.contains(&(group.to_owned(), user.to_owned()));
            let may_review = |user: &str, of: TypeIndex| {
                let wanted = schema.get(of).review.group.as_deref();
                wanted.is_none_or(|group| is_in(group, user))
                    && grants.iter().any(|(group, access)| {
                        access.has(Right::Review, of) && (group == ANONYMOUS || is_in(group, user))
                    })
            };
            let may = |user: &StoredUser| {
                let is_asked = user.is_active && user.name != asker;
                is_asked && types.iter().all(|of| may_review(&user.name, *of))
            };
            let users = write::users(reader)?.into_iter().filter(may);
            let told =
                |user: StoredUser| Reviewer { name: user.name, display_name: user.display_name };
            Ok(users.map(told).collect())
        };
        Ok(self.store.read(read).await?)
    }
}

/// The people who are asked to decide, as they are kept.
///
/// # Errors
/// [`Error::BadRequest`] where one is not known, or they are too many.
pub(super) fn named(
    reader: &mut Reader<'_>,
    reviewers: &[String],
) -> Result<Result<Vec<String>, Error>, StoreError> {
    if reviewers.len() > REVIEWERS_MAX {
        return Ok(Err(bad("reviewers", &format!("Ask at most {REVIEWERS_MAX} people."))));
    }
    let mut names = Vec::new();
    for name in reviewers {
        // No text of a database holds such a character, so that none can be asked for it.
        let is_name = !name.contains('\0');
        let found = if is_name { write::user_named(reader, name)? } else { None };
        match found {
            Some(user) if user.is_active => names.push(user.name),
            _ => return Ok(Err(bad("reviewers", &format!("There is no user {name}.")))),
        }
    }
    names.sort_unstable();
    names.dedup();
    Ok(Ok(names))
}
