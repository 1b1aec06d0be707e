//! What the audit keeps beside commits, read back.

use domain::record::Timestamp;

use super::timestamp;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// Its number, in the order of events.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The name of the token that was used.
    pub token: Option<String>,
    /// Through what.
    pub origin: String,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// What happened, in a word or two.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why, or how it went.
    pub reason: Option<String>,
}

/// Which events to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuestion {
    /// By this actor.
    pub actor: Option<String>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Numbered below this.
    pub before: Option<i64>,
}

/// Reads events, newest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn audit_events(
    reader: &mut Reader<'_>,
    question: &EventQuestion,
    limit: u32,
) -> Result<Vec<KeptEvent>, StoreError> {
    let mut statement = Statement::new(
        "SELECT number, at, actor, token, origin, request_id, action, subject, reason \
         FROM audit WHERE 1 = 1",
    );
    if let Some(actor) = &question.actor {
        statement.push(" AND actor = ").bind(actor.as_str());
    }
    if let Some(from) = question.from {
        statement.push(" AND at >= ").bind(from.timestamp_micros());
    }
    if let Some(until) = question.until {
        statement.push(" AND at < ").bind(until.timestamp_micros());
    }
    if let Some(before) = question.before {
        statement.push(" AND number < ").bind(before);
    }
    statement.push(" ORDER BY number DESC").limit(i64::from(limit));
    reader.query(&statement, |row| {
        Ok(KeptEvent {
            number: row.integer(0)?,
            at: timestamp(row.integer(1)?)?,
            actor: row.text(2)?,
            token: row.text_or_null(3)?,
            origin: row.text(4)?,
            request_id: row.text_or_null(5)?,
            action: row.text(6)?,
            subject: row.text(7)?,
            reason: row.text_or_null(8)?,
        })
    })
}
