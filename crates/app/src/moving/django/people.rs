//! Django's users, made known here. They keep no password: they sign in by a provider, or are given one.

use std::collections::HashMap;

use domain::audit::Action;
use sql::write::{self, Profile};
use sql::{ForeignRow, StoreError, Writer};

use super::super::{Here, Report};
use super::values::{is_set, number_of, text_of};
use crate::{audit, people};

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
        audit::keep(writer, &here.ctx, Action::UserAdded, format!("user {name}"))?;
        if row.contains_key("is_active") && !is_set(&row, "is_active") {
            write::user_set_active(writer, added.id, false)?;
            audit::keep(writer, &here.ctx, Action::UserDisabled, format!("user {name}"))?;
        }
        report.brought(KIND, 1);
    }
    Ok(())
}
