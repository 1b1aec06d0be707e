//! Lists of change requests, newest first: the queue.

use domain::access::{Access, Allowed, Right};
use domain::record::{RecordId, Timestamp};
use domain::review::State;
use domain::schema::Schema;

use super::condition::Condition;
use super::moment::Moment;
use super::timestamp;
use crate::engine::Reader;
use crate::error::StoreError;
use crate::names;
use crate::statement::Statement;

/// Which change requests somebody asks for; all that is named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestQuestion {
    /// In one of these states; empty for any.
    pub states: Vec<State>,
    /// Asked for by this user.
    pub requester: Option<String>,
    /// That this user is asked to decide.
    pub reviewer: Option<String>,
    /// About records of this type.
    pub type_name: Option<String>,
    /// About the record of that type with this id.
    pub id: Option<RecordId>,
    /// Open, and for this user to decide: not theirs, not agreed to by them, of types that they may
    /// review, and nobody else alone is asked.
    pub awaiting: Option<String>,
    /// Numbered below this.
    pub before: Option<i64>,
}

/// A change request in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRequest {
    /// Its number.
    pub number: i64,
    /// What it is, in a line.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// Who asked for it.
    pub requester: String,
    /// When.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub updated_at: Timestamp,
    /// When it closes by itself.
    pub expires_at: Option<Timestamp>,
    /// How often something else was asked for, and 1.
    pub revision: i64,
    /// How many records it is about.
    pub records: u64,
}

/// Who asks, and what they may see.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Today's schema.
    pub schema: &'a Schema,
    /// What they may.
    pub access: &'a Access,
    /// Their name: what they asked for themselves they see.
    pub user: &'a str,
}

/// Reads the change requests that answer a question, newest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn requests(
    reader: &mut Reader<'_>,
    asking: Asking<'_>,
    question: &RequestQuestion,
    limit: u32,
) -> Result<Vec<ListedRequest>, StoreError> {
    let mut statement = Statement::new(
        "SELECT q.number, q.title, q.state, q.requester, q.created_at, q.updated_at, \
         q.expires_at, q.revision, \
         (SELECT count(*) FROM request_records n WHERE n.request = q.number) FROM requests q",
    );
    condition(reader, asking, question, &mut statement);
    statement.push(" ORDER BY q.number DESC").limit(i64::from(limit));
    reader.query(&statement, |row| {
        let word = row.text(2)?;
        let state = State::of_word(&word)
            .ok_or_else(|| StoreError::Corrupt(format!("there is no state {word}")))?;
        Ok(ListedRequest {
            number: row.integer(0)?,
            title: row.text(1)?,
            state,
            requester: row.text(3)?,
            created_at: timestamp(row.integer(4)?)?,
            updated_at: timestamp(row.integer(5)?)?,
            expires_at: row.integer_or_null(6)?.map(timestamp).transpose()?,
            revision: row.integer(7)?,
            records: u64::try_from(row.integer(8)?).unwrap_or(0),
        })
    })
}

