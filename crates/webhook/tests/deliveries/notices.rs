//! What is no change: steps of reviews, tasks that come to nothing, pings.

use std::sync::Arc;
use std::time::Duration;

use app::people::{PeopleChange, Profile};
use app::review::{Act, Asked};
use app::tasks::{Doing, Failure, Limits, Run, Scheduler, Task, Work, Works};
use app::webhooks::Webhook;
use app::{Context, Tasks};
use chrono::TimeDelta;
use domain::change::{Action, Proposal, Target, Unnamed};
use domain::record::RecordId;
use domain::review::Ask;
use domain::task::{CatchUp, Rule, Schedule};
use serde_json::Value;
use testkit::fields;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, KEY, NAME, benches, webhook};

fn listening() -> Webhook {
    Webhook { notices: true, ..webhook() }
}

async fn as_user(bench: &Bench, name: &str, group: &str) -> Context {
    let user = PeopleChange::AddUser {
        user: name.to_owned(),
        profile: Profile { email: None, display_name: None },
        groups: vec![group.to_owned()],
        password: None,
    };
    let (app, system) = (&bench.test.app, bench.test.system());
    app.people_change(&system, vec![user]).await.unwrap();
    app.acting_as(&system, name).await.unwrap()
}

#[tokio::test]
async fn each_step_of_a_review_comes_between_the_changes_as_it_happened() {
    for bench in benches(listening()).await {
        let (app, hands) = (&bench.test.app, bench.hands());
        as_user(&bench, "root", "administrators").await;
        let rita = as_user(&bench, "rita", "requesters").await;
        let bob = as_user(&bench, "bob", "reviewers").await;
        bench.add(&["t1"]).await;
        let at = |ctx: Context| {
            bench.forward(TimeDelta::seconds(1));
            Context { now: app.clock.now(), ..ctx }
        };
        let action = Action::Update {
            target: Target::Id(RecordId(1)),
            fields: fields(r#"{"note": "neu: ü"}"#),
            unnamed: Unnamed::Keep,
        };
        let proposal = Proposal { changes: vec![hands.change("thing", action)] };
        let ctx = at(Context { ask: Ask::Review, ..rita });
        let asked = app.submit(&ctx, proposal).await.unwrap().request.unwrap().request;
        let ctx = at(bob);
        let etag = app.request(&ctx, asked.number).await.unwrap().unwrap().etag;
        let comment = Some("fine".to_owned());
        let act =
            Act { number: asked.number, asked: Asked::Approve, if_match: Some(etag), comment };
        app.request_act(&ctx, act).await.unwrap();
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take();
        let types: Vec<String> =
            got.iter().map(|got| got.json()["type"].as_str().unwrap().to_owned()).collect();
        // The commit and the notice of its approval are of the same moment.
        let expected = [
            "domesday.record.created",
            "domesday.notice.request.made",
            "domesday.record.updated",
            "domesday.notice.request.approve",
        ];
        assert_eq!(types, expected);
        let approved = got[3].json();
        assert_eq!(approved["source"], "https://domesday.example.org");
        assert_eq!((&approved["id"], got[3].is_signed_by(KEY)), (&got[3].id.as_str().into(), true));
        let data = &approved["data"];
        assert_eq!((&data["actor"], &data["comment"]), (&"bob".into(), &"fine".into()));
        assert_eq!((&data["state"], &data["commit"]), (&"approved".into(), &2.into()));
        assert_ne!(got[1].id, got[3].id);
    }
}

#[tokio::test]
async fn who_does_not_listen_is_told_nothing_of_it() {
    for bench in benches(webhook()).await {
        let rita = as_user(&bench, "rita", "requesters").await;
        bench.add(&["t1"]).await;
        let action = Action::Add { fields: fields(r#"{"name": "t2"}"#) };
        let proposal = Proposal { changes: vec![bench.hands().change("thing", action)] };
        let ctx = Context { ask: Ask::Review, ..rita };
        bench.test.app.submit(&ctx, proposal).await.unwrap();
        assert_eq!(bench.pump().await, None);
        assert_eq!(bench.receiver.ids().len(), 1);
    }
}

#[tokio::test]
async fn a_ping_comes_behind_all_that_waits() {
    for bench in benches(webhook()).await {
        bench.add(&["a"]).await;
        bench.forward(TimeDelta::seconds(1));
        bench.test.app.webhook_test(&bench.test.writer(), NAME).await.unwrap();
        assert_eq!(bench.pump().await, None);
        let types: Vec<Value> =
            bench.receiver.take().iter().map(|got| got.json()["type"].clone()).collect();
        assert_eq!(types, ["domesday.record.created", "domesday.webhook.ping"]);
    }
}

#[tokio::test]
async fn who_is_told_of_no_changes_keeps_no_history() {
    for bench in benches(Webhook { events: false, ..listening() }).await {
        bench.add(&["a"]).await;
        assert!(bench.pump().await.is_some());
        assert!(bench.test.app.cursor("webhook:cmdb").await.unwrap().is_none());
        assert!(bench.receiver.ids().is_empty());
    }
}

/// Fails.
struct Fails;

impl Work for Fails {
    fn run(self: Arc<Self>, _run: Run) -> Doing {
        Box::pin(async { Err(Failure::from("the disk is full")) })
    }
}

fn failing() -> Task {
    Task {
        name: "fails".to_owned(),
        what: "test".to_owned(),
        rule: Rule {
            schedule: Schedule::every(TimeDelta::days(1)).unwrap(),
            catch_up: CatchUp::Skip,
            jitter: TimeDelta::zero(),
            retries: 0,
            backoff: TimeDelta::seconds(10),
        },
        soft_limit: Duration::from_mins(10),
        hard_limit: Duration::from_mins(15),
        is_paused: false,
    }
}

#[tokio::test]
async fn a_task_that_comes_to_nothing_is_told_once() {
    for mut bench in benches(listening()).await {
        bench.test.app.tasks = Tasks::new([failing()], Limits::default());
        let (app, ctx) = (bench.test.app.clone(), bench.test.writer());
        let works: Works = [("fails".to_owned(), Arc::new(Fails) as Arc<dyn Work>)].into();
        let stop = CancellationToken::new();
        tokio::spawn(Scheduler::new(app.clone(), works, "one".to_owned()).run(stop.clone()));
        for run in 1..=2 {
            // It is known once the scheduler has begun.
            while app.task_run_now(&ctx, "fails").await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            loop {
                let state = app.task_show(&ctx, "fails").await.unwrap();
                if state.runs.len() == run && state.running().is_none() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        assert_eq!(bench.pump().await, None);
        let got = bench.receiver.take();
        assert_eq!(got.len(), 1);
        let event = got[0].json();
        assert_eq!(
            (&event["type"], &event["subject"]),
            (&"domesday.notice.task.failed".into(), &"tasks/fails".into())
        );
        assert_eq!(
            (&event["data"]["error"], &event["data"]["outcome"]),
            (&"the disk is full".into(), &"failed".into())
        );
        stop.cancel();
    }
}
