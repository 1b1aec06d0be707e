//! Backups: all that the register holds comes back, in either database, or nothing does.

#![expect(clippy::unwrap_used, reason = "a test ends where it can't go on")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use app::backup::{BackupFault, BackupHead, RestoreError, Restored, look, restore};
use app::passwords::Password;
use app::people::{PeopleChange, Profile};
use app::{Context, Error};
use domain::query::Stored;
use domain::record::Timestamp;
use domain::review::Ask;
use testkit::{Hands, TestApp, databases, every_kind, test_apps};

/// The rows of all of the system's own tables.
async fn system_rows(test: &TestApp) -> BTreeMap<String, Vec<Vec<Stored>>> {
    let read = test.app.store.read(|reader| {
        let mut all = BTreeMap::new();
        for table in sql::read::system_tables(reader)? {
            let mut rows = Vec::new();
            let mut piece = sql::read::system_rows(reader, &table, None)?;
            while let Some(last) = piece.last().cloned() {
                rows.append(&mut piece);
                piece = sql::read::system_rows(reader, &table, Some(&last))?;
            }
            all.insert(table.name, rows);
        }
        Ok(all)
    });
    read.await.unwrap()
}

async fn taken(test: &TestApp) -> (BackupHead, Vec<u8>) {
    let go_on = |_, _| ControlFlow::Continue(());
    test.app.backup(&test.system(), (Vec::new(), "memory"), go_on).await.unwrap()
}

async fn put(file: &[u8], url: &str, at: Timestamp) -> Result<Restored, RestoreError> {
    let input = Cursor::new(file.to_vec());
    restore(sql::Settings::new(url), input, at, |_, _, _| {}).await
}

