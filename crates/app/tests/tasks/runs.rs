//! What is due runs once, and is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use app::Error;
use app::audit::{AuditPlace, AuditQuestion};
use app::people::{PeopleChange, Profile};
use app::tasks::{Failure, Task, TaskRefusal};
use chrono::TimeDelta;
use domain::task::{CatchUp, Outcome, Rule};

use super::bench::{benches, does, hourly, outcomes};

#[tokio::test]
async fn what_is_due_runs_once_among_replicas() {
    for bench in benches(&[hourly("a")]).await {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let work = does(move |run| {
            counted.fetch_add(1, Ordering::SeqCst);
            run.info("at it");
            run.count("things", 3);
            run.count("things", 4);
            async { Ok(()) }
        });
        let replicas = ["one", "two", "three"].map(|name| bench.start(name, &work));
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(29));
        bench.hands.forward(TimeDelta::minutes(2));
        let state = bench.until_ended("a", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Done)]);
        let run = state.runs.first().unwrap();
        assert_eq!(run.due.unwrap().to_rfc3339(), "2026-11-26T11:00:00+00:00");
        assert_eq!(run.end.as_ref().unwrap().counts, r#"{"things":7}"#);
        assert_eq!(run.end.as_ref().unwrap().next_at.to_rfc3339(), "2026-11-26T12:00:00+00:00");
        assert_eq!(bench.log("a").await, ["info: at it"]);
        assert_eq!(state.next[0].to_rfc3339(), "2026-11-26T12:00:00+00:00");
        for replica in replicas {
            replica.stop().await;
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn what_fails_is_tried_again_and_told_once() {
    let rule = Rule { retries: 1, ..hourly("a").rule };
    for bench in benches(&[Task { rule, ..hourly("a") }]).await {
        let work = does(|_run| async { Err(Failure::from("the disk is full")) });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        let state = bench.until_ended("a", 1).await;
        assert!(!state.is_failing(), "it is tried again");
        let next_at = state.runs[0].end.as_ref().unwrap().next_at;
        let wait = (next_at - bench.hands.now()).num_seconds();
        assert!((10..=15).contains(&wait), "{wait}");
        bench.hands.forward(TimeDelta::seconds(16));
        let state = bench.until_ended("a", 2).await;
        assert!(state.is_failing());
        let told: Vec<_> = state.runs.iter().map(|run| (run.tries, run.due)).collect();
        assert_eq!(told, [(1, state.runs[0].due), (0, state.runs[0].due)], "both for what was due");
        assert_eq!(state.runs[0].end.as_ref().unwrap().error.as_deref(), Some("the disk is full"));
        assert_eq!(bench.log("a").await, ["error: the disk is full"]);
        assert_eq!(bench.app.tasks_failing(&bench.test.writer()).await.unwrap(), ["a"]);
        replica.stop().await;
    }
}

#[tokio::test]
async fn administrators_are_told_by_mail_once_until_it_is_done_again() {
    for bench in benches(&[hourly("a")]).await {
        let user = |name: &str, groups: &[&str]| PeopleChange::AddUser {
            user: name.to_owned(),
            profile: Profile { email: Some(format!("{name}@example.org")), display_name: None },
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            password: None,
        };
        let people = vec![user("root", &["administrators"]), user("eve", &[])];
        bench.test.app.people_change(&bench.test.system(), people).await.unwrap();
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let work = does(move |_run| {
            let is_well = well.load(Ordering::SeqCst);
            async move { if is_well { Ok(()) } else { Err(Failure::from("the disk is full")) } }
        });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        let mut told = Vec::new();
        for (hour, well) in [(1, false), (2, false), (3, true), (4, false)] {
            is_well.store(well, Ordering::SeqCst);
            bench.hands.forward(TimeDelta::hours(1));
            let state = bench.until_ended("a", hour).await;
            let due = bench.app.notices_due("mail", "https://d.example.org").await.unwrap();
            told.push(due.len());
            for notice in due {
                let run = state.runs[0].id;
                assert_eq!(
                    (notice.to.as_str(), notice.subject.as_str()),
                    ("root@example.org", "Task a: failed")
                );
                assert!(notice.text.contains("the disk is full"), "{}", notice.text);
                assert!(notice.text.contains(&format!("https://d.example.org/-/tasks/a/{run}/")));
                bench.app.notice_done(&notice).await.unwrap();
            }
        }
        assert_eq!(told, [1, 0, 0, 1]);
        replica.stop().await;
    }
}

#[tokio::test]
async fn work_that_panics_has_failed() {
    for bench in benches(&[hourly("a")]).await {
        let work = does(|run| async move {
            assert!(run.id < 0, "as the test wants it");
            Ok(())
        });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        let state = bench.until_ended("a", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Failed)]);
        replica.stop().await;
    }
}

