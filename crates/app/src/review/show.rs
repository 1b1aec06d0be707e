//! A change request beside the register as it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use domain::access::{Access, Actor, Right};
use domain::change::{Checked, Needs, Refused, draft};
use domain::history::{Values, hex};
use domain::json::Json;
use domain::record::{RecordId, Revision, Timestamp};
use domain::review::{Compared, Event, Relation, Requested, Rules, compare};
use domain::schema::{Schema, Type};
use sha2::{Digest as _, Sha256};
use sql::read::Asking;
use sql::write::{self, StoredEvent, StoredRequest};
use sql::{Reader, StoreError, read};

use super::content;
use crate::check::check;
use crate::progress::Progress;
use crate::{Context, rights};

/// Digits of a digest that an entity tag shows.
const ETAG_DIGITS: usize = 16;

/// A change request as it is told to somebody.
#[derive(Clone, Debug)]
pub struct ToldRequest {
    /// The request itself.
    pub request: StoredRequest,
    /// Its changes, each beside the record as it is.
    pub changes: Vec<ToldChange>,
    /// What its deletions take along: the type, the id, and what happens to it.
    pub taken_along: Vec<TakenAlong>,
    /// What is wrong with it as the register is now, by the places of the changes.
    pub faults: Vec<Refused>,
    /// What happened to it.
    pub events: Vec<StoredEvent>,
    /// Who has agreed to it as it is shown, in the order in which they did.
    pub approved_by: Vec<String>,
    /// How many others must agree.
    pub approvals: u8,
    /// The groups that they must be in.
    pub groups: Vec<String>,
    /// The tag of what is shown, which a decision names: without its quotation marks.
    pub etag: String,
    /// What whoever it is told to may do with it.
    pub may: Vec<Event>,
}

/// A change of a request, beside the record as it is.
#[derive(Clone, Debug)]
pub struct ToldChange {
    /// What is asked for.
    pub requested: Requested,
    /// What the record is called, by its key as it is now, or else as it was or would be.
    pub key: Values,
    /// Its revision now; `None` where it is not there.
    pub revision: Option<Revision>,
    /// The comparison.
    pub compared: Compared,
}

/// A record that a change takes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenAlong {
    /// The name of its type.
    pub type_name: String,
    /// Its id.
    pub id: RecordId,
    /// Its key.
    pub key: Values,
    /// Whether it is deleted; else a reference of it is cleared.
    pub is_deleted: bool,
}

/// A change request beside the register as a transaction sees it.
pub(super) struct Shown {
    pub(super) request: StoredRequest,
    pub(super) changes: Vec<ToldChange>,
    /// What it comes to; every fault where it can't be made. Of one that is closed, nothing.
    pub(super) checked: Option<Result<Checked, Vec<Refused>>>,
    pub(super) events: Vec<StoredEvent>,
    pub(super) rules: Rules,
    pub(super) etag: String,
}

impl Shown {
    fn of(
        schema: &Schema,
        request: StoredRequest,
        (changes, checked): (Vec<ToldChange>, Option<Result<Checked, Vec<Refused>>>),
        events: Vec<StoredEvent>,
    ) -> Self {
        let rules = rules(schema, &changes, checked.as_ref());
        let etag = etag(schema, &request, &changes, checked.as_ref());
        Self { request, changes, checked, events, rules, etag }
    }

    /// Whether others changed what it changes, so that it can't be applied as it is.
    pub(super) fn has_conflict(&self) -> bool {
        self.changes.iter().any(|change| change.compared.has_conflict())
    }
}

/// The request of a number, where somebody may see it.
pub(super) fn find(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    number: i64,
) -> Result<Option<Shown>, StoreError> {
    let asking = Asking { schema, access: &ctx.access, user: ctx.actor.name() };
    if !read::request_is_seen(reader, asking, number)? {
        return Ok(None);
    }
    let Some(request) = write::request_read(reader, number)? else {
        return Ok(None);
    };
    show(reader, schema, request).map(Some)
}

/// Puts a request beside the register.
pub(super) fn show(
    reader: &mut Reader<'_>,
    schema: &Schema,
    request: StoredRequest,
) -> Result<Shown, StoreError> {
    let requested = content::read(request.number, &request.content)?;
    let changes = beside(reader, schema, requested)?;
    let events = write::request_events(reader, request.number)?;
    let checked = if request.standing.state.is_open() {
        let wanted: Vec<(&Requested, Values)> =
            changes.iter().map(|told| (&told.requested, told.compared.outcome())).collect();
        let drafts = draft(schema, content::proposal(schema, &wanted));
        Some(check(reader, schema, &Access::everything(), drafts, &Progress::NONE)?)
    } else {
        None
    };
    Ok(Shown::of(schema, request, (changes, checked), events))
}

