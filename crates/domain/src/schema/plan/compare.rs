//! The comparison of two schemas.

use super::super::{Choice, Field, FieldIndex, FieldName, Kind, Schema, TextRules, Type};
use super::{Fill, Rule, Step, Work};

/// The steps from one schema to another, in the order in which they can be carried out: what
/// stands in the way goes first, what others refer to comes before them, and what they referred
/// to goes last.
pub fn plan(old: &Schema, new: &Schema) -> Vec<Step> {
    let mut steps = Vec::new();
    for of in new.types() {
        match old.named(of.name.as_str()) {
            Some(before) => compare_types(old, new, before, of, &mut steps),
            None => steps.push(of_type(of, Work::AddType { index: of.index })),
        }
    }
    for of in old.types() {
        if new.named(of.name.as_str()).is_none() {
            steps.push(of_type(of, Work::DropType));
        }
    }
    steps.sort_by_key(|step| turn(&step.work));
    steps
}

/// Which steps come before which.
fn turn(work: &Work) -> u8 {
    match work {
        Work::DropUnique { .. } | Work::DropIndex | Work::DropSearch => 0,
        Work::AddType { .. } => 1,
        Work::AddField { .. } => 2,
        Work::ChangeKind { .. }
        | Work::ChangeKey { .. }
        | Work::Narrow(_)
        | Work::Loosen(_)
        | Work::AddChoice { .. } => 3,
        Work::DropField => 4,
        Work::AddUnique { .. } | Work::AddIndex { .. } | Work::AddSearch { .. } => 5,
        Work::DropType => 6,
        Work::Set { .. } | Work::Reword => 7,
    }
}

fn of_type(of: &Type, work: Work) -> Step {
    Step { type_name: of.name.clone(), field: None, work }
}

fn of_field(of: &Type, field: &Field, work: Work) -> Step {
    Step { field: Some(field.name.clone()), ..of_type(of, work) }
}

fn compare_types(old: &Schema, new: &Schema, before: &Type, after: &Type, steps: &mut Vec<Step>) {
    for field in &after.fields {
        match before.field_named(field.name.as_str()) {
            Some(earlier) => {
                let works = compare_fields(&Sides { old, new, after }, earlier, field);
                steps.extend(works.into_iter().map(|work| of_field(after, field, work)));
            }
            None => steps.push(of_field(
                after,
                field,
                Work::AddField { type_index: after.index, field: field.index, fill: fill(field) },
            )),
        }
    }
    for field in &before.fields {
        if after.field_named(field.name.as_str()).is_none() {
            steps.push(of_field(before, field, Work::DropField));
        }
    }
    compare_unique_sets(before, after, steps);
    let (from, to) = (names(before, &before.key), names(after, &after.key));
    if from != to {
        steps.push(of_type(after, Work::ChangeKey { from, to }));
    }
    let mut settings = Vec::new();
    set(&mut settings, "plural", Some(before.plural.as_str()), Some(after.plural.as_str()));
    let (from, to) = (before.review.to_string(), after.review.to_string());
    set(&mut settings, "review", Some(&from), Some(&to));
    set(&mut settings, "reason", Some(before.reason.word()), Some(after.reason.word()));
    set(&mut settings, "if_match", Some(before.if_match.word()), Some(after.if_match.word()));
    if (&before.label, &before.description) != (&after.label, &after.description) {
        settings.push(Work::Reword);
    }
    steps.extend(settings.into_iter().map(|work| of_type(after, work)));
}

fn names(of: &Type, fields: &[FieldIndex]) -> Vec<FieldName> {
    let fields = fields.iter();
    fields.map(|index| of.field(*index).name.clone()).collect()
}

fn fill(field: &Field) -> Fill {
    match (field.required, &field.default) {
        (false, _) => Fill::Null,
        (true, Some(_)) => Fill::Default,
        (true, None) => Fill::Impossible,
    }
}

/// Sets that stay are told only where a field of theirs is made anew.
fn compare_unique_sets(before: &Type, after: &Type, steps: &mut Vec<Step>) {
    let is_remade = |name: &FieldName| {
        let kind = |of: &Type| of.field_named(name.as_str()).map(|field| field.kind.word());
        kind(before) != kind(after)
    };
    let sets = |of: &Type| -> Vec<Vec<FieldName>> {
        let sets = of.unique_sets();
        sets.iter().map(|set| names(of, set)).collect()
    };
    let (old_sets, new_sets) = (sets(before), sets(after));
    let stays = |set: &Vec<FieldName>| {
        old_sets.contains(set) && new_sets.contains(set) && !set.iter().any(is_remade)
    };
    let field = |names: &[FieldName]| match names {
        [only] => Some(only.clone()),
        _ => None,
    };
    for names in old_sets.iter().filter(|set| !stays(set)) {
        steps.push(Step {
            type_name: after.name.clone(),
            field: field(names),
            work: Work::DropUnique { names: names.clone() },
        });
    }
    for (fields, names) in after.unique_sets().into_iter().zip(&new_sets) {
        if !stays(names) {
            steps.push(Step {
                type_name: after.name.clone(),
                field: field(names),
                work: Work::AddUnique { type_index: after.index, fields, names: names.clone() },
            });
        }
    }
}

/// What the comparison of two fields must know besides them.
struct Sides<'a> {
    old: &'a Schema,
    new: &'a Schema,
    after: &'a Type,
}

