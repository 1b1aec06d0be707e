//! From the text of a request's parameters to an [`Expr`](crate::query::Expr).

pub mod pattern;
