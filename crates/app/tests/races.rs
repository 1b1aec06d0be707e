//! Many at once on one database, through one register and through two: no update is lost, nothing
//! is added twice, commits have numbers without gaps, and nobody sees one without its effects.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of it is a test"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use app::Error;
use domain::change::{Action, Preconditions, Proposal};
use domain::query::Plan;
use domain::record::Revision;
use testkit::{Hands, TestApp, databases, every_kind, fields};

/// Those who write at once.
const WRITERS: usize = 8;
/// The commits of each.
const COMMITS: usize = 25;

/// Two registers on each database, as two processes or two replicas have them.
async fn pairs() -> Vec<[Arc<TestApp>; 2]> {
    let mut pairs = Vec::new();
    for database in databases().await {
        let second = database.another_view();
        let first = TestApp::open(database, every_kind()).await;
        let second = TestApp::open(second, every_kind()).await;
        pairs.push([Arc::new(first), Arc::new(second)]);
    }
    pairs
}

async fn last_commit(test: &TestApp) -> i64 {
    let last = test.app.store.read(sql::write::last_commit).await.unwrap();
    last.number.0
}

async fn check_chain(test: &TestApp) {
    let broken =
        test.app.store.read(|reader| sql::read::verify(reader, &[], &mut |_, _| {})).await.unwrap();
    assert_eq!(broken, None, "the chain fits");
}

fn is_refused<T>(result: Result<T, Error>) -> bool {
    match result {
        Ok(_) => false,
        Err(Error::Refused(_)) => true,
        Err(other) => panic!("{other}: {other:?}"),
    }
}

