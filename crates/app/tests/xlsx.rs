//! Workbooks out of the register and into it, on both databases.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::io::{Cursor, Read as _, Write as _};

use app::export::ExportFormat;
use app::import::{ImportError, Mapping, ReadOptions, Report, RunOptions, read};
use calamine::{Data, Reader as _, Xlsx};
use testkit::{Hands, TestApp, test_apps};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const SHEET: &str = "xl/worksheets/sheet1.xml";

async fn import(
    test: &TestApp,
    name: &str,
    file: &[u8],
    (options, how): (&ReadOptions, &RunOptions),
) -> Result<Report, ImportError> {
    let of = test.app.schema.named(name).unwrap().index;
    let mut import = read(&test.app.schema, of, file, options)?;
    test.app.import(&test.writer(), &mut import, how).await
}

async fn import_plainly(test: &TestApp, name: &str, file: &[u8]) -> Report {
    import(test, name, file, (&ReadOptions::default(), &RunOptions::default())).await.unwrap()
}

/// A part of a workbook.
fn part(file: &[u8], name: &str) -> String {
    let mut text = String::new();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The same workbook with another text in its sheet.
fn edited(file: &[u8], before: &str, after: &str) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        if name == SHEET {
            assert_eq!(text.matches(before).count(), 1, "{text}");
            text = text.replace(before, after);
        }
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// The cells of the sheet, row by row.
fn cells(file: &[u8]) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    let range = workbook.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

const THING: &str = r#"{"name": "=1+1", "note": "Straße", "story": " two\n\"lines\"\r\n_x0041_",
    "units": 999999999999999, "amount": 12.5, "active": "no", "born": "2026-02-28",
    "moment": "2026-02-28T23:59:59.123+01:00", "ip": "2001:DB8::1", "network": "10.0.0.0/8",
    "mac": "00-1B-44-11-3A-B7", "url": "https://example.org/x?y=z", "email": "a@example.org",
    "state": "used", "place": "here", "labels": ["a|b", "c\\d"],
    "data": {"b": [1, 2.50, null], "a": "é"}}"#;

/// What no cell holds exactly.
const LARGE: &str = r#"{"name": "large", "units": 9223372036854775807,
    "amount": 12345678901234567890.123456789012345678, "born": "0900-01-01",
    "moment": "2026-02-28T23:59:59.123456Z", "active": true}"#;

