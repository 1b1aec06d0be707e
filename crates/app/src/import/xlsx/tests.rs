//! Workbooks as spreadsheets write them, and as nobody should.

use std::io::Write as _;

use proptest::prelude::*;
use rust_xlsxwriter::{Format as CellFormat, Formula, Workbook};
use zip::write::SimpleFileOptions;

use super::*;

/// Rows as `place: cells`, with what is wrong.
fn rows(table: &Table) -> Vec<String> {
    let show = |row: &TableRow| {
        let cells = row.values.iter().map(|(_, value)| {
            let Json::Text(text) = value else { panic!("{value}") };
            text.clone()
        });
        let faults = row.cell_faults.iter().map(|(column, why)| format!("[{column}] {why}"));
        let all: Vec<String> = cells.chain(faults).chain(row.fault.clone()).collect();
        format!("{}: {}", row.place, all.join("|"))
    };
    table.rows.iter().map(show).collect()
}

fn read_one(bytes: &[u8]) -> Result<Table, ImportError> {
    read(bytes, None, XlsxLimits::REQUEST)
}

/// A workbook whose parts are written by hand.
fn packed(sheet: &str, texts: &str) -> Vec<u8> {
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relations = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" \
         Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let of_workbook = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let workbook = format!(
        "<workbook xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"one\" sheetId=\"1\" r:id=\"r1\"/>\
         </sheets></workbook>"
    );
    let sheet = format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("_rels/.rels", relations.as_str()),
        ("xl/_rels/workbook.xml.rels", &of_workbook),
        ("xl/workbook.xml", &workbook),
        ("xl/sharedStrings.xml", texts),
        ("xl/worksheets/sheet1.xml", &sheet),
    ] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const HEAD: &str = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>name</v></c>\
                    <c r=\"B1\" t=\"str\"><v>note</v></c></row>";

/// What a sheet of these rows under a header of two columns is.
fn of_rows(rows: &str) -> Result<Table, ImportError> {
    read_one(&packed(&format!("{HEAD}{rows}"), "<sst></sst>"))
}

