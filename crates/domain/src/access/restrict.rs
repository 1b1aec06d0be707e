//! A read, cut down to what somebody may see.

use super::{Access, Allowed, Missing, Right};
use crate::query::{Expr, Plan, Test};
use crate::schema::{Schema, Type};

/// A read of what somebody may see alone.
#[derive(Clone, Debug)]
pub struct Restricted {
    /// The plan, with a filter that no hidden record passes.
    pub plan: Plan,
    /// Which records of the type may be seen at all; `None` for all.
    pub within: Option<Expr>,
}

impl Access {
    /// Cuts a read down to the records that may be seen. Through references, too, nothing of a
    /// hidden record can be learnt: no condition holds of it, and orders by what it holds are
    /// refused.
    ///
    /// # Errors
    /// [`Missing`], where nothing of the type may be seen.
    pub fn restrict(&self, schema: &Schema, plan: Plan) -> Result<Restricted, Missing> {
        let of = schema.get(plan.type_index);
        self.must(Right::View, schema, of.index)?;
        for by in &plan.order {
            let mut at = of;
            for field in &by.path {
                if let Some(target) = at.field(*field).kind.target() {
                    at = schema.get(target);
                    if !self.has_all(Right::View, target) {
                        return Err(Missing { right: Right::View, of: Some(at.name.to_string()) });
                    }
                }
            }
        }
        let asked = self.veil(schema, of, plan.filter);
        let within = self.visible(of);
        let filter = match within.clone() {
            Some(within) => Expr::And(vec![asked, within]),
            None => asked,
        };
        Ok(Restricted { plan: Plan { filter, ..plan }, within })
    }

    /// What must hold of a record of a type for it to be seen; `None` where all may be.
    pub fn visible(&self, of: &Type) -> Option<Expr> {
        match self.allowed(Right::View, of.index) {
            Allowed::All => None,
            Allowed::Where(expr) => Some(expr),
            Allowed::Nothing => Some(Expr::Or(Vec::new())),
        }
    }

    /// A condition that holds through no reference to a hidden record.
    fn veil(&self, schema: &Schema, of: &Type, expr: Expr) -> Expr {
        let all = |parts: Vec<Expr>| -> Vec<Expr> {
            parts.into_iter().map(|part| self.veil(schema, of, part)).collect()
        };
        match expr {
            Expr::And(parts) => Expr::And(all(parts)),
            Expr::Or(parts) => Expr::Or(all(parts)),
            Expr::Not(inside) => Expr::Not(Box::new(self.veil(schema, of, *inside))),
            Expr::Via(field, inside) => {
                let Some(target) = of.field(field).kind.target() else {
                    return Expr::Via(field, inside);
                };
                let target = schema.get(target);
                let inside = self.veil(schema, target, *inside);
                let inside = match self.visible(target) {
                    Some(visible) => Expr::And(vec![inside, visible]),
                    None => inside,
                };
                Expr::Via(field, Box::new(inside))
            }
            Expr::PointsTo(field, ids) => {
                let target = of.field(field).kind.target().map(|target| schema.get(target));
                let points = Expr::PointsTo(field, ids);
                match target.and_then(|target| self.visible(target)) {
                    Some(visible) => Expr::And(vec![points, Expr::Via(field, Box::new(visible))]),
                    None => points,
                }
            }
            same @ (Expr::PointsNowhere(_) | Expr::Test(..) | Expr::Search(_)) => same,
        }
    }
}

/// Whether a filter may stand in a grant: one that no record can make fail or take long.
pub fn is_fit_for_grant(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().all(is_fit_for_grant),
        Expr::Not(inside) | Expr::Via(_, inside) => is_fit_for_grant(inside),
        Expr::Test(_, Test::Matches(_)) | Expr::Search(_) => false,
        Expr::PointsTo(..) | Expr::PointsNowhere(_) | Expr::Test(..) => true,
    }
}
