//! The changes of a request, folded by what they do: forty servers that get the same state are one card
//! with forty names under it. What needs somebody's eye, conflicts and obstacles, comes first.

use std::collections::{BTreeMap, HashMap};

use app::audit::label;
use app::review::{Solved, ToldChange, ToldRequest};
use domain::fault::Faults;
use domain::history::{FieldChange, Values, list_change};
use domain::json::Json;
use domain::review::{ComparedField, Comparison, Obstacle, RequestedAction, Resolution};
use domain::schema::{Field, Schema, Type};

use super::cell::{Link, told};
use super::form::{Control, Input, input, lone_input};
use super::shell::list_path;
use crate::auth::form::Form;
use crate::extract::Parameters;
use crate::extract::list::take_number;

/// Cards on a page; of those with conflicts, which are solved together, more.
const CARDS: usize = 40;
const CARDS_TO_SOLVE: usize = 200;
/// Records that a card names; the others are on pages of their own.
const NAMES: usize = 500;
/// Values of so many bytes stand in a line.
const SHORT: usize = 60;
/// Up to so many cards all are open.
const OPEN: usize = 8;
/// Up to so many records their names are open.
const NAMES_OPEN: usize = 12;

/// The part of a request that is shown.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    /// The place of the only card.
    only: Option<usize>,
    /// The place of the first card, or of that card's first record.
    from: usize,
}

/// The changes of a request, as a page shows them.
pub(super) struct Folded {
    pub(super) cards: Vec<Card>,
    /// Whether they are so few that none is folded.
    pub(super) are_few: bool,
    /// Where the cards before and behind these are.
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    /// What of all is shown: `41 to 80 of 120 changes`; empty where that is all.
    pub(super) told: String,
}

/// Changes that do the same.
pub(super) struct Card {
    /// `Change 37 servers`.
    pub(super) title: String,
    /// What it does, in a line: `State active → maintenance`.
    pub(super) told: String,
    pub(super) is_open: bool,
    pub(super) record: Option<Link>,
    pub(super) obstacle: &'static str,
    /// Whether others changed the record since.
    pub(super) has_moved: bool,
    pub(super) fields: Vec<ShownField>,
    /// The records, where they are several.
    pub(super) records: Vec<Link>,
    pub(super) are_open: bool,
    pub(super) count: usize,
    /// How many more there are, and where.
    pub(super) more: usize,
    pub(super) all: String,
}

/// A row of a comparison.
pub(super) struct ShownField {
    pub(super) label: String,
    pub(super) class: &'static str,
    pub(super) before: String,
    pub(super) proposed: String,
    pub(super) now: String,
    /// Whether its values fit beside each other.
    pub(super) is_short: bool,
    pub(super) is_list: bool,
    pub(super) removed: Vec<String>,
    pub(super) added: Vec<String>,
    pub(super) kept: Vec<String>,
    pub(super) solve: Option<Solve>,
}

/// How a conflict can be solved.
pub(super) struct Solve {
    pub(super) name: String,
    pub(super) choice: String,
    /// The field for another value.
    pub(super) input: Input,
}

impl Part {
    /// The part that an address names.
    ///
    /// # Errors
    /// What of the address is not known here.
    pub(super) fn take(parameters: &mut Parameters, is_lenient: bool) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let mut number = |name| {
            let found = take_number(parameters, name, 0..=1_000_000, &mut faults);
            found.and_then(|number| usize::try_from(number).ok())
        };
        let (only, from) = (number("card"), number("from").unwrap_or(0));
        if let Err(wrong) = parameters.clone().refuse_rest(is_lenient) {
            faults.merge(wrong);
        }
        faults.or_ok(Self { only, from })
    }
}

