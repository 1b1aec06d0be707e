//! Webhooks: who sends for each now, and how it goes.
//!
//! Every step of whoever sends raises the webhook's fence, and is refused where somebody else has
//! raised it since. So what was looked at before a step is as it was, and a fence that stays the same
//! for too long while somebody holds it is that of somebody who is gone.

use domain::record::Timestamp;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::{Param, Statement};

/// A webhook as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWebhook {
    /// Its name.
    pub name: String,
    /// Whether what is no change is sent to it, too.
    pub takes_notices: bool,
    /// How many steps there have been.
    pub fence: i64,
    /// The replica that sends for it now.
    pub holder: Option<String>,
    /// By whom or what it rests; `None` where it does not.
    pub paused_by: Option<String>,
    /// What is tried.
    pub trying: Option<Trying>,
    /// How many deliveries were taken.
    pub delivered: i64,
    /// How many tries came to nothing.
    pub failures: i64,
    /// When a delivery was last taken.
    pub last_success_at: Option<Timestamp>,
    /// When a try last came to nothing.
    pub last_error_at: Option<Timestamp>,
    /// Why.
    pub last_error: Option<String>,
}

/// A delivery that failed, and is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trying {
    /// The event's id.
    pub id: String,
    /// How often it failed.
    pub failed: u32,
    /// When it was tried first.
    pub since: Timestamp,
    /// When it is tried again.
    pub next_at: Timestamp,
}

const WEBHOOK: &str = "name, takes_notices, fence, holder, paused_by, trying, failed, \
                       first_try_at, next_try_at, delivered, failures, last_success_at, \
                       last_error_at, last_error";

fn read_webhook(row: &Row<'_>) -> Result<StoredWebhook, StoreError> {
    let moment = |column| row.integer_or_null(column)?.map(timestamp).transpose();
    Ok(StoredWebhook {
        name: row.text(0)?,
        takes_notices: row.integer(1)? != 0,
        fence: row.integer(2)?,
        holder: row.text_or_null(3)?,
        paused_by: row.text_or_null(4)?,
        trying: match (row.text_or_null(5)?, moment(7)?, moment(8)?) {
            (Some(id), Some(since), Some(next_at)) => {
                let failed = u32::try_from(row.integer(6)?).unwrap_or(u32::MAX);
                Some(Trying { id, failed, since, next_at })
            }
            _ => None,
        },
        delivered: row.integer(9)?,
        failures: row.integer(10)?,
        last_success_at: moment(11)?,
        last_error_at: moment(12)?,
        last_error: row.text_or_null(13)?,
    })
}

/// All webhooks that are kept, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn webhooks(reader: &mut Reader<'_>) -> Result<Vec<StoredWebhook>, StoreError> {
    let text = format!("SELECT {WEBHOOK} FROM webhooks ORDER BY name");
    reader.query(&Statement::new(&text), read_webhook)
}

/// A webhook.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook(reader: &mut Reader<'_>, name: &str) -> Result<Option<StoredWebhook>, StoreError> {
    let text = format!("SELECT {WEBHOOK} FROM webhooks WHERE name = $1");
    reader.query_one(&Statement::with(&text, [name.into()]), read_webhook)
}

/// Keeps a webhook, unless it is kept already; `true` where it is new.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_configure(
    writer: &mut Writer<'_>,
    name: &str,
    takes_notices: bool,
) -> Result<bool, StoreError> {
    let text = "INSERT INTO webhooks (name, takes_notices) VALUES ($1, $2) \
                ON CONFLICT (name) DO NOTHING";
    let values = || [name.into(), i64::from(takes_notices).into()];
    if writer.execute(&Statement::with(text, values()))? > 0 {
        return Ok(true);
    }
    let text = "UPDATE webhooks SET takes_notices = $2 WHERE name = $1 AND takes_notices <> $2";
    writer.execute(&Statement::with(text, values())).map(|_changed| false)
}

