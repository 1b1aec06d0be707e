//! Errors as clients see them: the only place that turns faults into status codes.
//!
//! A [`Problem`] travels as an extension of its response; the envelope writes it out (RFC 9457),
//! since it alone knows the request's id.

mod of_app;

use std::collections::BTreeMap;

use app::encode::SheetError;
use app::export::ExportError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::fault::{Faults, FieldFault};
use serde_json::{Map, Value, json};

use of_app::{
    internal, invalid, invalid_items, of_app, of_refused_items, unauthenticated, unavailable,
};

/// The media type of all errors.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request got no answer of its own.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// A use case did not do what was asked.
    App(app::Error),
    /// A change of a record of this type was not made.
    Change {
        /// The type, as people read it.
        type_label: String,
        /// Why.
        error: app::Error,
    },
    /// Parameters or fields are wrong.
    Invalid(Faults),
    /// Items of a list are wrong, by their places in it.
    InvalidItems(BTreeMap<usize, Faults>),
    /// A write that must say for which revision it was made, and does not.
    PreconditionRequired,
    /// The body can't be read; the text tells why.
    Unreadable(String),
    /// There is no such thing; the text tells what was looked for.
    NotFound(String),
    /// No answer of a media type that the client takes.
    NotAcceptable(&'static str),
    /// A body of a media type that is not read here.
    UnsupportedMediaType(String),
    /// A body of more bytes than are read.
    TooLarge {
        /// The most that are.
        limit: usize,
    },
    /// A write without saying who asks.
    Unauthenticated,
    /// The token is none, or has expired.
    BadToken,
    /// The credentials have a form that is not known here.
    BadCredentials,
    /// What a session sent does not carry its word, so that another site may have sent it.
    OtherSite,
    /// The rest of a body did not come in time.
    BodyTooSlow,
    /// No answer within the time that a read may take.
    TimedOut,
    /// As many follow the events as there is room for.
    TooManyFollow,
    /// The database holds another schema than this process serves.
    OtherSchema,
    /// This process is about to end.
    Ending,
    /// A fault of ours that says no more.
    Internal,
}

impl ApiError {
    /// For a path that names no record of a type.
    pub(crate) fn no_match(type_label: &str) -> Self {
        Self::NotFound(format!("No {type_label} matches the given query."))
    }
}

