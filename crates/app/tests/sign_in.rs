//! Signing in by password: who waits, whose session lasts how long, and what a dearer hash does.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where it can't go on")]

use std::net::IpAddr;
use std::sync::Arc;

use app::passwords::Password;
use app::people::{PeopleChange, Profile};
use app::sign_in::Origin;
use app::{Context, Error, PasswordCost};
use chrono::TimeDelta;
use testkit::{TestApp, test_apps};

const PASSWORD: &str = "correct horse battery";

async fn with_alice(test: &TestApp) {
    let add = PeopleChange::AddUser {
        user: "alice".to_owned(),
        profile: Profile::default(),
        groups: vec!["administrators".to_owned()],
        password: Some(Password(PASSWORD.to_owned())),
    };
    test.app.people_change(&test.system(), vec![add]).await.unwrap();
}

fn from(address: &str) -> Origin {
    Origin { address: Some(address.parse::<IpAddr>().unwrap()), agent: None }
}

/// What a sign-in says: `in`, `refused`, or how many seconds to wait.
async fn said(test: &TestApp, ctx: &Context, password: &str, address: &str) -> String {
    match test.app.sign_in(ctx, ("alice", password), &from(address)).await {
        Ok(_) => "in".to_owned(),
        Err(Error::SignInRefused) => "refused".to_owned(),
        Err(Error::TooManyAttempts { seconds }) => seconds.to_string(),
        Err(other) => panic!("{other}"),
    }
}

fn later(ctx: &Context, seconds: i64) -> Context {
    Context { now: ctx.now + TimeDelta::seconds(seconds), ..ctx.clone() }
}

#[tokio::test]
async fn guessing_gets_slow_for_the_guesser_alone() {
    for test in test_apps().await {
        with_alice(&test).await;
        let ctx = test.nobody();
        // Where alice always signs in from.
        assert_eq!(said(&test, &ctx, PASSWORD, "192.0.2.1").await, "in");
        for _ in 0..3 {
            assert_eq!(said(&test, &ctx, "wrong password", "198.51.100.7").await, "refused");
        }
        assert_eq!(said(&test, &ctx, "wrong password", "198.51.100.7").await, "1");
        // The right one is not looked at, either: that it is right can't be learnt.
        assert_eq!(said(&test, &ctx, PASSWORD, "198.51.100.7").await, "1");
        let mut at = later(&ctx, 2);
        for expected in [2, 4, 8] {
            assert_eq!(said(&test, &at, "wrong password", "198.51.100.7").await, "refused");
            let told = said(&test, &at, "wrong password", "198.51.100.7").await;
            assert_eq!(told, expected.to_string());
            at = later(&at, expected);
        }
        // Many addresses at once: strangers wait, alice where she is known does not.
        for host in 1..=30 {
            said(&test, &at, "wrong password", &format!("203.0.113.{host}")).await;
        }
        assert_ne!(said(&test, &at, PASSWORD, "203.0.113.99").await, "in");
        assert_eq!(said(&test, &at, PASSWORD, "192.0.2.1").await, "in");
        // Whoever has a /64 has one address.
        let far = later(&at, 86_400);
        for host in 1..=3 {
            said(&test, &far, "wrong password", &format!("2001:db8::{host}")).await;
        }
        assert_ne!(said(&test, &far, PASSWORD, "2001:db8::99").await, "in");
    }
}

#[tokio::test]
async fn attempts_are_counted_together_by_all_replicas() {
    for test in test_apps().await {
        with_alice(&test).await;
        let replica = test.again(test.app.schema.as_ref().clone(), &[]).await;
        let ctx = test.nobody();
        for at in [&test, &replica, &test] {
            assert_eq!(said(at, &ctx, "wrong password", "198.51.100.7").await, "refused");
        }
        assert_eq!(said(&replica, &ctx, PASSWORD, "198.51.100.7").await, "1");
    }
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_or_is_old() {
    for test in test_apps().await {
        with_alice(&test).await;
        let ctx = test.nobody();
        let signed = test.app.sign_in(&ctx, ("alice", PASSWORD), &from("192.0.2.1")).await;
        let secret = signed.unwrap();
        let limits = test.app.session_limits;
        let known = async |after: TimeDelta| {
            test.app.known_by_session(0, &secret, ctx.now + after).await.unwrap().is_some()
        };
        assert!(known(TimeDelta::zero()).await);
        assert!(known(limits.idle - TimeDelta::seconds(1)).await);
        // That use is noted beside the answer; wait until it is.
        let noted = async || {
            let alice = test.somebody("alice", Vec::new());
            test.app.sessions(&alice).await.unwrap()[0].seen_at > ctx.now
        };
        while !noted().await {
            tokio::task::yield_now().await;
        }
        assert!(known(limits.idle).await);
        assert!(!known(limits.idle * 2).await);
        assert!(!known(limits.absolute).await);
        assert!(test.app.known_by_session(0, "nonsense", ctx.now).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_password_is_hashed_again_when_hashes_cost_more() {
    for test in test_apps().await {
        with_alice(&test).await;
        let kept = async || {
            let read = |reader: &mut sql::Reader<'_>| sql::write::password_hash(reader, "alice");
            test.app.store.read(read).await.unwrap().unwrap()
        };
        assert!(kept().await.contains("m=64,t=1"));
        let mut dearer = test.app.clone();
        dearer.password_cost = PasswordCost { memory_kib: 128, passes: 2 };
        let ctx = test.nobody();
        dearer.sign_in(&ctx, ("alice", PASSWORD), &Origin::default()).await.unwrap();
        assert!(kept().await.contains("m=128,t=2"));
        dearer.sign_in(&ctx, ("alice", PASSWORD), &Origin::default()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_good_once_is_taken_by_one() {
    for test in test_apps().await {
        let ctx = test.nobody();
        let life = TimeDelta::seconds(60);
        let secret = test.app.one_time(&ctx, "test", life, "x".to_owned()).await.unwrap();
        let (app, ctx) = (Arc::new(test.app.clone()), Arc::new(ctx));
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let (app, ctx, secret) = (Arc::clone(&app), Arc::clone(&ctx), secret.clone());
                tokio::spawn(async move { app.one_time_take(&ctx, "test", &secret).await.unwrap() })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            taken += usize::from(taker.await.unwrap().is_some());
        }
        assert_eq!(taken, 1);
        let secret = test.app.one_time(&ctx, "test", life, "x".to_owned()).await.unwrap();
        let late = Context { now: ctx.now + life, ..ctx.as_ref().clone() };
        assert_eq!(test.app.one_time_take(&late, "test", &secret).await.unwrap(), None);
    }
}
