//! Change requests: kept, moved on, and read back.
//!
//! All of these run behind [`super::lock_register`], so that no two transactions decide on one
//! request at once.

use domain::record::{CommitNumber, RecordId, Timestamp};
use domain::review::{Approval, Event, Standing, State};

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A change request as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRequest {
    /// Its number; 1 and up.
    pub number: i64,
    /// What it is, in a line.
    pub title: String,
    /// Why.
    pub reason: Option<String>,
    /// Where it stands, and who agreed to it.
    pub standing: Standing,
    /// Who asked for it.
    pub requester: String,
    /// The name of the token that they used.
    pub token: Option<String>,
    /// Through what it was asked for.
    pub origin: String,
    /// When.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// When it closes by itself.
    pub expires_at: Option<Timestamp>,
    /// 1 when it is made, one more whenever something else is asked for.
    pub revision: i64,
    /// What is asked for, as JSON.
    pub content: String,
    /// The commit that applied it.
    pub commit: Option<CommitNumber>,
    /// Who is asked to decide.
    pub reviewers: Vec<String>,
}

/// Something that happened to a change request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The name of the token that they used.
    pub token: Option<String>,
    /// What; `None` of the first, by which it was made.
    pub event: Option<Event>,
    /// What they said.
    pub comment: Option<String>,
}

/// The word of an event that made the request.
pub(super) const MADE: &str = "made";

/// Keeps a new request with the records that it is about, and gives its number.
///
/// # Errors
/// When the database can't be asked.
pub fn request_add(
    writer: &mut Writer<'_>,
    request: &StoredRequest,
    records: &[(String, Option<RecordId>)],
) -> Result<i64, StoreError> {
    let next = Statement::new("SELECT coalesce(max(number), 0) + 1 FROM requests");
    let number = writer.query_one(&next, |row| row.integer(0))?.unwrap_or(1);
    writer.execute_soon(Statement::with(
        "INSERT INTO requests (number, title, reason, state, is_open, requester, token, origin, \
         created_at, updated_at, expires_at, revision, content) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            number.into(),
            request.title.as_str().into(),
            request.reason.as_deref().into(),
            request.standing.state.word().into(),
            i64::from(request.standing.state.is_open()).into(),
            request.requester.as_str().into(),
            request.token.as_deref().into(),
            request.origin.as_str().into(),
            request.created_at.timestamp_micros().into(),
            request.updated_at.timestamp_micros().into(),
            request.expires_at.map(|at| at.timestamp_micros()).into(),
            request.revision.into(),
            request.content.as_str().into(),
        ],
    ))?;
    write_records(writer, number, records)?;
    Ok(number)
}

fn write_records(
    writer: &mut Writer<'_>,
    number: i64,
    records: &[(String, Option<RecordId>)],
) -> Result<(), StoreError> {
    let rows = records.iter().zip(0_i64..).map(|((type_name, id), place)| -> Vec<Param> {
        vec![number.into(), place.into(), type_name.as_str().into(), id.map(|id| id.0).into()]
    });
    writer.execute_many(
        "INSERT INTO request_records (request, place, type, id) VALUES ($1, $2, $3, $4)",
        rows,
    )
}

/// Keeps what is asked for from now on: another title, reason, content, revision and end.
///
/// # Errors
/// When the database can't be asked.
pub fn request_ask(
    writer: &mut Writer<'_>,
    request: &StoredRequest,
    records: &[(String, Option<RecordId>)],
) -> Result<(), StoreError> {
    writer.execute_soon(Statement::with(
        "UPDATE requests SET title = $1, reason = $2, content = $3, revision = $4, \
         expires_at = $5 WHERE number = $6",
        [
            request.title.as_str().into(),
            request.reason.as_deref().into(),
            request.content.as_str().into(),
            request.revision.into(),
            request.expires_at.map(|at| at.timestamp_micros()).into(),
            request.number.into(),
        ],
    ))?;
    let number = [request.number.into()];
    writer
        .execute_soon(Statement::with("DELETE FROM request_records WHERE request = $1", number))?;
    write_records(writer, request.number, records)
}

/// Keeps where a request stands, and the commit that applied it.
///
/// # Errors
/// When the database can't be asked.
pub fn request_move(
    writer: &mut Writer<'_>,
    number: i64,
    standing: &Standing,
    (now, commit): (Timestamp, Option<CommitNumber>),
) -> Result<(), StoreError> {
    writer.execute_soon(Statement::with(
        "UPDATE requests SET state = $1, is_open = $2, updated_at = $3, commit_number = $4 \
         WHERE number = $5",
        [
            standing.state.word().into(),
            i64::from(standing.state.is_open()).into(),
            now.timestamp_micros().into(),
            commit.map(|number| number.0).into(),
            number.into(),
        ],
    ))?;
    let of = || [number.into()];
    writer
        .execute_soon(Statement::with("DELETE FROM request_approvals WHERE request = $1", of()))?;
    let rows = standing.approvals.iter().zip(0_i64..).map(|(approval, place)| -> Vec<Param> {
        let Approval { by, seen } = approval;
        vec![number.into(), place.into(), by.as_str().into(), seen.as_str().into()]
    });
    writer.execute_many(
        "INSERT INTO request_approvals (request, place, user_name, seen) VALUES ($1, $2, $3, $4)",
        rows,
    )?;
    if !standing.state.is_open() {
        super::claims::claims_free(writer, number)?;
    }
    Ok(())
}