/// A request that was just made, whose changes have been checked a moment ago.
pub(super) fn show_new(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (request, requested): (StoredRequest, Vec<Requested>),
    (checked, event): (Checked, StoredEvent),
) -> Result<Shown, StoreError> {
    let changes = beside(reader, schema, requested)?;
    Ok(Shown::of(schema, request, (changes, Some(Ok(checked))), vec![event]))
}

/// Compares each change with the record as it is.
fn beside(
    reader: &mut Reader<'_>,
    schema: &Schema,
    requested: Vec<Requested>,
) -> Result<Vec<ToldChange>, StoreError> {
    let mut needs = Needs::default();
    for change in &requested {
        let name = schema.named(&change.type_name).zip(change.id);
        needs.records.extend(name.map(|(of, id)| (of.index, id)));
    }
    let records = read::gather(reader, schema, &needs)?.records;
    let told = requested.into_iter().map(|requested| {
        let of = schema.named(&requested.type_name);
        let name = of.map(|of| of.index).zip(requested.id);
        let record = name.and_then(|name| records.get(&name));
        let current = of
            .zip(record)
            .map(|(of, record)| content::values_of(schema, of, &record.fields))
            .transpose()?;
        let compared = compare(of, &requested, current.as_ref());
        let known = current.as_ref().or(requested.base.as_ref()).unwrap_or(&requested.proposed);
        let key = of.map(|of| key(of, known)).unwrap_or_default();
        Ok(ToldChange { key, revision: record.map(|record| record.revision), compared, requested })
    });
    told.collect()
}

fn key(of: &Type, values: &Values) -> Values {
    let names = of.key_fields().map(|field| field.name.as_str());
    names.filter_map(|name| Some((name.to_owned(), values.get(name)?.clone()))).collect()
}

/// The rules of all types that are touched, of what is taken along too.
fn rules(
    schema: &Schema,
    changes: &[ToldChange],
    checked: Option<&Result<Checked, Vec<Refused>>>,
) -> Rules {
    let mut types: BTreeSet<_> = changes
        .iter()
        .filter_map(|told| schema.named(&told.requested.type_name))
        .map(|of| of.index)
        .collect();
    if let Some(Ok(checked)) = checked {
        types.extend(checked.changes.iter().map(|change| change.type_index));
    }
    Rules::of(types.into_iter().map(|index| schema.get(index)))
}

/// The tag of what a decision is about: what is asked for, the fields that it touches as they are,
/// what is taken along, and what is wrong with it. The same to everybody, and on every replica.
fn etag(
    schema: &Schema,
    request: &StoredRequest,
    changes: &[ToldChange],
    checked: Option<&Result<Checked, Vec<Refused>>>,
) -> String {
    let mut seen = String::new();
    for told in changes {
        let of = schema.named(&told.requested.type_name);
        told.compared.write_seen(of, &mut seen);
        seen.push('\n');
    }
    match checked {
        Some(Ok(checked)) => {
            for change in content::taken_along(checked) {
                let of = &schema.get(change.type_index).name;
                writeln!(seen, "{of} {} {}", change.id, change.after.is_none()).unwrap_or_default();
            }
        }
        Some(Err(refused)) => write!(seen, "{refused:?}").unwrap_or_default(),
        None => {}
    }
    let digest = hex(&Sha256::digest(seen.as_bytes()).into());
    let digits: String = digest.chars().take(ETAG_DIGITS).collect();
    format!("{}.{digits}", request.revision)
}

/// What a user is to a request.
pub(super) fn relation(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    shown: &Shown,
) -> Result<Relation, StoreError> {
    let user = ctx.actor.name();
    let request = &shown.request;
    let is_edit = |event: &StoredEvent| matches!(event.event, Some(Event::Edit | Event::Rebase));
    let is_system = matches!(ctx.actor, Actor::System | Actor::Machine { .. });
    let groups = &shown.rules.groups;
    let is_in_groups = groups.is_empty() || is_system || {
        let user = write::user_named(reader, user)?;
        let of = user.map(|user| write::groups_of(reader, user.id)).transpose()?;
        let of = of.unwrap_or_default();
        groups.iter().all(|group| of.contains(group))
    };
    let may = |right, reader: &mut Reader<'_>| holds(reader, schema, (&ctx.access, right), shown);
    Ok(Relation {
        is_requester: request.requester == user,
        is_author: shown.events.iter().any(|event| is_edit(event) && event.actor == user),
        may_review: may(Right::Review, reader)?,
        may_propose: may(Right::Propose, reader)? || may(Right::Write, reader)?,
        is_in_groups,
        is_register: false,
    })
}

