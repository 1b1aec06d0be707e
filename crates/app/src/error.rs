//! What can go wrong with a use case, in the domain's words.

use domain::access::Missing;
use domain::change::Refused;
use domain::fault::{Faults, FieldFault, NON_FIELD};
use domain::filter::refused_patterns;
use domain::query::Plan;
use domain::schema::Schema;

use crate::revert::Conflict;
use crate::review::{Claimed, ToldRequest};
use crate::tasks::TaskRefusal;
use crate::webhooks::WebhookRefusal;

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter is wrong.
    #[error("{0}")]
    BadRequest(Faults),
    /// Proposed changes can't be made.
    #[error("{} of the changes can't be made", .0.len())]
    Refused(Vec<Refused>),
    /// Nobody known asked for what only known actors may do.
    #[error("authentication credentials were not provided")]
    Unauthenticated,
    /// The actor lacks a right.
    #[error("you do not have {0}")]
    Forbidden(Missing),
    /// Nobody is signed in by what was given; why is told to nobody.
    #[error("name and password don't belong together, or the account is closed")]
    SignInRefused,
    /// Others tried before, and failed.
    #[error("too many attempts; try again in {seconds} seconds")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u64,
    },
    /// Nobody would be left who may say who may what.
    #[error("somebody must stay who may administer everything")]
    LastAdministrator,
    /// The past that was asked for has been folded.
    #[error("the history before commit {to} has been folded; ask for that commit or a later one")]
    Folded {
        /// The earliest commit after which the register is still known.
        to: i64,
    },
    /// Something else has changed since: what stands in the way of each change.
    #[error("{} of the changes can't be taken back", .0.len())]
    Conflict(Vec<Conflict>),
    /// A filter matches another number of records than the caller means.
    #[error("the filter matches {found} records and not {expected}")]
    OtherCount {
        /// What the caller said.
        expected: u64,
        /// What there is.
        found: u64,
        /// Whether there are more than a request may change, and `found` are not all.
        is_more: bool,
    },
    /// Open change requests ask for the same values, or for changes of the same records.
    #[error("open change requests claim {} of the values and records", .0.len())]
    Claimed(Vec<Claimed>),
    /// What was asked of a change request can't happen.
    #[error("{0}")]
    Review(domain::review::Refusal),
    /// A change request is not what somebody was shown who decides on it; it comes with this.
    #[error("the change request is not what you were shown")]
    Unseen(Box<ToldRequest>),
    /// A change request can't be applied as it is; it comes with this, and tells why.
    #[error("the change request can't be applied as it is")]
    Blocked(Box<ToldRequest>),
    /// Conflicts of a change request are not solved: of each change, by its place, the fields.
    #[error("{} of the changes have conflicts that are not solved", .0.len())]
    Unsolved(Vec<(usize, Vec<String>)>),
    /// Changes of these types are never reviewed.
    #[error("changes of {} are not reviewed", .types.join(", "))]
    NotReviewed {
        /// Their names.
        types: Vec<String>,
    },
    /// Whoever passes by a review says why.
    #[error("passing by the review needs a reason")]
    BypassNeedsReason,
    /// Changes of these types need a reason.
    #[error("changes of {} need a reason", .types.join(", "))]
    NoReason {
        /// Their names.
        types: Vec<String>,
    },
    /// A request with the same idempotency key is still at work.
    #[error("a request with this idempotency key is still at work")]
    KeyRunning,
    /// The idempotency key was used before, with another request.
    #[error("this idempotency key was used with another request")]
    KeyReused,
    /// Something else than a record is not as was expected.
    #[error("the {what} has changed: it has revision {revision}")]
    Changed {
        /// What it is.
        what: &'static str,
        /// The revision that it has.
        revision: i64,
    },
    /// A task can't do what is asked of it.
    #[error("{0}")]
    Task(TaskRefusal),
    /// A webhook can't do what is asked of it.
    #[error("{0}")]
    Webhook(WebhookRefusal),
    /// A replica publishes by the cursor that shall go.
    #[error("a replica publishes by it; take it out of the configuration first")]
    PublisherAtWork,
    /// A publisher is asked for a snapshot while another is not over.
    #[error("a snapshot is asked for already, or is being made")]
    SnapshotAsked,
    /// What was asked for is not there.
    #[error("there is no such {what}")]
    NotFound {
        /// What it would be.
        what: &'static str,
    },
    /// The database is busy or away; trying again may help.
    #[error("the database is busy or can't be reached")]
    Unavailable(#[source] sql::StoreError),
    /// There is no room to write: nothing was changed.
    #[error("nothing can be written: the disk of the database is full or fails")]
    NoRoom(#[source] sql::StoreError),
    /// A question took longer than it may.
    #[error("the database took too long to answer; ask for less")]
    TookTooLong,
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] sql::StoreError),
}

impl Error {
    /// What went wrong with reading a plan, whose filters it names where they are to blame.
    pub(crate) fn of_plan(error: sql::StoreError, schema: &Schema, plan: &Plan) -> Self {
        if matches!(error, sql::StoreError::BadPattern(_)) {
            let of = schema.get(plan.type_index);
            Self::BadRequest(refused_patterns(schema, of, &plan.filter))
        } else {
            error.into()
        }
    }
}

impl From<sql::StoreError> for Error {
    fn from(error: sql::StoreError) -> Self {
        if let sql::StoreError::BadPattern(why) = error {
            return Self::BadRequest(Faults::one(NON_FIELD, FieldFault::BadParameter(why)));
        }
        if let sql::StoreError::Folded { to } = error {
            return Self::Folded { to };
        }
        if let sql::StoreError::GivenUp(cause) = error {
            return match cause.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Internal(sql::StoreError::GivenUp(other)),
            };
        }
        if matches!(error, sql::StoreError::TookTooLong) {
            Self::TookTooLong
        } else if matches!(error, sql::StoreError::NoRoom(_)) {
            Self::NoRoom(error)
        } else if error.is_transient() {
            Self::Unavailable(error)
        } else {
            Self::Internal(error)
        }
    }
}
