//! What reviews cost: one transaction to ask and one to decide, and a queue that costs the same
//! however many requests were ever closed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "all of it is a test")]

use app::Context;
use app::review::{Act, Asked, REQUESTS_COUNTED_MAX, RequestQuestion};
use domain::access::{Grant, Preset, Scope};
use domain::change::{Action, Proposal, Target, Unnamed};
use domain::record::RecordId;
use domain::review::{Ask, State};
use sql::read::{self, Asking};
use testkit::{Hands, TestApp, fields, scale, test_apps};

fn somebody(test: &TestApp, name: &str, preset: Preset) -> Context {
    let grant = Grant { rights: preset.rights(), scope: Scope::Everything };
    test.somebody(name, vec![grant])
}

/// Has rita ask for another note of a thing, and gives the number of the request and its tag.
async fn ask(hands: &Hands<'_>, rita: &Context, id: i64, note: &str) -> (i64, String) {
    let action = Action::Update {
        target: Target::Id(RecordId(id)),
        fields: fields(&format!(r#"{{"note": "{note}"}}"#)),
        unnamed: Unnamed::Keep,
    };
    let changes = vec![hands.change("thing", action)];
    let asking = Context { ask: Ask::Review, ..rita.clone() };
    let outcome = hands.app().submit(&asking, Proposal { changes }).await.unwrap();
    let told = outcome.request.expect("it waits");
    (told.request.number, told.etag)
}

fn act(number: i64, asked: Asked, etag: &str) -> Act {
    Act { number, asked, if_match: Some(etag.to_owned()), comment: Some("x".to_owned()) }
}

#[tokio::test]
async fn asking_and_deciding_are_a_transaction_each() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("thing", r#"{"name": "t1"}"#).await;
        let (rita, bob) =
            (somebody(&test, "rita", Preset::Requester), somebody(&test, "bob", Preset::Reviewer));
        let store = &hands.app().store;
        let before = store.writes();
        let (number, etag) = ask(&hands, &rita, 1, "a").await;
        assert_eq!(store.writes() - before, 1);
        let acted = hands.app().request_act(&bob, act(number, Asked::Approve, &etag)).await;
        assert!(acted.unwrap().commit.is_some());
        assert_eq!(store.writes() - before, 2);
    }
}

/// The steps that SQLite takes for a page of ten of the queue and for the count beside it, or the
/// statements where it does not tell.
async fn cost(test: &TestApp, question: &RequestQuestion) -> (i64, i64) {
    let app = &test.app;
    let (schema, question) = (app.schema.clone(), question.clone());
    let bob = somebody(test, "bob", Preset::Reviewer);
    let read = app.store.read(move |reader| {
        let asking = Asking { schema: &schema, access: &bob.access, user: "bob" };
        let so_far = |reader: &sql::Reader<'_>| {
            reader.steps().unwrap_or_else(|| i64::from(reader.statements()))
        };
        let begun = so_far(reader);
        read::requests(reader, asking, &question, 10)?;
        let paged = so_far(reader);
        read::requests_count(reader, asking, &question, REQUESTS_COUNTED_MAX)?;
        Ok((paged - begun, so_far(reader) - paged))
    });
    read.await.unwrap()
}

#[tokio::test]
async fn the_queue_costs_the_same_however_long_it_is_and_many_were_closed() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let (rita, bob) =
            (somebody(&test, "rita", Preset::Requester), somebody(&test, "bob", Preset::Reviewer));
        for number in 1..=10 {
            hands.add("thing", &format!(r#"{{"name": "t{number}"}}"#)).await;
            ask(&hands, &rita, number, "open").await;
        }
        let open = RequestQuestion {
            states: vec![State::Pending, State::OnHold],
            ..RequestQuestion::default()
        };
        let awaiting =
            RequestQuestion { awaiting: Some("bob".to_owned()), ..RequestQuestion::default() };
        let first = [cost(&test, &open).await, cost(&test, &awaiting).await];
        for number in 11..=scale(150, 1_010) {
            hands.add("thing", &format!(r#"{{"name": "t{number}"}}"#)).await;
            ask(&hands, &rita, number.try_into().unwrap(), "open").await;
        }
        let closed = scale(150, 1_010) + 1;
        hands.add("thing", r#"{"name": "closed"}"#).await;
        for round in 0..scale(60, 2_000) {
            let id = closed.try_into().unwrap();
            let (number, etag) = ask(&hands, &rita, id, &format!("n{round}")).await;
            let asked = if round % 2 == 0 { Asked::Reject } else { Asked::Approve };
            hands.app().request_act(&bob, act(number, asked, &etag)).await.unwrap();
        }
        let then = [cost(&test, &open).await, cost(&test, &awaiting).await];
        for ((page, count), (page_then, count_then)) in first.into_iter().zip(then) {
            // The trees of tables and indexes get a level deeper, and that is all.
            assert!(page_then <= page + page / 10, "{page} and {page_then}");
            // The count goes on to a hundred, where it was ten.
            assert!(count_then <= count * 12, "{count} and {count_then}");
        }
    }
}