/// Whether somebody may decide on a request that was just made, as far as its types tell.
pub(crate) fn may_decide(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    request: &StoredRequest,
) -> Result<bool, StoreError> {
    let asking = Asking { schema, access: &ctx.access, user: ctx.actor.name() };
    if !read::request_is_seen(reader, asking, request.number)? {
        return Ok(false);
    }
    let requested = content::read(request.number, &request.content)?;
    Ok(requested.iter().all(|change| {
        let of = schema.named(&change.type_name);
        of.is_some_and(|of| ctx.access.has(Right::Review, of.index))
    }))
}

/// Whether somebody has a right on all records of a request as they are, with what is taken along.
/// Those that it adds are not there yet: some of their type is enough, until they are.
fn holds(
    reader: &mut Reader<'_>,
    schema: &Schema,
    (access, right): (&Access, Right),
    shown: &Shown,
) -> Result<bool, StoreError> {
    let mut touched = Vec::new();
    for told in &shown.changes {
        let Some(of) = schema.named(&told.requested.type_name) else {
            // Of a type that is gone nobody has a right, but who has it on everything.
            if access.has_everywhere(right) {
                continue;
            }
            return Ok(false);
        };
        if !access.has(right, of.index) {
            return Ok(false);
        }
        touched.extend(told.revision.and(told.requested.id).map(|id| (of.index, id)));
    }
    if let Some(Ok(checked)) = &shown.checked {
        touched.extend(rights::before(&checked.changes));
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(rights::may(reader, schema, (access, right), &touched)?.is_ok())
}

/// Tells a request to somebody, without what they may not see.
pub(super) fn tell(
    reader: &mut Reader<'_>,
    schema: &Schema,
    ctx: &Context,
    shown: Shown,
) -> Result<ToldRequest, StoreError> {
    let relation = relation(reader, schema, ctx, &shown)?;
    let may = super::act::possible(&shown, ctx.actor.name(), relation);
    let Shown { request, mut changes, checked, events, rules, etag } = shown;
    let (taken_along, faults) = match checked {
        None => (Vec::new(), Vec::new()),
        Some(Err(refused)) => (Vec::new(), refused),
        Some(Ok(checked)) => {
            let taken = content::taken_along(&checked).into_iter();
            let taken = taken.map(|change| take_along(schema, change));
            (taken.collect::<Result<_, _>>()?, Vec::new())
        }
    };
    if !ctx.access.has_everywhere(Right::View) {
        for told in &mut changes {
            veil(schema, &ctx.access, told);
        }
    }
    Ok(ToldRequest {
        approved_by: request.standing.approved_by(&etag),
        request,
        changes,
        taken_along,
        faults,
        events,
        approvals: rules.approvals,
        groups: rules.groups,
        etag,
        may,
    })
}

fn take_along(
    schema: &Schema,
    change: &domain::change::CheckedChange,
) -> Result<TakenAlong, StoreError> {
    let of = schema.get(change.type_index);
    let before = change.before.as_ref().map(|record| &record.fields);
    let values = before.map(|fields| content::values_of(schema, of, fields)).transpose()?;
    Ok(TakenAlong {
        type_name: of.name.to_string(),
        id: change.id,
        key: key(of, &values.unwrap_or_default()),
        is_deleted: change.after.is_none(),
    })
}

/// Takes the keys off references to what may not be seen.
fn veil(schema: &Schema, access: &Access, told: &mut ToldChange) {
    let Some(of) = schema.named(&told.requested.type_name) else {
        told.compared.fields.clear();
        return;
    };
    for field in &mut told.compared.fields {
        for value in [&mut field.before, &mut field.proposed, &mut field.current, &mut field.result]
        {
            let mut one =
                Values::from([(field.name.clone(), std::mem::replace(value, Json::Null))]);
            rights::veil(schema, access, of, &mut one);
            *value = one.into_values().next().unwrap_or(Json::Null);
        }
    }
}

/// The moment at which a request closes by itself, of those that its rules say.
pub(super) fn ends(rules: &Rules, now: Timestamp) -> Option<Timestamp> {
    rules.expires.iter().filter_map(|span| span.after(now)).min()
}
