//! Asking for something else: a change request that is edited, or made to fit what others did.

use std::collections::BTreeMap;

use domain::access::Access;
use domain::change::{Checked, Proposal, draft};
use domain::history::Values;
use domain::json::Json;
use domain::review::{Requested, Resolution, compare, rebase};
use domain::schema::Schema;
use sql::write::{self, StoredRequest};
use sql::{StoreError, Writer};

use super::act::too_long;
use super::park::{claims_of, may_propose_after, parts, records};
use super::show::{Shown, ends};
use super::{TITLE_LENGTH_MAX, content};
use crate::check::check;
use crate::people::bad;
use crate::progress::Progress;
use crate::{Context, Error};

/// How conflicts of a change request are solved.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The place of the change, from 0; `None` for all that have a conflict in these fields.
    pub change: Option<usize>,
    /// How, by the names of fields.
    pub fields: BTreeMap<String, Resolution>,
}

/// What is asked for in the place of what was.
#[derive(Clone, Debug)]
pub enum Again {
    /// Something else.
    Edit {
        /// What it is, in a line; as it was where nothing is said.
        title: Option<String>,
        /// Why; as it was where nothing is said.
        reason: Option<String>,
        /// The changes; those that it has where nothing is said.
        proposal: Option<Proposal>,
    },
    /// The same, of the register as it is now.
    Rebase(Vec<Solved>),
}

/// Keeps what is asked for from now on, with what that claims.
pub(super) fn again(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (shown, asked): (&Shown, Again),
) -> Result<Result<(), Error>, StoreError> {
    let mut request = shown.request.clone();
    let new = match asked {
        Again::Edit { title, reason, proposal } => {
            if let Some(title) = title {
                match title_of(&title) {
                    Ok(title) => request.title = title,
                    Err(refused) => return Ok(Err(refused)),
                }
            }
            request.reason = reason.or(request.reason);
            if let Some(proposal) = proposal {
                edited(writer, schema, ctx, proposal)?
            } else {
                let kept = shown.changes.iter().map(|told| told.requested.clone());
                Ok((kept.collect(), None))
            }
        }
        Again::Rebase(solved) => rebased(writer, schema, (shown, &solved))?,
    };
    let (requested, checked) = match new {
        Ok(new) => new,
        Err(refused) => return Ok(Err(refused)),
    };
    keep(writer, schema, ctx, (request, requested, checked))
}

fn title_of(text: &str) -> Result<String, Error> {
    let title = text.trim();
    if title.is_empty() || title.chars().any(char::is_control) {
        return Err(bad("title", "Give a title, in a line."));
    }
    if title.chars().nth(TITLE_LENGTH_MAX).is_some() {
        return Err(too_long("title", TITLE_LENGTH_MAX));
    }
    Ok(title.to_owned())
}

type New = Result<(Vec<Requested>, Option<Checked>), Error>;

/// Other changes, checked as whoever asks for them may.
fn edited(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    proposal: Proposal,
) -> Result<New, StoreError> {
    let drafts = draft(schema, proposal);
    let checked = match check(writer, schema, &ctx.access, drafts, &Progress::NONE)? {
        Ok(checked) => checked,
        Err(refused) => return Ok(Err(Error::Refused(refused))),
    };
    if checked.changes.is_empty() {
        return Ok(Err(bad("changes", "These changes would change nothing; withdraw it instead.")));
    }
    let requested = content::requested(schema, &checked.subjects, &checked.changes)?;
    Ok(Ok((requested, Some(checked))))
}

