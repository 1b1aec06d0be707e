//! How wide the columns of a table begin: by the text of its first rows, so that nothing moves
//! while rows arrive, nor when the script takes the table over, which goes on from these widths and
//! measures other rows by the same rules (`grid/widths.ts`).

use domain::schema::{Field, FieldIndex, Kind};
use unicode_width::UnicodeWidthChar;

use super::cell::Cell;

/// The letter "n" in tenths of pixels, at the usual size of text, in one of the wider fonts that
/// browsers take for pages.
const N: usize = 85;
/// What a head has beside its words: the sign of an order.
const SORT_SIGN: usize = 22;
/// Padding of a cell to both sides.
const PADDING: usize = 28;
/// What stands around the text of one chip, and of a state.
const AROUND_CHIP: usize = 21;
const AROUND_STATE: usize = 34;
/// How wide text is beside the usual, in percent: a key is bold, chips and states are small, and
/// letters of code are all as wide as this one of "n".
const KEY: usize = 112;
const SMALL: usize = 88;
const CODE: usize = 91;
/// A moment as people read it.
const MOMENT: &str = "2026-11-27 20:43 UTC";
/// Widths of a column.
const NARROWEST: usize = 84;
const WIDEST: usize = 300;

/// The width that a column begins with, in pixels of a page whose text has the usual size.
pub(super) fn column_width<'c>(field: &Field, cells: impl Iterator<Item = &'c Cell>) -> usize {
    let head = pixels(&field.label, 100) + SORT_SIGN;
    let widest = cells.map(|cell| content(field, cell)).fold(head, usize::max);
    (widest + PADDING).clamp(NARROWEST, WIDEST)
}

fn content(field: &Field, cell: &Cell) -> usize {
    let is_code = matches!(field.kind, Kind::Ip | Kind::Network | Kind::Mac);
    let is_small = matches!(field.kind, Kind::Refs { .. } | Kind::Choice(_));
    let text = |text: &str| {
        if field.index == FieldIndex(0) {
            pixels(text, KEY)
        } else if is_code {
            text.len() * CODE * N / 1_000
        } else {
            pixels(text, if is_small { SMALL } else { 100 })
        }
    };
    match cell {
        Cell::Nothing => 0,
        Cell::Text(words) | Cell::Block(words) => text(words),
        Cell::State(word) => text(word) + AROUND_STATE,
        Cell::Link(link) => text(&link.label),
        Cell::Links(links) => links.iter().map(|link| text(&link.label) + AROUND_CHIP).sum(),
        Cell::Moment(_) => text(MOMENT),
    }
}

/// The pixels of a text that is so large, of which no more counts than could be seen.
fn pixels(text: &str, percent: usize) -> usize {
    let hundredths: usize = text.chars().take(WIDEST).map(hundredths).sum();
    hundredths * N * percent / 100_000
}

/// How wide a letter is beside an "n", in hundredths: much the same in all fonts without serifs.
fn hundredths(letter: char) -> usize {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 50,
        'f' | 'r' | 't' | '-' | '/' | '(' | ')' | '[' | ']' | '"' => 66,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 155,
        'A'..='Z' => 120,
        // A letter of East Asia has two places of a terminal.
        _ => letter.width().unwrap_or_default() * 100,
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Link;
    use super::*;

    #[track_caller]
    fn check_width(field: &str, cell: Cell, expect: usize) {
        let schema = testkit::every_kind();
        let thing = schema.types().iter().find(|of| of.name.as_str() == "thing").unwrap();
        let field = thing.field_named(field).unwrap();
        assert_eq!(column_width(field, [cell, Cell::Nothing].iter()), expect);
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_column_is_as_wide_as_its_widest_text_within_bounds() {
        check_width("note", text("web"), NARROWEST);
        check_width("note", text("a sentence of some length"), 187 + PADDING);
        check_width("note", text(&"long ".repeat(1_000)), WIDEST);
    }

    #[test]
    fn letters_are_as_wide_as_they_are_seen() {
        check_width("note", text("nnnnnnnnnnnnnnnnnn"), 153 + PADDING);
        check_width("note", text("東京データセンター"), 153 + PADDING);
        check_width("note", text("wwwwwwwwwwww"), 158 + PADDING);
        check_width("note", text("llllllllllllllllllllllllllllllllllll"), 153 + PADDING);
    }

    #[test]
    fn addresses_chips_and_states_take_what_their_look_takes() {
        check_width("ip", text("2001:db8:ffff:ffff::1"), 162 + PADDING);
        let chip = || Link { href: String::new(), label: "production".to_owned() };
        check_width("labels", Cell::Links(vec![chip(), chip()]), 2 * (65 + AROUND_CHIP) + PADDING);
        check_width(
            "state",
            Cell::State("decommissioned".to_owned()),
            105 + AROUND_STATE + PADDING,
        );
    }
}