/// Keeps something that happened.
///
/// # Errors
/// When the database can't be asked.
pub fn request_tell(
    writer: &mut Writer<'_>,
    number: i64,
    event: &StoredEvent,
) -> Result<(), StoreError> {
    writer.execute_soon(Statement::with(
        "INSERT INTO request_events (request, place, at, actor, token, event, comment) \
         VALUES ($1, (SELECT coalesce(max(place), -1) + 1 FROM request_events WHERE request = $1), \
         $2, $3, $4, $5, $6)",
        [
            number.into(),
            event.at.timestamp_micros().into(),
            event.actor.as_str().into(),
            event.token.as_deref().into(),
            event.event.map_or(MADE, Event::word).into(),
            event.comment.as_deref().into(),
        ],
    ))?;
    Ok(())
}

/// Asks some people to decide, in place of those who were.
///
/// # Errors
/// When the database can't be asked.
pub fn request_assign(
    writer: &mut Writer<'_>,
    number: i64,
    reviewers: &[String],
) -> Result<(), StoreError> {
    let of = [number.into()];
    writer.execute_soon(Statement::with("DELETE FROM request_reviewers WHERE request = $1", of))?;
    let rows =
        reviewers.iter().map(|user| -> Vec<Param> { vec![number.into(), user.as_str().into()] });
    writer.execute_many("INSERT INTO request_reviewers (request, user_name) VALUES ($1, $2)", rows)
}

const REQUEST: &str = "number, title, reason, state, requester, token, origin, created_at, \
                       updated_at, expires_at, revision, content, commit_number";

fn read_request(row: &Row<'_>) -> Result<StoredRequest, StoreError> {
    let word = row.text(3)?;
    let state = State::of_word(&word)
        .ok_or_else(|| StoreError::Corrupt(format!("there is no state {word} of a request")))?;
    Ok(StoredRequest {
        number: row.integer(0)?,
        title: row.text(1)?,
        reason: row.text_or_null(2)?,
        standing: Standing { state, approvals: Vec::new() },
        requester: row.text(4)?,
        token: row.text_or_null(5)?,
        origin: row.text(6)?,
        created_at: timestamp(row.integer(7)?)?,
        updated_at: timestamp(row.integer(8)?)?,
        expires_at: row.integer_or_null(9)?.map(timestamp).transpose()?,
        revision: row.integer(10)?,
        content: row.text(11)?,
        commit: row.integer_or_null(12)?.map(CommitNumber),
        reviewers: Vec::new(),
    })
}

/// A request with who agreed to it and who is asked to; `None` where there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn request_read(
    reader: &mut Reader<'_>,
    number: i64,
) -> Result<Option<StoredRequest>, StoreError> {
    let text = format!("SELECT {REQUEST} FROM requests WHERE number = $1");
    let found = reader.query_one(&Statement::with(&text, [number.into()]), read_request)?;
    let Some(mut request) = found else {
        return Ok(None);
    };
    let approvals = Statement::with(
        "SELECT user_name, seen FROM request_approvals WHERE request = $1 ORDER BY place",
        [number.into()],
    );
    request.standing.approvals =
        reader.query(&approvals, |row| Ok(Approval { by: row.text(0)?, seen: row.text(1)? }))?;
    let reviewers = Statement::with(
        "SELECT user_name FROM request_reviewers WHERE request = $1 ORDER BY user_name",
        [number.into()],
    );
    request.reviewers = reader.query(&reviewers, |row| row.text(0))?;
    Ok(Some(request))
}

/// What happened to a request, in its order.
///
/// # Errors
/// When the database can't be asked.
pub fn request_events(
    reader: &mut Reader<'_>,
    number: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let statement = Statement::with(
        "SELECT at, actor, token, event, comment FROM request_events WHERE request = $1 \
         ORDER BY place",
        [number.into()],
    );
    reader.query(&statement, |row| {
        Ok(StoredEvent {
            at: timestamp(row.integer(0)?)?,
            actor: row.text(1)?,
            token: row.text_or_null(2)?,
            event: Event::of_word(&row.text(3)?),
            comment: row.text_or_null(4)?,
        })
    })
}

/// The numbers of open requests whose time is over, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn requests_over(
    reader: &mut Reader<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let mut statement = Statement::with(
        "SELECT number FROM requests WHERE is_open = 1 AND expires_at <= $1 ORDER BY expires_at",
        [now.timestamp_micros().into()],
    );
    statement.limit(limit);
    reader.query(&statement, |row| row.integer(0))
}
