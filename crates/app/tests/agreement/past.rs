//! A register that lives for a while, with a model kept of each of its days.

use std::collections::{BTreeMap, BTreeSet};

use app::Error;
use app::diff::{DiffRequest, Difference};
use domain::change::{Action, ProposedChange, Target};
use domain::history::{Question, canonical};
use domain::query::Expr;
use domain::record::{CommitNumber, Record, RecordId, Revision};
use domain::schema::TypeIndex;
use testkit::{Hands, fields};

use crate::model::World;
use crate::questions::Dice;
use crate::{find, first, plan};

/// Things that are done, of which some are refused.
const DEEDS: usize = 24;
/// The most days that are looked at again.
const DAYS: usize = 6;
/// Pairs of days that are compared.
const PAIRS: usize = 6;

/// Does something to the register again and again, and gives some of its days, the last one among
/// them: as they were read while they were today.
pub(crate) async fn live(hands: &Hands<'_>, begin: World, dice: &mut Dice) -> Vec<World> {
    let begins = last_commit(hands).await;
    let mut days = vec![World { as_of: Some(begins), ..begin }];
    for _ in 0..DEEDS {
        let done = match dice.below(8) {
            0 => {
                let number = 1 + dice.below(usize::try_from(last_commit(hands).await.0).unwrap());
                let number = CommitNumber(i64::try_from(number).unwrap());
                hands.app().revert_commit(&hands.ctx(), number).await
            }
            1 => {
                let (type_index, id) = (hands.of("thing").index, RecordId(small(dice)));
                let to = Revision(small(dice));
                hands.app().revert_record(&hands.ctx(), type_index, id, to).await
            }
            _ => {
                let changes = (0..=dice.below(4)).map(|_| change(hands, dice)).collect();
                hands.submit(changes).await
            }
        };
        match done {
            Ok(outcome) if outcome.commit.is_some() => days.push(today(hands).await),
            Ok(_) | Err(Error::Refused(_) | Error::Conflict(_) | Error::NotFound { .. }) => {}
            Err(other) => panic!("{other}: {other:?}"),
        }
    }
    while days.len() > DAYS {
        let gone = dice.below(days.len() - 1);
        days.remove(gone);
    }
    days
}

fn small(dice: &mut Dice) -> i64 {
    i64::try_from(1 + dice.below(8)).unwrap()
}

async fn last_commit(hands: &Hands<'_>) -> CommitNumber {
    hands.app().store.read(sql::write::last_commit).await.unwrap().number
}

