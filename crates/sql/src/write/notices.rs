//! What people are to be told by mail: kept by the transaction that it is about, and gone once it
//! is told.

use std::collections::BTreeSet;

use domain::notice::Topic;
use domain::record::Timestamp;

use super::requests::MADE;
use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNotice {
    /// Its number.
    pub id: i64,
    /// Whom.
    pub user: String,
    /// Of what.
    pub about: About,
    /// What happened to it, in a word.
    pub event: String,
    /// Who did it.
    pub actor: String,
    /// What they said.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How often it was tried.
    pub tries: i64,
}

/// What a notice is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The change request of a number.
    Request(i64),
    /// The run of a task.
    Run(i64),
}

/// Somebody whom mail reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their number.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// What they want to be told of.
    pub topics: BTreeSet<Topic>,
}

/// Which users are to be told.
#[derive(Clone, Copy, Debug)]
pub enum Whom<'a> {
    /// Those of these names.
    Named(&'a BTreeSet<&'a str>),
    /// All who want to hear of a topic.
    Wanting(Topic),
}

/// The users whom mail reaches and who are let in.
///
/// # Errors
/// When the database can't be asked.
pub fn recipients(reader: &mut Reader<'_>, whom: Whom<'_>) -> Result<Vec<Recipient>, StoreError> {
    let mut statement = Statement::new(
        "SELECT id, name, notices FROM users WHERE is_active = 1 AND email IS NOT NULL AND ",
    );
    match whom {
        Whom::Named(names) if names.is_empty() => return Ok(Vec::new()),
        Whom::Named(names) => {
            statement.push("name IN (");
            for (place, name) in names.iter().enumerate() {
                statement.push(if place > 0 { ", " } else { "" }).bind(*name);
            }
            statement.push(")");
        }
        Whom::Wanting(topic) => {
            statement.push("(notices LIKE ").bind(format!("%{}%", topic.word()));
            let is_default = Topic::by_default().contains(&topic);
            statement.push(if is_default { " OR notices IS NULL)" } else { ")" });
        }
    }
    reader.query(&statement, |row| {
        let topics = row.text_or_null(2)?;
        let topics = topics.map_or_else(Topic::by_default, |text| Topic::read(&text));
        Ok(Recipient { id: row.integer(0)?, name: row.text(1)?, topics })
    })
}

/// What a user wants to be told of; `None` where they have not said.
///
/// # Errors
/// When the database can't be asked.
pub fn topics_of(
    reader: &mut Reader<'_>,
    user: i64,
) -> Result<Option<BTreeSet<Topic>>, StoreError> {
    let statement = Statement::with("SELECT notices FROM users WHERE id = $1", [user.into()]);
    let found = reader.query_one(&statement, |row| row.text_or_null(0))?.flatten();
    Ok(found.map(|text| Topic::read(&text)))
}

/// Keeps what a user wants to be told of.
///
/// # Errors
/// When the database can't be asked.
pub fn topics_set(
    writer: &mut Writer<'_>,
    user: i64,
    topics: &BTreeSet<Topic>,
) -> Result<(), StoreError> {
    let values = [Topic::write(topics).into(), user.into()];
    let text = "UPDATE users SET notices = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Keeps something to be told; its number and its tries are passed over.
///
/// # Errors
/// When the database can't be asked.
pub fn notice_add(writer: &mut Writer<'_>, notice: &StoredNotice) -> Result<(), StoreError> {
    let (request, run) = match notice.about {
        About::Request(number) => (Some(number), None),
        About::Run(id) => (None, Some(id)),
    };
    let statement = Statement::with(
        "INSERT INTO notices (user_name, request, run, event, actor, comment, at, next_try_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        [
            notice.user.as_str().into(),
            request.into(),
            run.into(),
            notice.event.as_str().into(),
            notice.actor.as_str().into(),
            notice.comment.as_deref().into(),
            notice.at.timestamp_micros().into(),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// A notice, with where mail reaches its user and what the request, or the task, is called.
pub type DueNotice = (StoredNotice, String, String);

/// What is to be told by now, the oldest first, at most `limit`.
///
/// # Errors
/// When the database can't be asked.
pub fn notices_due(
    reader: &mut Reader<'_>,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<DueNotice>, StoreError> {
    let mut statement = Statement::with(
        "SELECT n.id, n.user_name, n.request, n.event, n.actor, n.comment, n.at, n.tries, \
         u.email, coalesce(q.title, r.task), n.run FROM notices n \
         JOIN users u ON u.name = n.user_name \
         LEFT JOIN requests q ON q.number = n.request LEFT JOIN task_runs r ON r.id = n.run \
         WHERE n.next_try_at <= $1 AND u.is_active = 1 AND u.email IS NOT NULL \
         ORDER BY n.next_try_at, n.id",
        [now.timestamp_micros().into()],
    );
    statement.limit(limit);
    reader.query(&statement, |row| {
        let notice = StoredNotice {
            id: row.integer(0)?,
            user: row.text(1)?,
            about: match (row.integer_or_null(2)?, row.integer_or_null(10)?) {
                (Some(number), _) => About::Request(number),
                (None, Some(run)) => About::Run(run),
                (None, None) => {
                    return Err(StoreError::Corrupt("a notice of nothing".to_owned()));
                }
            },
            event: row.text(3)?,
            actor: row.text(4)?,
            comment: row.text_or_null(5)?,
            at: timestamp(row.integer(6)?)?,
            tries: row.integer(7)?,
        };
        Ok((notice, row.text(8)?, row.text(9)?))
    })
}

/// Something has been told, or is not to be told any more.
///
/// # Errors
/// When the database can't be asked.
pub fn notice_done(writer: &mut Writer<'_>, id: i64) -> Result<(), StoreError> {
    writer.execute(&Statement::with("DELETE FROM notices WHERE id = $1", [id.into()])).map(drop)
}

/// Something could not be told, and is tried again at a moment.
///
/// # Errors
/// When the database can't be asked.
pub fn notice_later(
    writer: &mut Writer<'_>,
    id: i64,
    next_try_at: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE notices SET tries = tries + 1, next_try_at = $1 WHERE id = $2";
    let values = [next_try_at.timestamp_micros().into(), id.into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Lets go of what was to be told before a moment: nobody wants old news.
///
/// # Errors
/// When the database can't be asked.
pub fn notices_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<(), StoreError> {
    let values = [before.timestamp_micros().into()];
    writer.execute(&Statement::with("DELETE FROM notices WHERE at < $1", values)).map(drop)
}

/// The word of a step, as notices have it.
pub fn step_word(event: Option<domain::review::Event>) -> &'static str {
    event.map_or(MADE, domain::review::Event::word)
}