#[tokio::test]
async fn missed_runs_are_one_or_none() {
    let skip = Rule { catch_up: CatchUp::Skip, ..hourly("skips").rule };
    for bench in benches(&[hourly("catches-up"), Task { rule: skip, ..hourly("skips") }]).await {
        let work = does(|_run| async { Ok(()) });
        bench.start("one", &work).stop().await;
        bench.until_kept("skips").await;
        // Nobody was there for five hours.
        bench.hands.forward(TimeDelta::hours(5));
        let replica = bench.start("two", &work);
        bench.until_ended("catches-up", 1).await;
        bench.hands.forward(TimeDelta::minutes(31));
        let state = bench.until_ended("catches-up", 2).await;
        assert_eq!(state.runs.len(), 2);
        let state = bench.until_ended("skips", 1).await;
        assert_eq!(state.runs.len(), 1);
        assert_eq!(state.runs[0].due.unwrap().to_rfc3339(), "2026-11-26T16:00:00+00:00");
        replica.stop().await;
    }
}

#[tokio::test]
async fn administrators_have_tasks_run_stop_rest_and_go_on() {
    for bench in benches(&[hourly("a"), Task { is_paused: true, ..hourly("rests") }]).await {
        let work = does(|run| async move {
            run.stop.cancelled().await;
            Ok(())
        });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        let ctx = bench.test.writer();
        let refused = |result: Result<(), Error>, why: TaskRefusal| match result {
            Err(Error::Task(refusal)) => assert_eq!(refusal, why),
            other => panic!("{other:?}"),
        };
        refused(bench.app.task_cancel(&ctx, "a").await, TaskRefusal::NotRunning);
        bench.app.task_run_now(&ctx, "a").await.unwrap();
        bench.until("a", |state| state.running().is_some()).await;
        refused(bench.app.task_run_now(&ctx, "a").await, TaskRefusal::Running);
        bench.app.task_cancel(&ctx, "a").await.unwrap();
        let state = bench.until_ended("a", 1).await;
        assert_eq!(outcomes(&state), [Some(Outcome::Cancelled)]);
        assert_eq!(state.runs[0].asked_by.as_deref(), Some("alice"));
        assert_eq!(state.runs[0].due, None);
        assert_eq!(bench.log("a").await, ["info: alice asked it to stop"]);

        bench.app.task_pause(&ctx, "a").await.unwrap();
        bench.hands.forward(TimeDelta::hours(2));
        refused(bench.app.task_resume(&ctx, "rests").await, TaskRefusal::PausedByConfiguration);
        // One that rests runs all the same when somebody wants it to.
        bench.app.task_run_now(&ctx, "rests").await.unwrap();
        bench.until("rests", |state| state.running().is_some()).await;
        assert_eq!(bench.state("a").await.runs.len(), 1);
        let ctx = app::Context { now: bench.hands.now(), ..ctx };
        bench.app.task_resume(&ctx, "a").await.unwrap();
        let state = bench.state("a").await;
        assert_eq!(state.next_at().unwrap().to_rfc3339(), "2026-11-26T13:00:00+00:00");
        bench.hands.forward(TimeDelta::minutes(31));
        bench.until("a", |state| state.running().is_some()).await;
        // Told to stop, it asks its runs, and what ends is kept.
        replica.stop().await;
        assert_eq!(bench.state("a").await.runs[0].end.as_ref().unwrap().outcome, Outcome::Done);

        assert!(matches!(bench.app.task_pause(&ctx, "b").await, Err(Error::NotFound { .. })));
        let nobody = bench.test.somebody("eve", Vec::new());
        assert!(matches!(bench.app.task_pause(&nobody, "a").await, Err(Error::Forbidden(_))));
        assert!(bench.app.tasks_list(&nobody).await.is_err());
        let place = AuditPlace::default();
        let page = bench.app.audit(&ctx, AuditQuestion::default(), place, 10).await.unwrap();
        let told: Vec<_> = page
            .entries
            .iter()
            .map(|entry| (entry.action.as_str(), entry.subject.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("Resumed task", "task a"),
                ("Ran task", "task rests"),
                ("Paused task", "task a"),
                ("Cancelled task", "task a"),
                ("Ran task", "task a"),
                ("Applied schema", "schema of 4 types"),
            ]
        );
    }
}

#[tokio::test]
async fn a_log_keeps_its_tail() {
    for bench in benches(&[hourly("a")]).await {
        let work = does(|run| async move {
            for line in 1..=1_500 {
                run.info(format!("line {line}"));
                if line % 500 == 0 {
                    tokio::time::sleep(Duration::from_millis(600)).await;
                }
            }
            run.info("x".repeat(10_000));
            run.info("a\0b");
            Ok(())
        });
        let replica = bench.start("one", &work);
        bench.until_kept("a").await;
        bench.hands.forward(TimeDelta::minutes(31));
        bench.until_ended("a", 1).await;
        let log = bench.log("a").await;
        assert_eq!(log.len(), 1_000);
        assert_eq!(log[0], "info: line 503");
        assert_eq!(log[998].len(), 4_006);
        assert_eq!(log[999], "info: a\u{fffd}b");
        replica.stop().await;
    }
}
