//! A record that somebody else changed while a form of it was open: each field as it was when the form
//! was opened, as it is now, and as it was typed. What only others changed is taken over, what both
//! changed is for whoever typed to choose.

use std::collections::BTreeMap;

use app::Context;
use domain::change::Target;
use domain::fault::Faults;
use domain::history::Question;
use domain::record::{Record, Reference, Revision};
use domain::schema::{Field, Kind, Type};
use domain::value::Value;

use super::cell::Moment;
use super::form::{joined, references, references_text, text};
use super::found::{AllFound, Found};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::parameters::bad;

/// The field that holds the revision which the form was made for.
pub(super) const REVISION: &str = "-revision";
/// The field that holds the revision which it was opened for, before somebody else changed the record.
pub(super) const OPENED: &str = "-opened";
/// The field that names what both changed, parted by commas.
pub(super) const BOTH: &str = "-both";
/// What the names of the choices begin with between what is there and what was typed.
const KEEP: &str = "-keep.";
const MINE: &str = "mine";
const THEIRS: &str = "theirs";
/// Revisions that are looked through for the one that a form was made for: the latest.
const REVISIONS: u32 = 1_000;

/// What a form tells of the changes of others.
pub(crate) struct Meanwhile {
    pub(crate) by: String,
    pub(crate) at: Moment,
    pub(crate) opened: String,
    pub(crate) both: String,
    pub(crate) rows: Vec<Row>,
}

/// A field that differs.
pub(crate) struct Row {
    /// The name of its choice.
    pub(crate) keep: String,
    pub(crate) label: String,
    pub(crate) class: &'static str,
    pub(crate) was: String,
    pub(crate) now: String,
    pub(crate) yours: String,
    /// Whether whoever typed left it as it was.
    pub(crate) is_untouched: bool,
    /// What becomes of it; empty where somebody must choose.
    pub(crate) told: &'static str,
    pub(crate) choice: String,
}

/// A field's value: what tells it from others, and how people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stand {
    essence: String,
    shown: String,
}

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Became {
    /// It differs nowhere.
    Same,
    /// It becomes what was typed.
    Mine,
    /// It stays what others made of it.
    Theirs,
    /// It becomes both: items that came and went by either.
    Together(Vec<Reference>),
    /// Both changed it.
    Both,
}

struct Compared {
    was: Stand,
    now: Stand,
    yours: Stand,
    became: Became,
}

/// What was sent, and what its reference fields name.
type Sent<'a> = (&'a BTreeMap<String, String>, &'a AllFound);

