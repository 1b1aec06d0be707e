//! What administrators do with webhooks: look, have one rest, go on or be tried, and see to what was
//! given up.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Right;
use domain::audit::Action;
use domain::event::EventPlace;
use sql::write::{self, DeadDelivery, StoredWebhook, WhichDead};
use sql::{Reader, StoreError, Writer, read};

use super::notice::ping;
use super::{Webhook, cursor_of};
use crate::people::given_up;
use crate::{App, Context, Error, audit};

/// What there is no webhook by this name is told as.
const WEBHOOK: &str = "webhook";
/// The same for a delivery.
const DELIVERY: &str = "dead delivery of this webhook";
/// The most dead deliveries that are sent again at once.
pub const REPLAY_MAX: i64 = 1_000;
/// More events than this are not counted.
const BEHIND_MAX: i64 = 100_000;

/// A webhook, and how it goes with it.
#[derive(Clone, Debug)]
pub struct WebhookState {
    /// Its name.
    pub name: String,
    /// As it is configured; `None` where it is not any more.
    pub webhook: Option<Webhook>,
    /// As it is kept; `None` where no replica has looked at it yet.
    pub kept: Option<StoredWebhook>,
    /// The last event that was taken or given up; `None` where it is told of none.
    pub place: Option<EventPlace>,
    /// How many events are to come, at most a hundred thousand; `None` where it is told of none.
    pub behind: Option<i64>,
    /// How much waits beside those.
    pub waiting: i64,
    /// How many deliveries are dead.
    pub dead: i64,
}

impl WebhookState {
    /// By whom or what it rests.
    pub fn paused_by(&self) -> Option<&str> {
        self.kept.as_ref().and_then(|kept| kept.paused_by.as_deref())
    }

    /// Whether what is next failed before.
    pub fn is_failing(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.trying.is_some())
    }

    /// In a word.
    pub fn word(&self) -> &'static str {
        if self.webhook.is_none() {
            "not configured"
        } else if self.paused_by().is_some() {
            "paused"
        } else if self.is_failing() {
            "failing"
        } else if self.behind.unwrap_or(0) > 0 || self.waiting > 0 {
            "sending"
        } else {
            "waiting"
        }
    }
}

/// A page of dead deliveries, the oldest first.
#[derive(Clone, Debug)]
pub struct DeadPage {
    /// The deliveries.
    pub dead: Vec<DeadDelivery>,
    /// The number above which the next page begins; `None` on the last.
    pub next: Option<i64>,
}

/// Why a webhook can't do what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefusal {
    /// The configuration names it.
    #[error("the configuration names the webhook: take it out there first")]
    Configured,
    /// Too much waits for it.
    #[error("too much waits for the webhook already")]
    Full,
}

impl App {
    /// All webhooks, by name, also those that the configuration names no more.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to administer; others when the database can't be
    /// asked.
    pub async fn webhooks_list(&self, ctx: &Context) -> Result<Vec<WebhookState>, Error> {
        ctx.must_everywhere(Right::Administer)?;
        self.webhook_states(None).await
    }

