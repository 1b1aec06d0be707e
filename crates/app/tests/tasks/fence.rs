//! What has lost its task writes nothing, however it learns of that.

use std::sync::{Arc, Mutex};

use app::tasks::{Run, Work};
use app::{App, Error};
use chrono::TimeDelta;
use domain::change::{Action, Proposal};
use domain::task::Outcome;
use sql::{StoreError, Writer, write};
use testkit::{Hands, fields};

use super::bench::{Bench, benches, does, hourly, outcomes};

/// Work that gives its run away and never ends.
fn gives_away() -> (Arc<dyn Work>, Arc<Mutex<Vec<Run>>>) {
    let given: Arc<Mutex<Vec<Run>>> = Arc::default();
    let keeps = Arc::clone(&given);
    let work = does(move |run| {
        keeps.lock().unwrap().push(run);
        std::future::pending()
    });
    (work, given)
}

/// Writes something that no task has to do with.
async fn write(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    app.store
        .write(move |writer: &mut Writer<'_>| write::tokens_forget(writer, now).map(drop))
        .await
}

async fn run_of(bench: &Bench, given: &Arc<Mutex<Vec<Run>>>) -> Run {
    bench.until_kept("a").await;
    bench.hands.forward(TimeDelta::minutes(31));
    bench.until("a", |state| state.running().is_some()).await;
    bench.until("a", |_| !given.lock().unwrap().is_empty()).await;
    given.lock().unwrap().pop().unwrap()
}

fn is_fenced(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Fenced))
}

#[tokio::test]
async fn a_run_that_another_replica_took_over_writes_nothing() {
    for bench in benches(&[hourly("a")]).await {
        let (work, given) = gives_away();
        let killed = bench.start("one", &work);
        let run = run_of(&bench, &given).await;
        write(&run.app).await.unwrap();
        // Its scheduler stands still, as if frozen; the other one sees no beat.
        killed.kill().await;
        let other = bench.start("two", &does(|_run| async { Ok(()) }));
        bench.until_ended("a", 1).await;
        assert!(is_fenced(&write(&run.app).await));
        // Whatever it goes through: the commit, the people, all of it.
        let hands = Hands { test: &bench.test };
        let change = hands.change("place", Action::Add { fields: fields(r#"{"name": "x"}"#) });
        let refused = run.app.submit(&run.context(), Proposal { changes: vec![change] }).await;
        assert!(matches!(refused, Err(Error::Internal(StoreError::Fenced))), "{refused:?}");
        other.stop().await;
    }
}

#[tokio::test]
async fn a_run_that_was_frozen_for_longer_than_its_lease_writes_nothing_though_nobody_took_it() {
    for bench in benches(&[hourly("a")]).await {
        let (work, given) = gives_away();
        let frozen = bench.start("one", &work);
        let run = run_of(&bench, &given).await;
        frozen.kill().await;
        bench.hands.forward(TimeDelta::seconds(1));
        write(&run.app).await.unwrap();
        bench.hands.forward(TimeDelta::seconds(4));
        assert!(is_fenced(&write(&run.app).await));
    }
}

#[tokio::test]
async fn a_run_that_its_own_scheduler_finds_late_is_lost() {
    for bench in benches(&[hourly("a")]).await {
        let (work, given) = gives_away();
        let replica = bench.start("one", &work);
        let run = run_of(&bench, &given).await;
        // The whole process stood still for a minute.
        bench.hands.forward(TimeDelta::minutes(1));
        let state = bench.until_ended("a", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Lost)]);
        assert!(is_fenced(&write(&run.app).await));
        replica.stop().await;
    }
}

#[tokio::test]
async fn a_run_that_has_ended_writes_nothing_more() {
    for bench in benches(&[hourly("a")]).await {
        let given: Arc<Mutex<Vec<Run>>> = Arc::default();
        let keeps = Arc::clone(&given);
        let work = does(move |run| {
            keeps.lock().unwrap().push(run);
            async { Ok(()) }
        });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        bench.until_ended("a", 1).await;
        let run = given.lock().unwrap().pop().unwrap();
        assert!(is_fenced(&write(&run.app).await), "what it left behind in another thread");
        replica.stop().await;
    }
}
