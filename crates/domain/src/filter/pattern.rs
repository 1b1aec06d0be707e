//! Regular expressions that both databases understand alike.
//!
//! SQLite runs them with the `regex` crate, PostgreSQL with its own engine, and the two differ in
//! what a letter is, what `.` is and what they take at all. So an expression is parsed here once,
//! and both spellings are written from what was understood, in the few constructs that mean the
//! same in both: characters, classes as plain ranges, groups, alternatives, greedy repetition,
//! ends of text and lines, and word boundaries, which PostgreSQL gets as lookaround over the same
//! class, since its own depend on the column's collation.
//!
//! What callers can rely on, in both databases:
//! - `.` is anything but a line feed; `(?s)` makes it anything.
//! - `\d`, `\w`, `\s` and `\b` are about ASCII alone, negated or not; `[é]` and `\p{Greek}` are
//!   there for the rest. Where case is ignored, `\w` has also what folds into ASCII (`ſ`, `K`).
//! - `^` and `$` are the ends of the whole text, unless `(?m)` makes them those of a line.
//! - Case is ignored by Unicode's simple folding, character by character.
//! - A lazy quantifier is a greedy one and a group is just a group, for a yes or no.
//! - There is no lookaround, no back reference, no `\B`.
//!
//! Time is bounded: `regex` is linear in the text, and the size of an expression with its
//! repetitions written out is bounded by [`SIZE_MAX`], nested ones by [`REPETITIONS_MAX`]. At
//! these bounds a byte of text may still take 45 µs, so that the time of a statement stands behind
//! them, which both databases look at within a match of a long text, too.

mod ascii;
mod size;
#[cfg(test)]
mod tests;
mod write;

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::hir::Hir;
use regex_syntax::hir::translate::TranslatorBuilder;

use crate::fault::FieldFault;

/// The most characters of an expression; nobody types more.
pub const LENGTH_MAX: usize = 1_000;
/// The deepest that groups may lie in groups, which bounds every recursion below.
pub const NESTING_MAX: u32 = 50;
/// The most times that counted repetitions within each other repeat what is inside them:
/// `(a{10}){20}` makes 200. PostgreSQL takes no more for a single one.
pub const REPETITIONS_MAX: u32 = 255;
/// The most characters and ranges of characters of an expression once its counted repetitions are
/// written out. `\p{L}` alone has almost 700.
pub const SIZE_MAX: u32 = 2_000;
/// The most bytes of the compiled expression in the `regex` crate.
pub const COMPILED_SIZE_MAX: usize = 1 << 20;

/// A regular expression, in the two spellings that mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// For the `regex` crate (SQLite).
    pub rust: String,
    /// For PostgreSQL's `~` (advanced regular expressions).
    pub postgres: String,
}

impl Pattern {
    /// Parses an expression in the syntax of the `regex` crate; `folded` ignores case, and the
    /// texts to match are still compared as they are stored.
    ///
    /// # Errors
    /// [`FieldFault::BadParameter`] for what is no expression, is more than the two engines share,
    /// or is too large; [`FieldFault::TooLong`] and [`FieldFault::NulCharacter`].
    pub fn parse(text: &str, folded: bool) -> Result<Self, FieldFault> {
        if text.chars().nth(LENGTH_MAX).is_some() {
            return Err(FieldFault::TooLong { max: LENGTH_MAX });
        }
        if text.contains('\0') {
            return Err(FieldFault::NulCharacter);
        }
        let hir = understand(text, folded)?;
        size::check(&hir)?;
        let pattern = Self {
            rust: write::write(&hir, write::Dialect::Rust)?,
            postgres: write::write(&hir, write::Dialect::Postgres)?,
        };
        match pattern.compile() {
            Ok(_) => Ok(pattern),
            Err(_too_large) => Err(too_large()),
        }
    }

    /// The expression, ready to match.
    ///
    /// # Errors
    /// Never, for a pattern that [`Self::parse`] made; the crate's error otherwise.
    pub fn compile(&self) -> Result<regex::Regex, regex::Error> {
        regex::RegexBuilder::new(&self.rust).size_limit(COMPILED_SIZE_MAX).build()
    }
}

fn understand(text: &str, folded: bool) -> Result<Hir, FieldFault> {
    let mut ast = ParserBuilder::new()
        .nest_limit(NESTING_MAX)
        .build()
        .parse(text)
        .map_err(|error| refused(error.kind()))?;
    ascii::narrow(&mut ast)?;
    TranslatorBuilder::new()
        .case_insensitive(folded)
        .build()
        .translate(text, &ast)
        .map_err(|error| refused(error.kind()))
}

/// The text that Django has, and then why.
pub(super) fn refused(reason: impl std::fmt::Display) -> FieldFault {
    FieldFault::BadParameter(format!("Enter a valid regular expression. ({reason})"))
}

fn too_large() -> FieldFault {
    refused("it is too large with its repetitions written out")
}
