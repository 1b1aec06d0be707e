//! What can't be taken in.

use app::ingest::MissingReferences;
use testkit::test_apps;

use super::feed::{Feed, source, told};

#[tokio::test]
async fn what_cant_be_taken_in_stops_nothing() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let tally = feed
            .take_in(&[
                r#"{"name": "a", "note": "1", "ip": "10.0.0.1"}"#,
                "no json",
                r#"{"note": "nobody"}"#,
                r#"{"name": "b", "units": "many"}"#,
                r#"{"name": "c", "ip": "10.0.0.1"}"#,
                r#"{"name": "d", "place": "nowhere"}"#,
                // Of two messages about one record, the bad one alone.
                r#"{"name": "e", "note": "good"}"#,
                r#"{"name": "e", "units": "bad"}"#,
                r#"{"name": "f", "note": "last"}"#,
            ])
            .await;
        assert_eq!(told(tally), "applied 3, dead 6");
        assert_eq!(feed.thing("e").await.as_deref(), Some("good "));
        assert_eq!(feed.thing("f").await.as_deref(), Some("last "));
        let letters = feed.letters().await;
        let mut reasons: Vec<_> =
            letters.iter().map(|letter| (letter.offset, letter.reason.as_str())).collect();
        reasons.sort_unstable();
        for ((offset, reason), words) in reasons.iter().zip([
            "the payload is no JSON",
            "nothing tells the key field name",
            "units",
            "ip",
            "place",
            "units",
        ]) {
            assert!(reason.contains(words), "{offset}: {reason}");
        }
        assert_eq!(
            reasons.iter().map(|(offset, _)| *offset).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 7]
        );
        assert_eq!(letters[0].payload.as_deref(), Some(&b"no json"[..]));
        assert_eq!(letters[0].headers, r#"[["trace","7"]]"#);
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_is_kept_from_its_beginning() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Refuse);
        let mut feed = Feed::of(&test, &source).await;
        let long = "x".repeat(2_000_000);
        assert_eq!(told(feed.take_in(&[&long]).await), "dead 1");
        let letter = feed.letters().await.remove(0);
        assert_eq!((letter.payload.unwrap().len(), letter.is_cut), (1 << 20, true));
    }
}

#[tokio::test]
async fn a_reference_that_cant_be_made_is_the_messages_fault() {
    for test in test_apps().await {
        let source = source(&test, MissingReferences::Create);
        let mut feed = Feed::of(&test, &source).await;
        let long = format!(r#"{{"name": "a", "place": "{}"}}"#, "p".repeat(41));
        let good = r#"{"name": "b", "place": "Nantes"}"#;
        assert_eq!(told(feed.take_in(&[&long, good]).await), "applied 1, dead 1");
        assert_eq!(feed.thing("b").await.as_deref(), Some(" "));
    }
}
