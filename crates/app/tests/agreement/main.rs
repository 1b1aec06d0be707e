//! Both databases hold what was written, and filter, order, page and count it alike: as the model
//! says, for records with values of every kind, now and at every commit of the past.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::format_push_string,
    clippy::too_many_lines,
    reason = "all of it is a test, which ends where something is not as it was made; a kind each"
)]

mod model;
mod past;
mod questions;
mod records;

use domain::query::{Cursor, Expr, OrderBy, Page, Plan};
use domain::record::Record;
use domain::schema::Type;
use domain::value::Value;
use proptest::prelude::*;
use testkit::{Hands, every_kind, test_apps};

use model::World;
use questions::{Dice, ordering, question};

/// Filters asked in each case.
const FILTERS: usize = 60;
/// Orders asked in each case, and paged through both ways.
const ORDERS: usize = 6;

async fn find(hands: &Hands<'_>, plan: Plan) -> app::find::Found {
    hands.app().find(&hands.ctx(), plan).await.unwrap()
}

fn ids(records: &[Record]) -> Vec<i64> {
    records.iter().map(|record| record.id.0).collect()
}

fn plan(world: &World, of: &Type, filter: &Expr, order: &[OrderBy], page: Page) -> Plan {
    Plan {
        type_index: of.index,
        filter: filter.clone(),
        order: order.to_vec(),
        page,
        count: true,
        as_of: world.as_of,
    }
}

const fn first(limit: u32) -> Page {
    Page::Offset { offset: 0, limit }
}

/// What is read is what was written, with the keys of what is referred to.
async fn check_values(hands: &Hands<'_>, world: &World) {
    for of in world.schema.types() {
        let found = find(hands, plan(world, of, &Expr::all(), &[], first(1_000))).await;
        assert_eq!(found.records, world.of(of.index), "{}", of.name);
        for (field, record) in found
            .records
            .iter()
            .flat_map(|record| of.fields.iter().map(move |field| (field, record)))
        {
            let references = match record.fields.get(field.index) {
                Some(Value::Ref(reference)) => std::slice::from_ref(reference),
                Some(Value::Refs(references)) => references.as_slice(),
                _ => continue,
            };
            let target = world.schema.get(field.kind.target().unwrap());
            for reference in references {
                let behind = world.record(target.index, reference.id).unwrap();
                let key = target.key.iter().filter_map(|key| behind.fields.get(*key));
                assert_eq!(*reference.key, *key.cloned().collect::<Vec<_>>());
            }
        }
    }
}

async fn check_filters(hands: &Hands<'_>, world: &World, dice: &mut Dice, filters: usize) {
    for _ in 0..filters {
        let types = world.schema.types();
        // Mostly of the type that has every kind.
        let of = types.get(dice.below(12)).or(types.last()).unwrap();
        let question = question(dice, world, of);
        let expected = world.find(of, &question.filter, &[]);
        let found = find(hands, plan(world, of, &question.filter, &[], first(1_000))).await;
        let text = format!("{} of {} on {}", question.text, of.name, url(hands));
        assert_eq!(ids(&found.records), expected, "{text}");
        assert_eq!(found.count, u64::try_from(expected.len()).ok(), "{text}");
        assert_eq!(found.total, world.of(of.index).len() as u64, "{text}");
    }
}

async fn check_orders(hands: &Hands<'_>, world: &World, dice: &mut Dice, orders: usize) {
    let of = world.schema.named("thing").unwrap();
    for _ in 0..orders {
        let (text, order) = ordering(dice, world, of);
        let filter = if dice.below(3) > 0 { Expr::all() } else { question(dice, world, of).filter };
        let text = format!("ordering={text} on {}", url(hands));
        let expected = world.find(of, &filter, &order);
        let whole = find(hands, plan(world, of, &filter, &order, first(1_000))).await;
        assert_eq!(ids(&whole.records), expected, "{text}");
        assert_eq!(
            exported(hands, plan(world, of, &filter, &order, Page::All)).await,
            expected,
            "{text}"
        );
        let limit = u32::try_from(1 + dice.below(7)).unwrap();
        let pages = Pages { hands, world, of, filter: &filter, order: &order, limit };
        pages.check(&expected, &text).await;
    }
}

