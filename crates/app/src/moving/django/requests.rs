//! Changes that wait for approval in the other system, as change requests here.

use std::collections::HashMap;

use domain::access::Actor;
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed, draft,
};
use domain::review::Ask;
use domain::schema::Type;
use sql::write::{self, Brought};
use sql::{ForeignRow, StoreError, Writer};

use super::models::{List, Model};
use super::values::{Linked, moment_of, name_of, number_of, text_of};
use super::{Django, SOURCE, Stage, next_after, page};
use crate::carry_out::write_checked;
use crate::check::check;
use crate::keys::key_of;
use crate::moving::Here;
use crate::moving::bring::error_text;
use crate::review::{Act, Asked, carry_out};
use crate::{Context, Error, Progress};

/// What they are counted as.
const KIND: &str = "change request";
/// The words for a request that nobody has decided on.
const PENDING: &str = "Pending";
const ON_HOLD: &str = "On Hold";

/// A row that waits for approval.
struct Waiting<'a> {
    row: &'a ForeignRow,
    /// What it is kept under: the row is used again for the next request of its record.
    foreign_id: String,
    name: String,
    requester: String,
    approver: Option<String>,
}

/// What rows refer to by many-to-many fields.
struct Links<'a> {
    lists: &'a [List],
    /// Those that wait.
    asked: HashMap<String, Linked>,
    /// The records that they are about.
    now: HashMap<String, Linked>,
    /// The numbers of records, by their names.
    numbers: HashMap<String, String>,
}

impl Links<'_> {
    /// What a record shall refer to: approving adds there, and takes nothing away.
    fn of(&self, waiting: &Waiting<'_>) -> Linked {
        let number = waiting.row.get("id").and_then(number_of).unwrap_or_default();
        let mut linked = self.asked.get(&number).cloned().unwrap_or_default();
        let now = self.numbers.get(&waiting.name).and_then(|number| self.now.get(number));
        for (field, targets) in now.into_iter().flatten() {
            let all = linked.entry(field.clone()).or_default();
            for target in targets {
                if !all.contains(target) {
                    all.push(target.clone());
                }
            }
        }
        linked
    }
}

impl Django {
    /// The numbers of records, by their names.
    fn numbers(&self, of: &Type, model: &Model) -> Result<HashMap<String, String>, StoreError> {
        let (mut numbers, mut after) = (HashMap::new(), 0);
        loop {
            let rows = self.foreign.rows(page(&model.table, "id", after))?;
            let next = next_after(&rows, "id");
            for row in &rows {
                let Some(number) = row.get("id").and_then(number_of) else { continue };
                numbers.insert(name_of(of, row, &number), number);
            }
            let Some(next) = next else { return Ok(numbers) };
            after = next;
        }
    }

    /// Brings the open approvals of a type.
    pub(super) fn requests(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        place: usize,
    ) -> Result<Stage, StoreError> {
        let Some(model) = self.models.all.get(place).cloned() else {
            return Ok(Stage::Done);
        };
        let Some((table, lists)) = model.approvals.clone() else {
            return Ok(Stage::Requests { place: place.saturating_add(1) });
        };
        let kind = format!("{} request", at.schema.get(model.of).name);
        let known = write::brought(writer, (SOURCE, &kind))?;
        let known: HashMap<String, String> =
            known.into_iter().map(|one| (one.foreign_id, one.digest)).collect();
        let linked = Links {
            lists: &lists,
            asked: self.linked(&lists)?,
            now: self.linked(&model.lists)?,
            numbers: self.numbers(at.schema.get(model.of), &model)?,
        };
        let mut after = 0;
        loop {
            let rows = self.foreign.rows(page(&table, "id", after))?;
            let next = next_after(&rows, "id");
            for row in &rows {
                let Some((waiting, is_open)) = self.waiting(at, &model, row) else { continue };
                match (known.get(&waiting.foreign_id), is_open) {
                    (None, false) => {}
                    (Some(number), false) => self.decided_there(&waiting, number),
                    (Some(_), true) => self.report.unchanged(KIND, 1),
                    (None, true) => {
                        self.request(writer, at, (&model, &linked), (&kind, waiting))?;
                    }
                }
            }
            let Some(next) = next else { break };
            after = next;
        }
        Ok(Stage::Requests { place: place.saturating_add(1) })
    }

