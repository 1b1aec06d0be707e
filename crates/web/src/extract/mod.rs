//! From a request to values that handlers can trust.

pub(crate) mod address;
pub(crate) mod as_of;
pub(crate) mod asked;
pub(crate) mod audit;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod cursor;
pub(crate) mod facets;
pub(crate) mod format;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod multipart;
pub(crate) mod once;
pub(crate) mod parameters;
pub(crate) mod past;
pub(crate) mod path;
pub(crate) mod preconditions;
pub(crate) mod projection;
pub(crate) mod session;

pub(crate) use as_of::AsOf;
pub(crate) use asked::{JsonRead, JsonWrite, Reading, Write};
pub(crate) use body::{Body, MaybeObject, ObjectBody};
pub(crate) use caller::{Caller, Doer, Reader, Writer};
pub(crate) use format::{Format, JsonOnly};
pub(crate) use links::Links;
pub(crate) use list::ListRequest;
pub(crate) use parameters::Parameters;
pub(crate) use path::{ByKey, CommitPath, OneRecord, RequestPath, TypePath};
pub(crate) use projection::Projection;
