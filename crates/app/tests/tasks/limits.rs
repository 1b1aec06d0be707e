//! Runs that go on for too long, and replicas that stop.

use std::time::Duration;

use app::tasks::Task;
use chrono::TimeDelta;
use domain::task::Outcome;

use super::bench::{benches, does, hourly, outcomes};

#[tokio::test]
async fn a_soft_limit_asks_and_a_hard_one_drops() {
    let limits = |name: &str| Task {
        soft_limit: Duration::from_millis(300),
        hard_limit: Duration::from_millis(900),
        ..hourly(name)
    };
    for bench in benches(&[limits("obeys"), limits("goes-on")]).await {
        let work = does(|run| async move {
            run.stop.cancelled().await;
            if run.task == "goes-on" {
                std::future::pending::<()>().await;
            }
            Ok(())
        });
        let replica = bench.start("one", &work);
        bench.until_kept("obeys").await;
        bench.hands.forward(TimeDelta::minutes(31));
        let state = bench.until_ended("obeys", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Done)]);
        assert_eq!(bench.log("obeys").await, ["warn: the soft limit is over: asked to finish"]);
        let state = bench.until_ended("goes-on", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::TimedOut)]);
        assert_eq!(
            bench.log("goes-on").await,
            [
                "warn: the soft limit is over: asked to finish",
                "error: the hard limit is over: dropped"
            ]
        );
        assert!(state.is_failing());
        replica.stop().await;
    }
}

#[tokio::test]
async fn what_a_replica_drops_as_it_stops_another_takes_at_once() {
    for bench in benches(&[hourly("a")]).await {
        let deaf = does(|_run| std::future::pending());
        let replica = bench.start("one", &deaf);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        let state = bench.until("a", |state| state.running().is_some()).await;
        let due = state.runs[0].due;
        replica.stop().await;
        assert_eq!(outcomes(&bench.state("a").await), [Some(Outcome::Cancelled)]);
        let work = does(|_run| async { Ok(()) });
        let replica = bench.start("two", &work);
        let state = bench.until_ended("a", 2).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Done), Some(Outcome::Cancelled)]);
        assert_eq!(state.runs[0].due, due);
        replica.stop().await;
    }
}

#[tokio::test]
async fn a_run_whose_replica_died_is_lost_and_done_again() {
    let rule = domain::task::Rule { retries: 3, backoff: TimeDelta::zero(), ..hourly("a").rule };
    for bench in benches(&[Task { rule, ..hourly("a") }]).await {
        let deaf = does(|_run| std::future::pending());
        let killed = bench.start("one", &deaf);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        bench.until("a", |state| state.running().is_some()).await;
        killed.kill().await;
        let work = does(|_run| async { Ok(()) });
        let other = bench.start("two", &work);
        let begin = tokio::time::Instant::now();
        let state = bench.until_ended("a", 1).await;
        assert!(begin.elapsed() < super::bench::LEASE * 2);
        assert_eq!(state.runs.last().unwrap().end.as_ref().unwrap().outcome, Outcome::Lost);
        let state = bench.until_ended("a", 2).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Done), Some(Outcome::Lost)]);
        assert_eq!(state.runs[0].due, state.runs[1].due);
        assert!(!state.is_failing());
        other.stop().await;
    }
}
