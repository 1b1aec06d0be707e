//! Writes an understood expression so that an engine understands it the same way.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

use super::refused;
use crate::fault::FieldFault;

/// For whom to write. Only ends of text and lines and word boundaries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The `regex` crate.
    Rust,
    /// PostgreSQL's advanced regular expressions.
    Postgres,
}

/// Writes the expression.
///
/// # Errors
/// When it has something that only one of the engines has.
pub(super) fn write(hir: &Hir, dialect: Dialect) -> Result<String, FieldFault> {
    let mut out = String::new();
    write_hir(hir, dialect, &mut out)?;
    Ok(out)
}

fn write_hir(hir: &Hir, dialect: Dialect, out: &mut String) -> Result<(), FieldFault> {
    match hir.kind() {
        HirKind::Empty => out.push_str("(?:)"),
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0)
                .map_err(|_bytes| refused("it matches bytes that are no text"))?;
            for character in text.chars() {
                if character == '\0' {
                    return Err(FieldFault::NulCharacter);
                }
                write_character(character, out);
            }
        }
        HirKind::Class(class) => write_class(class, out)?,
        HirKind::Look(look) => out.push_str(look_text(*look, dialect)?),
        HirKind::Repetition(repetition) => write_repetition(repetition, dialect, out)?,
        HirKind::Capture(capture) => write_group(&capture.sub, dialect, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write_hir(part, dialect, out)?;
            }
        }
        HirKind::Alternation(branches) => {
            out.push_str("(?:");
            for (index, branch) in branches.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write_hir(branch, dialect, out)?;
            }
            out.push(')');
        }
    }
    Ok(())
}

fn write_group(hir: &Hir, dialect: Dialect, out: &mut String) -> Result<(), FieldFault> {
    out.push_str("(?:");
    write_hir(hir, dialect, out)?;
    out.push(')');
    Ok(())
}

/// Greedy always: for a yes or no it makes no difference, and PostgreSQL lets the first quantifier
/// of an expression decide for all of it.
fn write_repetition(
    repetition: &Repetition,
    dialect: Dialect,
    out: &mut String,
) -> Result<(), FieldFault> {
    if is_atom(&repetition.sub) {
        write_hir(&repetition.sub, dialect, out)?;
    } else {
        write_group(&repetition.sub, dialect, out)?;
    }
    let quantifier = match (repetition.min, repetition.max) {
        (0, None) => "*".to_owned(),
        (1, None) => "+".to_owned(),
        (0, Some(1)) => "?".to_owned(),
        (min, None) => format!("{{{min},}}"),
        (min, Some(max)) => format!("{{{min},{max}}}"),
    };
    out.push_str(&quantifier);
    Ok(())
}

/// Whether a quantifier behind it takes all of it.
fn is_atom(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(_) | HirKind::Capture(_) | HirKind::Alternation(_) => true,
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().nth(1).is_none())
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) | HirKind::Concat(_) => false,
    }
}

/// A class as plain ranges, without U+0000, which no text has.
fn write_class(class: &Class, out: &mut String) -> Result<(), FieldFault> {
    let ranges: Vec<ClassUnicodeRange> = match class {
        Class::Unicode(class) => class.ranges().to_vec(),
        Class::Bytes(class) => class
            .to_unicode_class()
            .ok_or_else(|| refused("it matches bytes that are no text"))?
            .ranges()
            .to_vec(),
    };
    let ranges: Vec<(char, char)> = ranges
        .iter()
        .filter(|range| range.end() != '\0')
        .map(|range| (range.start().max('\u{1}'), range.end()))
        .collect();
    if ranges.is_empty() {
        return Err(refused("it has a class without any character"));
    }
    out.push('[');
    for (start, end) in ranges {
        write_character(start, out);
        if start != end {
            out.push('-');
            write_character(end, out);
        }
    }
    out.push(']');
    Ok(())
}

/// A character, escaped in a way that both engines have inside and outside of classes.
fn write_character(character: char, out: &mut String) {
    if character.is_ascii_graphic() || character == ' ' {
        if regex_syntax::is_meta_character(character) {
            out.push('\\');
        }
        out.push(character);
        return;
    }
    let code = u32::from(character);
    let escape = if code <= 0xFFFF { format!("\\u{code:04X}") } else { format!("\\U{code:08X}") };
    out.push_str(&escape);
}

fn look_text(look: Look, dialect: Dialect) -> Result<&'static str, FieldFault> {
    let (rust, postgres) = match look {
        Look::Start => (r"\A", r"\A"),
        Look::End => (r"\z", r"\Z"),
        Look::StartLF => ("(?m:^)", r"(?<![\u0001-\u0009\u000B-\U0010FFFF])"),
        Look::EndLF => ("(?m:$)", r"(?![\u0001-\u0009\u000B-\U0010FFFF])"),
        Look::StartCRLF | Look::EndCRLF => return Err(refused("the flag R is not supported")),
        Look::WordAscii | Look::WordUnicode => {
            (r"(?-u:\b)", "(?:(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])|(?<=[0-9A-Za-z_])(?![0-9A-Za-z_]))")
        }
        Look::WordStartAscii | Look::WordStartUnicode => {
            (r"(?-u:\b{start})", "(?<![0-9A-Za-z_])(?=[0-9A-Za-z_])")
        }
        Look::WordEndAscii | Look::WordEndUnicode => {
            (r"(?-u:\b{end})", "(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])")
        }
        // Without Unicode these hold in the middle of a character's bytes too, where the `regex`
        // crate drops the match and, with it, some that come after.
        Look::WordAsciiNegate
        | Look::WordUnicodeNegate
        | Look::WordStartHalfAscii
        | Look::WordStartHalfUnicode
        | Look::WordEndHalfAscii
        | Look::WordEndHalfUnicode => {
            return Err(refused(r"\B and half word boundaries are not supported"));
        }
    };
    Ok(match dialect {
        Dialect::Rust => rust,
        Dialect::Postgres => postgres,
    })
}