async fn with_things(test: &TestApp) {
    let hands = Hands { test };
    hands.add("place", r#"{"name": "here"}"#).await;
    hands.add("label", r#"{"name": "a|b"}"#).await;
    hands.add("label", r#"{"name": "c\\d"}"#).await;
    hands.add("thing", THING).await;
    hands.add("thing", LARGE).await;
}

#[tokio::test]
async fn cells_have_types_where_they_hold_the_value_and_text_where_they_do_not() {
    for test in test_apps().await {
        with_things(&test).await;
        let file = test.export("thing", ExportFormat::Xlsx).await;
        let rows = cells(&file);
        let column = |name: &str| {
            let is_named = |cell: &Data| matches!(cell, Data::String(text) if text == name);
            rows[0].iter().position(is_named).unwrap()
        };
        for (name, first, second) in [
            ("id", "Float(1.0)", "Float(2.0)"),
            ("name", "String(\"=1+1\")", "String(\"large\")"),
            ("units", "Float(999999999999999.0)", "String(\"9223372036854775807\")"),
            ("amount", "Float(12.5)", "String(\"12345678901234567890.123456789012345678\")"),
            ("active", "Bool(false)", "Bool(true)"),
            ("born", "DateTime", "String(\"0900-01-01\")"),
            ("moment", "DateTime", "String(\"2026-02-28T23:59:59.123456Z\")"),
            ("labels", "String(\"a\\\\|b|c\\\\\\\\d\")", "Empty"),
        ] {
            for (row, expected) in [(1, first), (2, second)] {
                let found = format!("{:?}", rows[row][column(name)]);
                assert!(found.starts_with(expected), "{name}: {found}");
            }
        }
        // Nothing begins to calculate or leads anywhere, and the header stays in sight.
        let sheet = part(&file, SHEET);
        assert!(!sheet.contains("<f>") && !sheet.contains("<f ") && !sheet.contains("hyperlink"));
        assert!(sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""), "{sheet}");
        assert!(sheet.contains("<autoFilter ref=\"A1:T3\""), "{sheet}");
    }
}

#[tokio::test]
async fn an_export_imports_as_nothing_new_and_an_edited_cell_as_that_change_alone() {
    for test in test_apps().await {
        with_things(&test).await;
        let file = test.export("thing", ExportFormat::Xlsx).await;
        let report = import_plainly(&test, "thing", &file).await;
        assert_eq!((report.added, report.updated, report.unchanged), (0, 0, 2));
        assert_eq!(report.commit, None);
        let file = edited(&file, "Straße", "Gasse");
        let dry = RunOptions { dry_run: true, ..RunOptions::default() };
        let told = import(&test, "thing", &file, (&ReadOptions::default(), &dry)).await.unwrap();
        let sample = &told.samples[0];
        assert_eq!((sample.place.to_string(), told.samples.len()), ("row 2".to_owned(), 1));
        let fields: Vec<&str> = sample.differences.iter().map(|of| of.field.as_str()).collect();
        assert_eq!(fields, ["note"]);
        let report = import_plainly(&test, "thing", &file).await;
        assert_eq!((report.added, report.updated, report.unchanged), (0, 1, 1));
        assert!(
            cells(&test.export("thing", ExportFormat::Xlsx).await)[1]
                .contains(&Data::String("Gasse".to_owned()))
        );
    }
}

#[tokio::test]
async fn an_empty_type_is_a_sheet_with_a_header() {
    for test in test_apps().await {
        let file = test.export("label", ExportFormat::Xlsx).await;
        assert_eq!(cells(&file).len(), 1);
        assert_eq!(import_plainly(&test, "label", &file).await.added, 0);
    }
}

#[tokio::test]
async fn bad_rows_are_told_by_row_and_field_and_come_back_as_csv() {
    for test in test_apps().await {
        with_things(&test).await;
        let file =
            edited(&test.export("thing", ExportFormat::Xlsx).await, "2001:db8::1", "nonsense");
        let options = ReadOptions::default();
        let refused = import(&test, "thing", &file, (&options, &RunOptions::default())).await;
        let Err(ImportError::BadRows(bad)) = refused else { panic!("{refused:?}") };
        assert_eq!(bad[0].place.to_string(), "row 2");
        assert_eq!(bad[0].reasons.len(), 1);
        assert_eq!(bad[0].reasons[0].field.as_deref(), Some("ip"));
        let of = test.app.schema.named("thing").unwrap().index;
        let import = read(&test.app.schema, of, &file, &options).unwrap();
        let rejects = import.rejects(&bad);
        assert!(rejects.starts_with("import_place,import_reason,id,name,"), "{rejects}");
        assert!(rejects.contains("\nrow 2,ip: "), "{rejects}");
    }
}

#[tokio::test]
async fn columns_are_mapped_by_their_places_whatever_they_are_called() {
    for test in test_apps().await {
        // Two columns of one name, and one without any.
        let file = b"Name,Name,,x\nfirst,second,here,y\n";
        let names = ["", "name", "inside", ""].map(str::to_owned).to_vec();
        let options = ReadOptions { columns: Mapping::ByPlace(names), ..ReadOptions::default() };
        let how = RunOptions { create_missing: true, ..RunOptions::default() };
        let report = import(&test, "place", file, (&options, &how)).await.unwrap();
        assert_eq!((report.added, report.created.len()), (1, 1));
        let rows = cells(&test.export("place", ExportFormat::Xlsx).await);
        let text = |text: &str| Data::String(text.to_owned());
        assert!(rows.iter().any(|row| row[1..] == [text("second"), text("here")]), "{rows:?}");
    }
}
