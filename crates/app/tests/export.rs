//! What an export tells of what its records refer to is what a page tells, on both databases: of few
//! and of many, to who may see all of them, some, or none.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use app::Context;
use domain::access::{Grant, Right, Scope};
use domain::change::Action;
use domain::filter::filter;
use domain::query::{Page, Plan};
use domain::record::{CommitNumber, Record};
use domain::schema::Schema;
use testkit::{Hands, TestApp, fields, test_apps_with};

/// Keys of every class that a database knows.
const SCHEMA: &str = r#"
[types.net]
key = ["prefix", "vlan", "name"]
[types.net.fields]
prefix = { kind = "network", required = true }
vlan = { kind = "integer", required = true }
name = { kind = "text", required = true, max_length = 40 }

[types.host.fields]
name = { kind = "text", required = true, unique = true, max_length = 40 }
own = { kind = "ref", to = "net" }
nets = { kind = "refs", to = "net" }
"#;

/// Rows of a piece of an export.
const PIECE: usize = 500;

fn schema() -> Schema {
    app::schema_file::read("nets.toml", SCHEMA).unwrap()
}

/// Adds networks of a range of numbers, each named with signs that JSON escapes.
async fn add_nets(hands: &Hands<'_>, numbers: std::ops::RangeInclusive<u32>) {
    let adds = numbers.map(|number| {
        let json = format!(
            r#"{{"prefix": "10.{}.{}.0/24", "vlan": {number}, "name": "\"é\\{number}"}}"#,
            number / 256,
            number % 256
        );
        hands.change("net", Action::Add { fields: fields(&json) })
    });
    hands.submit(adds.collect()).await.unwrap();
}

async fn exported(test: &TestApp, ctx: &Context, plan: Plan) -> Vec<Record> {
    let mut batches = test.app.export(ctx, plan).unwrap();
    let mut records = Vec::new();
    while let Some(batch) = batches.recv().await {
        records.extend(batch.unwrap());
    }
    records
}

/// Who may see all networks, those with an odd number, and none.
fn readers(test: &TestApp, hands: &Hands<'_>) -> Vec<Context> {
    let (net, host) = (hands.of("net"), hands.of("host").index);
    let view = |scope| Grant { rights: [Right::View].into_iter().collect(), scope };
    let odd = [("name__regex".to_owned(), "[13579]$".to_owned())];
    let odd = filter(net, &test.app.schema, &odd).unwrap();
    let grants = [Some(Scope::Type(net.index)), Some(Scope::Records(net.index, odd)), None];
    let grants = grants.map(|nets| nets.into_iter().chain([Scope::Type(host)]).map(view).collect());
    grants.map(|grants| test.somebody("eve", grants)).into()
}

/// That pages and exports tell the same, and each reader something else.
async fn check(test: &TestApp, hands: &Hands<'_>, as_of: Option<CommitNumber>) {
    let mut told = BTreeSet::new();
    for ctx in readers(test, hands) {
        let plan = Plan { page: Page::All, as_of, ..hands.plan("host") };
        let records = exported(test, &ctx, plan.clone()).await;
        assert_eq!(records, test.app.find(&ctx, plan).await.unwrap().records);
        told.extend(records.first().map(|record| hands.text("host", record, "nets")));
    }
    assert_eq!(told.len(), 3, "{told:?}");
}

#[tokio::test]
async fn references_are_told_as_on_a_page() {
    for test in test_apps_with(schema).await {
        let hands = Hands { test: &test };
        add_nets(&hands, 1..=3).await;
        for nets in ["[2, 1, 3]", "[]", "[3]"] {
            let json = format!(r#"{{"name": "h{}", "own": 2, "nets": {nets}}}"#, nets.len());
            hands.add("host", &json).await;
        }
        // As many hosts as networks, whose names are read beforehand, and then more networks.
        check(&test, &hands, None).await;
        add_nets(&hands, 4..=20).await;
        hands.update("host", 1, r#"{"nets": [2, 1, 20, 11]}"#).await.unwrap();
        check(&test, &hands, None).await;
        check(&test, &hands, Some(CommitNumber(4))).await;
        check(&test, &hands, Some(CommitNumber(5))).await;
    }
}

#[tokio::test]
async fn an_export_is_broken_off_and_begun_anew_in_one_transaction() {
    for test in test_apps_with(schema).await {
        let hands = Hands { test: &test };
        let hosts = (0..=PIECE).map(|number| {
            let json = format!(r#"{{"name": "h{number}"}}"#);
            hands.change("host", Action::Add { fields: fields(&json) })
        });
        hands.submit(hosts.collect()).await.unwrap();
        let (schema, plan) = (Arc::clone(&test.app.schema), hands.plan("host"));
        let counts = test.app.store.read(move |reader| {
            let mut counts = Vec::new();
            for flow in [ControlFlow::Break(()), ControlFlow::Continue(())] {
                sql::read::export(reader, &schema, &plan, &|_| None, |records| {
                    counts.push(records.len());
                    flow
                })?;
            }
            Ok(counts)
        });
        assert_eq!(counts.await.unwrap(), [PIECE, PIECE, 1]);
    }
}