impl From<app::Error> for ApiError {
    fn from(error: app::Error) -> Self {
        Self::App(error)
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::App(error) => Self::App(error),
            ExportError::Sheet(
                error @ (SheetError::TooManyRecords(_) | SheetError::TooLong { .. }),
            ) => Self::Invalid(Faults::one("format", FieldFault::BadParameter(error.to_string()))),
            error @ (ExportError::Sheet(SheetError::Unwritten(_))
            | ExportError::Cut
            | ExportError::Io(_)) => {
                tracing::error!(%error, "an export failed");
                Self::Internal
            }
        }
    }
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// An error as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    faults: Faults,
    /// Faults of the items of a list, by their places in it.
    item_faults: BTreeMap<usize, Faults>,
    /// What stands in the way of taking changes back.
    conflicts: Vec<Value>,
    /// The record as it is, where it is not as the client expected.
    current: Option<String>,
    headers: HeaderMap,
    /// The `draw` of a `DataTables` request, which its client wants back.
    draw: Option<i64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            faults: Faults::default(),
            item_faults: BTreeMap::new(),
            conflicts: Vec::new(),
            current: None,
            headers: HeaderMap::new(),
            draw: None,
        }
    }

    /// An error of a change of one record.
    pub(crate) fn of_change(error: &app::Error, type_label: &str) -> Self {
        of_app(error, type_label)
    }

    /// An error of many changes, told by their places among them.
    pub(crate) fn of_changes(error: &app::Error, type_label: &str) -> Self {
        if let app::Error::Refused(refused) = error {
            of_refused_items(refused, type_label)
        } else {
            of_app(error, type_label)
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong with the fields.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// All of it in a line.
    pub(crate) fn told(&self) -> String {
        self.text()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The same with the record as it is, and its entity tag.
    pub(crate) fn with_current(mut self, etag: String, body: String) -> Self {
        self.current = Some(body);
        match HeaderValue::try_from(etag) {
            Ok(etag) => self.with_header(header::ETAG, etag),
            Err(_) => self,
        }
    }

    fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same for a `DataTables` client, which shows `error` and matches `draw`.
    pub(crate) fn for_datatables(mut self, draw: i64) -> Self {
        self.draw = Some(draw);
        self
    }

    /// What a bare status, made by a layer or the router, comes to.
    pub(crate) fn of_status(status: StatusCode, method: &str) -> Self {
        let detail = match status {
            StatusCode::NOT_FOUND => "Not found.".to_owned(),
            StatusCode::METHOD_NOT_ALLOWED => format!("Method \"{method}\" not allowed."),
            other => other.canonical_reason().unwrap_or("Error").to_owned(),
        };
        Self::new(status, detail)
    }

    /// The body.
    pub(crate) fn to_json(&self, request_id: &str) -> String {
        let mut members = Map::new();
        members.insert("type".to_owned(), json!("about:blank"));
        let title = self.status.canonical_reason().unwrap_or("Error");
        members.insert("title".to_owned(), json!(title));
        members.insert("status".to_owned(), json!(self.status.as_u16()));
        members.insert("detail".to_owned(), json!(self.detail));
        members.insert("request_id".to_owned(), json!(request_id));
        if !self.faults.is_empty() {
            members.insert("errors".to_owned(), by_field(&self.faults, ToString::to_string));
            members.insert(
                "codes".to_owned(),
                by_field(&self.faults, |fault| fault.code().to_owned()),
            );
        }
        if !self.item_faults.is_empty() {
            let by_item = |word: fn(&FieldFault) -> String| -> Value {
                let items = self.item_faults.iter();
                let items =
                    items.map(|(place, faults)| (place.to_string(), by_field(faults, word)));
                Value::Object(items.collect())
            };
            members.insert("errors".to_owned(), by_item(ToString::to_string));
            members.insert("codes".to_owned(), by_item(|fault| fault.code().to_owned()));
        }
        if !self.conflicts.is_empty() {
            members.insert("conflicts".to_owned(), json!(self.conflicts));
        }
        let current = self.current.as_deref().and_then(|text| serde_json::from_str(text).ok());
        if let Some(current) = current {
            members.insert("current".to_owned(), current);
        }
        if let Some(draw) = self.draw {
            members.insert("draw".to_owned(), json!(draw));
            members.insert("error".to_owned(), json!(self.text()));
        }
        Value::Object(members).to_string()
    }

    /// All of it as one line, for clients that show no more.
    fn text(&self) -> String {
        if self.faults.is_empty() { self.detail.clone() } else { self.faults.to_string() }
    }
}

fn by_field(faults: &Faults, word: impl Fn(&FieldFault) -> String) -> Value {
    let members: BTreeMap<&str, Vec<String>> =
        faults.iter().map(|(field, faults)| (field, faults.iter().map(&word).collect())).collect();
    json!(members)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.headers_mut().extend(self.headers.clone());
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::App(error) => of_app(&error, "record"),
            ApiError::Change { type_label, error } => of_app(&error, &type_label),
            ApiError::Invalid(faults) => invalid(faults),
            ApiError::InvalidItems(faults) => invalid_items(faults),
            ApiError::PreconditionRequired => Self::new(
                StatusCode::PRECONDITION_REQUIRED,
                "Say which revision the change was made for: If-Match with the record's ETag.",
            ),
            ApiError::Unreadable(detail) => Self::new(StatusCode::BAD_REQUEST, detail),
            ApiError::NotFound(detail) => Self::new(StatusCode::NOT_FOUND, detail),
            ApiError::NotAcceptable(detail) => Self::new(StatusCode::NOT_ACCEPTABLE, detail),
            ApiError::UnsupportedMediaType(found) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!("Unsupported media type \"{found}\" in request."),
            ),
            ApiError::TooLarge { limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body is larger than {limit} bytes."),
            ),
            ApiError::Unauthenticated => {
                unauthenticated("Authentication credentials were not provided.")
            }
            ApiError::BadToken => unauthenticated("Invalid token."),
            ApiError::BadCredentials => {
                unauthenticated("Credentials are taken as \"Authorization: Bearer TOKEN\".")
            }
            ApiError::OtherSite => Self::new(
                StatusCode::FORBIDDEN,
                "Writes by the cookie of a session carry X-CSRF-Token, as /api/-/me/ tells it; those \
                 of whom a proxy signs in come from pages of this very address.",
            ),
            ApiError::BodyTooSlow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "The rest of the body did not come in time.")
            }
            ApiError::TimedOut => unavailable("The answer took too long to begin; ask for less."),
            ApiError::TooManyFollow => {
                unavailable("As many follow the events here as there is room for; read pages.")
            }
            ApiError::OtherSchema => {
                unavailable("Another schema has been applied since; start again with it.")
            }
            ApiError::Ending => unavailable("About to end: requests go to others from now on."),
            ApiError::Internal => internal(),
        }
    }
}
