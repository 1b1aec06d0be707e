//! How large an expression becomes once its counted repetitions are written out, as both engines
//! do.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::{REPETITIONS_MAX, SIZE_MAX, refused, too_large};
use crate::fault::FieldFault;

/// What a word boundary or an end of line counts. In PostgreSQL it is lookaround, and with a
/// dozen of them, written out, it gives up on expressions that loop over them; this allows seven.
const LOOKAROUND_SIZE: u64 = 250;

/// Checks the bounds of repetitions and size.
///
/// # Errors
/// Which bound is passed.
pub(super) fn check(hir: &Hir) -> Result<(), FieldFault> {
    let measured = measure(hir);
    if measured.repetitions > u64::from(REPETITIONS_MAX) {
        return Err(refused(format_args!(
            "its repetitions within each other repeat more than {REPETITIONS_MAX} times"
        )));
    }
    if measured.size > u64::from(SIZE_MAX) {
        return Err(too_large());
    }
    Ok(())
}

/// What is known of a part of an expression.
struct Measure {
    /// Characters and ranges, with repetitions written out.
    size: u64,
    /// The greatest product of counts of repetitions within each other.
    repetitions: u64,
}

fn measure(hir: &Hir) -> Measure {
    let leaf = |size| Measure { size, repetitions: 1 };
    match hir.kind() {
        HirKind::Literal(literal) => leaf(count(literal.0.len())),
        HirKind::Class(Class::Unicode(class)) => leaf(count(class.ranges().len())),
        HirKind::Class(Class::Bytes(class)) => leaf(count(class.ranges().len())),
        HirKind::Empty | HirKind::Look(Look::Start | Look::End) => leaf(1),
        HirKind::Look(_) => leaf(LOOKAROUND_SIZE),
        HirKind::Capture(capture) => measure(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            let mut all = leaf(0);
            for part in parts {
                let part = measure(part);
                all.size = all.size.saturating_add(part.size);
                all.repetitions = all.repetitions.max(part.repetitions);
            }
            all
        }
        HirKind::Repetition(repetition) => {
            let inside = measure(&repetition.sub);
            let times = u64::from(repetition.max.unwrap_or(repetition.min).max(1));
            Measure {
                size: inside.size.saturating_mul(times),
                repetitions: inside.repetitions.saturating_mul(times),
            }
        }
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