    /// A webhook.
    ///
    /// # Errors
    /// As [`Self::webhooks_list`], and [`Error::NotFound`].
    pub async fn webhook_show(&self, ctx: &Context, name: &str) -> Result<WebhookState, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let states = self.webhook_states(Some(name.to_owned())).await?;
        states.into_iter().next().ok_or(Error::NotFound { what: WEBHOOK })
    }

    /// How it goes with all webhooks, for whoever measures.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who may not see everything; others when the database can't be asked.
    pub async fn webhooks_told(&self, ctx: &Context) -> Result<Vec<WebhookState>, Error> {
        ctx.must_everywhere(Right::View)?;
        self.webhook_states(None).await
    }

    async fn webhook_states(&self, name: Option<String>) -> Result<Vec<WebhookState>, Error> {
        let configured: BTreeMap<String, Webhook> =
            self.webhooks.all().map(|one| (one.name.clone(), one.clone())).collect();
        let read = move |reader: &mut Reader<'_>| {
            let kept = write::webhooks(reader)?.into_iter();
            let mut kept: BTreeMap<String, StoredWebhook> =
                kept.map(|kept| (kept.name.clone(), kept)).collect();
            let counts = write::webhook_counts(reader)?.into_iter();
            let counts: BTreeMap<String, (i64, i64)> =
                counts.map(|(name, waiting, dead)| (name, (waiting, dead))).collect();
            let names: BTreeSet<String> = kept.keys().chain(configured.keys()).cloned().collect();
            let is_asked = |other: &&String| name.as_ref().is_none_or(|name| name == *other);
            let mut states = Vec::new();
            for name in names.iter().filter(is_asked) {
                let webhook = configured.get(name).cloned();
                let (waiting, dead) = counts.get(name).copied().unwrap_or_default();
                let place = write::cursor(reader, &cursor_of(name))?.map(|cursor| cursor.place);
                let types = webhook.as_ref().map_or(&[][..], |webhook| &webhook.types);
                let behind =
                    place.map(|place| read::events_behind(reader, place, types, BEHIND_MAX));
                let (kept, behind) = (kept.remove(name), behind.transpose()?);
                let name = name.clone();
                states.push(WebhookState { name, webhook, kept, place, behind, waiting, dead });
            }
            Ok(states)
        };
        Ok(self.store.read(read).await?)
    }

    /// Has those webhooks that are configured no more be sent no notices any more.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn webhooks_silence(&self) -> Result<(), Error> {
        let names: Vec<String> = self.webhooks.all().map(|one| one.name.clone()).collect();
        let kept = self.store.read(write::webhooks).await?;
        if kept.iter().all(|kept| !kept.takes_notices || names.contains(&kept.name)) {
            return Ok(());
        }
        let silence = move |writer: &mut Writer<'_>| write::webhooks_silence(writer, &names);
        Ok(self.store.write(silence).await?)
    }

    /// Has a webhook rest: what happens meanwhile waits.
    ///
    /// # Errors
    /// As [`Self::webhook_show`].
    pub async fn webhook_pause(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        let by = ctx.actor.name().to_owned();
        self.webhook_change(ctx, name, Action::WebhookPaused, move |writer, name| {
            write::webhook_pause(writer, name, &by)
        })
        .await
    }

    /// Has a webhook go on, at once: what failed has all its tries again.
    ///
    /// # Errors
    /// As [`Self::webhook_show`].
    pub async fn webhook_resume(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        self.webhook_change(ctx, name, Action::WebhookResumed, write::webhook_resume).await
    }

    /// Has a ping sent, behind all that waits.
    ///
    /// # Errors
    /// As [`Self::webhook_show`], and [`Error::Webhook`] where too much waits.
    pub async fn webhook_test(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        let ping = ping(name, ctx.actor.name(), ctx.now);
        self.webhook_change(ctx, name, Action::WebhookTested, move |writer, name| {
            if write::queue_add(writer, name, &ping)? {
                Ok(())
            } else {
                Err(given_up(Error::Webhook(WebhookRefusal::Full)))
            }
        })
        .await
    }

    /// Forgets a webhook that the configuration names no more, and all that waits for it. Until then
    /// the history that it has not been told is kept.
    ///
    /// # Errors
    /// As [`Self::webhook_show`], and [`Error::Webhook`] where it is configured.
    pub async fn webhook_forget(&self, ctx: &Context, name: &str) -> Result<(), Error> {
        ctx.must_everywhere(Right::Administer)?;
        if self.webhooks.get(name).is_some() {
            return Err(Error::Webhook(WebhookRefusal::Configured));
        }
        self.webhook_change(ctx, name, Action::WebhookForgotten, |writer, name| {
            if let Some(cursor) = write::cursor(writer, &cursor_of(name))? {
                write::cursor_remove(writer, &cursor)?;
            }
            write::webhook_forget(writer, name).map(drop)
        })
        .await
    }

    /// A page of dead deliveries: those above a number, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::webhook_show`].
    pub async fn webhook_dead(
        &self,
        ctx: &Context,
        name: &str,
        which: WhichDead,
        (after, limit): (i64, u32),
    ) -> Result<DeadPage, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let name = name.to_owned();
        // One more tells whether there are others.
        let more = i64::from(limit).saturating_add(1);
        let read = move |reader: &mut Reader<'_>| {
            if write::webhook(reader, &name)?.is_none() {
                return Ok(None);
            }
            write::dead_of(reader, (&name, &which), (after, more)).map(Some)
        };
        let dead = self.store.read(read).await?;
        let mut dead = dead.ok_or(Error::NotFound { what: WEBHOOK })?;
        let has_more = dead.len() > limit as usize;
        dead.truncate(limit as usize);
        let next = dead.last().map(|dead| dead.id).filter(|_| has_more);
        Ok(DeadPage { dead, next })
    }

    /// A dead delivery.
    ///
    /// # Errors
    /// As [`Self::webhook_show`].
    pub async fn webhook_dead_one(
        &self,
        ctx: &Context,
        name: &str,
        id: i64,
    ) -> Result<DeadDelivery, Error> {
        let which = WhichDead { id: Some(id), ..WhichDead::default() };
        let page = self.webhook_dead(ctx, name, which, (0, 1)).await?;
        page.dead.into_iter().next().ok_or(Error::NotFound { what: DELIVERY })
    }

    /// Has dead deliveries sent again under their ids, the oldest first, behind all that waits; how
    /// many those are, [`REPLAY_MAX`] at most.
    ///
    /// # Errors
    /// As [`Self::webhook_show`], also where the one that is named is not there.
    pub async fn webhook_replay(
        &self,
        ctx: &Context,
        name: &str,
        which: WhichDead,
    ) -> Result<u64, Error> {
        let now = ctx.now;
        self.webhook_dead_change(
            ctx,
            (name, Action::WebhookReplayed),
            which,
            move |writer, dead| write::dead_replay(writer, dead, (now, REPLAY_MAX)),
        )
        .await
    }

    /// Lets go of dead deliveries; how many those are.
    ///
    /// # Errors
    /// As [`Self::webhook_replay`].
    pub async fn webhook_discard(
        &self,
        ctx: &Context,
        name: &str,
        which: WhichDead,
    ) -> Result<u64, Error> {
        let action = Action::WebhookDiscarded;
        self.webhook_dead_change(ctx, (name, action), which, write::dead_discard).await
    }

    async fn webhook_dead_change(
        &self,
        ctx: &Context,
        (name, action): (&str, Action),
        which: WhichDead,
        change: impl FnOnce(&mut Writer<'_>, (&str, &WhichDead)) -> Result<u64, StoreError>
        + Send
        + 'static,
    ) -> Result<u64, Error> {
        self.webhook_change(ctx, name, action, move |writer, name| {
            let count = change(writer, (name, &which))?;
            if count == 0 && which.id.is_some() {
                return Err(given_up(Error::NotFound { what: DELIVERY }));
            }
            Ok(count)
        })
        .await
    }

    /// Changes what is kept of a webhook, tells the audit, and wakes the couriers of this replica.
    async fn webhook_change<T: Send + 'static>(
        &self,
        ctx: &Context,
        name: &str,
        action: Action,
        change: impl FnOnce(&mut Writer<'_>, &str) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Error> {
        ctx.must_everywhere(Right::Administer)?;
        let (ctx, name) = (ctx.clone(), name.to_owned());
        let write = move |writer: &mut Writer<'_>| {
            if write::webhook(writer, &name)?.is_none() {
                return Err(given_up(Error::NotFound { what: WEBHOOK }));
            }
            let changed = change(writer, &name)?;
            audit::keep(writer, &ctx, action, format!("webhook {name}"))?;
            Ok(changed)
        };
        let changed = self.store.write(write).await?;
        self.webhooks.ring();
        Ok(changed)
    }
}