/// A record as it was at a revision; `None` where that is known no more.
pub(super) async fn at_revision(
    edge: &Edge,
    ctx: &Context,
    of: &Type,
    (now, revision): (&Record, Revision),
) -> Result<Option<Record>, ApiError> {
    if revision == now.revision {
        return Ok(Some(now.clone()));
    }
    let question = Question {
        type_name: Some(of.name.as_str().to_owned()),
        id: Some(now.id),
        ..Question::default()
    };
    let history = edge.app.history(ctx, question, None, REVISIONS).await?;
    let mut entries = history.entries.iter();
    let Some(told) = entries.find(|told| told.entry.entry.revision == revision) else {
        return Ok(None);
    };
    let (target, commit) = (Target::Id(now.id), told.entry.commit.number);
    match edge.app.get_as_of(ctx, of.index, target, Some(commit)).await {
        Ok(record) => Ok(record.filter(|record| record.revision == revision)),
        Err(app::Error::Folded { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A form that was sent for a revision that is no more, made to fit the record as it is: what only
/// others changed is taken over, and what both changed is named.
pub(super) fn take_over(
    of: &Type,
    (base, now): (Option<&Record>, &Record),
    found: &AllFound,
    sent: &mut BTreeMap<String, String>,
) {
    let opened = sent.get(REVISION).cloned().unwrap_or_default();
    let mut both = Vec::new();
    for field in &of.fields {
        let name = field.name.as_str();
        let Some(compared) = compare(field, (base, now), (&*sent, found)) else {
            continue;
        };
        match compared.became {
            Became::Same | Became::Mine => {}
            Became::Theirs => {
                let value = now.fields.get(field.index).map(text).unwrap_or_default();
                sent.insert(name.to_owned(), value);
            }
            Became::Together(references) => {
                sent.insert(name.to_owned(), references_text(&references));
            }
            Became::Both => both.push(name),
        }
    }
    let both = both.join(",");
    sent.retain(|name, _| !name.starts_with(KEEP));
    sent.insert(REVISION.to_owned(), now.revision.to_string());
    sent.insert(OPENED.to_owned(), opened);
    sent.insert(BOTH.to_owned(), both);
}

/// The fields as whoever sent them wants them, by what they chose where both changed something.
///
/// # Errors
/// The fields of which they chose nothing.
pub(super) fn chosen(
    of: &Type,
    now: Option<&Record>,
    sent: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Faults> {
    let (mut chosen, mut faults) = (sent.clone(), Faults::default());
    for field in of.fields.iter().filter(|field| is_in_both(sent, field.name.as_str())) {
        let name = field.name.as_str();
        match sent.get(&format!("{KEEP}{name}")).map(String::as_str) {
            Some(MINE) => {}
            Some(THEIRS) => {
                let value = now.and_then(|now| now.fields.get(field.index));
                chosen.insert(name.to_owned(), value.map(text).unwrap_or_default());
            }
            _ => faults.add(name, bad("Both changed this: choose which shall hold.")),
        }
    }
    faults.or_ok(chosen)
}

fn is_in_both(sent: &BTreeMap<String, String>, name: &str) -> bool {
    sent.get(BOTH).is_some_and(|both| both.split(',').any(|one| one == name))
}

impl Meanwhile {
    /// What a form tells that was sent for a revision which is no more.
    pub(super) fn of(of: &Type, (base, now): (Option<&Record>, &Record), sent: Sent<'_>) -> Self {
        let shown = |field: &Field| {
            let name = field.name.as_str();
            let Compared { was, now, yours, became } = compare(field, (base, now), sent)?;
            let is_asked = is_in_both(sent.0, name);
            let (class, told) = match became {
                Became::Same => return None,
                Became::Both if is_asked => ("conflict", ""),
                Became::Mine | Became::Both => ("changed", "yours"),
                Became::Theirs => ("moved", "taken over"),
                Became::Together(_) => ("moved", "put together"),
            };
            let is_untouched = became == Became::Theirs;
            let keep = format!("{KEEP}{name}");
            Some(Row {
                label: field.label.clone(),
                class,
                was: was.shown,
                now: now.shown,
                yours: yours.shown,
                is_untouched,
                told,
                choice: sent.0.get(&keep).cloned().unwrap_or_default(),
                keep,
            })
        };
        let field = |name: &str| sent.0.get(name).cloned().unwrap_or_default();
        Self {
            by: now.changed_by.clone(),
            at: Moment::of(now.updated_at),
            opened: field(OPENED),
            both: field(BOTH),
            rows: of.fields.iter().filter_map(shown).collect(),
        }
    }
}

/// Compares a field; `None` where it was not sent.
fn compare(
    field: &Field,
    (base, now): (Option<&Record>, &Record),
    (sent, found): Sent<'_>,
) -> Option<Compared> {
    let name = field.name.as_str();
    let typed = sent.get(name)?;
    let found = found.get(name);
    let value = |record: &Record| record.fields.get(field.index).cloned();
    let was_value = base.and_then(value);
    let now_value = value(now);
    let was = kept(field, was_value.as_ref());
    let (now, yours) = (kept(field, now_value.as_ref()), typed_stand(field, typed, found));
    let became = if yours.essence == now.essence {
        let is_moved = base.is_some() && now.essence != was.essence;
        if is_moved { Became::Theirs } else { Became::Same }
    } else if base.is_none() {
        Became::Both
    } else if yours.essence == was.essence {
        Became::Theirs
    } else if now.essence == was.essence {
        Became::Mine
    } else {
        match found.filter(|found| field.kind.is_refs() && found.rest.is_empty()) {
            Some(found) => Became::Together(together(
                references(was_value.as_ref()),
                references(now_value.as_ref()),
                &found.references,
            )),
            None => Became::Both,
        }
    };
    Some(Compared { was, now, yours, became })
}

/// What is there now, less what was taken out, and what was put in.
fn together(was: &[Reference], now: &[Reference], yours: &[Reference]) -> Vec<Reference> {
    let kept = now.iter().filter(|one| yours.contains(one) || !was.contains(one));
    let added = yours.iter().filter(|one| !was.contains(one) && !now.contains(one));
    kept.chain(added).cloned().collect()
}

fn kept(field: &Field, value: Option<&Value>) -> Stand {
    if field.kind.target().is_some() {
        return of_references(references(value));
    }
    let text = value.map(text).unwrap_or_default();
    Stand { essence: text.clone(), shown: text }
}

fn of_references(references: &[Reference]) -> Stand {
    let mut sorted = references.to_vec();
    sorted.sort_unstable();
    let label = |one: &Reference| {
        let label = one.label();
        if label.is_empty() { format!("#{}", one.id) } else { label }
    };
    Stand {
        essence: joined(&sorted, ",", |one| one.id.to_string()),
        shown: joined(references, ", ", label),
    }
}

/// What was typed; a text that names no record stands for itself, and equals none.
fn typed_stand(field: &Field, text: &str, found: Option<&Found>) -> Stand {
    // Browsers end lines of a form with CR LF.
    let text = text.replace("\r\n", "\n");
    let text = if matches!(field.kind, Kind::LongText(_)) { text } else { text.trim().to_owned() };
    match found {
        Some(found) if found.rest.is_empty() => of_references(&found.references),
        Some(_) => Stand { essence: format!("?{text}"), shown: text },
        None => Stand { essence: text.clone(), shown: text },
    }
}
