//! What sends for one webhook in one replica, but for the sending itself.
//!
//! ```text
//! look ─ what is next? ─ claim (raises the fence) ─ send ─ settle (moves the cursor, lets go)
//! ```
//! A claim is made on the fence that was looked at, so that what was found to be next still is.

use std::time::Duration;

use domain::event::EventPlace;
use domain::json::Json;
use domain::record::Timestamp;
use domain::webhook::{Fate, WAIT_MAX};
use sql::write::{self, Queued, StoredCursor, StoredWebhook, Trying};
use sql::{Reader, Writer, json};
use tokio::time::Instant;

use super::Webhook;
use super::settle::advance;
use crate::encode::EventEncoder;
use crate::events::cursors::Begin;
use crate::events::{Event, EventsAsked};
use crate::{App, Context, Error};

/// The most bytes of a batch; one event alone may be larger.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// How often there is a look where nothing is known to come.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What sends for a webhook in a replica whose name no other has or had.
pub struct Courier {
    pub(super) app: App,
    pub(super) webhook: Webhook,
    replica: String,
    /// The fence that another holds it by, and since when.
    seen: Option<(i64, Instant)>,
}

/// What there is to do.
#[derive(Debug)]
pub enum Step {
    /// To send this, and then to [`Courier::settle`] it.
    Send(Box<Parcel>),
    /// Nothing for so long; a commit or a bell may come before.
    Wait(Duration),
    /// Nothing until the next commit behind this place, or something else comes.
    WaitForNews(EventPlace),
}

/// What is sent at once.
#[derive(Debug)]
pub struct Parcel {
    /// What the receiver knows it by.
    pub id: String,
    /// The text that is sent.
    pub body: String,
    /// Whether that is a list.
    pub is_batch: bool,
    /// When this became ours to send.
    pub claimed_at: Instant,
    pub(super) items: Vec<Item>,
    pub(super) from: From,
    pub(super) fence: i64,
    /// How often it failed before, and since when it is tried.
    pub(super) tried: Option<Trying>,
}

/// An event of a parcel.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) event_type: String,
    pub(super) subject: String,
    pub(super) body: String,
}

/// Where the events of a parcel come from.
#[derive(Clone, Debug)]
pub(super) enum From {
    /// The queue: the number there.
    Queue(i64),
    /// The commits: the cursor as it was, and where it is afterwards.
    Commits(StoredCursor, EventPlace),
}

/// What became of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// This.
    As(Fate),
    /// Another replica has taken the webhook since; nothing is kept.
    Lost,
}

/// How things stand.
struct Look {
    kept: StoredWebhook,
    cursor: Option<StoredCursor>,
    queued: Option<Queued>,
}

/// What is next, before it is claimed.
struct Next {
    items: Vec<Item>,
    from: From,
}

impl Courier {
    /// For a webhook of an app.
    pub fn new(app: App, webhook: Webhook, replica: String) -> Self {
        Self { app, webhook, replica, seen: None }
    }

