//! What differs between two moments.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::access::{Access, Right};
use domain::query::{Column, Expr, Page, Plan, Test};
use domain::record::{CommitNumber, Record, RecordId};
use domain::schema::{Schema, TypeIndex};
use domain::value::Value;
use sql::{Reader, StoreError, read};

use crate::rights;
use crate::{App, Context, Error};

/// Records looked into at once.
const AT_ONCE: u32 = 500;
/// The most records that one page looks into: a second or two of work. A page that comes to this
/// end has fewer differences, and the next goes on from there.
const LOOKED_INTO_MAX: usize = 20_000;

/// What to compare.
#[derive(Clone, Debug)]
pub struct DiffRequest {
    /// The types, in the order in which they are told.
    pub types: Vec<TypeIndex>,
    /// What must hold of a record at one of the two moments; of any type where there are several.
    pub filter: Expr,
    /// The register as it stood after this commit.
    pub from: CommitNumber,
    /// And after this one.
    pub to: CommitNumber,
    /// Go on behind this record.
    pub behind: Option<(TypeIndex, RecordId)>,
    /// The most differences.
    pub limit: u32,
}

/// A record that differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Its type.
    pub type_index: TypeIndex,
    /// Its id.
    pub id: RecordId,
    /// As it stood at the first moment; `None` when it was not there.
    pub before: Option<Record>,
    /// As it stood at the second; `None` when it was gone.
    pub after: Option<Record>,
}

/// A page of differences, by type and id.
#[derive(Clone, Debug)]
pub struct DiffPage {
    /// The differences.
    pub differences: Vec<Difference>,
    /// What the next page begins behind; `None` on the last.
    pub next: Option<(TypeIndex, RecordId)>,
}

impl App {
    /// Reads a page of what differs between two moments.
    ///
    /// # Errors
    /// [`Error::Folded`]; others when the database can't be asked.
    pub async fn diff(&self, ctx: &Context, request: DiffRequest) -> Result<DiffPage, Error> {
        for of in &request.types {
            ctx.must(Right::View, &self.schema, *of)?;
        }
        let (schema, access) = (Arc::clone(&self.schema), Arc::clone(&ctx.access));
        Ok(self.read(ctx, move |reader| page(reader, (&schema, &access), &request)).await?)
    }
}

fn page(
    reader: &mut Reader<'_>,
    (schema, access): (&Schema, &Access),
    request: &DiffRequest,
) -> Result<DiffPage, StoreError> {
    let wanted = request.limit.max(1) as usize;
    let (mut differences, mut looked_into) = (Vec::<Difference>::new(), 0_usize);
    let begins_at = request.behind.map(|(type_index, _)| type_index);
    let types = request.types.iter().skip_while(|of| begins_at.is_some_and(|begin| **of != begin));
    for type_index in types {
        let mut behind = match request.behind {
            Some((begin, id)) if begin == *type_index => id,
            _ => RecordId(0),
        };
        loop {
            let of = schema.get(*type_index);
            let (from, to) = order(request.from, request.to);
            let ids = read::changed_ids(reader, of, (from, to), behind, AT_ONCE)?;
            let Some(last) = ids.last().copied() else {
                break;
            };
            for difference in between(reader, (schema, access), request, *type_index, &ids)? {
                if differences.len() == wanted {
                    let next = differences.last().map(|last| (last.type_index, last.id));
                    return Ok(DiffPage { differences, next });
                }
                differences.push(difference);
            }
            behind = last;
            looked_into = looked_into.saturating_add(ids.len());
            if looked_into >= LOOKED_INTO_MAX {
                return Ok(DiffPage { differences, next: Some((*type_index, last)) });
            }
        }
    }
    Ok(DiffPage { differences, next: None })
}

fn order(one: CommitNumber, other: CommitNumber) -> (CommitNumber, CommitNumber) {
    (one.min(other), one.max(other))
}

/// Which of some records differ, by id.
fn between(
    reader: &mut Reader<'_>,
    (schema, access): (&Schema, &Access),
    request: &DiffRequest,
    type_index: TypeIndex,
    ids: &[RecordId],
) -> Result<Vec<Difference>, StoreError> {
    let mut state = |ids: &[RecordId], filter: &Expr, as_of| {
        let plan = Plan {
            type_index,
            filter: Expr::And(vec![one_of(ids), filter.clone()]),
            order: Vec::new(),
            page: Page::Offset { offset: 0, limit: AT_ONCE },
            count: false,
            as_of: Some(as_of),
        };
        let found = read::find(reader, schema, &plan, None)?;
        let by_id = found.records.into_iter().map(|record| (record.id, record));
        Ok::<BTreeMap<RecordId, Record>, StoreError>(by_id.collect())
    };
    let mut before = state(ids, &request.filter, request.from)?;
    let mut after = state(ids, &request.filter, request.to)?;
    let is_all = request.filter.is_all();
    if !is_all {
        // What the filter matches at one moment is told as it stood at both.
        let matching: Vec<RecordId> = ids
            .iter()
            .copied()
            .filter(|id| before.contains_key(id) || after.contains_key(id))
            .collect();
        before = state(&matching, &Expr::all(), request.from)?;
        after = state(&matching, &Expr::all(), request.to)?;
    }
    if let Some(visible) = access.visible(schema.get(type_index)) {
        // Told is what may be seen at both moments, wherever it was there.
        let seen_before = state(ids, &visible, request.from)?;
        let seen_after = state(ids, &visible, request.to)?;
        let hidden: Vec<RecordId> = ids
            .iter()
            .copied()
            .filter(|id| {
                before.contains_key(id) && !seen_before.contains_key(id)
                    || after.contains_key(id) && !seen_after.contains_key(id)
            })
            .collect();
        for id in hidden {
            before.remove(&id);
            after.remove(&id);
        }
    }
    rights::hide(reader, schema, access, before.values_mut(), Some(request.from))?;
    rights::hide(reader, schema, access, after.values_mut(), Some(request.to))?;
    let differences = ids.iter().map(|id| Difference {
        type_index,
        id: *id,
        before: before.remove(id),
        after: after.remove(id),
    });
    Ok(differences.filter(differs).collect())
}

fn differs(difference: &Difference) -> bool {
    match (&difference.before, &difference.after) {
        (None, None) => false,
        (Some(before), Some(after)) => before.fields != after.fields,
        (Some(_), None) | (None, Some(_)) => true,
    }
}

fn one_of(ids: &[RecordId]) -> Expr {
    let ids = ids.iter().map(|id| Value::Integer(id.0)).collect();
    Expr::Test(Column::Id, Test::In(ids))
}
