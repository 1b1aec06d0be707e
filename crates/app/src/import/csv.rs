//! The CSV that people have: any separator, quotes by RFC 4180, any kind of line end, lines told
//! exactly. Written here because faults must name the line where they are, which the `csv` crate
//! miscounts behind blank lines and hides when a quote is never closed.

/// The separators that are recognised by themselves.
pub const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// A row of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvRow {
    /// The line that it begins in, from 1.
    pub line: u64,
    /// Its cells, without quotes.
    pub cells: Vec<String>,
    /// What is wrong with it, where only this row is.
    pub fault: Option<&'static str>,
}

/// A quote that is never closed: where the row ends can't be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnclosedQuote {
    /// The line with the opening quote, from 1.
    pub line: u64,
}

/// Reads all rows, the header's among them. Rows without any content are passed over.
///
/// # Errors
/// [`UnclosedQuote`].
pub fn parse(text: &str, separator: char) -> Result<Vec<CsvRow>, UnclosedQuote> {
    let mut reader = Reader { rest: text, line: 1, separator };
    let mut rows = Vec::new();
    while !reader.rest.is_empty() {
        let row = reader.row()?;
        let is_blank = row.cells.iter().all(|cell| cell.trim().is_empty());
        if !is_blank || row.fault.is_some() {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// The separator that stands most often in the first line with content, outside quotes; the comma
/// when there is none.
pub fn sniff_separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let mut counts = SEPARATORS.map(|separator| (separator, 0_usize));
    let mut is_quoted = false;
    for c in first.unwrap_or_default().chars() {
        is_quoted ^= c == '"';
        for (separator, count) in &mut counts {
            *count += usize::from(c == *separator && !is_quoted);
        }
    }
    let mut best = (',', 0);
    for candidate in counts {
        if candidate.1 > best.1 {
            best = candidate;
        }
    }
    best.0
}

struct Reader<'a> {
    rest: &'a str,
    line: u64,
    separator: char,
}

/// What stands behind a cell.
enum Behind {
    Cell,
    RowEnd,
}

impl<'a> Reader<'a> {
    fn row(&mut self) -> Result<CsvRow, UnclosedQuote> {
        let mut row = CsvRow { line: self.line, cells: Vec::new(), fault: None };
        loop {
            let cell = match self.rest.strip_prefix('"') {
                Some(inside) => {
                    self.rest = inside;
                    let cell = self.quoted()?;
                    if !self.plain().is_empty() {
                        row.fault = Some("there is text between a closing quote and the next cell");
                    }
                    cell
                }
                None => self.plain().to_owned(),
            };
            row.cells.push(cell);
            match self.step() {
                Behind::Cell => {}
                Behind::RowEnd => return Ok(row),
            }
        }
    }

    /// The rest of a cell whose opening quote has been read, with its closing quote.
    fn quoted(&mut self) -> Result<String, UnclosedQuote> {
        let unclosed = UnclosedQuote { line: self.line };
        let mut cell = String::new();
        loop {
            let (inside, behind) = self.rest.split_once('"').ok_or(unclosed)?;
            self.line += line_ends(inside);
            cell.push_str(inside);
            self.rest = behind;
            match behind.strip_prefix('"') {
                Some(behind) => {
                    cell.push('"');
                    self.rest = behind;
                }
                None => return Ok(cell),
            }
        }
    }

    /// Everything up to the next separator or line end.
    fn plain(&mut self) -> &'a str {
        let is_end = |c: char| c == self.separator || c == '\n' || c == '\r';
        let end = self.rest.find(is_end).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at(end);
        self.rest = rest;
        cell
    }

    /// Steps over a separator or a line end.
    fn step(&mut self) -> Behind {
        if let Some(rest) = self.rest.strip_prefix(self.separator) {
            self.rest = rest;
            return Behind::Cell;
        }
        let rest = self.rest.strip_prefix('\r').unwrap_or(self.rest);
        let rest = rest.strip_prefix('\n').unwrap_or(rest);
        if rest.len() < self.rest.len() {
            self.line += 1;
        }
        self.rest = rest;
        Behind::RowEnd
    }
}

/// How many lines end in a text: at each `\n`, `\r\n`, or `\r` alone.
fn line_ends(text: &str) -> u64 {
    let feeds = text.matches('\n').count();
    let returns = text.matches('\r').count();
    (feeds + returns - text.matches("\r\n").count()) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encode::write_row;

    #[track_caller]
    fn check(text: &str, separator: char, rows: &[(u64, &[&str])]) {
        let found = parse(text, separator).unwrap();
        let found: Vec<(u64, Vec<&str>)> = found
            .iter()
            .map(|row| (row.line, row.cells.iter().map(String::as_str).collect()))
            .collect();
        let rows: Vec<(u64, Vec<&str>)> =
            rows.iter().map(|(line, cells)| (*line, cells.to_vec())).collect();
        assert_eq!(found, rows, "{text:?}");
    }

    #[test]
    fn rows_begin_where_their_line_does() {
        check("a,b\n1,2\n", ',', &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a,b\r\n1,2\r\n3,", ',', &[(1, &["a", "b"]), (2, &["1", "2"]), (3, &["3", ""])]);
        check("a\rb", ',', &[(1, &["a"]), (2, &["b"])]);
        check("\n\na\n \n,\n\nb", ',', &[(3, &["a"]), (7, &["b"])]);
        check("a,\"x\r\ny\n\"\nb,c", ',', &[(1, &["a", "x\r\ny\n"]), (4, &["b", "c"])]);
        check("", ',', &[]);
    }

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        check("\"a;\"\"b\"\"\";c", ';', &[(1, &["a;\"b\"", "c"])]);
        check("5\" disk,\"\"", ',', &[(1, &["5\" disk", ""])]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_where_it_opens() {
        assert_eq!(parse("a\nb\n1,\"2\n3\n", ','), Err(UnclosedQuote { line: 3 }));
    }

    #[test]
    fn text_behind_a_quote_is_the_fault_of_its_row_alone() {
        let rows = parse("\"a\"b,c\nd,e", ',').unwrap();
        assert!(rows[0].fault.is_some() && rows[0].cells.len() == 2);
        assert!(rows[1].fault.is_none() && rows[1].line == 2);
    }

    #[test]
    fn the_separator_is_the_one_that_the_header_has_most() {
        let cases = [
            ("name,ip,tags", ','),
            ("name;ip,old;tags\n1,2,3,4,5", ';'),
            ("\n\nname\tip", '\t'),
            ("name|ip", '|'),
            ("\"a,b,c\";d", ';'),
            ("name", ','),
            ("", ','),
        ];
        for (text, separator) in cases {
            assert_eq!(sniff_separator(text), separator, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a\u{e9},\"\r\n ;]{0,4}x", 1..4), 0..5)
        ) {
            let mut text = String::new();
            for row in &rows {
                write_row(row.iter().map(String::as_str), &mut text);
            }
            let found: Vec<Vec<String>> =
                parse(&text, ',').unwrap().into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(found, rows);
        }

        #[test]
        fn rows_are_those_of_the_csv_crate(text in "[ab,\"\n]{0,40}") {
            // Where the text is well formed by its own rules.
            let Ok(rows) = parse(&text, ',') else { return Ok(()) };
            if rows.iter().any(|row| row.fault.is_some()) { return Ok(()) }
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
                .filter(|row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty()))
                .collect();
            let ours: Vec<Vec<String>> = rows.into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