impl Folded {
    /// Folds changes. `solving` is what was chosen before, where somebody may solve conflicts.
    pub(super) fn of(
        schema: &Schema,
        request: &ToldRequest,
        (part, solving): (Part, Option<&BTreeMap<String, String>>),
    ) -> Self {
        let changes = request.changes.as_slice();
        // What became of the records of a request that is closed is another story.
        let is_open = request.request.standing.state.is_open();
        let kinds = kinds(schema, changes, is_open);
        let size = if solving.is_some() { CARDS_TO_SOLVE } else { CARDS };
        let (first, size) = part.only.map_or((part.from, size), |only| (only, 1));
        let are_few = kinds.len() <= OPEN || part.only.is_some();
        let shown = kinds.iter().enumerate().skip(first).take(size);
        let cards = shown.map(|(place, kind)| {
            let from = part.only.map_or(0, |_| part.from);
            let card = Folding { schema, changes, is_open, solving }.card(kind, from);
            let are_open = card.count <= NAMES_OPEN || part.only.is_some();
            Card { is_open: kind.needs_eye, are_open, all: format!("?card={place}"), ..card }
        });
        let cards: Vec<Card> = cards.collect();
        let (from, step, total) = match part.only {
            None => (part.from, size, kinds.len()),
            Some(_) => (part.from, NAMES, cards.first().map_or(0, |card| card.count)),
        };
        let address = |from: usize| match part.only {
            None => format!("?from={from}"),
            Some(only) => format!("?card={only}&from={from}"),
        };
        let end = from.saturating_add(step);
        let is_all = from == 0 && end >= total;
        let what = if part.only.is_some() { "records" } else { "kinds of changes" };
        Self {
            cards,
            are_few,
            before: (from > 0).then(|| address(from.saturating_sub(step))),
            after: (end < total).then(|| address(end)),
            told: if is_all {
                String::new()
            } else {
                format!("{} to {} of {total} {what}", from.saturating_add(1), end.min(total))
            },
        }
    }
}

/// Changes that do the same, by their places.
struct Kind {
    places: Vec<usize>,
    needs_eye: bool,
}

/// Sorts changes by what they do, in the order in which they come; what needs an eye first.
fn kinds(schema: &Schema, changes: &[ToldChange], is_open: bool) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (place, change) in changes.iter().enumerate() {
        let needs_eye = is_open && (change.compared.has_conflict() || has_moved(change));
        if needs_eye {
            kinds.push(Kind { places: vec![place], needs_eye });
            continue;
        }
        let of = schema.named(&change.requested.type_name);
        let at = *known.entry(essence(of, change)).or_insert(kinds.len());
        match kinds.get_mut(at) {
            Some(kind) => kind.places.push(place),
            None => kinds.push(Kind { places: vec![place], needs_eye }),
        }
    }
    kinds.sort_by_key(|kind| !kind.needs_eye);
    kinds
}

fn has_moved(change: &ToldChange) -> bool {
    let mut fields = change.compared.fields.iter();
    fields.any(|field| matches!(field.comparison, Comparison::MovedSince | Comparison::Conflict))
}

/// What a change does, whichever record it does it to: deletions do the same whatever is deleted, and
/// lists in which the same comes and goes whatever else stands in them.
fn essence(of: Option<&Type>, change: &ToldChange) -> String {
    let requested = &change.requested;
    let mut essence = format!("{} {}", requested.action.word(), requested.type_name);
    if requested.action != RequestedAction::Delete {
        for field in &change.compared.fields {
            let (name, change) = (Json::text(field.name.as_str()), change_of(field));
            let list = list_change(&change).filter(|_| is_list(of, field));
            let values = match list {
                Some(list) => [list.removed, list.added]
                    .map(|items| Json::List(items.into_iter().cloned().collect())),
                None => [field.before.clone(), field.proposed.clone()],
            };
            Json::List([vec![name], values.to_vec()].concat()).write(&mut essence);
        }
    }
    essence
}

fn is_list(of: Option<&Type>, field: &ComparedField) -> bool {
    let field = of.and_then(|of| of.field_named(&field.name));
    field.is_some_and(|field| field.kind.is_refs())
}

fn change_of(field: &ComparedField) -> FieldChange {
    FieldChange {
        field: field.name.clone(),
        before: field.before.clone(),
        after: field.proposed.clone(),
    }
}

/// Changes on their way to cards.
#[derive(Clone, Copy)]
struct Folding<'a> {
    schema: &'a Schema,
    changes: &'a [ToldChange],
    is_open: bool,
    solving: Option<&'a BTreeMap<String, String>>,
}

