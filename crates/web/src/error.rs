//! Errors as clients see them: the only place that turns faults into status codes.
//!
//! A [`Problem`] travels as an extension of its response; the envelope writes it out (RFC 9457),
//! since it alone knows the request's id.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::change::{Dependent, Refusal, Refused};
use domain::fault::{Faults, FieldFault};
use domain::record::Record;
use serde_json::{Map, Value, json};

/// How many seconds a client should wait when the database is busy or away.
const RETRY_AFTER_SECONDS: u64 = 5;
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
    /// The actor lacks a right.
    Forbidden(&'static str),
    /// No answer within the time that a read may take.
    TimedOut,
    /// The database holds another schema than this process serves.
    OtherSchema,
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
            headers: HeaderMap::new(),
            draw: None,
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
            ApiError::App(error) => of_app(error, "record"),
            ApiError::Change { type_label, error } => of_app(error, &type_label),
            ApiError::Invalid(faults) => invalid(faults),
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
            ApiError::Forbidden(right) => forbidden(right),
            ApiError::TimedOut => unavailable("The answer took too long to begin; ask for less."),
            ApiError::OtherSchema => {
                unavailable("Another schema has been applied since; start again with it.")
            }
            ApiError::Internal => internal(),
        }
    }
}

fn of_app(error: app::Error, type_label: &str) -> Problem {
    match error {
        app::Error::BadRequest(faults) => invalid(faults),
        app::Error::Refused(refused) => of_refused(refused, type_label),
        app::Error::Unauthenticated => {
            unauthenticated("Authentication credentials were not provided.")
        }
        app::Error::Forbidden { right } => forbidden(right),
        app::Error::Unavailable(cause) => {
            tracing::warn!(%cause, "the database is busy or away");
            unavailable("The database is busy or can't be reached; try again.")
        }
        app::Error::TookTooLong => {
            unavailable("The database took too long to answer; ask for less.")
        }
        app::Error::Internal(cause) => {
            tracing::error!(%cause, ?cause, "a use case failed");
            internal()
        }
    }
}

/// One answer for all changes of a request: what is wrong with the input comes before what is
/// wrong with the register.
fn of_refused(refused: Vec<Refused>, type_label: &str) -> Problem {
    let mut faults = Faults::default();
    let mut other = None;
    for Refused { why, .. } in refused {
        match why {
            Refusal::Invalid(more) => faults.merge(more),
            Refusal::NotFound => {
                let missing = ApiError::no_match(type_label);
                other.get_or_insert_with(|| Problem::from(missing));
            }
            Refusal::Stale { current } => {
                other.get_or_insert_with(|| stale(current.as_deref()));
            }
            Refusal::Exists => {
                let detail = format!("The {type_label} has not been deleted.");
                other.get_or_insert_with(|| Problem::new(StatusCode::CONFLICT, detail));
            }
            Refusal::Protected { by, and_more } => {
                other.get_or_insert_with(|| protected(&by, and_more));
            }
        }
    }
    match other {
        Some(problem) if faults.is_empty() || faults.are_conflicts() => problem,
        _ => invalid(faults),
    }
}

fn stale(current: Option<&Record>) -> Problem {
    let detail = match current {
        Some(record) => format!("The record has changed: it has revision {}.", record.revision),
        None => "There is no such record any more.".to_owned(),
    };
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
}

fn protected(by: &[Dependent], and_more: bool) -> Problem {
    let named: Vec<String> =
        by.iter().map(|one| format!("{} {} ({})", one.type_name, one.id, one.field)).collect();
    let (more_than, dots) = if and_more { ("More than ", " …") } else { ("", "") };
    let detail = format!(
        "Unable to delete object. {more_than}{} dependent objects were found: {}{dots}",
        by.len(),
        named.join(", ")
    );
    Problem::new(StatusCode::CONFLICT, detail)
}

fn invalid(faults: Faults) -> Problem {
    let (status, detail) = if !faults.is_empty() && faults.are_conflicts() {
        (StatusCode::CONFLICT, "Another record has these values already.")
    } else {
        (StatusCode::BAD_REQUEST, "What was sent is not valid; \"errors\" tells what to change.")
    };
    Problem::new(status, detail).with_faults(faults)
}

fn unauthenticated(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn forbidden(right: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, format!("You do not have the right to {right}."))
}

fn unavailable(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS))
}

fn internal() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side; the log has it under this request id.",
    )
}
