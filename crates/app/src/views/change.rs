//! What becomes of a view that is saved or changed: all of it checked before any of it is kept.

use domain::access::Right;
use domain::audit::Action;
use domain::schema::Schema;
use sql::write;
use sql::{StoreError, Writer};

use super::{SeenView, StoredView, ViewChange, Who, checked, missing, named, subject, type_of};
use crate::known::ANONYMOUS;
use crate::people::{bad, given_up};
use crate::{Context, Error, audit};

/// Changes a view that was found, and gives it as it is now.
pub(super) fn changed(
    writer: &mut Writer<'_>,
    (ctx, schema): (&Context, &Schema),
    who: &Who,
    (found, change): (StoredView, ViewChange),
) -> Result<SeenView, StoreError> {
    let mut view = found.clone();
    let group = apply(writer, (ctx, schema), who, (&mut view, &change))?;
    let user = who.user.ok_or_else(|| given_up(Error::Unauthenticated))?;
    let is_same = StoredView { is_default: found.is_default, ..view.clone() } == found;
    if !is_same {
        view.revision = found.revision.saturating_add(1);
        view.updated_at = ctx.now;
        write::view_change(writer, &view, group)?;
        audit::keep(writer, ctx, Action::ViewChanged, subject(&view))?;
    }
    settle(writer, (&view, &change), (user, group))?;
    Ok(who.sees(view))
}

/// Puts a change into a view, all of it checked, and gives the number of its group.
pub(super) fn apply(
    writer: &mut Writer<'_>,
    (ctx, schema): (&Context, &Schema),
    who: &Who,
    (view, change): (&mut StoredView, &ViewChange),
) -> Result<Option<i64>, StoreError> {
    if let Some(name) = &change.name {
        rename(writer, view, name)?;
    }
    if let Some(query) = &change.query {
        let of = type_of(ctx, schema, view).ok_or_else(missing)?;
        view.query = checked(ctx, schema, of, query).map_err(given_up)?;
    }
    if let Some(group) = change.group.as_ref().filter(|group| **group != view.group) {
        let is_free = |group: &String| who.viewer().may_share_with(group, ANONYMOUS);
        if let Some(group) = group.as_ref().filter(|group| !is_free(group)) {
            let told = format!("You are not in a group {group}.");
            return Err(given_up(bad("group", &told)));
        }
        view.group.clone_from(group);
        view.is_group_default = false;
    }
    let group = match &view.group {
        Some(group) => {
            let unknown = || given_up(bad("group", &format!("There is no group {group}.")));
            Some(write::group_named(writer, group)?.ok_or_else(unknown)?.id)
        }
        None => None,
    };
    if let Some(is) = change.is_group_default.filter(|is| *is != view.is_group_default) {
        if !who.viewer().may_set_default_of_group() {
            ctx.must_everywhere(Right::Administer).map_err(given_up)?;
        }
        if is && group.is_none() {
            let told = "Share the view with a group to make it the group's default.";
            return Err(given_up(bad("is_group_default", told)));
        }
        view.is_group_default = is;
    }
    if let Some(is) = change.is_default {
        view.is_default = is;
    }
    Ok(group)
}

fn rename(writer: &mut Writer<'_>, view: &mut StoredView, name: &str) -> Result<(), StoreError> {
    let name = named(name).map_err(given_up)?;
    let owner = write::user_named(writer, &view.owner)?.ok_or_else(missing)?;
    let same = write::view_named(writer, owner.id, &view.type_name, &name)?;
    if same.is_some_and(|same| same != view.id) {
        return Err(given_up(bad("name", "There is another view of this name.")));
    }
    view.name = name;
    Ok(())
}

/// Keeps whose default a view is, where that was said.
pub(super) fn settle(
    writer: &mut Writer<'_>,
    (view, change): (&StoredView, &ViewChange),
    (user, group): (i64, Option<i64>),
) -> Result<(), StoreError> {
    if change.is_default.is_some() {
        write::view_set_default(writer, view, user)?;
    }
    match group {
        Some(group) if view.is_group_default => write::view_alone_in_group(writer, view, group),
        _ => Ok(()),
    }
}