impl Folding<'_> {
    /// The card of a kind, with its records from a place on.
    fn card(self, kind: &Kind, from: usize) -> Card {
        let changes: Vec<&ToldChange> =
            kind.places.iter().filter_map(|place| self.changes.get(*place)).collect();
        let place = kind.places.first().copied().unwrap_or_default();
        let count = changes.len();
        let mut card = Card {
            title: String::new(),
            told: String::new(),
            is_open: true,
            record: None,
            obstacle: "",
            has_moved: false,
            fields: Vec::new(),
            records: Vec::new(),
            are_open: true,
            count,
            more: 0,
            all: String::new(),
        };
        let Some(first) = changes.first() else {
            return card;
        };
        let of = self.schema.named(&first.requested.type_name);
        let is_deletion = first.requested.action == RequestedAction::Delete;
        card.has_moved = self.is_open && has_moved(first);
        card.obstacle = if self.is_open { obstacle(first) } else { "" };
        if count == 1 || !is_deletion {
            let fields = first.compared.fields.iter();
            card.fields = fields.map(|field| self.field(of, place, field)).collect();
        }
        if first.requested.action == RequestedAction::Update {
            card.told = in_a_line(&card.fields);
        }
        // Of several, each keeps items of its own.
        if count > 1 {
            card.fields.iter_mut().for_each(|field| field.kept.clear());
        }
        let verb = verb(first.requested.action);
        let type_name = &first.requested.type_name;
        if count == 1 {
            let label = of.map_or_else(|| type_name.clone(), |of| of.label.to_lowercase());
            card.title = format!("{verb} {label}");
            card.record = Some(self.link(of, first));
        } else {
            let plural = of.map_or_else(|| type_name.clone(), |of| of.plural.replace('-', " "));
            card.title = format!("{verb} {count} {plural}");
            let shown = changes.iter().skip(from).take(NAMES);
            card.records = shown.map(|change| self.link(of, change)).collect();
            card.more = count.saturating_sub(from).saturating_sub(card.records.len());
        }
        card
    }

    fn link(self, of: Option<&Type>, change: &ToldChange) -> Link {
        let requested = &change.requested;
        let id = requested.id;
        let label = name(self.schema, &requested.type_name, &change.key, id.map_or(0, |id| id.0));
        let href = of.zip(id).map(|(of, id)| format!("{}{id}/", list_path(of)));
        Link { href: href.unwrap_or_default(), label }
    }

    fn field(self, of: Option<&Type>, place: usize, compared: &ComparedField) -> ShownField {
        let field = of.and_then(|of| of.field_named(&compared.name));
        let is_list = is_list(of, compared);
        let change = change_of(compared);
        let list = if is_list { list_change(&change) } else { None };
        let texts = |items: &[&Json]| items.iter().map(|item| told(item)).collect::<Vec<_>>();
        let removed = list.as_ref().map(|list| texts(&list.removed)).unwrap_or_default();
        let added = list.as_ref().map(|list| texts(&list.added)).unwrap_or_default();
        let kept = if is_list { items(&compared.before) } else { &[] };
        let kept = kept.iter().map(told).filter(|item| !removed.contains(item)).collect();
        let is_conflict = compared.comparison == Comparison::Conflict;
        let solve = field.zip(self.solving).filter(|_| is_conflict);
        let (proposed, now) = (told(&compared.proposed), told(&compared.current));
        ShownField {
            is_short: proposed.len() + now.len() <= SHORT,
            label: field.map_or_else(|| compared.name.clone(), |field| field.label.clone()),
            class: if self.is_open { class(compared.comparison) } else { "changed" },
            before: told(&compared.before),
            proposed,
            now,
            is_list,
            kept,
            removed,
            added,
            solve: solve.map(|(field, sent)| self.solve(field, place, (&compared.proposed, sent))),
        }
    }

    /// How a conflict can be solved: with what is asked for in the field for another value, so that
    /// it can be put right.
    fn solve(
        self,
        field: &Field,
        place: usize,
        (proposed, sent): (&Json, &BTreeMap<String, String>),
    ) -> Solve {
        let end = format!("{place}.{}", field.name.as_str());
        let (name, other) = (format!("{SOLVE}{end}"), format!("{OTHER}{end}"));
        let typed = sent.get(&other);
        let value = typed.cloned().unwrap_or_else(|| {
            if let Json::Bool(truth) = proposed { truth.to_string() } else { told(proposed) }
        });
        let mut input = lone_input(self.schema, field, (other, value));
        if let (Control::Refs(refs), None) = (&mut input.control, typed) {
            let all = references(proposed);
            let ids: Vec<String> = all.iter().map(|(id, _)| id.clone()).collect();
            let labels: Vec<&str> = all.iter().map(|(_, label)| label.as_str()).collect();
            (refs.ids, refs.labels) = (ids.join(","), labels.join("|"));
            input.value = ids.join(" | ");
        }
        let choice = sent.get(&name).cloned().unwrap_or_else(|| MINE.to_owned());
        Solve { name, choice, input }
    }
}

