//! What is kept of a delivery: whether it was taken, is tried again, or is given up.

use chrono::TimeDelta;
use domain::event::EventPlace;
use domain::record::Timestamp;
use domain::webhook::{Fate, Sent};
use sql::write::{self, DeadDelivery, StoredCursor, Trying};
use sql::{StoreError, Writer};

use super::DEAD_MAX;
use super::courier::{Courier, From, Item, Parcel, Settled};
use crate::Error;

impl Courier {
    /// Keeps what came of sending a parcel.
    ///
    /// # Errors
    /// When the database can't be asked; it may be tried again.
    pub async fn settle(&self, parcel: &Parcel, sent: &Sent) -> Result<Settled, Error> {
        let chance = self.app.entropy.bytes().first().copied().unwrap_or_default();
        let retry = self.webhook.retry;
        let failed = parcel.tried.as_ref().map_or(0, |tried| tried.failed);
        let fate = match sent.fate(failed, &retry, chance) {
            // Of many, the first is tried alone before it is given up.
            Fate::Dead if parcel.items.len() > 1 => Fate::Later(retry.wait(1, chance)),
            fate @ (Fate::Taken | Fate::Later(_) | Fate::Dead | Fate::Gone) => fate,
        };
        let kept = Keep {
            webhook: self.webhook.name.clone(),
            told: sent.told().replace('\0', "\u{fffd}"),
            status: sent.status(),
            now: self.app.clock.now(),
            fate,
        };
        // What is kept of a parcel is small beside its body.
        let dead = if fate == Fate::Dead { kept.dead(parcel) } else { Vec::new() };
        let trying = kept.trying(parcel);
        let count = i64::try_from(parcel.items.len()).unwrap_or(i64::MAX);
        let (fence, from) = (parcel.fence, parcel.from.clone());
        let keep = move |writer: &mut Writer<'_>| {
            if !write::webhook_release(writer, (&kept.webhook, fence))? {
                return Ok(Settled::Lost);
            }
            if matches!(fate, Fate::Taken | Fate::Dead) {
                kept.pass(writer, &from)?;
            }
            kept.write(writer, count, (trying.as_ref(), &dead))?;
            Ok(Settled::As(fate))
        };
        Ok(self.app.store.write(keep).await?)
    }
}

/// What came of sending.
struct Keep {
    webhook: String,
    told: String,
    status: Option<u16>,
    now: Timestamp,
    fate: Fate,
}

impl Keep {
    fn dead(&self, parcel: &Parcel) -> Vec<DeadDelivery> {
        let failed = parcel.tried.as_ref().map_or(0, |tried| tried.failed);
        let first_try_at = parcel.tried.as_ref().map_or(self.now, |tried| tried.since);
        let dead = |item: &Item| DeadDelivery {
            id: 0,
            event_id: item.id.clone(),
            event_type: item.event_type.clone(),
            subject: item.subject.clone(),
            body: item.body.clone(),
            attempts: failed.saturating_add(1),
            status: self.status.map(i64::from),
            answer: self.told.clone(),
            first_try_at,
            at: self.now,
        };
        parcel.items.iter().map(dead).collect()
    }

    fn trying(&self, parcel: &Parcel) -> Option<Trying> {
        let Fate::Later(wait) = self.fate else { return None };
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        let failed = parcel.tried.as_ref().map_or(0, |tried| tried.failed);
        Some(Trying {
            id: parcel.items.first().map(|item| item.id.clone()).unwrap_or_default(),
            failed: failed.saturating_add(1),
            since: parcel.tried.as_ref().map_or(self.now, |tried| tried.since),
            next_at: self.now.checked_add_signed(wait).unwrap_or(self.now),
        })
    }

    /// What was sent, or is given up, is not next any more.
    fn pass(&self, writer: &mut Writer<'_>, from: &From) -> Result<(), StoreError> {
        match from {
            From::Queue(id) => write::queue_remove(writer, *id),
            From::Commits(cursor, to) => advance(writer, cursor, *to, self.now),
        }
    }

    fn write(
        &self,
        writer: &mut Writer<'_>,
        count: i64,
        (trying, dead): (Option<&Trying>, &[DeadDelivery]),
    ) -> Result<(), StoreError> {
        let name = &self.webhook;
        if self.fate == Fate::Taken {
            return write::webhook_taken(writer, name, (count, self.now));
        }
        write::webhook_failed(writer, name, (&self.told, self.now), trying)?;
        for dead in dead {
            write::dead_add(writer, name, dead)?;
        }
        match self.fate {
            Fate::Gone => write::webhook_pause(writer, name, "the receiver, which answered 410"),
            Fate::Dead if write::dead_count(writer, name)? >= DEAD_MAX => {
                let told = format!("{DEAD_MAX} dead deliveries: replay or discard them first");
                write::webhook_pause(writer, name, &told)
            }
            Fate::Dead | Fate::Later(_) | Fate::Taken => Ok(()),
        }
    }
}

/// Moves the cursor, which nobody else does who has not claimed the webhook.
pub(super) fn advance(
    writer: &mut Writer<'_>,
    cursor: &StoredCursor,
    to: EventPlace,
    now: Timestamp,
) -> Result<(), StoreError> {
    let held = (cursor.name.as_str(), cursor.epoch);
    let is_moved = write::cursor_move(writer, held, (cursor.place, to), now)?;
    if is_moved { Ok(()) } else { Err(StoreError::Fenced) }
}
