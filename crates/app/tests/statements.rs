//! What a request costs in statements follows from the type alone: not from how many records there
//! are, how many are on the page, or what they refer to.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::ops::ControlFlow;
use std::sync::Arc;

use domain::change::{
    Action, Proposal, Target, Unnamed, draft, finish, needs, resolve, unique_claims,
};
use domain::filter::filter;
use domain::query::{Page, Plan, order::order};
use domain::record::{CommitNumber, RecordId};
use domain::review::admit;
use domain::schema::Type;
use domain::value::Value;
use sql::write::CommitInfo;
use sql::{Reader, StoreError};
use testkit::{Hands, fields, test_apps};

/// The numbers of records that must cost the same.
const SIZES: [usize; 3] = [1, 10, 200];

/// The statements of some reading.
async fn cost(
    hands: &Hands<'_>,
    work: impl FnOnce(&mut Reader<'_>) -> Result<(), StoreError> + Send + 'static,
) -> u32 {
    let read = hands.app().store.read(move |reader| {
        work(reader)?;
        Ok(reader.statements())
    });
    read.await.unwrap()
}

/// Adds things up to `size`, each referring to places and labels of its own.
async fn grow(hands: &Hands<'_>, have: usize, size: usize) {
    let add = |of: &str, json: &str| {
        let fields = fields(json);
        hands.change(of, Action::Add { fields })
    };
    let mut targets = Vec::new();
    let mut things = Vec::new();
    for number in have + 1..=size {
        targets.push(add("place", &format!(r#"{{"name": "p{number}"}}"#)));
        targets.push(add("label", &format!(r#"{{"name": "l{number}"}}"#)));
        let (place, label) = (number, number / 2 + 1);
        things.push(add(
            "thing",
            &format!(
                r#"{{"name": "t{number}", "place": {place}, "labels": [{label}, {number}],
                     "note": "n", "units": {number}, "ip": "10.0.{}.{}"}}"#,
                number / 256,
                number % 256
            ),
        ));
    }
    hands.submit(targets).await.unwrap();
    hands.submit(things).await.unwrap();
}

fn plans(hands: &Hands<'_>) -> Vec<(String, Plan)> {
    let (schema, of) = (&hands.app().schema, hands.of("thing"));
    let mut plans = Vec::new();
    for parameters in [
        &[][..],
        &[("name__icontains", "t")],
        &[
            ("place__name__startswith", "p"),
            ("labels__name__regex", "l"),
            ("place__inside__name__isnull", "true"),
        ],
    ] {
        for columns in ["", "-place__name,units"] {
            for count in [false, true] {
                let pairs: Vec<(String, String)> = parameters
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect();
                let plan = Plan {
                    type_index: of.index,
                    filter: filter(of, schema, &pairs).unwrap(),
                    order: order(schema, of, columns).unwrap(),
                    page: Page::Offset { offset: 0, limit: 1_000 },
                    count,
                    as_of: None,
                };
                plans.push((format!("{parameters:?} {columns} {count}"), plan));
            }
        }
    }
    plans
}

#[tokio::test]
async fn a_page_and_a_record_cost_the_same_whatever_there_is() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let mut costs = Vec::new();
        let mut have = 0;
        for size in SIZES {
            grow(&hands, have, size).await;
            have = size;
            let mut now = Vec::new();
            for (text, plan) in plans(&hands) {
                let schema = Arc::clone(&hands.app().schema);
                let filtered = !plan.filter.is_all();
                let counts = plan.count && filtered;
                let find = move |reader: &mut Reader<'_>| {
                    let found = sql::read::find(reader, &schema, &plan, None)?;
                    assert_eq!(found.records.len(), size);
                    Ok(())
                };
                let found = cost(&hands, find).await;
                // The total, the page, the labels on it, and the count.
                assert_eq!(found, 3 + u32::from(counts), "{text}");
                now.push((text, found));
            }
            let (schema, of) = (Arc::clone(&hands.app().schema), hands.of("thing").index);
            let get = move |reader: &mut Reader<'_>| {
                let target = Target::Id(RecordId(1));
                sql::read::get(reader, &schema, schema.get(of), &target, None).map(drop)
            };
            now.push(("get".to_owned(), cost(&hands, get).await));
            costs.push(now);
        }
        assert_eq!(costs[0], costs[1]);
        assert_eq!(costs[1], costs[2]);
    }
}

/// As many as come in two pieces of an export.
const MANY: usize = 1_000;

/// The statements of an export, of which whoever reads sees only some of what it refers to, or all.
async fn cost_of_export(hands: &Hands<'_>, plan: Plan, sees_all: bool, size: usize) -> u32 {
    let schema = Arc::clone(&hands.app().schema);
    let place = hands.of("thing").field_named("place").unwrap().index;
    let is_hidden = |value: Option<&Value>| matches!(value, Some(Value::Ref(to)) if to.is_hidden());
    let export = move |reader: &mut Reader<'_>| {
        let some = [("id__lte".to_owned(), "1".to_owned())];
        let visible = |of: &Type| (!sees_all).then(|| filter(of, &schema, &some).unwrap());
        let (mut count, mut hidden) = (0, 0);
        sql::read::export(reader, &schema, &plan, &visible, |records| {
            count += records.len();
            hidden += records.iter().filter(|record| is_hidden(record.fields.get(place))).count();
            ControlFlow::Continue(())
        })?;
        assert_eq!((count, hidden > 0), (size, !sees_all && size > 1));
        Ok(())
    };
    cost(hands, export).await
}