/// What fields become, in a line.
fn in_a_line(fields: &[ShownField]) -> String {
    let one = |field: &ShownField| {
        let is_short = !field.is_list && field.before.len() + field.proposed.len() <= SHORT;
        if !is_short {
            return field.label.clone();
        }
        let text = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
        format!("{} {} → {}", field.label, text(&field.before), text(&field.proposed))
    };
    fields.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The records that a kept value points to: the id, and what it is called.
fn references(value: &Json) -> Vec<(String, String)> {
    let one = |value: &Json| {
        let Json::Object(members) = value else {
            return None;
        };
        Some((told(members.get("id")?), told(value)))
    };
    if let Json::List(items) = value {
        items.iter().filter_map(one).collect()
    } else {
        one(value).into_iter().collect()
    }
}

fn items(value: &Json) -> &[Json] {
    if let Json::List(items) = value { items } else { &[] }
}

fn class(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Same => "same",
        Comparison::Changed => "changed",
        Comparison::MovedSince => "moved",
        Comparison::Conflict => "conflict",
    }
}

/// What a record is called; `#id` where nothing is known of it.
pub(super) fn name(schema: &Schema, type_name: &str, key: &Values, id: i64) -> String {
    label(schema, type_name, key).unwrap_or_else(|| format!("#{id}"))
}

fn verb(action: RequestedAction) -> &'static str {
    match action {
        RequestedAction::Add => "Add",
        RequestedAction::Update => "Change",
        RequestedAction::Delete => "Delete",
        RequestedAction::Restore => "Bring back",
    }
}

fn obstacle(change: &ToldChange) -> &'static str {
    match change.compared.obstacle {
        None => "",
        Some(Obstacle::Gone) => "The record is gone.",
        Some(Obstacle::There) => "The record is there already.",
        Some(Obstacle::NoType) => "The schema has no such type any more.",
    }
}

/// What the names of the choices begin with, and those of the fields for other values; behind that
/// stand the place of the change and the name of the field.
const SOLVE: &str = "solve.";
const OTHER: &str = "other.";
const MINE: &str = "mine";

/// How the conflicts of changes are solved, by what a form says.
pub(super) fn solved(schema: &Schema, changes: &[ToldChange], form: &Form) -> Vec<Solved> {
    let mut solved: BTreeMap<usize, BTreeMap<String, Resolution>> = BTreeMap::new();
    for (name, word) in form.fields() {
        let Some((end, (place, field))) =
            name.strip_prefix(SOLVE).and_then(|end| Some((end, end.split_once('.')?)))
        else {
            continue;
        };
        let Ok(place) = place.parse::<usize>() else {
            continue;
        };
        let of = changes.get(place).and_then(|told| schema.named(&told.requested.type_name));
        let how = match (word, of.and_then(|of| of.field_named(field))) {
            ("theirs", _) => Resolution::Theirs,
            ("other", Some(kind)) => {
                Resolution::Value(input(kind, form.field(&format!("{OTHER}{end}"))))
            }
            _ => Resolution::Mine,
        };
        solved.entry(place).or_default().insert(field.to_owned(), how);
    }
    solved.into_iter().map(|(place, fields)| Solved { change: Some(place), fields }).collect()
}