fn compare_fields(sides: &Sides<'_>, before: &Field, after: &Field) -> Vec<Work> {
    let (type_index, field) = (sides.after.index, after.index);
    let mut works = Vec::new();
    let (from, to) = (before.kind.word(), after.kind.word());
    if from == to {
        compare_kinds(sides, &before.kind, &after.kind, &mut works);
        match (before.indexed, after.indexed) {
            (false, true) => works.push(Work::AddIndex { type_index, field }),
            (true, false) => works.push(Work::DropIndex),
            _ => {}
        }
        match (before.searched, after.searched) {
            (false, true) => works.push(Work::AddSearch { type_index, field }),
            (true, false) => works.push(Work::DropSearch),
            _ => {}
        }
    } else {
        works.push(Work::ChangeKind { type_index, field, from, to, fill: fill(after) });
    }
    match (before.required, after.required) {
        (false, true) => works.push(Work::Narrow(Rule::Required)),
        (true, false) => works.push(Work::Loosen(Rule::Required)),
        _ => {}
    }
    let default = |field: &Field| field.default.as_ref().map(crate::value::Value::to_text);
    let (from, to) = (default(before), default(after));
    set(&mut works, "default", from.as_deref(), to.as_deref());
    if (&before.label, &before.help) != (&after.label, &after.help) {
        works.push(Work::Reword);
    }
    works
}

/// Kinds of one word.
fn compare_kinds(sides: &Sides<'_>, before: &Kind, after: &Kind, works: &mut Vec<Work>) {
    match (before, after) {
        (Kind::Text(before), Kind::Text(after))
        | (Kind::LongText(before), Kind::LongText(after))
        | (Kind::Url(before), Kind::Url(after))
        | (Kind::Email(before), Kind::Email(after)) => compare_rules(before, after, works),
        (Kind::Integer { min, max }, Kind::Integer { min: least, max: most }) => {
            bound("min", min.as_ref(), least.as_ref(), works);
            bound("max", max.as_ref(), most.as_ref(), works);
        }
        (
            Kind::Decimal { min, max, places },
            Kind::Decimal { min: least, max: most, places: digits },
        ) => {
            bound("min", min.as_ref(), least.as_ref(), works);
            bound("max", max.as_ref(), most.as_ref(), works);
            bound("places", places.as_ref(), digits.as_ref(), works);
        }
        (Kind::Choice(before), Kind::Choice(after)) => compare_choices(before, after, works),
        (Kind::Ref { target, on_delete }, Kind::Ref { target: to, on_delete: now })
        | (Kind::Refs { target, on_delete }, Kind::Refs { target: to, on_delete: now }) => {
            let (from, to) = (&sides.old.get(*target).name, &sides.new.get(*to).name);
            if from != to {
                works.push(Work::Narrow(Rule::Target { from: from.clone(), to: to.clone() }));
            }
            let (from, to) = (on_delete.word(), now.word());
            set(works, "on_delete", Some(from), Some(to));
        }
        // The others have no rules.
        _ => {}
    }
}

fn compare_rules(before: &TextRules, after: &TextRules, works: &mut Vec<Work>) {
    let (from, to) = (before.max_length, after.max_length);
    let lengths = Rule::MaxLength { from, to };
    match from.cmp(&to) {
        std::cmp::Ordering::Less => works.push(Work::Loosen(lengths)),
        std::cmp::Ordering::Equal => {}
        std::cmp::Ordering::Greater => works.push(Work::Narrow(lengths)),
    }
    let text = |rules: &TextRules| rules.pattern.as_ref().map(|pattern| pattern.text.clone());
    let (from, to) = (text(before), text(after));
    if from == to {
        return;
    }
    // Whether one pattern takes all that another does can't be told.
    if to.is_none() {
        works.push(Work::Loosen(Rule::Pattern { from, to }));
    } else {
        works.push(Work::Narrow(Rule::Pattern { from, to }));
    }
}

/// A bound that is not there is the loosest; a greater `min` is tighter, a greater `max` or
/// `places` looser.
fn bound<T: Ord + ToString>(
    setting: &'static str,
    from: Option<&T>,
    to: Option<&T>,
    works: &mut Vec<Work>,
) {
    if from == to {
        return;
    }
    let is_looser = match (from, to) {
        (_, None) => true,
        (None, _) => false,
        (Some(from), Some(to)) if setting == "min" => to < from,
        (Some(from), Some(to)) => to > from,
    };
    let rule = Rule::Bound {
        setting,
        from: from.map(ToString::to_string),
        to: to.map(ToString::to_string),
    };
    works.push(if is_looser { Work::Loosen(rule) } else { Work::Narrow(rule) });
}

fn compare_choices(before: &[Choice], after: &[Choice], works: &mut Vec<Work>) {
    let has = |choices: &[Choice], value: &str| choices.iter().any(|of| of.value == value);
    for Choice { value, .. } in after.iter().filter(|of| !has(before, &of.value)) {
        let value = value.clone();
        works.push(Work::AddChoice { value });
    }
    for Choice { value, .. } in before.iter().filter(|of| !has(after, &of.value)) {
        let value = value.clone();
        works.push(Work::Narrow(Rule::Choice { value }));
    }
    let is_relabelled = |of: &Choice| {
        let earlier = before.iter().find(|earlier| earlier.value == of.value);
        earlier.is_some_and(|earlier| earlier.label != of.label)
    };
    if after.iter().any(is_relabelled) {
        works.push(Work::Reword);
    }
}

fn set(works: &mut Vec<Work>, setting: &'static str, from: Option<&str>, to: Option<&str>) {
    if from != to {
        works.push(Work::Set { setting, from: from.map(str::to_owned), to: to.map(str::to_owned) });
    }
}