/// A change of one of few records, so that changes meet.
fn change(hands: &Hands<'_>, dice: &mut Dice) -> ProposedChange {
    let (id, other, name) = (small(dice), small(dice), dice.below(30));
    let (type_name, json) = match dice.below(6) {
        0 => ("place", format!(r#"{{"name": "Place {name}", "inside": {other}}}"#)),
        1 => ("label", format!(r#"{{"name": "Étikett {name}"}}"#)),
        2 => ("thing", format!(r#"{{"name": "Thing {name}", "place": {other}}}"#)),
        3 => ("thing", format!(r#"{{"labels": [{other}, {}], "owner": null}}"#, small(dice))),
        4 => ("thing", format!(r#"{{"owner": {other}, "units": {name}, "state": "used"}}"#)),
        _ => {
            let type_name = ["place", "label", "thing", "port"][dice.below(4)];
            let target = Target::Id(RecordId(id));
            return hands.change(type_name, Action::Delete { target });
        }
    };
    if dice.below(4) == 0 {
        hands.change(type_name, Action::Add { fields: fields(&json) })
    } else {
        hands.update_of(type_name, id, &json)
    }
}

/// All that the register holds now.
async fn today(hands: &Hands<'_>) -> World {
    let schema = hands.app().schema.as_ref().clone();
    let mut world = World { schema, records: Vec::new(), as_of: None };
    for of in world.schema.clone().types() {
        let all = plan(&world, of, &Expr::all(), &[], first(1_000));
        world.records.push(find(hands, all).await.records);
    }
    World { as_of: Some(last_commit(hands).await), ..world }
}

/// What differs between two days is what the model says, however many come on a page.
pub(crate) async fn check_differences(hands: &Hands<'_>, days: &[World], dice: &mut Dice) {
    for _ in 0..PAIRS {
        let (from, to) = (&days[dice.below(days.len())], &days[dice.below(days.len())]);
        let limit = u32::try_from(1 + dice.below(9)).unwrap();
        let mut told = Vec::new();
        let mut behind = None;
        loop {
            let request = DiffRequest {
                types: from.schema.types().iter().map(|of| of.index).collect(),
                filter: Expr::all(),
                from: from.as_of.unwrap(),
                to: to.as_of.unwrap(),
                behind,
                limit,
            };
            let page = hands.app().diff(&hands.ctx(), request).await.unwrap();
            told.extend(page.differences);
            behind = page.next;
            if behind.is_none() {
                break;
            }
        }
        let names: Vec<_> = told.iter().map(|one| (one.type_index, one.id)).collect();
        assert_eq!(names, differing(from, to), "{:?} to {:?}", from.as_of, to.as_of);
        for Difference { type_index, id, before, after } in &told {
            assert_eq!(before.as_ref(), from.record(*type_index, *id));
            assert_eq!(after.as_ref(), to.record(*type_index, *id));
        }
    }
}

fn differing(from: &World, to: &World) -> Vec<(TypeIndex, RecordId)> {
    let mut names = BTreeSet::new();
    for of in from.schema.types() {
        let records = from.of(of.index).iter().chain(to.of(of.index));
        names.extend(records.map(|record| (of.index, record.id)));
    }
    let fields = |world: &World, (type_index, id): (TypeIndex, RecordId)| {
        world.record(type_index, id).map(|record| record.fields.clone())
    };
    names.into_iter().filter(|name| fields(from, *name) != fields(to, *name)).collect()
}

/// The history of each record tells what it was on each of the days, without a gap.
pub(crate) async fn check_history(hands: &Hands<'_>, days: &[World]) {
    let mut seen: BTreeMap<(TypeIndex, RecordId), Vec<(CommitNumber, &Record)>> = BTreeMap::new();
    for day in days {
        for record in day.records.iter().flatten() {
            let name = (record.type_index, record.id);
            seen.entry(name).or_default().push((day.as_of.unwrap(), record));
        }
    }
    for ((type_index, id), states) in seen {
        let of = hands.app().schema.get(type_index);
        let question =
            Question { type_name: Some(of.name.to_string()), id: Some(id), ..Question::default() };
        let page = hands.app().history(&hands.ctx(), question, None, 1_000).await.unwrap();
        let entries: Vec<_> = page.entries.iter().map(|told| &told.entry).collect();
        let revisions: Vec<i64> = entries.iter().map(|one| one.entry.revision.0).collect();
        let counted: Vec<i64> = (1..=i64::try_from(entries.len()).unwrap()).rev().collect();
        assert_eq!(revisions, counted, "{} {id}", of.name);
        for (number, record) in states {
            let held = entries.iter().find(|one| one.commit.number <= number).unwrap();
            assert_eq!(held.entry.revision, record.revision);
            // References are told by the names of that moment, which may have changed by this day.
            let kept = held.entry.after.as_deref().map(|text| sql::json::parse(text).unwrap());
            let restored = domain::history::restore(&hands.app().schema, of, &kept.unwrap());
            assert_eq!(
                restored,
                record.fields,
                "{}",
                canonical(&hands.app().schema, of, &restored)
            );
        }
    }
}

/// Folds the history up to the middle day: those before it are known no more. Gives the others.
pub(crate) async fn fold<'a>(hands: &Hands<'_>, days: &'a [World]) -> &'a [World] {
    let (gone, kept) = days.split_at(days.len() / 2);
    let to = kept[0].as_of.unwrap();
    assert!(hands.app().fold(&hands.ctx(), to).await.unwrap().is_some());
    for day in gone {
        let of = hands.of("thing");
        let asked = plan(day, of, &Expr::all(), &[], first(10));
        let told = hands.app().find(&hands.ctx(), asked).await;
        assert!(matches!(told, Err(Error::Folded { to: earliest }) if earliest == to.0));
    }
    let broken = hands.app().store.read(|reader| sql::read::verify(reader, &[], &mut |_, _| {}));
    assert_eq!(broken.await.unwrap(), None);
    kept
}
