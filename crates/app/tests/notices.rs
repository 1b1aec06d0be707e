//! Who is told what becomes of a change request, and how long it is tried.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use app::Context;
use app::notices::Notice;
use app::people::{PeopleChange, Profile};
use app::review::{Act, Asked};
use domain::change::{Action, Proposal, Target, Unnamed};
use domain::notice::Topic;
use domain::record::RecordId;
use domain::review::Ask;
use testkit::{Hands, TestApp, fields, test_apps};

const BASE: &str = "https://domesday.example.org/";

async fn with_people(test: &TestApp) {
    let user = |(name, group, email): (&str, &str, Option<&str>)| PeopleChange::AddUser {
        user: name.to_owned(),
        profile: Profile { email: email.map(str::to_owned), display_name: None },
        groups: vec![group.to_owned()],
        password: None,
    };
    let people = [
        ("root", "administrators", None),
        ("rita", "requesters", Some("rita@example.org")),
        ("bob", "reviewers", Some("bob@example.org")),
        ("carl", "reviewers", Some("carl@example.org")),
        ("mute", "reviewers", None),
    ];
    let people = people.into_iter().map(user).collect();
    test.app.people_change(&test.system(), people).await.unwrap();
}

async fn as_user(test: &TestApp, name: &str) -> Context {
    test.app.acting_as(&test.system(), name).await.unwrap()
}

/// Has rita ask for another note of the thing.
async fn ask(hands: &Hands<'_>) -> i64 {
    ask_of(hands, &[]).await
}

/// The same, of these people.
async fn ask_of(hands: &Hands<'_>, reviewers: &[&str]) -> i64 {
    let rita = as_user(hands.test, "rita").await;
    let action = Action::Update {
        target: Target::Id(RecordId(1)),
        fields: fields(r#"{"note": "new"}"#),
        unnamed: Unnamed::Keep,
    };
    let proposal = Proposal { changes: vec![hands.change("thing", action)] };
    let reviewers = reviewers.iter().map(|name| (*name).to_owned()).collect();
    let ctx = Context { ask: Ask::Review, reviewers, ..rita };
    hands.app().submit(&ctx, proposal).await.unwrap().request.unwrap().request.number
}

async fn act(test: &TestApp, who: &str, number: i64, asked: Asked, comment: &str) {
    let ctx = as_user(test, who).await;
    let etag = test.app.request(&ctx, number).await.unwrap().unwrap().etag;
    let act = Act { number, asked, if_match: Some(etag), comment: Some(comment.to_owned()) };
    test.app.request_act(&ctx, act).await.unwrap();
}

/// Whom the mails that wait go to, once each; they are sent with it.
async fn sent(test: &TestApp) -> Vec<String> {
    let due = test.app.notices_due("one", BASE).await.unwrap();
    for notice in &due {
        test.app.notice_done(notice).await.unwrap();
    }
    let told = |notice: &Notice| {
        let what = notice.subject.rsplit(": ").next().unwrap_or_default();
        format!("{} {what}", notice.to)
    };
    let mut told: Vec<String> = due.iter().map(told).collect();
    told.sort();
    told
}

#[tokio::test]
async fn who_has_a_part_in_a_request_is_told_each_step() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        with_people(&test).await;
        hands.add("thing", r#"{"name": "t1"}"#).await;
        let number = ask(&hands).await;
        assert!(sent(&test).await.is_empty(), "nobody asked to hear of all");
        let reviewers = vec!["bob".to_owned(), "mute".to_owned()];
        act(&test, "rita", number, Asked::Assign(reviewers), "please").await;
        assert_eq!(sent(&test).await, ["bob@example.org rita asks you to decide"]);
        act(&test, "carl", number, Asked::Comment, "why?").await;
        let said = ["bob@example.org carl said something", "rita@example.org carl said something"];
        assert_eq!(sent(&test).await, said);
        act(&test, "bob", number, Asked::Approve, "fine").await;
        let agreed = ["carl@example.org bob approved it", "rita@example.org bob approved it"];
        assert_eq!(sent(&test).await, agreed);
    }
}

#[tokio::test]
async fn everybody_chooses_what_they_are_told_of() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        with_people(&test).await;
        hands.add("thing", r#"{"name": "t1"}"#).await;
        let (bob, rita) = (as_user(&test, "bob").await, as_user(&test, "rita").await);
        assert_eq!(test.app.topics(&bob).await.unwrap(), Topic::by_default());
        test.app.topics_set(&bob, [Topic::New].into()).await.unwrap();
        // To who may not decide, new ones are not told, whatever they want.
        test.app.topics_set(&rita, [Topic::New].into()).await.unwrap();
        let number = ask(&hands).await;
        assert_eq!(sent(&test).await, ["bob@example.org rita asks for a review"]);
        act(&test, "rita", number, Asked::Assign(vec!["bob".to_owned()]), "x").await;
        act(&test, "carl", number, Asked::Reject, "no").await;
        assert!(sent(&test).await.is_empty(), "bob and rita do not want to hear of that");
        // Who has no mail, or is let in no more, is told nothing.
        let closed = PeopleChange::SetActive { user: "bob".to_owned(), is_active: false };
        test.app.people_change(&test.system(), vec![closed]).await.unwrap();
        ask(&hands).await;
        assert!(sent(&test).await.is_empty());
    }
}

#[tokio::test]
async fn who_is_asked_with_the_change_is_told_once_and_others_as_they_want() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        with_people(&test).await;
        hands.add("thing", r#"{"name": "t1"}"#).await;
        for name in ["bob", "carl"] {
            let ctx = as_user(&test, name).await;
            test.app.topics_set(&ctx, [Topic::New, Topic::Assigned].into()).await.unwrap();
        }
        ask_of(&hands, &["bob", "mute"]).await;
        let carl = sent(&test).await;
        assert_eq!(carl.first().unwrap(), "bob@example.org rita asks you to decide");
        assert!(carl.iter().skip(1).all(|told| told == "carl@example.org rita asks for a review"));
    }
}

#[tokio::test]
async fn a_mail_says_what_happened_and_where_to_look() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        with_people(&test).await;
        hands.add("thing", r#"{"name": "t1"}"#).await;
        let number = ask(&hands).await;
        act(&test, "bob", number, Asked::Hold, "after the\nfreeze").await;
        let due = test.app.notices_due("one", BASE).await.unwrap();
        let [notice] = due.as_slice() else { unreachable!("{due:?}") };
        assert_eq!(notice.to, "rita@example.org");
        let expected = format!("Change request {number}: Change thing t1: bob put it on hold");
        assert_eq!(notice.subject, expected);
        let url = format!("https://domesday.example.org/api/-/change-requests/{number}/");
        for part in ["after the\nfreeze", &url, "https://domesday.example.org/account/"] {
            assert!(notice.text.contains(part), "{}", notice.text);
        }
        // Another replica is not at it meanwhile, and what failed waits.
        assert!(test.app.notices_due("other", BASE).await.unwrap().is_empty());
        test.app.notice_later(notice).await.unwrap();
        assert!(test.app.notices_due("one", BASE).await.unwrap().is_empty());
    }
}
