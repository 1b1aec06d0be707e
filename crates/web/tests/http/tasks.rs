//! What runs by itself, as administrators see it and have it run, stop, rest and go on.

use std::sync::Arc;
use std::time::Duration;

use app::Tasks;
use app::tasks::{Doing, Failure, Limits, Run, Scheduler, Task, Work, Works};
use axum::body::Body;
use chrono::TimeDelta;
use domain::task::{CatchUp, Rule, Schedule};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::admin_pages::{browser_of, has, send};
use crate::client::{Client, clients};

/// Says something, and goes on until it is told to stop; `fails` fails at once.
struct Says;

impl Work for Says {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            run.info("<script>alert(1)</script>");
            run.count("things", 2);
            if run.task == "fails" {
                return Err(Failure::from("the disk is full"));
            }
            run.stop.cancelled().await;
            run.warn("as you wish");
            Ok(())
        })
    }
}

fn task(name: &str) -> Task {
    Task {
        name: name.to_owned(),
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
        is_paused: name == "rests",
    }
}

/// Clients of registers whose tasks run, and what stops that.
async fn running() -> Vec<(Client, CancellationToken)> {
    let mut all = Vec::new();
    for mut client in clients().await {
        // The clock of the testkit moves by itself: a run would seem to have stood still.
        client.at("2026-11-26T10:00:00Z".parse().unwrap());
        let tasks = ["fails", "rests", "says"].map(task);
        client.with_tasks(Tasks::new(tasks, Limits::default()));
        let app = client.test.app.clone();
        let works: Works = app
            .tasks
            .all()
            .map(|task| (task.name.clone(), Arc::new(Says) as Arc<dyn Work>))
            .collect();
        let stop = CancellationToken::new();
        tokio::spawn(Scheduler::new(app, works, "test".to_owned()).run(stop.clone()));
        until(&client, "says", |task| task["next_at"] != Value::Null).await;
        all.push((client, stop));
    }
    all
}