#[test]
fn cells_are_the_texts_that_a_csv_file_would_have() {
    let mut workbook = Workbook::new();
    let day = CellFormat::new().set_num_format("dd.mm.yyyy");
    let moment = CellFormat::new().set_num_format("yyyy-mm-dd hh:mm");
    let percent = CellFormat::new().set_num_format("0%");
    let sheet = workbook.add_worksheet();
    for (column, name) in (0_u16..).zip([" text ", "number", "truth", "day", "moment", "formula"]) {
        sheet.write_string(1, column, name).unwrap();
    }
    sheet.write_string(3, 0, "=1+1 <r>\u{e9}\r\n _x0041_ ").unwrap();
    sheet.write_number(3, 1, 42.0).unwrap();
    sheet.write_boolean(3, 2, true).unwrap();
    sheet.write_number_with_format(3, 3, 45_943.0, &day).unwrap();
    sheet.write_number_with_format(3, 4, 45_943.25, &moment).unwrap();
    sheet.write_formula(3, 5, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_number_with_format(4, 1, -0.5, &percent).unwrap();
    sheet.write_formula(4, 5, Formula::new("=\"x\"&\"y\"").set_result("xy")).unwrap();
    let table = read_one(&workbook.save_to_buffer().unwrap()).unwrap();
    assert_eq!(table.columns, ["text", "number", "truth", "day", "moment", "formula"]);
    assert_eq!(
        rows(&table),
        [
            "row 4: =1+1 <r>\u{e9}\r\n _x0041_ |42|true|2025-10-13|2025-10-13T06:00:00.000Z|2",
            "row 5: |-0.5||||xy",
        ]
    );
}

#[test]
fn what_a_cell_does_not_tell_is_the_fault_of_that_cell() {
    let table = of_rows(
        "<row r=\"3\"><c r=\"A3\"><f>1+1</f></c><c r=\"B3\" t=\"e\"><v>#N/A</v></c></row>\
         <row r=\"4\"><c r=\"A4\"><v>1e15</v></c><c r=\"C4\" t=\"str\"><v>x</v></c></row>\
         <row r=\"5\"><c r=\"A5\" t=\"str\"><f>A1</f><v></v></c><c r=\"B5\"><v>1</v></c></row>",
    );
    assert_eq!(
        rows(&table.unwrap()),
        [
            "row 3: |#N/A|[0] cell A3 has a formula without a value; open and save the file in a \
             spreadsheet, or write the value in its place|[1] cell B3 has an error in place of a \
             value",
            "row 4: 1000000000000000||[0] cell A4 has a number of more than the 15 digits that a \
             spreadsheet keeps; write it as text|cell C4 stands right of all columns with a name",
            "row 5: |1",
        ]
    );
}

#[test]
fn a_sheet_is_the_first_or_the_one_of_that_name() {
    let mut workbook = Workbook::new();
    for name in ["one", "two"] {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        sheet.write_string(0, 0, "name").unwrap();
        sheet.write_string(1, 0, name).unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let of = |sheet| read(&bytes, sheet, XlsxLimits::REQUEST).map(|table| rows(&table));
    assert_eq!(of(None).unwrap(), ["row 2: one"]);
    assert_eq!(of(Some("two")).unwrap(), ["row 2: two"]);
    let told = of(Some("Two")).unwrap_err().to_string();
    assert_eq!(told, "there is no sheet \"Two\"; the workbook has: one, two");
}

#[track_caller]
fn check_refused(bytes: &[u8], limits: XlsxLimits, told: &str) {
    let error = read(bytes, None, limits).map(|table| rows(&table)).unwrap_err().to_string();
    assert!(error.contains(told), "{error}");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let bomb = packed(&format!("{HEAD}{}", " ".repeat(50_000_000)), "<sst></sst>");
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let limits = XlsxLimits { bytes: 40 * 1_024 * 1_024, ..XlsxLimits::REQUEST };
    check_refused(&bomb, limits, "too large: it unpacks to more than 40 MB");
    read_one(&bomb).unwrap();
    let row = |row: u32| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"str\"><v>x</v></c></row>");
    let four = packed(&format!("{HEAD}{}{}", row(2), row(3)), "<sst></sst>");
    for (cells, fits) in [(4, true), (3, false)] {
        let limits = XlsxLimits { cells, ..XlsxLimits::REQUEST };
        assert_eq!(read(&four, None, limits).is_ok(), fits, "{cells}");
    }
    // It says to hold what no machine could.
    for texts in ["<sst uniqueCount=\"99999999999999999\"></sst>", "<sst uniqueCount='2000001'/>"] {
        check_refused(&packed(HEAD, texts), XlsxLimits::REQUEST, "too large: it says to hold");
    }
    let hidden = format!("<!--{}--><sst uniqueCount=\"9999999999\"/>", "x".repeat(PIECE - 20));
    check_refused(&packed(HEAD, &hidden), XlsxLimits::REQUEST, "too large: it says to hold");
    let apart = "<sst uniqueCount\n= \"9999999999\"/>";
    check_refused(&packed(HEAD, apart), XlsxLimits::REQUEST, "too large: it says to hold");
    for blanks in [2_000, 200_000] {
        let far = format!("<sst uniqueCount{}=\"9999999999\"/>", " ".repeat(blanks));
        assert!(read_one(&packed(HEAD, &far)).is_err(), "{blanks}");
    }
    // The word itself says nothing.
    let text = "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>uniqueCount is a word</v></c></row>";
    assert_eq!(rows(&of_rows(text).unwrap()), ["row 2: uniqueCount is a word|"]);
}

#[test]
fn what_is_no_workbook_is_told() {
    let check = |bytes: &[u8], told: &str| check_refused(bytes, XlsxLimits::REQUEST, told);
    check(b"PK\x03\x04", "this can't be read as XLSX");
    check(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old", "an old form (.xls) or behind a password");
    check(&packed("", "<sst></sst>"), "the file is empty");
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("content.xml", SimpleFileOptions::default()).unwrap();
    check(&archive.finish().unwrap().into_inner(), "this can't be read as XLSX");
    for rows in [
        "<row r=\"9\"><c r=\"A9\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"A1048577\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"XFE2\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"A99999999999999999999\"><v>1</v></c></row>",
        "<row r=\"2\"><c r=\"A2\"><v>1</v>",
        "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>7</v></c></row>",
    ] {
        let told = of_rows(rows).map(|table| self::rows(&table)).unwrap_err().to_string();
        assert!(told.starts_with("this can't be read as XLSX: "), "{rows}: {told}");
    }
}

proptest! {
    #[test]
    fn no_sheet_makes_the_reader_panic(rows in "(<row r=\"[2-9]\">|<c r=\"[A-C]?[0-9]{1,12}\"( t=\"[a-z]{1,3}\")?>|<v>|</v>|<f>|</f>|</c>|</row>|[0-9.e]{1,3}|<is>|<t>){0,12}") {
        let _table = of_rows(&rows);
    }

    #[test]
    fn no_packed_bytes_make_the_reader_panic(at in 0_usize..1_500, byte in any::<u8>()) {
        let mut bytes = packed(HEAD, "<sst></sst>");
        if let Some(one) = bytes.get_mut(at) {
            *one = byte;
        }
        let _table = read_one(&bytes);
    }
}
