//! What is large or slow: it is bounded, told in the domain's words, and no burden to others.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "all of it is a test"
)]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use app::{App, Error};
use domain::change::{Action, ProposedChange};
use domain::filter::pattern::Pattern;
use domain::filter::{TEXT_LENGTH_MAX, filter, search};
use domain::json::Json;
use domain::query::{Column, Expr, Plan, Test};
use testkit::{Hands, fields, test_apps, test_apps_with};

/// Text of two letters without any order in it, which no expression's automaton gets to know.
fn noise(length: usize, seed: usize) -> String {
    let mut state = seed * 2 + 1;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if state >> 40 & 1 == 0 { 'a' } else { 'b' }
    };
    (0..length).map(letter).collect()
}

fn add(hands: &Hands<'_>, of: &str, json: &str) -> ProposedChange {
    let fields = fields(json);
    hands.change(of, Action::Add { fields })
}

fn filtered(hands: &Hands<'_>, of: &str, name: &str, value: &str) -> Plan {
    let pairs = [(name.to_owned(), value.to_owned())];
    let filter = filter(hands.of(of), &hands.app().schema, &pairs).unwrap();
    let plan = hands.plan(of);
    Plan { filter, ..plan }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_question_ends_at_its_limit_and_keeps_nobody_waiting() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let things = (0..100).map(|number| {
            let story = noise(20_000, number);
            let json = format!(r#"{{"name": "t{number}", "story": "{story}"}}"#);
            add(&hands, "thing", &json)
        });
        hands.submit(things.collect()).await.unwrap();
        let mut settings = sql::Settings::new(&test.database.url);
        settings.statement_timeout = Duration::from_millis(300);
        let store = sql::Store::open(settings).await.unwrap();
        let app = Arc::new(App { store, ..test.app.clone() });
        let slow = filtered(&hands, "thing", "story__regex", "a[ab]{200}c");
        let (slow_app, ctx) = (Arc::clone(&app), hands.ctx());
        let slow = tokio::spawn(async move { slow_app.find(&ctx, slow).await });
        let mut answered = 0;
        while !slow.is_finished() {
            let quick = filtered(&hands, "thing", "name", "t7");
            let found = app.find(&hands.ctx(), quick).await.unwrap();
            assert_eq!(found.records.len(), 1);
            answered += 1;
        }
        assert!(answered > 0, "others are answered meanwhile");
        let slow = slow.await.unwrap();
        assert!(matches!(slow, Err(Error::TookTooLong)), "{slow:?}");
        // The connections are good for the next question.
        for _ in 0..20 {
            app.find(&hands.ctx(), hands.plan("place")).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_expression_on_one_very_long_text_ends_at_its_limit() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let story = noise(100_000, 1);
        hands.add("thing", &format!(r#"{{"name": "t", "story": "{story}"}}"#)).await;
        let mut settings = sql::Settings::new(&test.database.url);
        settings.statement_timeout = Duration::from_millis(200);
        let app = App { store: sql::Store::open(settings).await.unwrap(), ..test.app.clone() };
        let worst = "(a?.?){120}c|(b?.?){120}d|(a?.?){120}e";
        let plan = filtered(&hands, "thing", "story__regex", worst);
        let start = tokio::time::Instant::now();
        let found = app.find(&hands.ctx(), plan).await;
        assert!(matches!(found, Err(Error::TookTooLong)), "{found:?}");
        let took = start.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test]
async fn an_export_may_take_longer_than_each_of_its_pieces() {
    for test in test_apps().await {
        let mut settings = sql::Settings::new(&test.database.url);
        settings.statement_timeout = Duration::from_millis(300);
        let store = sql::Store::open(settings).await.unwrap();
        let hands = Hands { test: &test };
        let labels =
            (1..=1_200).map(|number| add(&hands, "label", &format!(r#"{{"name": "l{number}"}}"#)));
        hands.submit(labels.collect()).await.unwrap();
        let (schema, plan) = (Arc::clone(&test.app.schema), hands.plan("label"));
        let read = store.read(move |reader| {
            let mut count = 0;
            sql::read::export(reader, &schema, &plan, &|_| None, |records| {
                // Whoever takes them is slow.
                let start = tokio::time::Instant::now();
                while start.elapsed() < Duration::from_millis(400) {
                    std::hint::spin_loop();
                }
                count += records.len();
                ControlFlow::Continue(())
            })?;
            Ok(count)
        });
        assert_eq!(read.await.unwrap(), 1_200);
    }
}

#[tokio::test]
async fn an_expression_that_a_database_refuses_is_told_by_the_name_of_its_filter() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("thing", r#"{"name": "t"}"#).await;
        let of = hands.of("thing");
        let place = of.field_named("place").unwrap();
        let name = hands.of("place").field_named("name").unwrap();
        // No filter of ours reads as such; the engines' own limits may still find one too large.
        let pattern = Pattern { rust: "(".to_owned(), postgres: "(".to_owned() };
        let matches = Expr::Test(Column::Field(name.index), Test::Matches(pattern.clone()));
        let filter = Expr::Or(vec![
            Expr::Via(place.index, Box::new(matches)),
            Expr::Test(Column::ChangedBy, Test::Matches(pattern)),
        ]);
        let plan = Plan { filter, ..hands.plan("thing") };
        let refused = hands.app().find(&hands.ctx(), plan.clone()).await;
        let Err(Error::BadRequest(faults)) = refused else { panic!("{refused:?}") };
        let named: Vec<&str> = faults.iter().map(|(name, _)| name).collect();
        assert_eq!(named, ["changed_by__regex", "place__name__regex"]);
        let mut batches = hands.app().export(&hands.ctx(), plan).unwrap();
        let refused = batches.recv().await.unwrap();
        assert!(matches!(refused, Err(Error::BadRequest(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn the_longest_texts_can_be_looked_for() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let story = noise(TEXT_LENGTH_MAX, 1);
        let json = format!(r#"{{"name": "t", "story": "{story}"}}"#);
        hands.add("thing", &json).await;
        for (text, count) in [(story.clone(), 1), (format!("{}c", &story[1..]), 0)] {
            let plan = filtered(&hands, "thing", "story__icontains", &text);
            let found = hands.app().find(&hands.ctx(), plan).await.unwrap();
            assert_eq!(found.records.len(), count);
            let plan = Plan { filter: search(&text), ..hands.plan("thing") };
            let found = hands.app().find(&hands.ctx(), plan).await.unwrap();
            assert_eq!(found.records.len(), count);
        }
    }
}

const LONGEST: &str = r#"
[types.long.fields]
name = { kind = "text", max_length = 400, required = true, unique = true }
other = { kind = "text", max_length = 400, index = true }
more = { kind = "text", max_length = 250 }
url = { kind = "url", unique = true }
email = { kind = "email", unique = true }
state = { kind = "choice", values = ["new"], index = true }
amount = { kind = "decimal" }
[types.long]
unique_together = [["other", "more"], ["url", "state", "amount"]]
"#;

/// Characters without any order in them, which no compression makes shorter.
fn characters(from: &[char], length: usize) -> String {
    let noise = noise(length * 12, length);
    let pick = |bits: &[u8]| {
        let index = bits.iter().fold(0, |index, bit| index * 2 + usize::from(*bit == b'b'));
        from[index % from.len()]
    };
    noise.as_bytes().chunks(12).map(pick).collect()
}

#[tokio::test]
async fn the_longest_values_fit_into_the_indexes() {
    let schema = || app::schema_file::read("longest.toml", LONGEST).unwrap();
    // What folds into six bytes, what has four, and what a URL is made of.
    let folds = ['ΐ', 'ΰ', 'ὒ', 'ὔ', 'ὖ', 'ᾷ', 'ῒ', 'ΐ', 'ῗ', 'ῢ', 'ΰ', 'ῧ', 'ῷ'];
    let wide: Vec<char> = ('\u{10000}'..'\u{11000}').collect();
    let ascii: Vec<char> = ('!'..='~').filter(|c| !"\"\\".contains(*c)).collect();
    for test in test_apps_with(schema).await {
        let hands = Hands { test: &test };
        let url = format!("https://a.example/{}", characters(&ascii, 1_982));
        let email = format!("{}@{}.example", "ΐ".repeat(16), "é".repeat(20));
        for (number, from) in [&folds[..], &wide].into_iter().enumerate() {
            let mut record = hands.change("long", Action::Add { fields: fields("{}") });
            if let Action::Add { fields } = &mut record.action {
                let mut set = |name: &str, text: String| {
                    fields.insert(name.to_owned(), Json::Text(text));
                };
                set("name", characters(from, 400));
                set("other", characters(from, 400));
                set("more", characters(from, 250));
                set("url", format!("{}{number}", &url[..1_999]));
                set("email", format!("{number}{email}"));
                set("state", "new".to_owned());
                set("amount", format!("-0.{}", "9".repeat(38)));
            }
            let outcome = hands.submit(vec![record]).await;
            assert_eq!(outcome.unwrap().added, 1);
        }
    }
}

#[tokio::test]
async fn thousands_of_records_with_keys_of_several_parts_go_in_at_once() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let ports = (1..=3_000)
            .map(|number| {
                let json = format!(r#"{{"device": "d{}", "number": {number}}}"#, number % 9);
                add(&hands, "port", &json)
            })
            .collect();
        assert_eq!(hands.submit(ports).await.unwrap().added, 3_000);
    }
}