/// Those that are kept and not among these get no notices any more.
///
/// # Errors
/// When the database can't be asked.
pub fn webhooks_silence(writer: &mut Writer<'_>, besides: &[String]) -> Result<(), StoreError> {
    for kept in webhooks(writer)? {
        if kept.takes_notices && !besides.contains(&kept.name) {
            let text = "UPDATE webhooks SET takes_notices = 0 WHERE name = $1";
            writer.execute(&Statement::with(text, [kept.name.into()]))?;
        }
    }
    Ok(())
}

/// Forgets a webhook with all that waits for it; `false` where there is none.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_forget(writer: &mut Writer<'_>, name: &str) -> Result<bool, StoreError> {
    let text = "DELETE FROM webhooks WHERE name = $1";
    Ok(writer.execute(&Statement::with(text, [name.into()]))? > 0)
}

/// Takes a webhook as it was looked at: the fence that holds from now on, or `None` where something
/// has happened since, or it rests.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_claim(
    writer: &mut Writer<'_>,
    (name, fence): (&str, i64),
    holder: &str,
) -> Result<Option<i64>, StoreError> {
    let text = "UPDATE webhooks SET holder = $3, fence = fence + 1 \
                WHERE name = $1 AND fence = $2 AND paused_by IS NULL";
    let values = [name.into(), fence.into(), holder.into()];
    let changed = writer.execute(&Statement::with(text, values))?;
    Ok((changed > 0).then_some(fence.saturating_add(1)))
}

/// Lets go of a webhook; `false` where somebody else has taken it since, so that nothing of what was
/// done may be kept.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_release(
    writer: &mut Writer<'_>,
    (name, fence): (&str, i64),
) -> Result<bool, StoreError> {
    let text =
        "UPDATE webhooks SET holder = NULL, fence = fence + 1 WHERE name = $1 AND fence = $2";
    Ok(writer.execute(&Statement::with(text, [name.into(), fence.into()]))? > 0)
}

/// Deliveries were taken.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_taken(
    writer: &mut Writer<'_>,
    name: &str,
    (deliveries, now): (i64, Timestamp),
) -> Result<(), StoreError> {
    let text = "UPDATE webhooks SET delivered = delivered + $2, last_success_at = $3, \
                trying = NULL, failed = 0, first_try_at = NULL, next_try_at = NULL WHERE name = $1";
    let values = [name.into(), deliveries.into(), now.timestamp_micros().into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// A try came to nothing: what is tried from now on, if it is not given up.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_failed(
    writer: &mut Writer<'_>,
    name: &str,
    (why, now): (&str, Timestamp),
    trying: Option<&Trying>,
) -> Result<(), StoreError> {
    let moment = |at: Timestamp| at.timestamp_micros();
    let text = "UPDATE webhooks SET failures = failures + 1, last_error = $2, last_error_at = $3, \
                trying = $4, failed = $5, first_try_at = $6, next_try_at = $7 WHERE name = $1";
    let values: [Param; 7] = [
        name.into(),
        why.into(),
        moment(now).into(),
        trying.map(|trying| trying.id.as_str()).into(),
        i64::from(trying.map_or(0, |trying| trying.failed)).into(),
        trying.map(|trying| moment(trying.since)).into(),
        trying.map(|trying| moment(trying.next_at)).into(),
    ];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Has a webhook rest.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_pause(writer: &mut Writer<'_>, name: &str, by: &str) -> Result<(), StoreError> {
    let text = "UPDATE webhooks SET paused_by = $2 WHERE name = $1 AND paused_by IS NULL";
    writer.execute(&Statement::with(text, [name.into(), by.into()])).map(drop)
}

/// Has a webhook go on, at once, with all tries before it.
///
/// # Errors
/// When the database can't be asked.
pub fn webhook_resume(writer: &mut Writer<'_>, name: &str) -> Result<(), StoreError> {
    let text = "UPDATE webhooks SET paused_by = NULL, trying = NULL, failed = 0, \
                first_try_at = NULL, next_try_at = NULL WHERE name = $1";
    writer.execute(&Statement::with(text, [name.into()])).map(drop)
}
