//! What a source says, where somebody must agree to it.

use app::Context;
use app::ingest::MissingReferences;
use app::review::{Act, Asked, RequestQuestion, ToldRequest};
use domain::change::{Action, Proposal, Unnamed};
use domain::review::{Ask, State};
use domain::value::Value;
use testkit::{Hands, TestApp, fields, test_apps};

use super::feed::{Feed, reviewed_source, told};

/// The open change requests, the oldest first: the number, and what is asked for.
async fn open(test: &TestApp) -> Vec<ToldRequest> {
    let question = RequestQuestion {
        states: vec![State::Pending, State::OnHold],
        ..RequestQuestion::default()
    };
    let page = test.app.requests(&test.system(), question, 100).await.unwrap();
    let mut requests = Vec::new();
    for listed in page.requests.iter().rev() {
        requests.extend(test.app.request(&test.system(), listed.number).await.unwrap());
    }
    requests
}

/// What is asked for, in words: `add thing {"name": …}`.
fn asked(request: &ToldRequest) -> Vec<String> {
    let changes = request.changes.iter().map(|told| {
        let change = &told.requested;
        let mut proposed = change.proposed.clone();
        // What the schema gives where nobody says otherwise.
        proposed.retain(|name, _| name != "active" && name != "state");
        let proposed = domain::json::Json::Object(proposed);
        format!("{} {} {proposed}", change.action.word(), change.type_name)
    });
    changes.collect()
}

async fn act(test: &TestApp, request: &ToldRequest, asked: Asked) {
    let (number, etag) = (request.request.number, request.etag.clone());
    let act = Act { number, asked, if_match: Some(etag), comment: Some("so be it".to_owned()) };
    test.app.request_act(&test.system(), act).await.unwrap();
}

#[tokio::test]
async fn a_record_has_one_request_that_says_what_the_source_said_last() {
    for test in test_apps().await {
        let source = reviewed_source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let tally = feed
            .take_in(&[
                r#"{"name": "a", "note": "1", "units": 1}"#,
                r#"{"name": "b", "note": "1"}"#,
                "no json",
            ])
            .await;
        assert_eq!(told(tally), "queued 2, dead 1");
        assert_eq!(feed.commits().await, 0);
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "2"}"#]).await), "queued 1");
        // The same again is no news to the request.
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "2"}"#]).await), "unchanged 1");
        let requests = open(&test).await;
        assert_eq!(requests.len(), 2);
        assert_eq!(asked(&requests[0]), [r#"add thing {"name":"a","note":"2","units":1}"#]);
        assert_eq!(requests[0].request.requester, "kafka:inventory");
        act(&test, &requests[0], Asked::Approve).await;
        assert_eq!(feed.thing("a").await.as_deref(), Some("2 1"));
        // What came since then asks for something new.
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "units": 5}"#]).await), "queued 1");
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "3"}"#]).await), "queued 1");
        let requests = open(&test).await;
        assert_eq!(asked(&requests[1]), [r#"update thing {"note":"3","units":5}"#]);
        // The register has it by now: nobody need decide.
        let back = r#"{"name": "a", "note": "2", "units": 1}"#;
        assert_eq!(told(feed.take_in(&[back]).await), "unchanged 1");
        assert_eq!(open(&test).await.len(), 1);
    }
}

#[tokio::test]
async fn a_record_that_goes_again_before_anybody_agreed_is_asked_for_no_more() {
    for test in test_apps().await {
        let source = reviewed_source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let gone = r#"{"name": "a", "op": "delete"}"#;
        assert_eq!(told(feed.take_in(&[gone]).await), "unchanged 1");
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "1"}"#]).await), "queued 1");
        assert_eq!(told(feed.take_in(&[gone]).await), "unchanged 1");
        assert!(open(&test).await.is_empty());
        // One that is there is asked for, and comes back to life in the request.
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "1"}"#]).await), "queued 1");
        act(&test, &open(&test).await[0], Asked::Approve).await;
        assert_eq!(told(feed.take_in(&[gone]).await), "queued 1");
        assert_eq!(asked(&open(&test).await[0]), ["delete thing {}"]);
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "2"}"#]).await), "queued 1");
        assert_eq!(asked(&open(&test).await[0]), [r#"update thing {"note":"2"}"#]);
    }
}

#[tokio::test]
async fn records_that_need_the_same_new_one_are_asked_for_together() {
    for test in test_apps().await {
        let source = reviewed_source(&test, MissingReferences::Create);
        let mut feed = Feed::of(&test, &source).await;
        let messages = [
            r#"{"name": "a", "place": "Nantes"}"#,
            r#"{"name": "b", "place": "Nantes"}"#,
            r#"{"name": "c", "note": "alone"}"#,
        ];
        assert_eq!(told(feed.take_in(&messages).await), "queued 3");
        let requests = open(&test).await;
        assert_eq!(requests.len(), 2);
        assert_eq!(asked(&requests[0]).len(), 3, "{:?}", asked(&requests[0]));
        assert_eq!(told(feed.take_in(&[r#"{"name": "b", "note": "2"}"#]).await), "queued 1");
        let requests = open(&test).await;
        assert_eq!(asked(&requests[0]).len(), 3, "{:?}", asked(&requests[0]));
        act(&test, &requests[0], Asked::Approve).await;
        assert_eq!(feed.thing("b").await.as_deref(), Some("2 "));
        assert_eq!(feed.thing("a").await.as_deref(), Some(" "));
    }
}

#[tokio::test]
async fn what_somebody_else_asks_for_is_theirs_until_it_is_decided() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let source = reviewed_source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let key = vec![Value::Text("a".to_owned())];
        let action =
            Action::Put { key, fields: fields(r#"{"note": "mine"}"#), unnamed: Unnamed::Keep };
        let proposal = Proposal { changes: vec![hands.change("thing", action)] };
        let ctx = Context { ask: Ask::Review, ..test.writer() };
        let own = test.app.submit(&ctx, proposal).await.unwrap().request.unwrap();
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "1"}"#]).await), "dead 1");
        let letter = feed.letters().await.remove(0);
        let words = format!("change request {} asks for something of it", own.request.number);
        assert!(letter.reason.contains(&words), "{}", letter.reason);
    }
}

#[tokio::test]
async fn one_that_nobody_decided_in_time_is_asked_for_anew() {
    for test in test_apps().await {
        let source = reviewed_source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "1"}"#]).await), "queued 1");
        act(&test, &open(&test).await[0], Asked::Reject).await;
        assert!(open(&test).await.is_empty());
        assert_eq!(told(feed.take_in(&[r#"{"name": "a", "note": "2"}"#]).await), "queued 1");
        assert_eq!(asked(&open(&test).await[0]), [r#"add thing {"name":"a","note":"2"}"#]);
    }
}
