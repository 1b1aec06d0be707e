//! The audit of the other system, kept in ours.

use domain::audit::{Action, Event};
use sql::write::{self, Brought};
use sql::{ForeignRow, StoreError, Writer};

use super::values::{moment_of, number_of, text_of};
use super::{Django, LAST, SOURCE, Stage, last, next_after, page};
use crate::moving::Here;

/// What its rows are counted as, and kept under.
const KIND: &str = "audit";

impl Django {
    /// Brings the next rows.
    pub(super) fn audit(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        after: i64,
    ) -> Result<Stage, StoreError> {
        let Some(table) = self.models.audit.clone() else {
            return Ok(Stage::Requests { place: 0 });
        };
        let after = if after < 0 { last(writer, KIND)? } else { after };
        let rows = self.foreign.rows(page(&table, "id", after))?;
        let next = next_after(&rows, "id");
        let last = rows.iter().filter_map(|row| row.get("id").and_then(number_of)).next_back();
        for row in rows {
            let by = row.get("user_id").and_then(number_of);
            let by = by.and_then(|number| self.names.get(&number)).map(String::as_str);
            let event = audit_event(at, by, &row);
            write::audit_add(writer, &event)?;
            self.report.brought(KIND, 1);
        }
        if let Some(last) = last {
            let last = Brought { foreign_id: LAST.to_owned(), record: None, digest: last };
            write::brought_keep(writer, (SOURCE, KIND), [last])?;
        }
        Ok(next.map_or(Stage::Requests { place: 0 }, |after| Stage::Audit { after }))
    }
}

/// A row of the other system's audit, as ours tells it.
fn audit_event(at: &Here, by: Option<&str>, row: &ForeignRow) -> Event {
    let what = [text_of(row, "name"), text_of(row, "logs")].into_iter().flatten();
    Event {
        at: moment_of(row, "datetime").unwrap_or(at.now()),
        actor: by.unwrap_or_else(|| at.ctx.actor.name()).to_owned(),
        token: None,
        origin: at.ctx.origin.clone(),
        request_id: Some(at.ctx.request_id.clone()),
        action: Action::BroughtOver,
        subject: what.collect::<Vec<_>>().join(": "),
        reason: None,
    }
}
