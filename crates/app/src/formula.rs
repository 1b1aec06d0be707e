//! Text that a spreadsheet would work out, in a file of CSV.
//!
//! A cell that begins as a formula does is worked out when the file is opened, whatever wrote it
//! there (CWE-1236). An apostrophe before it makes it text in every spreadsheet. The import takes
//! exactly that apostrophe off again, so that what is exported comes back as it was.

use std::borrow::Cow;

/// What makes a formula of a cell that begins with it, as the OWASP page on CSV injection has it.
const BEGINNINGS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Makes it text.
const APOSTROPHE: char = '\'';

/// A text as a cell that no spreadsheet works out.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches(APOSTROPHE).starts_with(BEGINNINGS) {
        Cow::Owned(format!("{APOSTROPHE}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that a cell stands for.
pub(crate) fn meant(mut cell: String) -> String {
    if cell.starts_with(APOSTROPHE) && cell.trim_start_matches(APOSTROPHE).starts_with(BEGINNINGS) {
        cell.remove(0);
    }
    cell
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_become_text_and_all_else_stays() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("+49 30"), "'+49 30");
        assert_eq!(harmless("'=1"), "''=1");
        assert_eq!(harmless("web-1"), "web-1");
        assert_eq!(harmless("'quoted'"), "'quoted'");
        assert_eq!(meant("'quoted'".to_owned()), "'quoted'");
        assert_eq!(meant("=1".to_owned()), "=1");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_is_no_formula(text in "['=+@\\-\ta＝]{0,6}") {
            let cell = harmless(&text);
            prop_assert!(!cell.starts_with(BEGINNINGS), "{cell}");
            prop_assert_eq!(meant(cell.into_owned()), text);
        }
    }
}
