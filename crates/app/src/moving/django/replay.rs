//! The history of the other system, made again as commits.

use domain::access::Actor;
use domain::record::Timestamp;
use domain::schema::TypeIndex;
use sql::write::{self, Brought};
use sql::{StoreError, Writer};

use super::history::{self, Step, Together};
use super::values::name_of;
use super::{Django, LAST, SOURCE, Stage, Table};
use crate::Context;
use crate::moving::bring::Told;
use crate::moving::{BATCH, Here};

impl Django {
    /// Brings the next commit of the history.
    pub(super) fn history(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
    ) -> Result<Stage, StoreError> {
        // Many commits of few changes each are written in one transaction.
        let mut many = 0;
        while many < BATCH as usize {
            let next = self.histories.next(&self.foreign, &self.names)?;
            let Some(Together { of, steps }) = next else {
                return Ok(Stage::Records(Table::default()));
            };
            many = many.saturating_add(steps.len());
            self.together(writer, at, (of, steps))?;
        }
        Ok(Stage::History)
    }

    fn together(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        (of, steps): (TypeIndex, Vec<Step>),
    ) -> Result<(), StoreError> {
        let (of, kind) = (at.schema.get(of), history::kind(&at.schema, of));
        let Some(model) = self.models.all.iter().find(|model| model.of == of.index).cloned() else {
            return Ok(());
        };
        let (Some(first), Some(newest)) = (steps.first().cloned(), steps.last().cloned()) else {
            return Ok(());
        };
        let numbers = steps.iter().map(|step| step.number);
        let number = numbers.max().unwrap_or_default().to_string();
        let mut told = Vec::with_capacity(steps.len());
        for step in steps {
            let name = name_of(of, &step.row, &step.foreign_id);
            let reading = self.reading(of, &model);
            let fields = if step.is_deletion {
                Ok(None)
            } else {
                reading.fields(&step.row, None).map(|read| Some(read.fields))
            };
            match fields {
                Ok(fields) => {
                    let foreign_id = step.foreign_id;
                    told.push(Told { foreign_id, name, fields, digest: String::new() });
                }
                Err(why) => self.report.leave_out(&kind, &name, why),
            }
        }
        let ctx = dated(&at.ctx, writer, (&first, newest.at))?;
        self.bring(writer, &Here { ctx, ..at.clone() }, (of, &kind, told))?;
        let last = Brought { foreign_id: LAST.to_owned(), record: None, digest: number };
        write::brought_keep(writer, (SOURCE, &kind), [last])
    }
}

/// Whoever made a step, when they did. Where the register has gone on since, the moment is told among
/// the reasons.
fn dated(
    ctx: &Context,
    writer: &mut Writer<'_>,
    (step, at): (&Step, Timestamp),
) -> Result<Context, StoreError> {
    let is_late = write::lock_register(writer)?.at > at;
    let when = format!("at {} in Django", domain::value::datetime_text(at));
    let reason = match (&step.reason, is_late) {
        (Some(reason), true) => Some(format!("{reason} ({when})")),
        (None, true) => Some(when),
        (reason, false) => reason.clone(),
    };
    let actor = match &step.by {
        Some(user) => Actor::User { user: user.clone() },
        None => ctx.actor.clone(),
    };
    Ok(Context { actor, now: at.min(ctx.now), reason, ..ctx.clone() })
}