#[tokio::test]
async fn an_export_costs_the_same_whatever_there_is() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let (mut costs, mut have, mut last) = (Vec::new(), 0, 0);
        for size in [1, MANY / 2, MANY] {
            grow(&hands, have, size).await;
            (have, last) = (size, last + 2);
            let mut now = Vec::new();
            for (text, plan) in plans(&hands) {
                for (as_of, sees_all) in [(None, true), (None, false), (Some(last), false)] {
                    let as_of = as_of.map(CommitNumber);
                    let plan = Plan { as_of, ..plan.clone() };
                    let statements = cost_of_export(&hands, plan, sees_all, size).await;
                    // All of it; the labels; how many there are of them; the ids, or how many
                    // records there are; and how far history was folded.
                    assert!(statements <= 4 + u32::from(as_of.is_some()), "{text}: {statements}");
                    now.push((text.clone(), as_of.is_some(), sees_all, statements));
                }
            }
            costs.push(now);
        }
        assert_eq!(costs[0], costs[1]);
        assert_eq!(costs[1], costs[2]);
    }
}

/// The statements of a check and of the commit behind it, in a transaction that ends with nothing
/// written.
async fn cost_of_write(hands: &Hands<'_>, proposal: Proposal) -> (u32, u32) {
    let schema = Arc::clone(&hands.app().schema);
    let ctx = hands.ctx();
    let (sender, costs) = std::sync::mpsc::channel();
    let rolled_back = hands.app().store.write(move |writer| {
        let drafts = draft(&schema, proposal);
        let mut facts = sql::read::gather(writer, &schema, &needs(&schema, &drafts))?;
        let resolved = resolve(&schema, drafts, &facts).unwrap();
        let claims = unique_claims(&schema, &resolved);
        sql::read::gather_holders(writer, &schema, claims, &mut facts)?;
        let checked = finish(&schema, resolved, &facts).unwrap();
        let check = writer.statements();
        let approved = admit(&schema, None, checked.changes).unwrap();
        let info = CommitInfo {
            now: ctx.now,
            actor: "alice".to_owned(),
            token: None,
            origin: "api".to_owned(),
            reason: None,
            request_id: None,
        };
        sql::write::commit(writer, &schema, &approved, &info, &|_| {})?;
        let commit = writer.statements() - check;
        sender.send((check, commit)).unwrap();
        Err::<(), _>(StoreError::Closed)
    });
    assert!(rolled_back.await.is_err());
    costs.recv().unwrap()
}

/// Additions or updates of some of the things, as an import proposes them.
fn rows(hands: &Hands<'_>, count: usize, adds: bool) -> Proposal {
    let row = |number: usize| {
        let other = number % 7 + 1;
        let json = format!(
            r#"{{"name": "{}{number}", "place": "p{other}", "owner": "t{other}",
                 "labels": ["l{other}", "l{number}"], "note": "m", "units": {number}}}"#,
            if adds { "new" } else { "t" }
        );
        let fields = fields(&json);
        if adds {
            return hands.change("thing", Action::Add { fields });
        }
        let key = vec![domain::value::Value::Text(format!("t{number}"))];
        let target = Target::Key(key);
        let unnamed = Unnamed::Keep;
        let action = Action::Update { target, fields, unnamed };
        hands.change("thing", action)
    };
    let changes = (1..=count).map(row).collect();
    Proposal { changes }
}

#[tokio::test]
async fn a_check_and_a_commit_cost_the_same_whatever_there_is() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        grow(&hands, 0, 10).await;
        let one = cost_of_write(&hands, rows(&hands, 1, true)).await;
        grow(&hands, 10, 200).await;
        assert_eq!(cost_of_write(&hands, rows(&hands, 1, true)).await, one);
        for adds in [true, false] {
            let ten = cost_of_write(&hands, rows(&hands, 10, adds)).await;
            let all = cost_of_write(&hands, rows(&hands, 200, adds)).await;
            assert_eq!(ten, all, "adding: {adds}");
        }
    }
}
