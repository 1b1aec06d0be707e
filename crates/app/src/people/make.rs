//! One change of users, groups or grants, made in a transaction, and what the audit says of it.

use domain::audit::Action;
use domain::record::Timestamp;
use domain::schema::Schema;
use sql::write::{self, Profile, StoredGrant, StoredGroup, StoredUser};
use sql::{StoreError, Writer};

use super::{PeopleChange, bad, given_up, name, told};
use crate::Error;
use crate::known::{self, ANONYMOUS};

/// What was done, and to whom.
type Made = Result<(Action, String), StoreError>;

/// Makes a change, with the hash of its password where it has one; what stands in its way gives the
/// transaction up.
pub(super) fn make(
    writer: &mut Writer<'_>,
    schema: &Schema,
    now: Timestamp,
    (change, hash): (PeopleChange, Option<String>),
) -> Made {
    match change {
        PeopleChange::AddUser { user, profile, groups, .. } => {
            add_user(writer, (&user, &profile, &groups), hash, now)
        }
        PeopleChange::Describe { user, profile } => {
            let found = user_of(writer, &user)?;
            write::user_describe(writer, found.id, &profile)?;
            Ok((Action::UserChanged, format!("user {user}")))
        }
        PeopleChange::SetActive { user, is_active } => {
            let found = user_of(writer, &user)?;
            write::user_set_active(writer, found.id, is_active)?;
            let action = if is_active { Action::UserEnabled } else { Action::UserDisabled };
            Ok((action, format!("user {user}")))
        }
        PeopleChange::SetPassword { user, .. } => {
            let found = user_of(writer, &user)?;
            write::password_set(writer, found.id, &hash.unwrap_or_default())?;
            write::sessions_end(writer, found.id, None)?;
            Ok((Action::PasswordSet, format!("password of {user}")))
        }
        PeopleChange::AddGroup { group, description } => {
            add_group(writer, &group, description.as_deref())
        }
        PeopleChange::RemoveGroup { group } => remove_group(writer, &group),
        PeopleChange::AddMember { group, user } => add_member(writer, &group, &user),
        PeopleChange::RemoveMember { group, user } => remove_member(writer, &group, &user),
        PeopleChange::Grant(grant) => add_grant(writer, schema, grant),
        PeopleChange::Revoke { id } => revoke(writer, id),
    }
}

fn add_user(
    writer: &mut Writer<'_>,
    (user, profile, groups): (&str, &Profile, &[String]),
    hash: Option<String>,
    now: Timestamp,
) -> Made {
    match name(user) {
        Err(why) => return Err(given_up(bad("name", &why))),
        Ok(trimmed) if trimmed != user => {
            return Err(given_up(bad("name", "A name has no blanks at its ends.")));
        }
        Ok(_) => {}
    }
    if write::user_named(writer, user)?.is_some() {
        return Err(given_up(bad("name", &format!("There is a user {user} already."))));
    }
    let added = write::user_add(writer, user, profile, now)?;
    if let Some(hash) = hash {
        write::password_set(writer, added.id, &hash)?;
    }
    for group in groups {
        let group = group_of(writer, "groups", group)?;
        write::member_add(writer, group.id, added.id, "")?;
    }
    let places = groups.join(", ");
    let places = if places.is_empty() { places } else { format!(" in {places}") };
    Ok((Action::UserAdded, format!("user {user}{places}")))
}

fn add_group(writer: &mut Writer<'_>, group: &str, description: Option<&str>) -> Made {
    let group = name(group).map_err(|why| given_up(bad("name", &why)))?;
    if write::group_named(writer, &group)?.is_some() {
        return Err(given_up(bad("name", &format!("There is a group {group} already."))));
    }
    write::group_add(writer, &group, description)?;
    Ok((Action::GroupAdded, format!("group {group}")))
}

fn remove_group(writer: &mut Writer<'_>, group: &str) -> Made {
    let found = group_of(writer, "group", group)?;
    if group == ANONYMOUS {
        let why = "The group anonymous stays; take its grants back.";
        return Err(given_up(bad("group", why)));
    }
    write::group_remove(writer, found.id)?;
    Ok((Action::GroupRemoved, format!("group {group}")))
}

fn add_member(writer: &mut Writer<'_>, group: &str, user: &str) -> Made {
    let of = group_of(writer, "group", group)?;
    if group == ANONYMOUS {
        return Err(given_up(bad("group", "Everybody is in the group anonymous.")));
    }
    let found = user_of(writer, user)?;
    write::member_add(writer, of.id, found.id, "")?;
    Ok((Action::MemberAdded, format!("user {user} to group {group}")))
}

fn remove_member(writer: &mut Writer<'_>, group: &str, user: &str) -> Made {
    let of = group_of(writer, "group", group)?;
    let found = user_of(writer, user)?;
    if !write::member_remove(writer, of.id, found.id)? {
        return Err(given_up(Error::NotFound { what: "member" }));
    }
    Ok((Action::MemberRemoved, format!("user {user} from group {group}")))
}

fn add_grant(writer: &mut Writer<'_>, schema: &Schema, grant: StoredGrant) -> Made {
    let of = group_of(writer, "group", &grant.group)?;
    let read = known::grant(schema, &grant).map_err(|why| given_up(bad("filter", &why)))?;
    let grant = StoredGrant { rights: read.rights.to_string(), ..grant };
    write::grant_add(writer, of.id, &grant)?;
    Ok((Action::Granted, told(&grant)))
}

fn revoke(writer: &mut Writer<'_>, id: i64) -> Made {
    let found = write::grants(writer)?.into_iter().find(|grant| grant.id == id);
    let grant = found.ok_or_else(|| given_up(Error::NotFound { what: "grant" }))?;
    write::grant_remove(writer, id)?;
    Ok((Action::GrantRevoked, told(&grant)))
}

fn user_of(writer: &mut Writer<'_>, user: &str) -> Result<StoredUser, StoreError> {
    let found = write::user_named(writer, user)?;
    found.ok_or_else(|| given_up(Error::NotFound { what: "user" }))
}

fn group_of(writer: &mut Writer<'_>, field: &str, group: &str) -> Result<StoredGroup, StoreError> {
    let missing = || given_up(bad(field, &format!("There is no group {group}.")));
    write::group_named(writer, group)?.ok_or_else(missing)
}
