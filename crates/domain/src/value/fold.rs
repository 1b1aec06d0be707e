//! Case folding, once for both databases.

use icu_casemap::CaseMapper;

/// Text with its case folded as Unicode's default caseless matching has it (full folding: `ß`
/// becomes `ss`), which is what case-insensitive lookups, search and order compare.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    CaseMapper::new().fold_string(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_folds_as_unicode_says() {
        for (text, folded) in
            [("DB1001", "db1001"), ("Straße", "strasse"), ("ΣΊΣΥΦΟΣ", "σίσυφοσ"), ("ẞ", "ss")]
        {
            assert_eq!(fold(text), folded);
        }
    }
}
