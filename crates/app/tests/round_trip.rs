//! Export, edit, import: only the edits are changes, whatever the form and however nasty the values.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what tests share may fail as they do"
)]

use std::io::{Cursor, Read as _, Write as _};

use app::export::ExportFormat;
use app::import::{Format, ReadOptions, Report, RunOptions, read};
use serde_json::{Value, json};
use testkit::{Hands, TestApp, test_apps};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const FORMS: [(ExportFormat, Format); 5] = [
    (ExportFormat::Csv, Format::Csv),
    (ExportFormat::Xlsx, Format::Xlsx),
    (ExportFormat::Yaml, Format::Yaml),
    (ExportFormat::JsonLines, Format::Json),
    (ExportFormat::Json, Format::Json),
];

/// What programs like to take for something else.
const WORDS: [&str; 30] = [
    "yes",
    "no",
    "null",
    "~",
    "true",
    "NaN",
    "1e3",
    "007",
    "1_000",
    "0x1f",
    "12:30:45",
    "2026-01-31",
    "=1+1",
    "'=1+1",
    "@SUM(1)",
    "-1",
    "+49 30",
    "'quoted'",
    "say \"x\", twice",
    "a: b",
    "- a",
    "#a",
    "[a]",
    "{a}",
    "*a",
    "%a",
    "back\\slash|bar",
    "Straße 日本 𝄞",
    "::1",
    "<a>&amp;",
];

/// Texts of many lines.
const STORIES: [&str; 8] = [
    " two\n\"lines\"\r\nthree ",
    "ends\n\n",
    "\n\nbegins",
    "tab\there\n\tand there",
    "one\n\n  two # three\n---\n...\nend",
    "a: b\n- c",
    "\u{7f}\u{a0}x",
    "no",
];

const DATA: [&str; 8] = [
    r#"{"b": [1, 2.50, null, "no"], "a: b": {"é\n": "x, y"}}"#,
    "1e3",
    "-5",
    r#""=1+1""#,
    "[]",
    "{}",
    "true",
    r#""""#,
];

/// The note that is edited.
const BEFORE: &str = "before-the-edit";
const AFTER: &str = "=after, \"the\" edit: no";

