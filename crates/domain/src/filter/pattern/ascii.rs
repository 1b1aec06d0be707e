//! Makes `\d`, `\w` and `\s` of a parsed expression ASCII, in place.
//!
//! The parser's own switch for that, `(?-u)`, also turns `.` and negated classes into bytes. Their
//! POSIX namesakes (`[[:digit:]]`) are ASCII within Unicode, so they take their place.

use regex_syntax::ast::{
    Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet,
    ClassSetItem,
};

use super::refused;
use crate::fault::FieldFault;

/// The most classes such as `\p{Greek}` in one expression; each costs a look through Unicode's
/// tables.
const UNICODE_CLASSES_MAX: usize = 10;

/// Puts ASCII classes for Perl's.
///
/// # Errors
/// When there are too many `\p{…}`.
pub(super) fn narrow(ast: &mut Ast) -> Result<(), FieldFault> {
    let mut unicode_classes = 0;
    narrow_ast(ast, &mut unicode_classes);
    if unicode_classes > UNICODE_CLASSES_MAX {
        return Err(refused(format_args!(
            "it has more than {UNICODE_CLASSES_MAX} classes such as \\p{{…}}"
        )));
    }
    Ok(())
}

fn narrow_ast(ast: &mut Ast, unicode_classes: &mut usize) {
    match ast {
        Ast::ClassPerl(perl) => {
            *ast = Ast::class_bracketed(ClassBracketed {
                span: perl.span,
                negated: false,
                kind: ClassSet::Item(ClassSetItem::Ascii(ascii(perl))),
            });
        }
        Ast::ClassUnicode(_) => *unicode_classes = unicode_classes.saturating_add(1),
        Ast::ClassBracketed(class) => narrow_set(&mut class.kind, unicode_classes),
        Ast::Repetition(repetition) => narrow_ast(&mut repetition.ast, unicode_classes),
        Ast::Group(group) => narrow_ast(&mut group.ast, unicode_classes),
        Ast::Alternation(alternation) => {
            for branch in &mut alternation.asts {
                narrow_ast(branch, unicode_classes);
            }
        }
        Ast::Concat(concat) => {
            for part in &mut concat.asts {
                narrow_ast(part, unicode_classes);
            }
        }
        Ast::Empty(_) | Ast::Flags(_) | Ast::Literal(_) | Ast::Dot(_) | Ast::Assertion(_) => {}
    }
}

fn narrow_set(set: &mut ClassSet, unicode_classes: &mut usize) {
    match set {
        ClassSet::Item(item) => narrow_item(item, unicode_classes),
        ClassSet::BinaryOp(operation) => {
            narrow_set(&mut operation.lhs, unicode_classes);
            narrow_set(&mut operation.rhs, unicode_classes);
        }
    }
}

fn narrow_item(item: &mut ClassSetItem, unicode_classes: &mut usize) {
    match item {
        ClassSetItem::Perl(perl) => *item = ClassSetItem::Ascii(ascii(perl)),
        ClassSetItem::Unicode(_) => *unicode_classes = unicode_classes.saturating_add(1),
        ClassSetItem::Bracketed(class) => narrow_set(&mut class.kind, unicode_classes),
        ClassSetItem::Union(union) => {
            for part in &mut union.items {
                narrow_item(part, unicode_classes);
            }
        }
        ClassSetItem::Empty(_)
        | ClassSetItem::Literal(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_) => {}
    }
}

fn ascii(perl: &ClassPerl) -> ClassAscii {
    ClassAscii {
        span: perl.span,
        kind: match perl.kind {
            ClassPerlKind::Digit => ClassAsciiKind::Digit,
            ClassPerlKind::Space => ClassAsciiKind::Space,
            ClassPerlKind::Word => ClassAsciiKind::Word,
        },
        negated: perl.negated,
    }
}