    fn waiting<'a>(
        &self,
        at: &Here,
        model: &Model,
        row: &'a ForeignRow,
    ) -> Option<(Waiting<'a>, bool)> {
        let number = row.get("id").and_then(number_of)?;
        let status = text_of(row, "status")?;
        let user = |column| self.names.get(&row.get(column).and_then(number_of)?).cloned();
        let asked_at = text_of(row, "datetime").unwrap_or_default();
        let waiting = Waiting {
            row,
            name: name_of(at.schema.get(model.of), row, &number),
            foreign_id: format!("{number} of {asked_at}"),
            requester: user("requestor_id").unwrap_or_else(|| at.ctx.actor.name().to_owned()),
            approver: user("approver_id"),
        };
        Some((waiting, status == PENDING || status == ON_HOLD))
    }

    /// It came here while it was open, and somebody has decided on it there since.
    fn decided_there(&mut self, waiting: &Waiting<'_>, number: &str) {
        let status = text_of(waiting.row, "status").unwrap_or_default();
        let why = format!("it is {status} in Django by now, and change request {number} is here");
        if !self.report.passed_over.contains(&why) {
            self.report.passed_over.push(format!("{}: {why}", waiting.name));
        }
    }

    fn request(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        (model, links): (&Model, &Links<'_>),
        (kind, waiting): (&str, Waiting<'_>),
    ) -> Result<(), StoreError> {
        let of = at.schema.get(model.of);
        let linked = links.of(&waiting);
        let made = self
            .reading(of, model)
            .fields(waiting.row, Some((links.lists, &linked)))
            .and_then(|read| change(of, waiting.row, read.fields));
        let change = match made {
            Ok(change) => change,
            Err(why) => {
                self.report.leave_out(KIND, &waiting.name, why);
                return Ok(());
            }
        };
        let asked_at = moment_of(waiting.row, "datetime").map(domain::value::datetime_text);
        let asked = format!("asked in Django at {}", asked_at.unwrap_or_default());
        let reason = match text_of(waiting.row, "comments") {
            Some(comment) => format!("{comment} ({asked})"),
            None => asked,
        };
        let ctx = Context {
            actor: Actor::User { user: waiting.requester.clone() },
            ask: Ask::Review,
            reason: Some(reason),
            reviewers: self.reviewers(writer, &waiting)?,
            ..at.ctx.clone()
        };
        match ask(writer, at, &ctx, change)? {
            Ok(None) => self.report.unchanged(KIND, 1),
            Ok(Some((number, etag))) => {
                self.report.brought(KIND, 1);
                let digest = number.to_string();
                let foreign_id = waiting.foreign_id.clone();
                let brought = Brought { foreign_id, record: None, digest };
                write::brought_keep(writer, (SOURCE, kind), [brought])?;
                if text_of(waiting.row, "status").as_deref() == Some(ON_HOLD) {
                    self.hold(writer, at, (number, etag), &waiting)?;
                }
            }
            Err(error) => {
                self.report.leave_out(KIND, &waiting.name, error_text(of, &error));
            }
        }
        Ok(())
    }

    /// Who is to approve, where they may still sign in.
    fn reviewers(
        &mut self,
        writer: &mut Writer<'_>,
        waiting: &Waiting<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let Some(approver) = &waiting.approver else {
            return Ok(Vec::new());
        };
        if write::user_named(writer, approver)?.is_some_and(|user| user.is_active) {
            return Ok(vec![approver.clone()]);
        }
        let why = format!("{approver}, who was to approve it, is not active: nobody is asked to");
        self.report.passed_over.push(format!("{}: {why}", waiting.name));
        Ok(Vec::new())
    }

    /// Has a request wait that waits there.
    fn hold(
        &mut self,
        writer: &mut Writer<'_>,
        at: &Here,
        (number, etag): (i64, String),
        waiting: &Waiting<'_>,
    ) -> Result<(), StoreError> {
        let user = waiting.approver.clone().unwrap_or_else(|| at.ctx.actor.name().to_owned());
        let ctx = Context { actor: Actor::User { user }, ..at.ctx.clone() };
        let comment = Some("on hold in Django".to_owned());
        let act = Act { number, asked: Asked::Hold, if_match: Some(etag), comment };
        if let Err(error) = carry_out(writer, &at.schema, &ctx, act)? {
            let why = format!("change request {number} is not on hold here: {error}");
            self.report.passed_over.push(format!("{}: {why}", waiting.name));
        }
        Ok(())
    }
}

/// Makes a request, and gives its number and tag; `None` where the register is as it asks already.
fn ask(
    writer: &mut Writer<'_>,
    at: &Here,
    ctx: &Context,
    change: ProposedChange,
) -> Result<Result<Option<(i64, String)>, Error>, StoreError> {
    write::lock_register(writer)?;
    let drafts = draft(&at.schema, Proposal { changes: vec![change] });
    let checked = match check(writer, &at.schema, &ctx.access, drafts, &Progress::NONE)? {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(Error::Refused(refused))),
    };
    let written = write_checked(writer, &at.schema, checked, ctx, &Progress::NONE)?;
    Ok(written.map(|written| written.request.map(|told| (told.request.number, told.etag))))
}

/// The change that a row asks for.
fn change(of: &Type, row: &ForeignRow, fields: FieldsInput) -> Result<ProposedChange, String> {
    let target = Target::Key(key_of(of, &fields)?);
    let action = match text_of(row, "action").as_deref() {
        Some("Add") => Action::Add { fields },
        Some("Update") => Action::Update { target, fields, unnamed: Unnamed::Keep },
        Some("Delete") => Action::Delete { target },
        other => {
            return Err(format!("its action {} is none of ours", other.unwrap_or_default()));
        }
    };
    let preconditions = Preconditions::default();
    Ok(ProposedChange { type_index: of.index, action, preconditions })
}
