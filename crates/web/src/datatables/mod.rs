//! The server-side protocol of `DataTables` (1.10 to 3.1), with the meaning that
//! djangorestframework-datatables 0.7 gave it, since pages were written against that.
//!
//! Where we differ on purpose: errors are 4xx problems with `detail`, `error` and `draw`; `keep`
//! is a list of names, not searched as text; a column of references is searched by its key, and
//! one of numbers or dates for exactly what was typed; a column named `function` is passed over;
//! searches of `DataTables` 2 (`fixed`) and 3 (`groups`) are honoured, and so are the conditions of
//! the extensions `ColumnControl` and `SearchBuilder`.

mod columns;
mod criteria;
mod json;
mod plan;
mod request;

pub(crate) use json::{flatten, with_document};
pub(crate) use plan::{TablePage, TablePlan, plan};
pub(crate) use request::TableRequest;
