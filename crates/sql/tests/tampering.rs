//! Whatever is altered in the history behind the register's back is found, and named.

#![expect(clippy::unwrap_used, reason = "all of it is a test")]

use std::sync::Arc;

use domain::history::Hash;
use domain::record::CommitNumber;
use sql::read::{Broken, Misfit};
use sql::write::CommitInfo;
use testkit::{Hands, TestApp, test_apps};

/// A history of a few commits, of which the first three are folded.
async fn live(test: &TestApp) {
    let hands = Hands { test };
    hands.add("place", r#"{"name": "p"}"#).await;
    for number in 1..=3 {
        hands.add("thing", &format!(r#"{{"name": "t{number}", "place": 1}}"#)).await;
    }
    let (schema, ctx) = (Arc::clone(&hands.app().schema), hands.ctx());
    let info = CommitInfo {
        now: ctx.now,
        actor: "alice".to_owned(),
        token: Some("laptop".to_owned()),
        origin: "cli".to_owned(),
        reason: Some("too old".to_owned()),
        request_id: Some("r".to_owned()),
    };
    let to = CommitNumber(3);
    let fold = hands.app().store.write(move |writer| sql::write::fold(writer, &schema, to, &info));
    fold.await.unwrap().unwrap();
    hands.update("thing", 1, r#"{"note": "x"}"#).await.unwrap();
    hands.delete("thing", 2).await.unwrap();
}

async fn verify(test: &TestApp, expected: Vec<(CommitNumber, Hash)>) -> Option<Broken> {
    let walk =
        move |reader: &mut sql::Reader<'_>| sql::read::verify(reader, &expected, &mut |_, _| {});
    test.app.store.read(walk).await.unwrap()
}

/// Each column of the history, and what alters a value of it and puts it back.
fn columns(is_postgres: bool) -> Vec<(&'static str, &'static str, String, String)> {
    // What alters a byte twice puts it back.
    let bytes = |column: &str| {
        if is_postgres {
            format!("set_byte({column}, 3, 255 - get_byte({column}, 3))")
        } else {
            let swapped = [("0", "x"), ("1", "0"), ("x", "1")];
            let digits = swapped.iter().fold(format!("hex({column})"), |text, (from, to)| {
                format!("replace({text}, '{from}', '{to}')")
            });
            format!("unhex({digits})")
        }
    };
    let number = |column: &str| (format!("{column} + 100"), format!("{column} - 100"));
    let text = |column: &str| {
        (format!("{column} || 'x'"), format!("substr({column}, 1, length({column}) - 1)"))
    };
    let mut all = Vec::new();
    for (table, columns, how) in [
        ("commits", &["at"][..], 'n'),
        ("commits", &["actor", "token", "origin", "reason", "request_id"], 't'),
        ("commits", &["digest", "hash", "base_digest"], 'b'),
        ("commits", &["folded_to"], 'n'),
        ("changes", &["id", "revision"], 'n'),
        ("changes", &["type", "before", "after"], 't'),
        ("base", &["commit_number", "revision", "created_at", "updated_at"], 'n'),
        ("base", &["changed_by", "fields"], 't'),
        ("register", &["last_commit", "last_at", "folded_to"], 'n'),
        ("register", &["last_hash"], 'b'),
    ] {
        for column in columns {
            let (alter, restore) = match how {
                'n' => number(column),
                't' => text(column),
                _ => (bytes(column), bytes(column)),
            };
            all.push((table, *column, alter, restore));
        }
    }
    all
}

/// What names the rows of a table, one after the other.
fn rows(table: &str) -> Vec<&'static str> {
    match table {
        "commits" => vec!["number = 4", "number = 5", "number = 6", "number = 7"],
        "changes" => vec!["commit_number = 4", "commit_number = 6", "commit_number = 7"],
        "base" => vec!["type = 'place'", "type = 'thing' AND id = 1", "type = 'thing' AND id = 2"],
        _ => vec!["id = 1"],
    }
}

#[tokio::test]
async fn every_altered_value_of_the_history_is_found() {
    for test in test_apps().await {
        live(&test).await;
        assert_eq!(verify(&test, Vec::new()).await, None);
        for (table, column, alter, restore) in columns(test.database.is_postgres()) {
            for row in rows(table) {
                let where_row = format!("WHERE {row} AND {column} IS NOT NULL");
                let set = |to: &str| format!("UPDATE {table} SET {column} = {to} {where_row}");
                let counts = format!("{table}.{column} of {row}");
                let had_value = has_value(&test, table, &where_row).await;
                test.database.tamper(&set(&alter)).await;
                let broken = verify(&test, Vec::new()).await;
                assert_eq!(broken.is_some(), had_value, "{counts}");
                test.database.tamper(&set(&restore)).await;
                assert_eq!(verify(&test, Vec::new()).await, None, "{counts} put back");
            }
        }
    }
}

/// Whether the value is there to be altered.
async fn has_value(test: &TestApp, table: &str, where_row: &str) -> bool {
    let query = format!("SELECT count(*) FROM {table} {where_row}");
    test.database.count(&query).await > 0
}

#[tokio::test]
async fn what_is_gone_and_what_was_added_is_found() {
    for (statements, number, why) in [
        ("DELETE FROM changes WHERE commit_number = 7", 7, Misfit::Content),
        (
            "DELETE FROM changes WHERE commit_number = 6; DELETE FROM commits WHERE number = 6",
            6,
            Misfit::Missing,
        ),
        (
            "DELETE FROM changes WHERE commit_number = 7; DELETE FROM commits WHERE number = 7",
            7,
            Misfit::Missing,
        ),
        ("DELETE FROM base WHERE type = 'place'", 5, Misfit::Base),
        (
            "INSERT INTO changes (commit_number, place, type, id, revision, after) \
             SELECT number, 0, 'thing', 99, 1, '{}' FROM commits WHERE number = 1",
            1,
            Misfit::Content,
        ),
        ("UPDATE changes SET place = 1 WHERE commit_number = 7", 7, Misfit::Content),
    ] {
        for test in test_apps().await {
            live(&test).await;
            test.database.tamper(statements).await;
            let broken = verify(&test, Vec::new()).await;
            assert_eq!(broken, Some(Broken { number: CommitNumber(number), why }), "{statements}");
        }
    }
}

#[tokio::test]
async fn a_history_written_anew_does_not_have_the_hashes_that_were_seen() {
    for test in test_apps().await {
        live(&test).await;
        let kept = |number| {
            test.app.store.read(move |reader| sql::read::commit_read(reader, CommitNumber(number)))
        };
        let hash = kept(6).await.unwrap().unwrap().hash;
        assert_eq!(verify(&test, vec![(CommitNumber(6), hash)]).await, None);
        let other = verify(&test, vec![(CommitNumber(6), [0; 32])]).await;
        assert_eq!(other, Some(Broken { number: CommitNumber(6), why: Misfit::Expected }));
        // The end cut off, and the register with it.
        let cut = "DELETE FROM changes WHERE commit_number > 6; DELETE FROM commits WHERE number > 6; \
             UPDATE register SET last_commit = 6, \
             last_hash = (SELECT hash FROM commits WHERE number = 6), \
             last_at = (SELECT at FROM commits WHERE number = 6)";
        let last = kept(7).await.unwrap().unwrap().hash;
        test.database.tamper(cut).await;
        assert_eq!(verify(&test, Vec::new()).await, None, "nothing inside tells");
        let seen = verify(&test, vec![(CommitNumber(7), last)]).await;
        assert_eq!(seen, Some(Broken { number: CommitNumber(7), why: Misfit::Missing }));
    }
}