/// Adds one to a record's `units`, as somebody does who reads, and writes on what was read.
async fn count_up(test: &TestApp) -> bool {
    let hands = Hands { test };
    let record = hands.get("thing", 1).await.unwrap();
    let units: i64 = hands.text("thing", &record, "units").parse().unwrap();
    let mut change = hands.update_of("thing", 1, &format!(r#"{{"units": {}}}"#, units + 1));
    change.preconditions = Preconditions::revision(record.revision);
    !is_refused(hands.submit(vec![change]).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_updates_of_one_revision_one_wins_and_none_is_lost() {
    for pair in pairs().await {
        let hands = Hands { test: &pair[0] };
        hands.add("thing", r#"{"name": "t", "units": 0}"#).await;
        let tasks: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let test = Arc::clone(&pair[writer % 2]);
                tokio::spawn(async move {
                    let mut won = 0;
                    while won < 5 {
                        won += i64::from(count_up(&test).await);
                    }
                    won
                })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += task.await.unwrap();
        }
        let record = hands.get("thing", 1).await.unwrap();
        assert_eq!(hands.text("thing", &record, "units"), won.to_string());
        assert_eq!(record.revision, Revision(won + 1));
        assert_eq!(last_commit(&pair[1]).await, won + 1);
        check_chain(&pair[1]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_add_one_name_or_address_one_does() {
    for pair in pairs().await {
        for (round, json) in [
            r#"{"name": "only"}"#,
            r#"{"name": "NAME", "ip": "2001:db8::1"}"#,
            r#"{"name": "NAME", "note": "n", "units": 7}"#,
        ]
        .into_iter()
        .enumerate()
        {
            let tasks: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let test = Arc::clone(&pair[writer % 2]);
                    let json = json.replace("NAME", &format!("t{round}{writer}"));
                    tokio::spawn(async move {
                        let hands = Hands { test: &test };
                        let fields = fields(&json);
                        let change = hands.change("thing", Action::Add { fields });
                        usize::from(!is_refused(hands.submit(vec![change]).await))
                    })
                })
                .collect();
            let mut added = 0;
            for task in tasks {
                added += task.await.unwrap();
            }
            assert_eq!(added, 1, "{json}");
        }
        let hands = Hands { test: &pair[1] };
        let found = hands.app().find(&hands.ctx(), hands.plan("thing")).await;
        assert_eq!(found.unwrap().records.len(), 3);
        assert_eq!(last_commit(&pair[0]).await, 3);
    }
}

/// What one read transaction sees: the last commit's number, the things, and the sum of their
/// revisions.
async fn look(test: &TestApp) -> (i64, i64, i64) {
    let schema = Arc::clone(&test.app.schema);
    let plan = Hands { test }.plan("thing");
    let page = domain::query::Page::All;
    let plan = Plan { page, ..plan };
    let seen = test.app.store.read(move |reader| {
        let last = sql::write::last_commit(reader)?;
        let found = sql::read::find(reader, &schema, &plan, None)?;
        let revisions = found.records.iter().map(|record| record.revision.0).sum();
        Ok((last.number.0, found.total.cast_signed(), revisions))
    });
    seen.await.unwrap()
}

/// Every commit adds one thing or changes one, so that the sum of all revisions is the number of
/// the last commit, at every moment.
async fn write(test: Arc<TestApp>, writer: usize) -> Vec<i64> {
    let hands = Hands { test: &test };
    let mut numbers = Vec::new();
    let mut id = 0;
    for commit in 0..COMMITS {
        let json = format!(r#"{{"name": "t{writer}-{commit}"}}"#);
        let change = if commit % 3 == 0 {
            let fields = fields(&json);
            hands.change("thing", Action::Add { fields })
        } else {
            hands.update_of("thing", id, &json)
        };
        let outcome = hands.submit(vec![change]).await.unwrap();
        id = outcome.subjects[0].id.0;
        numbers.push(outcome.commit.unwrap().number.0);
    }
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_are_numbered_without_gaps_and_seen_with_their_effects() {
    for pair in pairs().await {
        let writing = Arc::new(AtomicUsize::new(WRITERS));
        let readers: Vec<_> = pair
            .iter()
            .map(|test| {
                let (test, writing) = (Arc::clone(test), Arc::clone(&writing));
                tokio::spawn(async move {
                    let (mut before, mut looks) = (0, 0);
                    while writing.load(Ordering::Acquire) > 0 {
                        let (number, things, revisions) = look(&test).await;
                        assert!(number >= before, "{number} is seen after {before}");
                        assert_eq!(number, revisions, "with {things} things");
                        (before, looks) = (number, looks + 1);
                    }
                    looks
                })
            })
            .collect();
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (test, writing) = (Arc::clone(&pair[writer % 2]), Arc::clone(&writing));
                tokio::spawn(async move {
                    let numbers = write(test, writer).await;
                    writing.fetch_sub(1, Ordering::Release);
                    numbers
                })
            })
            .collect();
        let mut numbers = Vec::new();
        for writer in writers {
            let own = writer.await.unwrap();
            assert!(own.is_sorted(), "a writer's commits follow each other");
            numbers.extend(own);
        }
        for reader in readers {
            assert!(reader.await.unwrap() > 0, "somebody looked meanwhile");
        }
        numbers.sort_unstable();
        let all = i64::try_from(WRITERS * COMMITS).unwrap();
        assert_eq!(numbers, (1..=all).collect::<Vec<_>>());
        assert_eq!(look(&pair[0]).await.0, all);
        check_chain(&pair[0]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_does_not_wait_for_those_who_wait_to_write() {
    for [test, _] in pairs().await {
        let (tell, told) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let store = test.app.store.clone();
        let long = tokio::spawn(async move {
            store
                .write(move |writer| {
                    sql::write::lock_register(writer)?;
                    tell.send(()).unwrap();
                    ended.recv().unwrap();
                    Ok(())
                })
                .await
        });
        told.await.unwrap();
        let waiting: Vec<_> = (0..30)
            .map(|number| {
                let test = Arc::clone(&test);
                tokio::spawn(async move {
                    let json = format!(r#"{{"name": "t{number}"}}"#);
                    Hands { test: &test }.add("thing", &json).await
                })
            })
            .collect();
        for _ in 0..100 {
            assert_eq!(last_commit(&test).await, 0);
            tokio::task::yield_now().await;
        }
        end.send(()).unwrap();
        long.await.unwrap().unwrap();
        for task in waiting {
            task.await.unwrap();
        }
        assert_eq!(last_commit(&test).await, 30);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_too_long_for_another_process_is_told_to_try_again() {
    for [test, other] in pairs().await {
        let mut settings = sql::Settings::new(&test.database.url);
        settings.busy_timeout = Duration::from_millis(50);
        let store = sql::Store::open(settings).await.unwrap();
        let hurried = app::App { store, ..test.app.clone() };
        let hands = Hands { test: &other };
        let fields = fields(r#"{"name": "t"}"#);
        let changes = vec![hands.change("thing", Action::Add { fields })];
        let proposal = Proposal { changes };
        let runtime = tokio::runtime::Handle::current();
        let ctx = hands.ctx();
        let held = other.app.store.write(move |writer| {
            sql::write::lock_register(writer)?;
            Ok(runtime.block_on(hurried.submit(&ctx, proposal)))
        });
        let answer = held.await.unwrap();
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    }
}