/// The same changes, of the register as it is, with their conflicts solved.
fn rebased(
    writer: &mut Writer<'_>,
    schema: &Schema,
    (shown, solved): (&Shown, &[Solved]),
) -> Result<New, StoreError> {
    let (mut requested, mut unsolved) = (Vec::new(), Vec::new());
    let (mut wanted, mut by_value) = (Vec::new(), Vec::new());
    for (place, told) in shown.changes.iter().enumerate() {
        let of = schema.named(&told.requested.type_name);
        let mut how: BTreeMap<String, Resolution> = BTreeMap::new();
        for one in solved.iter().filter(|one| one.change.is_none_or(|at| at == place)) {
            how.extend(one.fields.clone());
        }
        let is_value = |(_, how): &(&String, &Resolution)| matches!(how, Resolution::Value(_));
        by_value.extend(how.iter().filter(is_value).map(|(field, _)| (place, field.clone())));
        let current = current(told);
        if told.compared.obstacle.is_some() {
            unsolved.push((place, Vec::new()));
            continue;
        }
        match rebase(of, &told.requested, (told.revision, current.as_ref()), &how) {
            Ok(new) => {
                let outcome = compare(of, &new, current.as_ref()).outcome();
                wanted.push((new.clone(), outcome));
                requested.push(new);
            }
            Err(fields) => unsolved.push((place, fields)),
        }
    }
    if !unsolved.is_empty() {
        return Ok(Err(Error::Unsolved(unsolved)));
    }
    let wanted: Vec<(&Requested, Values)> =
        wanted.iter().map(|(new, outcome)| (new, outcome.clone())).collect();
    let drafts = draft(schema, content::proposal(schema, &wanted));
    match check(writer, schema, &Access::everything(), drafts, &Progress::NONE)? {
        Ok(checked) => {
            settle(schema, &mut requested, &by_value, &checked)?;
            Ok(Ok((requested, Some(checked))))
        }
        Err(refused) => Ok(Err(Error::Refused(refused))),
    }
}

/// Keeps values that were given in the place of both as they would be written: parsed, and
/// references with the names of what they lead to.
fn settle(
    schema: &Schema,
    requested: &mut [Requested],
    by_value: &[(usize, String)],
    checked: &Checked,
) -> Result<(), StoreError> {
    if by_value.is_empty() {
        return Ok(());
    }
    let told = content::requested(schema, &checked.subjects, &checked.changes)?;
    for (place, field) in by_value {
        let Some(one) = requested.get_mut(*place).filter(|one| one.proposed.contains_key(field))
        else {
            continue;
        };
        let mut all = told.iter();
        let same = all.find(|other| other.type_name == one.type_name && other.id == one.id);
        // What is not among the changes has that value already.
        let given = same.and_then(|other| other.proposed.get(field));
        let value = given.or_else(|| one.base.as_ref()?.get(field)).cloned();
        one.proposed.insert(field.clone(), value.unwrap_or(Json::Null));
    }
    Ok(())
}

/// The record as it is, put together from what the request was compared with.
fn current(told: &super::ToldChange) -> Option<Values> {
    told.revision?;
    let mut values = told.requested.base.clone().unwrap_or_default();
    for field in &told.compared.fields {
        if field.current == Json::Null {
            values.remove(&field.name);
        } else {
            values.insert(field.name.clone(), field.current.clone());
        }
    }
    Some(values)
}

fn keep(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    (request, requested, checked): (StoredRequest, Vec<Requested>, Option<Checked>),
) -> Result<Result<(), Error>, StoreError> {
    let mut request = StoredRequest {
        revision: request.revision.saturating_add(1),
        content: content::write(&requested),
        ..request
    };
    if let Some(checked) = checked {
        let rules = domain::review::Rules::of(
            checked.changes.iter().map(|change| schema.get(change.type_index)),
        );
        let (subjects, changes) = parts(checked);
        let claims = claims_of(schema, &requested, &subjects, &changes);
        let met = write::claims_met(writer, schema, &claims, Some(request.number))?;
        if !met.is_empty() {
            return Ok(Err(Error::Claimed(met)));
        }
        if let Err(refused) = may_propose_after(writer, schema, ctx, &changes)? {
            return Ok(Err(refused));
        }
        write::claims_keep(writer, schema, request.number, &claims)?;
        request.expires_at = ends(&rules, ctx.now);
    }
    write::request_ask(writer, &request, &records(&requested))?;
    Ok(Ok(()))
}
