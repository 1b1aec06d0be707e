//! From a form to that of a record which it shall refer to and which is not there yet, and back with
//! nothing lost: what was typed travels along, so that it works without script.

use std::collections::BTreeMap;

use app::submit::Outcome;
use axum::response::Response;
use domain::record::RecordId;
use domain::schema::Type;

use super::Visit;
use super::form::items;
use super::found::{look_up, name_field};
use super::record_change::{Filled, Notice, Subject, must_change, request_path};
use super::records_bulk::{self, SET};
use super::shell::list_path;
use crate::auth::csrf;
use crate::edge::Edge;
use crate::error::ApiError;

/// The button that leads to the form of a field's type.
pub(super) const NEW: &str = "-new";
/// The button that leads back.
pub(super) const RETURN: &str = "-return";
/// What was typed in the form that one comes from.
pub(super) const BACK: &str = "-back";
/// In that: where the form is, the field that the way led from, and what was typed there.
const TO: &str = "-to";
const INTO: &str = "-into";
const TYPED: &str = "-typed";

/// A form that a way leads from and back to.
pub(super) enum Place<'a> {
    /// That of one record.
    One(Subject<'a>),
    /// That of the same change of many.
    Many(&'a Type),
}

/// Shows the form of the type that a field refers to. `from` is the form that the field is in: of
/// which type, and where.
pub(super) async fn begin(
    edge: &Edge,
    visit: Visit,
    (from, path): (&Type, String),
    (mut sent, field): (BTreeMap<String, String>, &str),
) -> Result<Response, ApiError> {
    let target = from.field_named(field).and_then(|field| field.kind.target());
    let target = target.ok_or_else(|| ApiError::NotFound("Not found.".to_owned()))?;
    let of = edge.schema().get(target);
    must_change(&visit.ctx, edge, of)?;
    let found = look_up(edge, &visit.ctx, from, &sent).await?;
    let typed = found.get(field).and_then(|found| found.rest.last().cloned()).unwrap_or_default();
    sent.retain(|name, _| ![csrf::FIELD, NEW, RETURN].contains(&name.as_str()));
    let own = [(TO, path), (INTO, field.to_owned()), (TYPED, typed.clone())];
    let back = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&sent)
        .extend_pairs(own)
        .finish();
    let mut first = BTreeMap::from([(BACK.to_owned(), back)]);
    let name = name_field(of);
    if !name.is_empty() {
        first.insert(name, typed);
    }
    let to = Subject { edge, of, record: None };
    let filled = Filled { sent: Some(first), is_elsewhere: true, ..Filled::default() };
    to.form(visit, filled).await
}

/// Shows the form again that one came from, with what came of the way: nothing, or an outcome.
pub(super) async fn end(
    edge: &Edge,
    visit: Visit,
    back: &str,
    came: Option<(&Type, &Outcome)>,
) -> Result<Response, ApiError> {
    let mut sent: BTreeMap<String, String> =
        form_urlencoded::parse(back.as_bytes()).into_owned().collect();
    let mut own = |name: &str| sent.remove(name).unwrap_or_default();
    let (to, into, typed) = (own(TO), own(INTO), own(TYPED));
    let place = place(edge, &visit, &to).await?;
    let mut notices = Vec::new();
    if let Some((of, outcome)) = came {
        let label = of.label.to_lowercase();
        match (&outcome.request, outcome.subjects.first()) {
            (Some(request), _) => notices.push(Notice {
                class: "warning",
                text: format!(
                    "Somebody else must agree to the new {label} first; until then it can't be \
                     chosen here. What you typed is kept."
                ),
                href: request_path(request),
                label: format!("Change request {}", request.request.number),
            }),
            (None, Some(added)) => {
                place.choose(&mut sent, (&into, &typed), added.id);
                let record = added.record.as_ref();
                notices.push(Notice {
                    class: "good",
                    text: format!("Added and chosen: {label}"),
                    href: format!("{}{}/", list_path(of), added.id),
                    label: record.map(|one| app::encode::display(of, one)).unwrap_or_default(),
                });
            }
            (None, None) => {}
        }
    }
    match place {
        Place::One(subject) => {
            let sent = Some(sent);
            let filled = Filled { sent, notices, is_elsewhere: true, ..Filled::default() };
            subject.form(visit, filled).await
        }
        Place::Many(of) => records_bulk::again(edge, visit, of, &sent, notices).await,
    }
}

impl Place<'_> {
    /// Puts a record into the field that the way led from, in the place of what was typed there.
    fn choose(
        &self,
        sent: &mut BTreeMap<String, String>,
        (into, typed): (&str, &str),
        id: RecordId,
    ) {
        let (Self::One(Subject { of, .. }) | Self::Many(of)) = self;
        let Some(field) = of.field_named(into) else {
            return;
        };
        let value = if field.kind.is_refs() {
            let text = sent.get(into).cloned().unwrap_or_default();
            let others = items(field, &text).into_iter().filter(|item| *item != typed);
            others.map(str::to_owned).chain([id.to_string()]).collect::<Vec<_>>().join(" | ")
        } else {
            id.to_string()
        };
        sent.insert(into.to_owned(), value);
        // Whoever adds a record for a field means to set it.
        if matches!(self, Self::Many(_)) {
            sent.insert(format!("{SET}{into}"), "1".to_owned());
        }
    }
}

/// The form at a path of ours.
async fn place<'a>(edge: &'a Edge, visit: &Visit, path: &str) -> Result<Place<'a>, ApiError> {
    let none = || ApiError::NotFound("Not found.".to_owned());
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (plural, id) = match segments.as_slice() {
        [plural, "add" | "bulk"] => (plural, None),
        [plural, id, "edit"] => (plural, Some(id.parse().map(RecordId).map_err(|_none| none())?)),
        _ => return Err(none()),
    };
    let of = edge.schema().by_plural(plural).ok_or_else(none)?;
    must_change(&visit.ctx, edge, of)?;
    match id {
        Some(id) => Ok(Place::One(Subject::of(edge, &visit.ctx, (of.index, id)).await?)),
        None if segments.contains(&"bulk") => Ok(Place::Many(of)),
        None => Ok(Place::One(Subject { edge, of, record: None })),
    }
}
