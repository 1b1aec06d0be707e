//! Django's users, made known here. They keep no password: they sign in by a provider, or are given one.

use std::collections::HashMap;

use domain::audit::{Action, Event};
use sql::write::{self, Profile};
use sql::{ForeignRow, StoreError, Writer};

use super::super::{Here, Report};
use super::values::{is_set, number_of, text_of};
use crate::people;

/// The names of users here, by their numbers there.
pub(super) type Names = HashMap<String, String>;

/// What they are counted as.
const KIND: &str = "user";

/// Makes users of rows that nobody has yet.
pub(super) fn bring(
    writer: &mut Writer<'_>,
    here: &Here,
    rows: Vec<ForeignRow>,
    (names, report): (&mut Names, &mut Report),
) -> Result<(), StoreError> {
    for row in rows {
        let Some(number) = row.get("id").and_then(number_of) else { continue };
        let told = text_of(&row, "username").unwrap_or_default();
        let name = match people::name(&told) {
            Ok(name) => name,
            Err(why) => {
                report.leave_out(KIND, &told, why);
                continue;
            }
        };
        names.insert(number, name.clone());
        if write::user_named(writer, &name)?.is_some() {
            report.unchanged(KIND, 1);
            continue;
        }
        let display_name =
            [text_of(&row, "first_name"), text_of(&row, "last_name")].into_iter().flatten();
        let display_name = display_name.collect::<Vec<_>>().join(" ");
        let profile = Profile {
            email: text_of(&row, "email"),
            display_name: (!display_name.is_empty()).then_some(display_name),
        };
        let added = write::user_add(writer, &name, &profile, here.now())?;
        tell(writer, here, Action::UserAdded, &name)?;
        if row.contains_key("is_active") && !is_set(&row, "is_active") {
            write::user_set_active(writer, added.id, false)?;
            tell(writer, here, Action::UserDisabled, &name)?;
        }
        report.brought(KIND, 1);
    }
    Ok(())
}

fn tell(
    writer: &mut Writer<'_>,
    here: &Here,
    action: Action,
    name: &str,
) -> Result<(), StoreError> {
    let event = Event {
        at: here.now(),
        actor: here.ctx.actor.name().to_owned(),
        token: here.ctx.actor.token().map(str::to_owned),
        origin: here.ctx.origin.clone(),
        request_id: Some(here.ctx.request_id.clone()),
        action,
        subject: format!("user {name}"),
        reason: here.ctx.reason.clone(),
    };
    write::audit_add(writer, &event)
}