/// Something of most of what the register keeps.
async fn fill(test: &TestApp) {
    let hands = Hands { test };
    let place = hands.add("place", r#"{"name": "Größe \ud83d\ude80"}"#).await;
    for number in 0..5 {
        hands.add("label", &format!(r#"{{"name": "l{number}"}}"#)).await;
    }
    let json = format!(r#"{{"name": "t", "place": {}, "labels": [1, 2, 3]}}"#, place.id);
    let thing = hands.add("thing", &json).await;
    hands.update("thing", thing.id.0, r#"{"labels": [3, 4]}"#).await.unwrap();
    hands.delete("label", 5).await.unwrap();
    let people = vec![
        PeopleChange::AddGroup { group: "night shift".to_owned(), description: None },
        PeopleChange::AddUser {
            user: "zoë".to_owned(),
            profile: Profile::default(),
            groups: vec!["night shift".to_owned()],
            password: Some(Password("correct horse battery".to_owned())),
        },
    ];
    test.app.people_change(&test.system(), people).await.unwrap();
    let asking = Context { ask: Ask::Review, ..test.writer() };
    let change = hands.update_of("thing", thing.id.0, r#"{"name": "asked for"}"#);
    let proposal = domain::change::Proposal { changes: vec![change] };
    test.app.submit(&asking, proposal).await.unwrap();
}

#[tokio::test]
async fn all_that_the_register_holds_comes_back_in_either_database() {
    for test in test_apps().await {
        fill(&test).await;
        let before = system_rows(&test).await;
        let (head, file) = taken(&test).await;
        assert_eq!(head.rows, before.values().map(|rows| rows.len() as u64).sum::<u64>());
        assert_eq!(look(file.as_slice(), |_, _| {}).unwrap(), head);
        for database in databases().await {
            let restored = put(&file, &database.url, test.app.clock.now()).await.unwrap();
            assert_eq!((&restored.head, restored.records), (&head, 6));
            let other = TestApp::open(database, every_kind()).await;
            let mut after = system_rows(&other).await;
            // The audit tells of it, and nothing that was kept under the old heads is taken for new.
            let told = after.get_mut("audit").and_then(Vec::pop).unwrap();
            assert!(told.contains(&Stored::Text("Restored backup".to_owned())), "{told:?}");
            for (table, rows) in &before {
                match table.as_str() {
                    "system_heads" => assert_ne!(rows, &after[table]),
                    _ => assert_eq!(rows, &after[table], "{table}"),
                }
            }
            goes_on(&other).await;
        }
    }
}

/// A register that was restored is one like any other.
async fn goes_on(test: &TestApp) {
    let hands = Hands { test };
    let label = hands.add("label", r#"{"name": "new"}"#).await;
    assert_eq!(label.id.0, 6, "5 was given before");
    let add = PeopleChange::AddUser {
        user: "somebody".to_owned(),
        profile: Profile::default(),
        groups: vec!["viewers".to_owned()],
        password: None,
    };
    test.app.people_change(&test.system(), vec![add]).await.unwrap();
    let verified = test.app.history_verify(&test.system(), Vec::new(), |_, _| {}).await.unwrap();
    assert_eq!(verified.broken, None);
}

#[tokio::test]
async fn what_is_not_whole_leaves_the_database_empty() {
    let apps = test_apps().await;
    let test = apps.first().unwrap();
    fill(test).await;
    let (head, file) = taken(test).await;
    let now = test.app.clock.now();
    let lines = String::from_utf8(zstd::decode_all(file.as_slice()).unwrap()).unwrap();
    let packed = |lines: &str| zstd::encode_all(lines.as_bytes(), 0).unwrap();
    // As somebody would who knows how the file is made: with a digest that fits.
    let forged = |from: &str, to: &str| {
        assert!(lines.contains(from), "{from}");
        let (body, _) = lines.trim_end().rsplit_once('\n').unwrap();
        let body = format!("{}\n", body.replace(from, to));
        let digest = <sha2::Sha256 as sha2::Digest>::digest(body.as_bytes());
        let digest = domain::history::hex(&digest.into());
        let rows = head.rows;
        packed(&format!("{body}{{\"end\":{{\"rows\":{rows},\"sha256\":\"{digest}\"}}}}\n"))
    };
    for database in databases().await {
        let lines_but_last = lines.trim_end().rsplit_once('\n').unwrap().0;
        let why = put(&packed(lines_but_last), &database.url, now).await.unwrap_err();
        assert!(matches!(why, RestoreError::Fault(BackupFault::CutOff)), "{why:?}");
        for (from, to, expected) in [
            ("\\\"l3\\\"", "\\\"l33\\\"", "the history does not fit at commit 5"),
            ("\"table\":\"users\"", "\"table\":\"r_thing\"", "there is no table"),
            ("[\"id\",\"name\",\"description\"]", "[\"id\",\"name\",\"x = 1\"]", "has no column"),
        ] {
            let why = put(&forged(from, to), &database.url, now).await.unwrap_err();
            assert!(why.to_string().contains(expected), "{from}: {why}");
        }
        let newer = forged("\"migration\":1", "\"migration\":91");
        let why = put(&newer, &database.url, now).await.unwrap_err();
        assert!(matches!(why, RestoreError::TooNew { .. }), "{why:?}");
        // Nothing of all this is there: it can still be restored.
        put(&file, &database.url, now).await.unwrap();
        let why = put(&file, &database.url, now).await.unwrap_err();
        assert!(matches!(why, RestoreError::NotEmpty), "{why:?}");
    }
}

#[tokio::test]
async fn who_may_not_administer_takes_none() {
    let apps = test_apps().await;
    let test = apps.first().unwrap();
    let go_on = |_, _| ControlFlow::Continue(());
    let refused = test.app.backup(&test.nobody(), (Vec::new(), "memory"), go_on).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)), "{refused:?}");
}

/// A backup is of one moment, however much is written while it is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_of_one_moment() {
    for test in test_apps().await {
        let test = Arc::new(test);
        fill(&test).await;
        let is_over = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn({
            let (test, is_over) = (Arc::clone(&test), Arc::clone(&is_over));
            async move {
                let hands = Hands { test: &test };
                let mut number = 0;
                while !is_over.load(Ordering::Relaxed) {
                    hands.add("label", &format!(r#"{{"name": "more {number}"}}"#)).await;
                    number += 1;
                }
                number
            }
        });
        let mut last = None;
        for _ in 0..5 {
            let (head, file) = taken(&test).await;
            let database = databases().await.remove(0);
            put(&file, &database.url, test.app.clock.now()).await.unwrap();
            assert!(last < Some(head.commit), "others write meanwhile");
            last = Some(head.commit);
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(writer.await.unwrap() > 0);
    }
}