async fn with_things(test: &TestApp) -> usize {
    let hands = Hands { test };
    hands.add("place", r#"{"name": "here, there"}"#).await;
    hands.add("port", r#"{"device": "sw-1", "number": 5}"#).await;
    let labels = ["a|b", "c\\d", "x, y", "no", "1e3", "=1"];
    for name in labels {
        hands.add("label", &json!({ "name": name }).to_string()).await;
    }
    for (at, word) in WORDS.iter().enumerate() {
        let data: Value = serde_json::from_str(DATA[at % DATA.len()]).unwrap();
        let thing = json!({
            "name": word,
            "note": WORDS[(at + 7) % WORDS.len()],
            "story": STORIES[at % STORIES.len()],
            "units": at,
            "amount": "12345678901234567890.123456789012345678",
            "active": at % 2 == 0,
            "born": "2026-02-28",
            "moment": "2026-02-28T23:59:59.123456Z",
            "ip": format!("2001:db8::{at:x}"),
            "network": "10.0.0.0/8",
            "mac": "00:1e:44:11:30:07",
            "url": "https://example.org/x?y=z#no",
            "email": "a@example.org",
            "state": "used",
            "place": "here, there",
            "port": {"device": "sw-1", "number": 5},
            "labels": labels.iter().take(at % 7).collect::<Vec<_>>(),
            "data": data,
        });
        hands.add("thing", &thing.to_string()).await;
    }
    // Nothing but what must be, and the one that is edited.
    hands.add("thing", r#"{"name": "bare", "active": null}"#).await;
    hands.add("thing", &json!({"name": "edited", "note": BEFORE}).to_string()).await;
    WORDS.len() + 2
}

async fn import(test: &TestApp, file: &[u8], format: Option<Format>, dry_run: bool) -> Report {
    let of = test.app.schema.named("thing").unwrap().index;
    let options = ReadOptions { format, ..ReadOptions::default() };
    let mut import = read(&test.app.schema, of, file, &options).unwrap();
    let how = RunOptions { dry_run, ..RunOptions::default() };
    test.app.import(&test.writer(), &mut import, &how).await.unwrap()
}

/// The file with the one note edited, as somebody would in that form.
fn edited(file: &[u8], format: ExportFormat) -> Vec<u8> {
    let written = match format {
        // The apostrophe is what an export of ours has, and a spreadsheet shows it not.
        ExportFormat::Csv => format!("\"'{}\"", AFTER.replace('"', "\"\"")),
        ExportFormat::Xlsx => AFTER.replace('"', "&quot;"),
        ExportFormat::Yaml => format!("'{AFTER}'"),
        ExportFormat::Json | ExportFormat::JsonLines => AFTER.replace('"', "\\\""),
    };
    if format != ExportFormat::Xlsx {
        let text = String::from_utf8(file.to_vec()).unwrap();
        return replaced(&text, &written).into_bytes();
    }
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            text = replaced(&text, &written);
        }
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn replaced(text: &str, written: &str) -> String {
    assert_eq!(text.matches(BEFORE).count(), 1, "{text}");
    text.replace(BEFORE, written)
}

/// All records, by name, without what every change moves.
async fn records(test: &TestApp) -> Vec<Value> {
    let lines = String::from_utf8(test.export("thing", ExportFormat::JsonLines).await).unwrap();
    let mut records: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for record in &mut records {
        let members = record.as_object_mut().unwrap();
        members.retain(|name, _| !["revision", "updated_at"].contains(&name.as_str()));
    }
    records
}

#[tokio::test]
async fn an_untouched_file_changes_nothing_and_an_edited_cell_that_field_alone() {
    for test in test_apps().await {
        let count = with_things(&test).await;
        let before = records(&test).await;
        for (form, format) in FORMS {
            let file = test.export("thing", form).await;
            // With the form named, and by the file's beginning.
            for format in [Some(format), None] {
                let report = import(&test, &file, format, false).await;
                let counts = (report.added, report.updated, report.unchanged);
                assert_eq!((counts, report.commit), ((0, 0, count), None), "{form:?}");
            }
            let file = edited(&file, form);
            let told = import(&test, &file, Some(format), true).await;
            let [sample] = told.samples.as_slice() else { panic!("{form:?}: {:?}", told.samples) };
            let changed: Vec<(&str, &str, &str)> = sample
                .differences
                .iter()
                .map(|of| (of.field.as_str(), of.before.as_str(), of.after.as_str()))
                .collect();
            assert_eq!(changed, [("note", BEFORE, AFTER)], "{form:?}");
            let report = import(&test, &file, Some(format), false).await;
            assert_eq!((report.added, report.updated, report.unchanged), (0, 1, count - 1));
            let mut expected = before.clone();
            let edited = expected.iter_mut().find(|record| record["name"] == "edited").unwrap();
            edited["note"] = json!(AFTER);
            assert_eq!(records(&test).await, expected, "{form:?}");
            let id =
                expected.iter().find(|record| record["name"] == "edited").unwrap()["id"].clone();
            let back = json!({ "note": BEFORE }).to_string();
            Hands { test: &test }.update("thing", id.as_i64().unwrap(), &back).await.unwrap();
            assert_eq!(records(&test).await, before, "{form:?}");
        }
    }
}

#[tokio::test]
async fn a_type_without_records_goes_out_and_in_in_every_form() {
    for test in test_apps().await {
        for (form, format) in FORMS {
            let file = test.export("thing", form).await;
            let report = import(&test, &file, Some(format), false).await;
            assert_eq!((report.added, report.updated, report.unchanged), (0, 0, 0), "{form:?}");
        }
        assert_eq!(test.export("thing", ExportFormat::Yaml).await, b"[]\n");
        assert_eq!(test.export("thing", ExportFormat::Json).await, b"[]\n");
    }
}

#[tokio::test]
async fn what_people_write_in_yaml_is_what_they_meant() {
    for test in test_apps().await {
        let file = b"# things of ours\n- name: no\n  note: 007\n  active: no\n  units: 007\n  born: 2026-01-31\n\
                     \x20 ip: 2001:db8::1\n- {name: 1e3, note: 2026-01-31, data: {on: [1, no, \"no\", ~]}}\n";
        let report = import(&test, file, None, false).await;
        assert_eq!(report.added, 2);
        let found = records(&test).await;
        let of = |name: &str| found.iter().find(|record| record["name"] == name).unwrap();
        assert_eq!((&of("no")["note"], &of("no")["active"]), (&json!("007"), &json!(false)));
        assert_eq!((&of("no")["units"], &of("no")["born"]), (&json!(7), &json!("2026-01-31")));
        assert_eq!(of("1e3")["note"], "2026-01-31");
        assert_eq!(of("1e3")["data"], json!({"on": [1, "no", "no", null]}));
    }
}

#[tokio::test]
async fn bad_records_of_yaml_come_back_as_yaml() {
    for test in test_apps().await {
        let file = b"- name: one\n  ip: nonsense\n- name: two\n";
        let of = test.app.schema.named("thing").unwrap().index;
        let read_again =
            |file: &[u8]| read(&test.app.schema, of, file, &ReadOptions::default()).unwrap();
        let mut import = read_again(file);
        let how = RunOptions { skip_bad: true, ..RunOptions::default() };
        let report = test.app.import(&test.writer(), &mut import, &how).await.unwrap();
        assert_eq!((report.added, report.skipped.len()), (1, 1));
        let rejects = import.rejects(&report.skipped);
        assert!(rejects.starts_with("- {\"import_place\": \"line 1\", "), "{rejects}");
        let mended = rejects.replace("nonsense", "10.0.0.1");
        let mut import = read_again(mended.as_bytes());
        let report = test.app.import(&test.writer(), &mut import, &RunOptions::default()).await;
        assert_eq!(report.unwrap().added, 1);
    }
}