/// How many change requests answer a question, counted up to `most`.
///
/// # Errors
/// When the database can't be asked.
pub fn requests_count(
    reader: &mut Reader<'_>,
    asking: Asking<'_>,
    question: &RequestQuestion,
    most: u32,
) -> Result<u64, StoreError> {
    let mut statement = Statement::new("SELECT count(*) FROM (SELECT q.number FROM requests q");
    condition(reader, asking, question, &mut statement);
    statement.limit(i64::from(most)).push(") counted");
    let count = reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Whether somebody may see a request: what they asked for, or all records of which they may.
///
/// # Errors
/// When the database can't be asked.
pub fn request_is_seen(
    reader: &mut Reader<'_>,
    asking: Asking<'_>,
    number: i64,
) -> Result<bool, StoreError> {
    let mut statement = Statement::new("SELECT q.number FROM requests q WHERE q.number = ");
    statement.bind(number);
    seen(reader, asking, Right::View, &mut statement);
    Ok(reader.query_one(&statement, |row| row.integer(0))?.is_some())
}

fn condition(
    reader: &Reader<'_>,
    asking: Asking<'_>,
    question: &RequestQuestion,
    to: &mut Statement,
) {
    to.push(" WHERE 1 = 1");
    let are_open = !question.states.is_empty() && question.states.iter().all(|s| s.is_open());
    if are_open || question.awaiting.is_some() {
        to.push(" AND q.is_open = 1");
    }
    if !question.states.is_empty() {
        to.push(" AND q.state IN (");
        for (place, state) in question.states.iter().enumerate() {
            to.push(if place > 0 { ", " } else { "" }).bind(state.word());
        }
        to.push(")");
    }
    if let Some(requester) = &question.requester {
        to.push(" AND q.requester = ").bind(requester.as_str());
    }
    if let Some(before) = question.before {
        to.push(" AND q.number < ").bind(before);
    }
    if let Some(reviewer) = &question.reviewer {
        to.push(" AND q.number IN (SELECT request FROM request_reviewers WHERE user_name = ");
        to.bind(reviewer.as_str()).push(")");
    }
    if let Some(name) = &question.type_name {
        to.push(" AND q.number IN (SELECT request FROM request_records WHERE type = ");
        to.bind(name.as_str());
        if let Some(id) = question.id {
            to.push(" AND id = ").bind(id.0);
        }
        to.push(")");
    }
    if let Some(user) = &question.awaiting {
        awaits(user, to);
        reviewable(asking, to);
    }
    seen(reader, asking, Right::View, to);
}

/// What is open for a user to decide, as far as who they are tells.
fn awaits(user: &str, to: &mut Statement) {
    to.push(" AND q.requester <> ").bind(user);
    for (table, further) in
        [("request_approvals", ""), ("request_events", " AND e.event IN ('edit', 'rebase')")]
    {
        let name = if table == "request_events" { "actor" } else { "user_name" };
        to.push(" AND NOT EXISTS (SELECT 1 FROM ")
            .push(table)
            .push(" e WHERE e.request = q.number");
        to.push(further).push(" AND e.").push(name).push(" = ").bind(user).push(")");
    }
    to.push(
        " AND (NOT EXISTS (SELECT 1 FROM request_reviewers v WHERE v.request = q.number) \
         OR EXISTS (SELECT 1 FROM request_reviewers v WHERE v.request = q.number \
         AND v.user_name = ",
    );
    to.bind(user).push("))");
}

/// That each type of a request is one of which somebody may review some records.
fn reviewable(asking: Asking<'_>, to: &mut Statement) {
    let types = asking.schema.types().iter();
    let mine: Vec<&str> = types
        .filter(|of| asking.access.has(Right::Review, of.index))
        .map(|of| of.name.as_str())
        .collect();
    to.push(" AND NOT EXISTS (SELECT 1 FROM request_records y WHERE y.request = q.number");
    among(&mine, "y.type", to);
    to.push(")");
}

/// That a column is none of some texts.
fn among(texts: &[&str], column: &str, to: &mut Statement) {
    if texts.is_empty() {
        return;
    }
    to.push(" AND ").push(column).push(" NOT IN (");
    for (place, text) in texts.iter().enumerate() {
        to.push(if place > 0 { ", " } else { "" }).bind(*text);
    }
    to.push(")");
}

/// That somebody has a right on all records of a request, or asked for it themselves. Of records that
/// it adds, the right on some of their type is enough: they are not there yet.
fn seen(reader: &Reader<'_>, asking: Asking<'_>, right: Right, to: &mut Statement) {
    let Asking { schema, access, user } = asking;
    if access.has_everywhere(right) {
        return;
    }
    to.push(" AND (q.requester = ").bind(user);
    to.push(
        " OR NOT EXISTS (SELECT 1 FROM request_records s WHERE s.request = q.number AND NOT (1 = 0",
    );
    for of in schema.types() {
        match access.allowed(right, of.index) {
            Allowed::Nothing => {}
            Allowed::All => {
                to.push(" OR s.type = ").bind(of.name.as_str());
            }
            Allowed::Where(expr) => {
                to.push(" OR (s.type = ").bind(of.name.as_str());
                to.push(" AND (s.id IS NULL OR s.id IN (SELECT id FROM ");
                to.push(&names::records(of)).push(" WHERE ");
                let (moment, dialect) = (Moment::Now, reader.dialect());
                Condition { schema, moment, dialect, of, prefix: "" }.write(&expr, to);
                to.push(")))");
            }
        }
    }
    to.push(")))");
}
