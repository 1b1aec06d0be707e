//! Telling people what becomes of change requests: kept in the transaction that it is about, sent by
//! whoever serves, one replica at a time.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::access::{Actor, Limits, Right};
use domain::notice::{Step, Topic, told};
use domain::record::Timestamp;
use domain::review::Event;
use domain::schema::Schema;
use sql::write::{self, About, RunEnd, StoredNotice, StoredRequest, Whom};
use sql::{StoreError, Writer};

use crate::review::may_decide;
use crate::{App, Context, Error, known, webhooks};

/// What a replica sends at once.
const SENT_AT_ONCE: i64 = 50;
/// How long the right to send holds; longer than a round of a slow server takes.
const LEASE: Duration = Duration::from_mins(5);
/// After so long nobody is told any more.
const KEPT: TimeDelta = TimeDelta::days(1);
/// The longest wait between two tries.
const WAIT_MAX_MINUTES: i64 = 60;

/// A mail to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The number that tells it from others.
    pub id: i64,
    /// Where to.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it happened.
    pub at: Timestamp,
    tries: i64,
}

impl App {
    /// The mails that are to be sent by now, if no other replica is at it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn notices_due(&self, replica: &str, base_url: &str) -> Result<Vec<Notice>, Error> {
        let (replica, now) = (replica.to_owned(), self.clock.now());
        let take = move |writer: &mut Writer<'_>| {
            if !write::lease_take(writer, "notices", &replica, now, LEASE)? {
                return Ok(Vec::new());
            }
            let before = now.checked_sub_signed(KEPT).unwrap_or(now);
            write::notices_forget(writer, before)?;
            write::notices_due(writer, now, SENT_AT_ONCE)
        };
        let due = self.store.write(take).await?;
        let base_url = base_url.trim_end_matches('/');
        Ok(due.into_iter().map(|due| notice(due, base_url)).collect())
    }

    /// A mail has been sent, or never will be.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn notice_done(&self, notice: &Notice) -> Result<(), Error> {
        let id = notice.id;
        Ok(self.store.write(move |writer| write::notice_done(writer, id)).await?)
    }

    /// A mail could not be sent now: the longer it was tried, the later the next time.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn notice_later(&self, notice: &Notice) -> Result<(), Error> {
        let (id, now) = (notice.id, self.clock.now());
        let minutes = notice.tries.saturating_mul(notice.tries).clamp(1, WAIT_MAX_MINUTES);
        let next = now.checked_add_signed(TimeDelta::minutes(minutes)).unwrap_or(now);
        Ok(self.store.write(move |writer| write::notice_later(writer, id, next)).await?)
    }

    /// What whoever asks wants to be told of.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn topics(&self, ctx: &Context) -> Result<BTreeSet<Topic>, Error> {
        let name = own_name(ctx)?;
        let read = move |reader: &mut sql::Reader<'_>| match write::user_named(reader, &name)? {
            Some(user) => write::topics_of(reader, user.id),
            None => Ok(None),
        };
        Ok(self.store.read(read).await?.unwrap_or_else(Topic::by_default))
    }

    /// Keeps what whoever asks wants to be told of.
    ///
    /// # Errors
    /// As [`Self::topics`], and [`Error::Forbidden`] for a token that only looks.
    pub async fn topics_set(&self, ctx: &Context, topics: BTreeSet<Topic>) -> Result<(), Error> {
        let name = own_name(ctx)?;
        // A token that only looks says nothing for its owner.
        if ctx.actor.token().is_some() {
            ctx.must_act()?;
        }
        let set = move |writer: &mut Writer<'_>| match write::user_named(writer, &name)? {
            Some(user) => write::topics_set(writer, user.id, &topics),
            None => Ok(()),
        };
        Ok(self.store.write(set).await?)
    }
}

fn own_name(ctx: &Context) -> Result<String, Error> {
    match &ctx.actor {
        Actor::User { user } | Actor::Token { user, .. } => Ok(user.clone()),
        Actor::Anonymous | Actor::System | Actor::Machine { .. } => Err(Error::Unauthenticated),
    }
}