    /// The webhook.
    pub fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    /// Says what there is to do.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn next(&mut self) -> Result<Step, Error> {
        let Some(look) = self.look().await? else {
            self.configure().await?;
            return Ok(Step::Wait(Duration::ZERO));
        };
        if look.kept.paused_by.is_some() {
            return Ok(Step::Wait(LOOK_EVERY));
        }
        if self.is_held_by_another(&look.kept) {
            return Ok(Step::Wait(self.webhook.lease() / 6));
        }
        if let Some(wait) = self.wait_to_try(&look.kept) {
            return Ok(Step::Wait(wait));
        }
        let (kept, place) = (look.kept.clone(), look.cursor.as_ref().map(|cursor| cursor.place));
        let Some(next) = self.next_of(look).await? else {
            return Ok(match place {
                Some(place) => Step::WaitForNews(place),
                None => Step::Wait(LOOK_EVERY),
            });
        };
        self.claim(kept, next).await
    }

    async fn look(&self) -> Result<Option<Look>, Error> {
        let (name, cursor) = (self.webhook.name.clone(), self.webhook.cursor());
        let tells_events = self.webhook.events;
        let read = move |reader: &mut Reader<'_>| {
            let Some(kept) = write::webhook(reader, &name)? else { return Ok(None) };
            let cursor = if tells_events { write::cursor(reader, &cursor)? } else { None };
            if tells_events && cursor.is_none() {
                return Ok(None);
            }
            Ok(Some(Look { kept, cursor, queued: write::queue_first(reader, &name)? }))
        };
        Ok(self.app.store.read(read).await?)
    }

    /// Keeps the webhook as the configuration has it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn configure(&self) -> Result<(), Error> {
        let webhook = self.webhook.clone();
        let names: Vec<String> = self.app.webhooks.all().map(|one| one.name.clone()).collect();
        let keep = move |writer: &mut Writer<'_>| {
            if webhook.events {
                write::cursor_make(writer, &webhook.cursor(), webhook.begin == Begin::Next)?;
            } else if let Some(cursor) = write::cursor(writer, &webhook.cursor())? {
                // It would keep the history from being folded.
                write::cursor_remove(writer, &cursor)?;
            }
            write::webhook_configure(writer, &webhook.name, webhook.notices)?;
            write::webhooks_silence(writer, &names)
        };
        Ok(self.app.store.write(keep).await?)
    }

    /// Whether another replica is at it of which something was heard within the lease.
    fn is_held_by_another(&mut self, kept: &StoredWebhook) -> bool {
        if kept.holder.as_ref().is_none_or(|holder| *holder == self.replica) {
            self.seen = None;
            return false;
        }
        let now = Instant::now();
        let since = match self.seen {
            Some((fence, since)) if fence == kept.fence => since,
            _ => now,
        };
        self.seen = Some((kept.fence, since));
        now.duration_since(since) <= self.webhook.lease()
    }

    /// How long what failed is waited for; `None` where it is tried, or nothing failed.
    fn wait_to_try(&self, kept: &StoredWebhook) -> Option<Duration> {
        let wait = kept.trying.as_ref()?.next_at - self.app.clock.now();
        // Nothing is put off for longer by us: where it seems so, the clock was set back.
        let wait = wait.to_std().ok().filter(|wait| *wait <= WAIT_MAX.saturating_mul(2))?;
        (!wait.is_zero()).then(|| wait.min(LOOK_EVERY))
    }

    /// What is next: of the queue and the commits, what is older.
    async fn next_of(&self, Look { kept, cursor, queued }: Look) -> Result<Option<Next>, Error> {
        let queued_at = queued.as_ref().map(|queued| queued.at);
        // What failed is tried alone, so that one that is never taken takes no others with it.
        let most = match kept.trying {
            Some(_) => 1,
            None => self.webhook.batch.unwrap_or(1),
        };
        if let Some(cursor) = cursor
            && let Some(next) = self.next_events(cursor, queued_at, most).await?
        {
            return Ok(Some(next));
        }
        Ok(queued
            .map(|queued| Next { from: From::Queue(queued.id), items: vec![self.item(queued)] }))
    }

    /// Events that are to be told before what was queued at a moment; without any where the cursor
    /// passes by what is not for this webhook.
    async fn next_events(
        &self,
        cursor: StoredCursor,
        queued_at: Option<Timestamp>,
        most: u32,
    ) -> Result<Option<Next>, Error> {
        let ctx = Context::of_system(self.app.clock.now(), "webhook", &self.replica);
        // One more tells whether there are others.
        let asked = EventsAsked {
            types: self.webhook.types.clone(),
            ..EventsAsked::after(cursor.place, most.saturating_add(1))
        };
        let page = self.app.events_after(&ctx, asked).await?;
        let encoder = EventEncoder { schema: &self.app.schema, source: self.app.webhooks.source() };
        let (mut items, mut bytes, mut to) = (Vec::new(), 0_usize, cursor.place);
        let found = page.events.len();
        for event in page.events.iter().take(most as usize) {
            let is_later = queued_at.is_some_and(|queued_at| at(event) > queued_at);
            let item = item_of(event, &encoder);
            bytes = bytes.saturating_add(item.body.len());
            if is_later || (bytes > BATCH_BYTES_MAX && !items.is_empty()) {
                break;
            }
            to = event.place();
            items.push(item);
        }
        if items.len() == found {
            to = page.next;
        }
        let is_moved = to > cursor.place;
        Ok(is_moved.then_some(Next { items, from: From::Commits(cursor, to) }))
    }

    /// What was queued, with all that an event has.
    fn item(&self, queued: Queued) -> Item {
        let Queued { id, event_id, event_type, subject, body, .. } = queued;
        if let Some(id) = event_id {
            return Item { id, event_type, subject, body };
        }
        let id = format!("notice.{id}");
        let body = match json::parse(&body) {
            Ok(Json::Object(mut members)) => {
                members.insert("id".to_owned(), Json::text(&id));
                members.insert("source".to_owned(), Json::text(self.app.webhooks.source()));
                Json::Object(members).to_string()
            }
            // Nothing else is kept.
            Ok(_) | Err(_) => body,
        };
        Item { id, event_type, subject, body }
    }

    async fn claim(&self, kept: StoredWebhook, next: Next) -> Result<Step, Error> {
        let (name, replica) = (self.webhook.name.clone(), self.replica.clone());
        let claimed_at = Instant::now();
        let passed_by = match &next.from {
            From::Commits(cursor, to) if next.items.is_empty() => Some((cursor.clone(), *to)),
            From::Commits(..) | From::Queue(_) => None,
        };
        let (fence, now) = (kept.fence, self.app.clock.now());
        let claim = move |writer: &mut Writer<'_>| {
            let Some(fence) = write::webhook_claim(writer, (&name, fence), &replica)? else {
                return Ok(None);
            };
            if let Some((cursor, to)) = passed_by {
                advance(writer, &cursor, to, now)?;
                write::webhook_release(writer, (&name, fence))?;
                return Ok(None);
            }
            Ok(Some(fence))
        };
        let Some(fence) = self.app.store.write(claim).await? else {
            return Ok(Step::Wait(Duration::ZERO));
        };
        let Next { items, from } = next;
        let first = items.first().map(|item| item.id.clone()).unwrap_or_default();
        let last = items.last().filter(|_| items.len() > 1);
        let is_batch = self.webhook.batch.is_some();
        let bodies: Vec<&str> = items.iter().map(|item| item.body.as_str()).collect();
        Ok(Step::Send(Box::new(Parcel {
            id: last.map_or_else(|| first.clone(), |last| format!("{first}-{}", last.id)),
            body: if is_batch { format!("[{}]", bodies.join(",")) } else { bodies.concat() },
            is_batch,
            claimed_at,
            from,
            fence,
            tried: kept.trying.filter(|trying| trying.id == first),
            items,
        })))
    }
}

/// When what an event tells happened.
fn at(event: &Event) -> Timestamp {
    match event {
        Event::Changed(changed) => changed.told.entry.commit.at,
        Event::Folded { at, .. } => *at,
    }
}

fn item_of(event: &Event, encoder: &EventEncoder<'_>) -> Item {
    let (event_type, subject) = match event {
        Event::Changed(changed) => {
            let entry = &changed.told.entry.entry;
            (changed.kind().word(), domain::event::subject(&entry.type_name, entry.id))
        }
        Event::Folded { .. } => (domain::event::EventKind::Folded.word(), String::new()),
    };
    Item {
        id: event.place().to_string(),
        event_type: event_type.to_owned(),
        subject,
        body: encoder.text(event),
    }
}