async fn exported(hands: &Hands<'_>, plan: Plan) -> Vec<i64> {
    let mut batches = hands.app().export(&hands.ctx(), plan).unwrap();
    let mut all = Vec::new();
    while let Some(batch) = batches.recv().await {
        all.extend(ids(&batch.unwrap()));
    }
    all
}

fn url(hands: &Hands<'_>) -> String {
    let (kind, _) = hands.test.database.url.split_once(':').unwrap();
    kind.to_owned()
}

/// A list read page by page.
struct Pages<'a> {
    hands: &'a Hands<'a>,
    world: &'a World,
    of: &'a Type,
    filter: &'a Expr,
    order: &'a [OrderBy],
    limit: u32,
}

impl Pages<'_> {
    /// Each record comes once, forwards and backwards, and a page is full unless it is the last.
    async fn check(&self, expected: &[i64], text: &str) {
        let mut forward = Vec::new();
        let mut found = self.read(first(self.limit)).await;
        assert_eq!(found.previous, None, "{text}");
        loop {
            forward.extend(ids(&found.records));
            let Some(cursor) = found.next.clone() else {
                break;
            };
            assert_eq!(found.records.len(), self.limit as usize, "{text}");
            found = self.read(self.at(cursor)).await;
        }
        assert_eq!(forward, expected, "{text} forwards");
        let mut backward = Vec::new();
        loop {
            backward.splice(0..0, ids(&found.records));
            let Some(cursor) = found.previous.clone() else {
                break;
            };
            found = self.read(self.at(cursor)).await;
            assert!(found.next.is_some(), "{text}");
        }
        assert_eq!(backward, expected, "{text} backwards");
    }

    /// The page at a cursor, which goes through the text that an address has.
    fn at(&self, cursor: Cursor) -> Page {
        let text = cursor.to_text(&self.world.schema, self.of, self.order);
        let read = Cursor::parse(&text, &self.world.schema, self.of, self.order).unwrap();
        assert_eq!(read, cursor);
        Page::Cursor { cursor, limit: self.limit }
    }

    async fn read(&self, page: Page) -> app::find::Found {
        find(self.hands, plan(self.world, self.of, self.filter, self.order, page)).await
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(6),
        max_shrink_iters: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn both_databases_answer_as_the_model_does(
        seeds in records::seeds(&every_kind()), number in any::<u64>()
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for test in test_apps().await {
                let hands = Hands { test: &test };
                let world = records::write(&hands, &seeds).await;
                check_values(&hands, &world).await;
                check_filters(&hands, &world, &mut Dice(number), FILTERS).await;
                check_orders(&hands, &world, &mut Dice(!number), ORDERS).await;
            }
        });
    }

    #[test]
    fn any_day_is_as_it_was_in_both_databases(
        seeds in records::seeds(&every_kind()), number in any::<u64>()
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for test in test_apps().await {
                let hands = Hands { test: &test };
                let world = records::write(&hands, &seeds).await;
                let mut dice = Dice(number);
                let days = past::live(&hands, world, &mut dice).await;
                for world in &days {
                    check_values(&hands, world).await;
                    check_filters(&hands, world, &mut dice, FILTERS / 10).await;
                    check_orders(&hands, world, &mut dice, 1).await;
                }
                past::check_differences(&hands, &days, &mut dice).await;
                past::check_history(&hands, &days).await;
                let kept = past::fold(&hands, &days).await;
                for world in kept {
                    check_values(&hands, world).await;
                    check_filters(&hands, world, &mut dice, FILTERS / 20).await;
                }
            }
        });
    }
}
