//! A change request that goes on being asked for: whoever asked says something else of a record, and
//! the request that waits says so from then on.

use domain::change::{Action, Preconditions, Proposal, ProposedChange, Target, Unnamed, draft};
use domain::history::Values;
use domain::json::Json;
use domain::review::{Requested, RequestedAction};
use domain::schema::{Schema, Type};
use domain::value::{Value, parse_scalar};
use sql::{StoreError, Writer};

use super::act::{Act, Asked, carry_out};
use super::ask::Again;
use super::content;
use super::show::{ToldChange, find};
use crate::check::check;
use crate::import::missing;
use crate::progress::Progress;
use crate::{Context, Error};

/// What is said of a record from now on.
#[derive(Clone, Debug)]
pub(crate) struct Amendment {
    /// The change, of a record by its key.
    pub(crate) change: ProposedChange,
    /// Whether records that it refers to are made where nobody has them.
    pub(crate) makes_references: bool,
}

/// What became of a change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amended {
    /// It asks for something else than before.
    Changed,
    /// It asks for that already.
    Same,
    /// The register is as it should be without it, and it was taken back.
    Withdrawn,
    /// Its time was over, and it is closed now.
    Over,
}

/// Has a request say something else of a record, or of one more.
pub(crate) fn amend(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (number, amendment): (i64, Amendment),
) -> Result<Result<Amended, Error>, StoreError> {
    let Some(shown) = find(writer, schema, ctx, number)? else {
        return Ok(Err(Error::NotFound { what: "change request" }));
    };
    if shown.request.expires_at.is_some_and(|ends| ends <= ctx.now) {
        return act(writer, schema, ctx, (number, Asked::Expire, Amended::Over));
    }
    let proposal = proposal(schema, &shown.changes, amendment);
    let drafts = draft(schema, proposal.clone());
    let checked = match check(writer, schema, &ctx.access, drafts, &Progress::NONE)? {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(Error::Refused(refused))),
    };
    if checked.changes.is_empty() {
        return act(writer, schema, ctx, (number, Asked::Withdraw, Amended::Withdrawn));
    }
    let requested = content::requested(schema, &checked.subjects, &checked.changes)?;
    if content::write(&requested) == shown.request.content {
        return Ok(Ok(Amended::Same));
    }
    let edit = Again::Edit { title: None, reason: None, proposal: Some(proposal) };
    act(writer, schema, ctx, (number, Asked::Again(edit), Amended::Changed))
}

fn act(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (number, asked, amended): (i64, Asked, Amended),
) -> Result<Result<Amended, Error>, StoreError> {
    let act = Act { number, asked, if_match: None, comment: None };
    Ok(carry_out(writer, schema, ctx, act)?.map(|_| amended))
}

/// All that the request asks for, and of the amended record what is said of it last.
fn proposal(schema: &Schema, told: &[ToldChange], amendment: Amendment) -> Proposal {
    let Amendment { change, makes_references } = amendment;
    let of = schema.get(change.type_index);
    let is_same = |told: &&ToldChange| {
        told.requested.type_name == of.name.as_str() && key_of(of, &told.key) == key(&change)
    };
    let before = told.iter().find(is_same);
    let is_other = |told: &&ToldChange| !before.is_some_and(|before| std::ptr::eq(before, *told));
    let mut changes: Vec<ProposedChange> =
        told.iter().filter(is_other).filter_map(|told| kept(schema, told)).collect();
    // What is neither there nor to be added any more needs no deletion.
    let is_to_be_added = before.is_some_and(|told| told.requested.action == RequestedAction::Add);
    let amended = match (&change.action, is_to_be_added) {
        (Action::Delete { .. }, true) => None,
        _ => Some(over(of, before, change)),
    };
    if makes_references {
        let made = missing(schema, of.index, amended.as_slice());
        let is_new = |made: &ProposedChange| {
            let mut there = changes.iter().filter(|one| one.type_index == made.type_index);
            !there.any(|one| key(one) == key(made))
        };
        let made: Vec<ProposedChange> = made.into_iter().filter(is_new).collect();
        changes.splice(0..0, made);
    }
    changes.extend(amended);
    Proposal { changes }
}

/// What is said last, over what was said before of the same record.
fn over(of: &Type, before: Option<&ToldChange>, change: ProposedChange) -> ProposedChange {
    let Some(told) = before.filter(|told| told.requested.action != RequestedAction::Delete) else {
        return change;
    };
    let Action::Put { key, fields, unnamed } = change.action else {
        return change;
    };
    let mut all = content::input(of, told.compared.outcome());
    all.extend(fields);
    ProposedChange { action: Action::Put { key, fields: all, unnamed }, ..change }
}

/// What the request asks for of another record; of one that is to be added, by its key, since somebody
/// may have done so meanwhile.
fn kept(schema: &Schema, told: &ToldChange) -> Option<ProposedChange> {
    let ToldChange { requested, compared, .. } = told;
    let of = schema.named(&requested.type_name)?;
    let outcome = compared.outcome();
    if let (RequestedAction::Add, Some(key)) = (requested.action, key_of(of, &outcome)) {
        let fields = content::input(of, outcome);
        return Some(ProposedChange {
            type_index: of.index,
            action: Action::Put { key, fields, unnamed: Unnamed::Keep },
            preconditions: Preconditions::default(),
        });
    }
    let one: [(&Requested, Values); 1] = [(requested, outcome)];
    content::proposal(schema, &one).changes.pop()
}

fn key(change: &ProposedChange) -> Option<Vec<Value>> {
    match &change.action {
        Action::Put { key, .. } | Action::Delete { target: Target::Key(key) } => Some(key.clone()),
        _ => None,
    }
}

fn key_of(of: &Type, values: &Values) -> Option<Vec<Value>> {
    let value = |name: &str| values.get(name).unwrap_or(&Json::Null);
    let fields = of.key_fields();
    fields.map(|field| parse_scalar(&field.kind, value(field.name.as_str())).ok()?).collect()
}