/// Waits until a task is as `is` says.
async fn until(client: &Client, name: &str, is: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1_000 {
        let task = client.call("GET", &format!("/api/-/tasks/{name}/"), "").await.is(200).json();
        if is(&task) {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it stays so");
}

#[tokio::test]
async fn a_task_runs_stops_rests_and_goes_on_when_it_is_asked_to() {
    for (client, stop) in running().await {
        let list = client.call("GET", "/api/-/tasks/", "").await.is(200);
        assert_eq!(list.column("name"), ["fails", "rests", "says"]);
        assert_eq!(list.column("state"), ["waiting", "paused", "waiting"]);
        let told = client.call("POST", "/api/-/tasks/says/cancel/", "").await;
        assert_eq!(told.problem(409, ""), "The task is not running.");
        client.call("POST", "/api/-/tasks/says/run/", "").await.is(202);
        let task = until(&client, "says", |task| task["state"] == "running").await;
        assert_eq!(task["schedule"], "every 1d");
        assert_eq!(task["schedule_next"].as_array().unwrap().len(), 5);
        let run = &task["runs"][0];
        assert_eq!((&run["asked_by"], &run["outcome"]), (&json!("alice"), &Value::Null));
        let told = client.call("POST", "/api/-/tasks/says/run/", "").await;
        assert_eq!(told.problem(409, ""), "The task is running.");
        client.call("POST", "/api/-/tasks/says/cancel/", "").await.is(202);
        let task = until(&client, "says", |task| task["state"] == "waiting").await;
        assert_eq!(task["runs"][0]["outcome"], "cancelled");
        assert_eq!(task["runs"][0]["counts"], json!({"things": 2}));

        let paused = client.call("POST", "/api/-/tasks/says/pause/", "{}").await.is(200).json();
        assert_eq!((&paused["state"], &paused["next_at"]), (&json!("paused"), &Value::Null));
        let resumed = client.call("POST", "/api/-/tasks/says/resume/", "").await.is(200).json();
        assert_eq!(resumed["state"], "waiting");
        let told = client.call("POST", "/api/-/tasks/rests/resume/", "").await;
        assert!(told.problem(409, "").contains("change it there"), "{}", told.text);
        client.call("POST", "/api/-/tasks/says/eat/", "").await.is(404);
        client.call("POST", "/api/-/tasks/says/run/", r#"{"now": true}"#).await.problem_is(400);
        client.call("GET", "/api/-/tasks/says/runs/?limit=0", "").await.problem_is(400);
        stop.cancel();
    }
}

#[tokio::test]
async fn runs_come_in_pages() {
    for (client, stop) in running().await {
        for runs in 1..=3 {
            client.call("POST", "/api/-/tasks/fails/run/", "").await.is(202);
            let is_over = |task: &Value| {
                let all = task["runs"].as_array().unwrap();
                all.len() == runs && task["running"] == Value::Null
            };
            until(&client, "fails", is_over).await;
        }
        let first = client.call("GET", "/api/-/tasks/fails/runs/?limit=2", "").await.is(200);
        let next = first.json()["next"].as_str().unwrap().replace("http://domesday.test", "");
        let rest = client.call("GET", &next, "").await.is(200);
        assert_eq!((first.column("id").len(), rest.column("id").len()), (2, 1));
        assert_eq!(rest.json()["next"], Value::Null);
        assert_eq!(rest.column("error"), ["the disk is full"]);
        let one = &first.json()["results"][0];
        let path = one["url"].as_str().unwrap().replace("http://domesday.test", "");
        assert_eq!(&client.call("GET", &path, "").await.is(200).json(), one);
        let log = client.call("GET", &format!("{path}log/"), "").await.is(200).json();
        let texts: Vec<_> =
            log["lines"].as_array().unwrap().iter().map(|line| &line["text"]).collect();
        assert_eq!(texts, ["<script>alert(1)</script>", "the disk is full"]);
        let log = client.call("GET", &format!("{path}log/?after=1"), "").await.is(200).json();
        assert_eq!(log["lines"][0]["level"], "error");
        // Nor is a run one of another task's.
        let other = path.replace("fails", "says");
        client.call("GET", &other, "").await.is(404);
        client.call("GET", "/api/-/tasks/fails/runs/x/", "").await.is(404);
        stop.cancel();
    }
}

#[tokio::test]
async fn a_log_is_followed_while_it_grows_and_from_where_one_was_cut_off() {
    for (client, stop) in running().await {
        client.call("POST", "/api/-/tasks/says/run/", "").await.is(202);
        let task = until(&client, "says", |task| task["state"] == "running").await;
        let path = format!("/api/-/tasks/says/runs/{}/log/", task["running"]);
        let follow = |last: Option<&str>| {
            let request = Client::request("GET", &path)
                .header("authorization", format!("Bearer {}", client.token))
                .header("accept", "text/event-stream");
            let request =
                last.into_iter().fold(request, |all, last| all.header("last-event-id", last));
            client.raw(request.body(Body::empty()).unwrap())
        };
        let answer = follow(None).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let following = tokio::spawn(answer.into_body().collect());
        client.call("POST", "/api/-/tasks/says/cancel/", "").await.is(202);
        let told = following.await.unwrap().unwrap().to_bytes();
        let told = String::from_utf8(told.to_vec()).unwrap();
        let events: Vec<&str> = told.lines().filter(|line| line.starts_with("event: ")).collect();
        assert_eq!(events, ["event: line", "event: line", "event: line", "event: end"], "{told}");
        assert!(told.contains("id: 3\n") && told.contains("as you wish"), "{told}");
        assert!(told.contains(r#""outcome":"cancelled""#), "{told}");
        let again = follow(Some("2")).await.into_body().collect().await.unwrap().to_bytes();
        let again = String::from_utf8(again.to_vec()).unwrap();
        assert_eq!(again.matches("event: line").count(), 1, "{again}");
        stop.cancel();
    }
}

#[tokio::test]
async fn pages_show_tasks_and_what_comes_to_nothing() {
    for (client, stop) in running().await {
        let alice = browser_of(&client, "alice").await;
        let front = alice.get("/").await.is(200);
        assert!(!front.text.contains("comes to nothing"));
        send(&alice, "/-/tasks/fails/", &[("do", "run")]).await.is(303);
        let task = until(&client, "fails", |task| task["state"] == "failing").await;
        has(
            &alice.get("/").await.is(200),
            &["A task comes to nothing", "href=\"/-/tasks/fails/\""],
        );
        client.of("vera", "viewers").await;
        let vera = browser_of(&client, "vera").await;
        assert!(!vera.get("/").await.is(200).text.contains("comes to nothing"));
        let list = alice.get("/-/tasks/").await.is(200);
        has(&list, &["href=\"/-/tasks/says/\"", "data-state=\"failing\"", "every 1d", "<title>20"]);
        let shown = alice.get("/-/tasks/fails/").await.is(200);
        has(&shown, &["Run now", "the disk is full", "things 2", "asked for by alice"]);
        let run = format!("/-/tasks/fails/{}/", task["runs"][0]["id"]);
        has(&alice.get(&run).await.is(200), &["&#60;script&#62;", "the disk is full"]);
        has(&alice.get("/-/tasks/rests/").await.is(200), &["The configuration says"]);
        alice.get("/-/tasks/fails/0/").await.is(404);

        send(&alice, "/-/tasks/says/", &[("do", "run")]).await.is(303);
        let task = until(&client, "says", |task| task["state"] == "running").await;
        let run = format!("/-/tasks/says/{}/", task["running"]);
        has(
            &alice.get(&run).await.is(200),
            &["data-follow=\"/api/-/tasks/says/runs/", "Cancel the run"],
        );
        send(&alice, "/-/tasks/says/", &[("do", "pause")]).await.is(303);
        has(&alice.get("/-/tasks/says/").await.is(200), &["Resume"]);
        stop.cancel();
    }
}