/// Keeps whom a step is to be told to, webhooks and people.
pub(crate) fn keep(
    writer: &mut Writer<'_>,
    schema: &Schema,
    ctx: &Context,
    request: &StoredRequest,
    (event, comment): (Option<Event>, Option<&str>),
) -> Result<(), StoreError> {
    webhooks::of_request(writer, ctx, request, (event, comment))?;
    let actor = ctx.actor.name();
    let took_part: Vec<String> = if event.is_some() {
        let events = write::request_events(writer, request.number)?;
        events.into_iter().map(|event| event.actor).collect()
    } else {
        Vec::new()
    };
    let step = Step {
        event,
        actor,
        requester: &request.requester,
        reviewers: &request.reviewers,
        took_part: &took_part,
    };
    let (topic, names) = told(&step);
    let whom = if topic == Topic::New { Whom::Wanting(topic) } else { Whom::Named(&names) };
    for recipient in write::recipients(writer, whom)? {
        if !recipient.topics.contains(&topic) || recipient.name == actor {
            continue;
        }
        // Whoever is asked themselves is told of that alone.
        let is_asked = request.reviewers.contains(&recipient.name);
        if topic == Topic::New && is_asked && recipient.topics.contains(&Topic::Assigned) {
            continue;
        }
        if topic == Topic::New {
            let access = known::access(writer, schema, Some(recipient.id), Limits::default())?;
            let actor = Actor::User { user: recipient.name.clone() };
            let theirs = Context { actor, access: Arc::new(access), ..ctx.clone() };
            if !may_decide(writer, schema, &theirs, request)? {
                continue;
            }
        }
        write::notice_add(
            writer,
            &StoredNotice {
                id: 0,
                user: recipient.name,
                about: About::Request(request.number),
                event: write::step_word(event).to_owned(),
                actor: actor.to_owned(),
                comment: comment.map(str::to_owned),
                at: ctx.now,
                tries: 0,
            },
        )?;
    }
    Ok(())
}

/// Keeps which administrators are told that a task came to nothing.
pub(crate) fn keep_failure(
    writer: &mut Writer<'_>,
    schema: &Schema,
    run: i64,
    end: &RunEnd,
) -> Result<(), StoreError> {
    webhooks::of_run(writer, run, end)?;
    for recipient in write::recipients(writer, Whom::Wanting(Topic::Tasks))? {
        let access = known::access(writer, schema, Some(recipient.id), Limits::default())?;
        if !access.has_everywhere(Right::Administer) {
            continue;
        }
        let notice = StoredNotice {
            id: 0,
            user: recipient.name,
            about: About::Run(run),
            event: end.outcome.word().to_owned(),
            actor: "the scheduler".to_owned(),
            comment: end.error.clone(),
            at: end.at,
            tries: 0,
        };
        write::notice_add(writer, &notice)?;
    }
    Ok(())
}

fn notice((kept, to, title): write::DueNotice, base_url: &str) -> Notice {
    match kept.about {
        About::Request(number) => notice_of_request(&kept, number, (to, &title), base_url),
        About::Run(run) => notice_of_run(&kept, run, (to, &title), base_url),
    }
}

fn notice_of_run(
    kept: &StoredNotice,
    run: i64,
    (to, task): (String, &str),
    base_url: &str,
) -> Notice {
    let outcome = &kept.event;
    let why = kept.comment.as_deref().unwrap_or("no reason is known");
    let url = format!("{base_url}/-/tasks/{task}/{run}/");
    Notice {
        id: kept.id,
        to,
        subject: format!("Task {task}: {outcome}"),
        text: format!(
            "The task {task} came to nothing ({outcome}):\n\n{why}\n\n{url}\n\n\
             You are told of it again only when it has been done in between.\n\n\
             -- \nWhat you are told of: {base_url}/account/\n"
        ),
        at: kept.at,
        tries: kept.tries,
    }
}

fn notice_of_request(
    kept: &StoredNotice,
    number: i64,
    (to, title): (String, &str),
    base_url: &str,
) -> Notice {
    let actor = &kept.actor;
    let what = match Event::of_word(&kept.event) {
        None => "asks for a review",
        Some(Event::Approve) => "approved it",
        Some(Event::Reject) => "rejected it",
        Some(Event::Hold) => "put it on hold",
        Some(Event::Resume) => "resumed it",
        Some(Event::Withdraw) => "withdrew it",
        Some(Event::Edit) => "asks for something else by now",
        Some(Event::Rebase) => "solved its conflicts",
        Some(Event::Comment) => "said something",
        Some(Event::Assign) => "asks you to decide",
        Some(Event::Expire) => "closed it: nobody decided in time",
    };
    let said = kept.comment.as_ref().map_or_else(String::new, |text| format!("\n{text}\n"));
    let url = crate::encode::request_url(base_url, number);
    Notice {
        id: kept.id,
        to,
        subject: format!("Change request {number}: {title}: {actor} {what}"),
        text: format!(
            "{title}\n\n{actor} {what}.\n{said}\n{url}\n\n\
             -- \nWhat you are told of: {base_url}/account/\n"
        ),
        at: kept.at,
        tries: kept.tries,
    }
}
