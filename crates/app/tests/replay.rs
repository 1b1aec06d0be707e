//! The history can't disagree with the register: random changes, then the tables rebuilt from the
//! history are the same, row for row, and the chain of hashes fits; folded or not.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where it can't go on")]

use std::ops::ControlFlow;
use std::sync::Arc;

use app::{App, Error};
use domain::change::{Action, ProposedChange, Target};
use domain::record::{CommitNumber, RecordId};
use proptest::prelude::*;
use sql::read::TableRows;
use testkit::{Hands, TestApp, fields, test_apps};

/// Something somebody does to the register; numbers choose among few records, so that changes
/// meet.
#[derive(Clone, Debug)]
enum Step {
    Place { id: i64, name: u8, inside: Option<i64> },
    Label { id: i64, name: u8 },
    Thing { id: i64, name: u8, place: Option<i64>, owner: Option<i64>, labels: Vec<i64> },
    Delete { type_name: &'static str, id: i64 },
}

fn id() -> impl Strategy<Value = i64> {
    1..6_i64
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (id(), 0..6_u8, proptest::option::of(id())).prop_map(|(id, name, inside)| Step::Place {
            id,
            name,
            inside
        }),
        (id(), 0..6_u8).prop_map(|(id, name)| Step::Label { id, name }),
        (
            id(),
            0..6_u8,
            proptest::option::of(id()),
            proptest::option::of(id()),
            prop::collection::vec(id(), 0..4)
        )
            .prop_map(|(id, name, place, owner, labels)| Step::Thing {
                id,
                name,
                place,
                owner,
                labels
            }),
        (prop::sample::select(vec!["place", "label", "thing"]), id())
            .prop_map(|(type_name, id)| Step::Delete { type_name, id }),
    ]
}

/// An update of a record where there is one, else an addition: both are tried.
fn changes(hands: &Hands<'_>, step: &Step) -> Vec<ProposedChange> {
    let number = |id: &Option<i64>| id.map_or("null".to_owned(), |id| id.to_string());
    let (type_name, id, json) = match step {
        Step::Place { id, name, inside } => {
            ("place", *id, format!(r#"{{"name": "p{name}", "inside": {}}}"#, number(inside)))
        }
        Step::Label { id, name } => ("label", *id, format!(r#"{{"name": "l{name}"}}"#)),
        Step::Thing { id, name, place, owner, labels } => (
            "thing",
            *id,
            format!(
                r#"{{"name": "t{name}", "place": {}, "owner": {}, "labels": {labels:?}}}"#,
                number(place),
                number(owner)
            ),
        ),
        Step::Delete { type_name, id } => {
            let target = Target::Id(RecordId(*id));
            return vec![hands.change(type_name, Action::Delete { target })];
        }
    };
    vec![
        hands.update_of(type_name, id, &json),
        hands.change(type_name, Action::Add { fields: fields(&json) }),
    ]
}

/// Does the steps, several to a commit; what the rules refuse is left out.
async fn play(hands: &Hands<'_>, commits: &[Vec<Step>]) {
    for steps in commits {
        let together: Vec<ProposedChange> =
            steps.iter().filter_map(|step| changes(hands, step).into_iter().next()).collect();
        if refused(hands.submit(together).await) {
            for step in steps {
                for change in changes(hands, step) {
                    if !refused(hands.submit(vec![change]).await) {
                        break;
                    }
                }
            }
        }
    }
}

fn refused<T>(result: Result<T, Error>) -> bool {
    match result {
        Ok(_) => false,
        Err(Error::Refused(_)) => true,
        Err(other) => panic!("{other}: {other:?}"),
    }
}

/// Folds the first half of the history.
async fn fold(test: &TestApp) {
    let last = test.app.last_commit(&test.system()).await.unwrap();
    test.app.fold(&test.writer(), CommitNumber(last.0 / 2)).await.unwrap();
}

async fn dump(app: &App) -> Vec<TableRows> {
    let schema = Arc::clone(&app.schema);
    app.store.read(move |reader| sql::read::dump(reader, &schema)).await.unwrap()
}

async fn check(test: &TestApp) {
    let schema = Arc::clone(&test.app.schema);
    let broken =
        test.app.store.read(|reader| sql::read::verify(reader, &[], &mut |_, _| {})).await.unwrap();
    assert_eq!(broken, None, "the chain fits");
    let before = dump(&test.app).await;
    let after = test
        .app
        .store
        .write(move |writer| {
            sql::write::rebuild(writer, &schema, &mut |_, _| {})?;
            sql::read::dump(writer, &schema)
        })
        .await
        .unwrap();
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
}

/// What a backup brings to another database is the same, row for row.
async fn check_backup(test: &TestApp) {
    let before = dump(&test.app).await;
    let progress = |_, _| ControlFlow::Continue(());
    let out = (Vec::new(), "memory");
    let (_, file) = test.app.backup(&test.system(), out, progress).await.unwrap();
    for database in testkit::databases().await {
        let settings = sql::Settings::new(&database.url);
        let now = test.app.clock.now();
        let input = std::io::Cursor::new(file.clone());
        app::backup::restore(settings, input, now, |_, _, _| {}).await.unwrap();
        let other = TestApp::open(database, testkit::every_kind()).await;
        for (before, after) in before.iter().zip(&dump(&other.app).await) {
            assert_eq!(before, after);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(8),
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_history_replayed_from_empty_is_the_register(
        commits in prop::collection::vec(prop::collection::vec(step(), 1..4), 1..25)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            for test in test_apps().await {
                play(&Hands { test: &test }, &commits).await;
                check(&test).await;
                fold(&test).await;
                check(&test).await;
                play(&Hands { test: &test }, &commits).await;
                fold(&test).await;
                check(&test).await;
                check_backup(&test).await;
            }
        });
    }
}
