//! Which filters a regular expression came from that a database can't use after all.

use super::path::{SEPARATOR, name_of};
use super::pattern;
use crate::fault::Faults;
use crate::query::{Expr, Test};
use crate::schema::{Schema, Type};

/// A fault of each filter with a regular expression, as far as its name can be told: a database
/// does not say which one it refuses, and `regex` stands for `iregex` too.
pub fn refused_patterns(schema: &Schema, record_type: &Type, expr: &Expr) -> Faults {
    let mut faults = Faults::default();
    add(schema, record_type, expr, "", &mut faults);
    faults
}

fn add(schema: &Schema, of: &Type, expr: &Expr, path: &str, faults: &mut Faults) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                add(schema, of, part, path, faults);
            }
        }
        Expr::Not(inside) => add(schema, of, inside, path, faults),
        Expr::Via(field, inside) => {
            let field = of.field(*field);
            if let Some(target) = field.kind.target() {
                let path = format!("{path}{}{SEPARATOR}", field.name);
                add(schema, schema.get(target), inside, &path, faults);
            }
        }
        Expr::Test(column, Test::Matches(_)) => {
            let name = format!("{path}{}{SEPARATOR}regex", name_of(of, *column));
            faults.add(name, pattern::refused("the database can't use it"));
        }
        Expr::Test(..) | Expr::PointsTo(..) | Expr::PointsNowhere(_) | Expr::Search(_) => {}
    }
}
