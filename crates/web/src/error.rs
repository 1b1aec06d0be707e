//! Errors as clients see them: the only place that turns faults into status codes.
//!
//! A [`Problem`] travels as an extension of its response; the envelope writes it out (RFC 9457),
//! since it alone knows the request's id.

use std::collections::BTreeMap;

use app::revert::Conflict;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::access::Missing;
use domain::change::{Dependent, Refusal, Refused};
use domain::fault::{Faults, FieldFault, NON_FIELD};
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
            ApiError::OtherSchema => {
                unavailable("Another schema has been applied since; start again with it.")
            }
            ApiError::Internal => internal(),
        }
    }
}

fn of_app(error: &app::Error, type_label: &str) -> Problem {
    match error {
        app::Error::BadRequest(faults) => invalid(faults.clone()),
        app::Error::NoReason { types } => no_reason(types),
        app::Error::Folded { .. } => Problem::new(StatusCode::GONE, sentence(error)),
        app::Error::Conflict(found) => conflict(found),
        app::Error::OtherCount { found, is_more, .. } => other_count(*found, *is_more),
        app::Error::KeyRunning | app::Error::LastAdministrator => {
            Problem::new(StatusCode::CONFLICT, sentence(error))
        }
        app::Error::KeyReused => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, sentence(error)),
        app::Error::NotFound { what } => {
            Problem::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
        }
        app::Error::Refused(refused) => of_refused(refused, type_label),
        app::Error::Unauthenticated => {
            unauthenticated("Authentication credentials were not provided.")
        }
        app::Error::Forbidden(missing) => forbidden(missing),
        app::Error::SignInRefused => Problem::new(StatusCode::UNAUTHORIZED, sentence(error)),
        app::Error::TooManyAttempts { seconds } => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, sentence(error))
                .with_header(header::RETRY_AFTER, HeaderValue::from(*seconds))
        }
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
fn of_refused(refused: &[Refused], type_label: &str) -> Problem {
    let mut faults = Faults::default();
    let mut other = None;
    for Refused { why, .. } in refused {
        match why {
            Refusal::Invalid(more) => faults.merge(more.clone()),
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
                other.get_or_insert_with(|| protected(by, *and_more));
            }
        }
    }
    match other {
        Some(problem) if faults.is_empty() || faults.are_conflicts() => problem,
        _ => invalid(faults),
    }
}

const NOTHING_CHANGED: &str = "Nothing was changed; \"errors\" tells why, by item.";

/// The errors of many changes, by their places; the status is that of the gravest.
fn of_refused_items(refused: &[Refused], type_label: &str) -> Problem {
    let mut items: BTreeMap<usize, Faults> = BTreeMap::new();
    let mut alone = None;
    for one in refused {
        let problem = of_refused(std::slice::from_ref(one), type_label);
        let faults = items.entry(one.index).or_default();
        if problem.faults.is_empty() {
            faults.add(NON_FIELD, FieldFault::BadParameter(problem.detail.clone()));
        } else {
            faults.merge(problem.faults.clone());
        }
        // What is wrong with the input comes before what is wrong with the register.
        let rank = |problem: &Problem| problem.status.as_u16();
        if alone.as_ref().is_none_or(|gravest| rank(&problem) < rank(gravest)) {
            alone = Some(problem);
        }
    }
    let status = alone.map_or(StatusCode::BAD_REQUEST, |problem| problem.status);
    let mut problem = Problem::new(status, NOTHING_CHANGED);
    problem.item_faults = items;
    problem
}

fn invalid_items(faults: BTreeMap<usize, Faults>) -> Problem {
    let mut problem = invalid(Faults::default());
    NOTHING_CHANGED.clone_into(&mut problem.detail);
    problem.item_faults = faults;
    problem
}

fn no_reason(types: &[String]) -> Problem {
    let told =
        format!("Changes of {} need a reason: the header X-Change-Reason.", types.join(", "));
    invalid(Faults::one("reason", FieldFault::BadParameter(told)))
}

fn other_count(found: u64, is_more: bool) -> Problem {
    let detail = if is_more {
        "The filter matches more records than one request may change.".to_owned()
    } else {
        format!("The filter matches {found} records.")
    };
    let fault = FieldFault::BadParameter(detail.clone());
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .with_faults(Faults::one("expect_count", fault))
}

fn conflict(found: &[Conflict]) -> Problem {
    let detail = "Something else has changed since; \"conflicts\" tells what.";
    let mut problem = Problem::new(StatusCode::CONFLICT, detail);
    problem.conflicts = found
        .iter()
        .flat_map(|conflict| {
            conflict.obstacles.iter().map(|obstacle| {
                json!({
                    "type": conflict.type_name,
                    "id": conflict.id.0,
                    "field": obstacle.field,
                    "message": obstacle.why,
                })
            })
        })
        .collect();
    problem
}

/// An error's text as a sentence.
fn sentence(error: &app::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
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

fn forbidden(missing: &Missing) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, format!("You do not have {missing}."))
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
