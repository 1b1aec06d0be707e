//! Dead letters, taken in again or thrown away.

use std::sync::Arc;

use app::App;
use app::ingest::{MissingReferences, Source};
use app::sources::{KnownSource, LetterFilter, LettersChosen, Sources};
use domain::access::Actor;
use testkit::{Hands, TestApp, test_apps};

use super::feed::{Feed, source, told};

/// The register, which knows of the source.
fn knowing(test: &TestApp, source: &Arc<Source>) -> App {
    let known = KnownSource {
        source: Arc::clone(source),
        brokers: vec!["kafka:9092".to_owned()],
        topics: vec!["things".to_owned()],
        group: "register".to_owned(),
        task: None,
    };
    App { sources: Sources::new([known]), ..test.app.clone() }
}

fn all() -> LettersChosen {
    LettersChosen::Matching(LetterFilter::default())
}

#[tokio::test]
async fn what_was_wrong_is_mended_and_the_message_takes_effect() {
    for test in test_apps().await {
        let (ctx, hands) = (test.system(), Hands { test: &test });
        let source = source(&test, MissingReferences::Refuse);
        let app = knowing(&test, &source);
        let mut feed = Feed::of(&test, &source).await;
        let messages = [
            r#"{"name": "a", "place": "Nantes", "id": "1", "t": "2026-01-01T00:00:01Z"}"#,
            r#"{"name": "b", "place": "Nantes", "id": "2", "t": "2026-01-01T00:00:01Z"}"#,
            "no json",
            r#"{"name": "b", "note": "newer", "id": "3", "t": "2026-01-01T00:00:02Z"}"#,
        ];
        assert_eq!(told(feed.take_in(&messages).await), "applied 1, dead 3");
        // Nothing was mended: they die again, and are there once.
        let replayed = app.letters_replay(&ctx, "inventory", all()).await.unwrap();
        assert_eq!(told(replayed.tally), "late 1, dead 2");
        assert_eq!(feed.letters().await.len(), 2);
        hands.add("place", r#"{"name": "Nantes"}"#).await;
        let filter = LetterFilter { reason: Some("PLACE".to_owned()), ..LetterFilter::default() };
        let chosen = LettersChosen::Matching(filter.clone());
        let replayed = app.letters_replay(&ctx, "inventory", chosen).await.unwrap();
        assert_eq!(told(replayed.tally), "applied 1");
        assert_eq!(feed.thing("a").await.as_deref(), Some(" "));
        let page = app.letters(&ctx, "inventory", (filter, 10)).await.unwrap();
        assert_eq!((page.letters.len(), page.count), (0, 0));
        let left = app.letters(&ctx, "inventory", (LetterFilter::default(), 10)).await.unwrap();
        let id = left.letters[0].id;
        assert_eq!(app.letter(&ctx, "inventory", id).await.unwrap().offset, 2);
        let one = LettersChosen::One(id);
        assert_eq!(app.letters_discard(&ctx, "inventory", one.clone()).await.unwrap(), 1);
        assert!(app.letters_replay(&ctx, "inventory", one).await.is_err());
        assert!(app.letters_replay(&ctx, "nobody", all()).await.is_err());
        assert!(
            app.letters(&test.nobody(), "inventory", (LetterFilter::default(), 1)).await.is_err()
        );
    }
}

#[tokio::test]
async fn thousands_are_taken_in_again_and_those_cut_short_stay() {
    for test in test_apps().await {
        let ctx = test.system();
        let source = source(&test, MissingReferences::Refuse);
        let app = knowing(&test, &source);
        let mut feed = Feed::of(&test, &source).await;
        let messages: Vec<String> = (0..1_200)
            .map(|number| format!(r#"{{"name": "n{number}", "place": "Nantes"}}"#))
            .collect();
        let texts: Vec<&str> = messages.iter().map(String::as_str).collect();
        assert_eq!(told(feed.take_in(&texts).await), "dead 1200");
        let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(2_000_000));
        assert_eq!(told(feed.take_in(&[&long]).await), "dead 1");
        Hands { test: &test }.add("place", r#"{"name": "Nantes"}"#).await;
        let replayed = app.letters_replay(&ctx, "inventory", all()).await.unwrap();
        assert_eq!((told(replayed.tally).as_str(), replayed.cut), ("applied 1200", 1));
        assert_eq!(feed.letters().await.len(), 1);
        let page = app.letters(&ctx, "inventory", (LetterFilter::default(), 1)).await.unwrap();
        assert_eq!((page.count, page.next), (1, None));
        assert!(matches!(ctx.actor, Actor::System));
    }
}
