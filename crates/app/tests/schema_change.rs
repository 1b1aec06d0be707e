//! A schema that changes under records that exist.

#![expect(
    clippy::panic,
    clippy::similar_names,
    clippy::unwrap_used,
    reason = "a test ends where it can't go on"
)]

use app::open::OpenError;
use app::{App, Clock, Entropy, schema_file};
use chrono::DateTime;
use domain::schema::Schema;
use testkit::{Hands, TestApp, databases};

fn schema(text: &str) -> Schema {
    schema_file::read("test.toml", text).unwrap_or_else(|faults| panic!("{faults:?}"))
}

const FIRST: &str = r#"
[types.rack]
[types.rack.fields]
name = { kind = "text", required = true, unique = true }
notes = { kind = "text" }
units = { kind = "text" }
colour = { kind = "choice", values = ["red", "blue"] }
"#;

async fn open(test: &TestApp, text: &str, allow_loss: &[&str]) -> Result<App, OpenError> {
    let settings = sql::Settings::new(&test.database.url);
    let allow_loss = allow_loss.iter().map(|name| (*name).to_owned()).collect();
    let clock = Clock::new(|| DateTime::from_timestamp_micros(1_800_000_000_000_000).unwrap());
    App::open(settings, schema(text), allow_loss, clock, Entropy::new(|| [1; 32])).await
}

async fn with_racks() -> Vec<TestApp> {
    let mut tests = Vec::new();
    for database in databases().await {
        let test = TestApp::open(database, schema(FIRST)).await;
        let hands = Hands { test: &test };
        hands
            .add("rack", r#"{"name": "a", "notes": "by the door", "units": "42", "colour": "red"}"#)
            .await;
        hands.add("rack", r#"{"name": "b", "units": "many", "colour": "blue"}"#).await;
        tests.push(test);
    }
    tests
}

async fn texts(app: &App, test: &TestApp, field: &str) -> Vec<String> {
    let again = TestApp { app: app.clone(), database: test.database.another_view() };
    let hands = Hands { test: &again };
    let mut texts = Vec::new();
    for id in 1..=2 {
        let record = hands.get("rack", id).await.unwrap();
        texts.push(hands.text("rack", &record, field));
    }
    texts
}

/// The tables say what the history says, rebuilt under today's schema.
async fn check_history(app: &App) {
    let schema = app.schema.clone();
    let (before, after, broken) = app
        .store
        .write(move |writer| {
            let before = sql::read::dump(writer, &schema)?;
            sql::write::rebuild(writer, &schema, &mut |_, _| {})?;
            Ok((
                before,
                sql::read::dump(writer, &schema)?,
                sql::read::verify(writer, &[], &mut |_, _| {})?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(broken, None);
}

#[tokio::test]
async fn additions_are_carried_out_at_the_next_start() {
    for test in with_racks().await {
        let more = FIRST.replace("name = {", "height = { kind = \"integer\", required = true, default = 42 }\nrow = { kind = \"ref\", to = \"row\" }\nname = {")
            + "[types.row.fields]\nname = { kind = \"text\", required = true, unique = true }\n";
        let app = open(&test, &more, &[]).await.unwrap();
        assert_eq!(texts(&app, &test, "height").await, ["42", "42"]);
        assert_eq!(texts(&app, &test, "notes").await, ["by the door", ""]);
        assert_eq!(app.pending_steps().await.unwrap(), Some(Vec::new()));
        check_history(&app).await;
    }
}

#[tokio::test]
async fn what_would_lose_something_waits_until_it_is_named() {
    for test in with_racks().await {
        let less = FIRST
            .replace("notes = { kind = \"text\" }\n", "")
            .replace("units = { kind = \"text\" }", "units = { kind = \"integer\" }")
            .replace(", \"blue\"", "");
        let refused = open(&test, &less, &["rack.notes"]).await;
        let Err(OpenError::WouldLose(steps)) = refused else { panic!("must be refused") };
        let mut names: Vec<String> = steps.iter().map(domain::schema::plan::Step::name).collect();
        names.sort();
        assert_eq!(names, ["rack.colour", "rack.units"]);

        let all = ["rack.notes", "rack.units", "rack.colour"];
        let app = open(&test, &less, &all).await.unwrap();
        assert_eq!(texts(&app, &test, "units").await, ["42", ""]);
        assert_eq!(texts(&app, &test, "colour").await, ["red", ""]);
        check_history(&app).await;
    }
}

#[tokio::test]
async fn a_unique_field_is_refused_while_records_share_its_values() {
    for test in with_racks().await {
        let hands = Hands { test: &test };
        hands.update("rack", 2, r#"{"units": "42"}"#).await.unwrap();
        let unique = FIRST
            .replace("units = { kind = \"text\" }", "units = { kind = \"text\", unique = true }");
        let refused = open(&test, &unique, &[]).await.err().unwrap().to_string();
        assert!(refused.contains("share the same units"), "{refused}");
        hands.update("rack", 2, r#"{"units": "43"}"#).await.unwrap();
        open(&test, &unique, &[]).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_dropped_does_not_come_back_under_the_same_name() {
    for test in with_racks().await {
        let less = FIRST.replace("notes = { kind = \"text\" }\n", "");
        open(&test, &less, &["rack.notes"]).await.unwrap();
        open(&test, FIRST, &[]).await.unwrap();
        // The tables are written again from the history.
        let narrow = FIRST.replace(", \"blue\"", "");
        let app = open(&test, &narrow, &["rack.colour"]).await.unwrap();
        check_history(&app).await;
        assert_eq!(texts(&app, &test, "notes").await, ["", ""]);
    }
}

#[tokio::test]
async fn a_type_that_comes_again_begins_empty_with_new_ids() {
    let other = "[types.row.fields]\nname = { kind = \"text\", required = true, unique = true }\n";
    for test in with_racks().await {
        open(&test, other, &["rack"]).await.unwrap();
        let app = open(&test, &format!("{FIRST}{other}"), &[]).await.unwrap();
        check_history(&app).await;
        let again = TestApp { app: app.clone(), database: test.database.another_view() };
        let hands = Hands { test: &again };
        assert_eq!(hands.add("rack", r#"{"name": "a"}"#).await.id.0, 3);
    }
}

#[tokio::test]
async fn a_reference_that_turns_to_another_type_is_emptied() {
    let places = "[types.row.fields]\nname = { kind = \"text\", required = true, unique = true }\n\
                  [types.hall.fields]\nname = { kind = \"text\", required = true, unique = true }\n\
                  [types.rack.fields]\nname = { kind = \"text\", required = true, unique = true }\n\
                  at = { kind = \"ref\", to = \"row\" }\n";
    for database in databases().await {
        let test = TestApp::open(database, schema(places)).await;
        let hands = Hands { test: &test };
        hands.add("row", r#"{"name": "r"}"#).await;
        hands.add("hall", r#"{"name": "h"}"#).await;
        hands.add("rack", r#"{"name": "a", "at": "r"}"#).await;
        hands.add("rack", r#"{"name": "b"}"#).await;
        let turned = places.replace("to = \"row\"", "to = \"hall\"");
        let app = open(&test, &turned, &["rack.at"]).await.unwrap();
        assert_eq!(texts(&app, &test, "at").await, ["", ""]);
        check_history(&app).await;
    }
}
