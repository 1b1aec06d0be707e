//! Signing in and out: passwords, providers, sessions.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use domain::access::Actor;
use domain::audit::Action;
use domain::identity::Assertion;
use domain::record::Timestamp;
use sql::write::{self, Profile, StoredUser};
use sql::{StoreError, Writer};

pub use sql::write::StoredSession;

use crate::known::Known;
use crate::passwords::{self, Verified};
use crate::people::{bad, given_up, has_administrator};
use crate::tokens::hash;
use crate::{App, Context, Error, attempts, audit};

/// The provider of those who sign in by the register's own password.
pub const PASSWORD: &str = "password";
/// How long the first administrator's link is good for.
const FIRST_LINK_LIFE: TimeDelta = TimeDelta::hours(24);
const FIRST_LINK: &str = "first administrator";

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Since they were last used.
    pub idle: TimeDelta,
    /// Since they began.
    pub absolute: TimeDelta,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: TimeDelta::hours(12), absolute: TimeDelta::days(7) }
    }
}

impl SessionLimits {
    pub(crate) fn are_over(
        self,
        session: &StoredSession,
        seen_at: Timestamp,
        now: Timestamp,
    ) -> bool {
        now - seen_at >= self.idle || now - session.created_at >= self.absolute
    }
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Their address, as far as it is known.
    pub address: Option<IpAddr>,
    /// Their browser, as it says.
    pub agent: Option<String>,
}

/// The groups that a provider's groups stand for.
#[derive(Clone, Debug, Default)]
pub struct GroupMap(pub Vec<(String, String)>);

impl GroupMap {
    /// The register's groups for those that a provider names.
    fn groups<'a>(&'a self, provided: &'a [String]) -> impl Iterator<Item = &'a str> {
        let is_meant = |from: &str| from == "*" || provided.iter().any(|group| group == from);
        self.0.iter().filter(move |(from, _)| is_meant(from)).map(|(_, to)| to.as_str())
    }
}

impl App {
    /// Signs somebody in by password, and gives the secret that their cookie holds.
    ///
    /// # Errors
    /// [`Error::SignInRefused`], without a word on why, [`Error::TooManyAttempts`]; others when the
    /// database can't be asked.
    pub async fn sign_in(
        &self,
        ctx: &Context,
        (user, password): (&str, &str),
        origin: &Origin,
    ) -> Result<String, Error> {
        self.wait_over(ctx.now, user, origin).await?;
        // A name that nobody can have is asked for all the same, so that it takes as long.
        let name = crate::people::name(user).unwrap_or_default();
        let verified = self.check_password(&name, password).await?;
        if verified == Verified::No {
            return Err(self.failed(ctx, user, origin).await?);
        }
        let dearer = match verified {
            Verified::YesCheaply => self.password_hash(password.to_owned()).await.ok(),
            Verified::Yes | Verified::No => None,
        };
        let secret = self.secret("");
        let begun = self.begin_session(ctx, (PASSWORD, None, &secret), origin, move |writer| {
            let Some(user) = write::user_named(writer, &name)? else {
                return Ok(None);
            };
            if let Some(hash) = dearer {
                write::password_set(writer, user.id, &hash)?;
            }
            Ok(Some(user))
        });
        match begun.await {
            Err(Error::SignInRefused) => Err(self.failed(ctx, user, origin).await?),
            begun => begun.map(|()| secret),
        }
    }

    /// Whether a password is a user's, for looking over what is kept; nobody signs in by this.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn is_password_of(&self, user: &str, password: &str) -> Result<bool, Error> {
        Ok(self.check_password(user, password).await? != Verified::No)
    }

    /// Checks a password, for as long whether there is such a user or not.
    async fn check_password(&self, user: &str, password: &str) -> Result<Verified, Error> {
        let user = user.to_owned();
        let kept = self.store.read(move |reader| write::password_hash(reader, &user)).await?;
        let (typed, cost) = (password.to_owned(), self.password_cost);
        let permit = self.password_checks.clone().acquire_owned().await;
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            passwords::verify(&typed, kept.as_deref(), cost)
        });
        Ok(verified.await.map_err(|_failed| StoreError::Closed)?)
    }

    /// Whether a user has a password here.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn has_password(&self, user: &str) -> Result<bool, Error> {
        let name = crate::people::name(user).unwrap_or_default();
        let kept = self.store.read(move |reader| write::password_hash(reader, &name)).await?;
        Ok(kept.is_some())
    }

    /// Signs somebody in by the word of a provider, makes them known where they were not, and puts
    /// them into the groups that its groups stand for.
    ///
    /// # Errors
    /// [`Error::SignInRefused`] for a user who is let in no more, or signs in otherwise; others when
    /// the database can't be asked.
    pub async fn sign_in_by(
        &self,
        ctx: &Context,
        (provider, assertion): (&str, Assertion),
        map: &GroupMap,
        (origin, id_token): (&Origin, Option<String>),
    ) -> Result<String, Error> {
        let secret = self.secret("");
        let find = asserted(ctx, (provider, assertion), map);
        self.begin_session(ctx, (provider, id_token, &secret), origin, find).await?;
        Ok(secret)
    }

    /// Who somebody is by the word of a provider that gives it with every request. They are signed
    /// in at the first, and again when it says something else of them.
    ///
    /// # Errors
    /// As [`Self::sign_in_by`].
    pub async fn known_by_word(
        &self,
        ctx: &Context,
        (provider, assertion): (&str, Assertion),
        map: &GroupMap,
        origin: &Origin,
    ) -> Result<Known, Error> {
        // No cookie holds this: those of ours are hexadecimal.
        let word = format!("{provider} {assertion:?}");
        let people = self.stand().await?.heads.people;
        if let Some(known) = self.known_by_session(people, &word, ctx.now).await? {
            return Ok(known);
        }
        let find = asserted(ctx, (provider, assertion), map);
        self.begin_session(ctx, (provider, None, &word), origin, find).await?;
        let people = self.stand().await?.heads.people;
        self.known_by_session(people, &word, ctx.now).await?.ok_or(Error::SignInRefused)
    }

    /// Signs somebody out: this session ends.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn sign_out(&self, ctx: &Context, session: &StoredSession) -> Result<(), Error> {
        let (ctx, user, id) = (ctx.clone(), session.user, session.id);
        let end = move |writer: &mut Writer<'_>| {
            write::session_end(writer, user, id)?;
            audit::keep(writer, &ctx, Action::SignedOut, format!("user {}", ctx.actor.name()))
        };
        Ok(self.store.write(end).await?)
    }

    /// The sessions of whoever asks, the last used first.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`]; others when the database can't be asked.
    pub async fn sessions(&self, ctx: &Context) -> Result<Vec<StoredSession>, Error> {
        let name = own_name(ctx)?;
        let read = move |reader: &mut sql::Reader<'_>| match write::user_named(reader, &name)? {
            Some(user) => write::sessions_of(reader, user.id),
            None => Ok(Vec::new()),
        };
        Ok(self.store.read(read).await?)
    }

    /// Ends one of the sessions of whoever asks; `false` where there is none of this number.
    ///
    /// # Errors
    /// As [`Self::sessions`].
    pub async fn session_end(&self, ctx: &Context, id: i64) -> Result<bool, Error> {
        let name = own_name(ctx)?;
        let ctx = ctx.clone();
        let end = move |writer: &mut Writer<'_>| {
            let Some(user) = write::user_named(writer, &name)? else {
                return Ok(false);
            };
            if !write::session_end(writer, user.id, id)? {
                return Ok(false);
            }
            audit::keep(writer, &ctx, Action::SignedOut, format!("session {id} of {name}"))?;
            Ok(true)
        };
        Ok(self.store.write(end).await?)
    }

    /// Sets the password of whoever asks, who must know the old one; their other sessions end.
    ///
    /// # Errors
    /// [`Error::BadRequest`], [`Error::TooManyAttempts`]; others when the database can't be asked.
    pub async fn password_change(
        &self,
        ctx: &Context,
        (old, new): (&str, &str),
        (session, origin): (Option<i64>, &Origin),
    ) -> Result<(), Error> {
        let name = own_name(ctx)?;
        self.wait_over(ctx.now, &name, origin).await?;
        if self.check_password(&name, old).await? == Verified::No {
            self.failed(ctx, &name, origin).await?;
            return Err(bad("password", "This is not your password."));
        }
        let hash = self.password_hash(new.to_owned()).await?;
        let ctx = ctx.clone();
        let set = move |writer: &mut Writer<'_>| {
            let Some(user) = write::user_named(writer, &name)? else {
                return Err(given_up(Error::NotFound { what: "user" }));
            };
            write::password_set(writer, user.id, &hash)?;
            write::sessions_end(writer, user.id, session)?;
            audit::keep(writer, &ctx, Action::PasswordSet, format!("password of {name}"))
        };
        Ok(self.store.write(set).await?)
    }

    /// Makes the secret of a link by which the first administrator makes themselves known; an
    /// earlier link ends.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn first_link(&self, ctx: &Context) -> Result<String, Error> {
        let secret = self.secret("");
        let (hash, now) = (hash(&secret), ctx.now);
        let ends = now.checked_add_signed(FIRST_LINK_LIFE).unwrap_or(now);
        let keep = move |writer: &mut Writer<'_>| {
            write::one_time_clear(writer, FIRST_LINK)?;
            write::one_time_keep(writer, (FIRST_LINK, &hash), ends, "").map(drop)
        };
        self.store.write(keep).await?;
        Ok(secret)
    }

    /// Makes the first administrator, by the secret of the link, which is good once.
    ///
    /// # Errors
    /// [`Error::SignInRefused`] for another secret, [`Error::BadRequest`]; others when the database
    /// can't be asked.
    pub async fn first_administrator(
        &self,
        ctx: &Context,
        secret: &str,
        (user, password): (&str, &str),
    ) -> Result<(), Error> {
        let hash_of_link = hash(secret);
        let user = crate::people::name(user).map_err(|why| bad("user", &why))?;
        let hash = self.password_hash(password.to_owned()).await?;
        let (ctx, schema) = (ctx.clone(), Arc::clone(&self.schema));
        let make = move |writer: &mut Writer<'_>| {
            let link = (FIRST_LINK, hash_of_link.as_slice());
            let is_good = write::one_time_take(writer, link, ctx.now)?.is_some();
            // Somebody may have been quicker, at the command line.
            if !is_good || has_administrator(writer, &schema)? {
                return Err(given_up(Error::SignInRefused));
            }
            if write::user_named(writer, &user)?.is_some() {
                return Err(given_up(bad("user", &format!("There is a user {user} already."))));
            }
            let added = write::user_add(writer, &user, &Profile::default(), ctx.now)?;
            write::password_set(writer, added.id, &hash)?;
            let group = domain::access::Preset::Administrator.group();
            if let Some(group) = write::group_named(writer, &group)? {
                write::member_add(writer, group.id, added.id, "")?;
            }
            let subject = format!("user {user} as the first administrator");
            audit::keep(writer, &ctx, Action::UserAdded, subject)
        };
        Ok(self.store.write(make).await?)
    }

    /// Keeps something that is good once, for so long, under a new secret, which it gives.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn one_time(
        &self,
        ctx: &Context,
        purpose: &'static str,
        life: TimeDelta,
        content: String,
    ) -> Result<String, Error> {
        let secret = self.secret("");
        self.one_time_keep(ctx, (purpose, &secret), life, content).await?;
        Ok(secret)
    }

    /// As [`Self::one_time`], under a secret that was made already.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn one_time_keep(
        &self,
        ctx: &Context,
        (purpose, secret): (&'static str, &str),
        life: TimeDelta,
        content: String,
    ) -> Result<(), Error> {
        let (hash, now) = (hash(secret), ctx.now);
        let ends = now.checked_add_signed(life).unwrap_or(now);
        let keep = move |writer: &mut Writer<'_>| {
            write::one_time_keep(writer, (purpose, &hash), ends, &content)
        };
        self.store.write(keep).await?;
        Ok(())
    }

    /// Takes what is good once; `None` where it is not there, or not any more.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn one_time_take(
        &self,
        ctx: &Context,
        purpose: &'static str,
        secret: &str,
    ) -> Result<Option<String>, Error> {
        let (hash, now) = (hash(secret), ctx.now);
        let take =
            move |writer: &mut Writer<'_>| write::one_time_take(writer, (purpose, &hash), now);
        Ok(self.store.write(take).await?)
    }

    /// Remembers that a nonce was used; `false` where it was before.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn nonce_use(
        &self,
        purpose: &'static str,
        nonce: &str,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let hash = hash(nonce);
        let keep = move |writer: &mut Writer<'_>| {
            write::one_time_keep(writer, (purpose, &hash), until, "")
        };
        Ok(self.store.write(keep).await?)
    }

    /// Begins a session of the user that `find` gives, if they are let in.
    async fn begin_session(
        &self,
        ctx: &Context,
        (provider, id_token, secret): (&str, Option<String>, &str),
        origin: &Origin,
        find: impl FnOnce(&mut Writer<'_>) -> Result<Option<StoredUser>, StoreError> + Send + 'static,
    ) -> Result<(), Error> {
        let (hash, ctx, origin) = (hash(secret), ctx.clone(), origin.clone());
        let (provider, limits) = (provider.to_owned(), self.session_limits);
        let begin = move |writer: &mut Writer<'_>| {
            // Requests that come at once begin one session.
            if let Some((session, user)) = write::session_find(writer, &hash)? {
                if user.is_active && !limits.are_over(&session, session.seen_at, ctx.now) {
                    return Ok(());
                }
                write::session_end(writer, user.id, session.id)?;
            }
            let user = find(writer)?;
            let Some(user) = user.filter(|user| user.is_active) else {
                return Err(given_up(Error::SignInRefused));
            };
            let address = origin.address.map(|address| address.to_string());
            let session = StoredSession {
                id: 0,
                user: user.id,
                provider: provider.clone(),
                created_at: ctx.now,
                seen_at: ctx.now,
                address: address.clone(),
                agent: origin.agent.clone().map(|agent| agent.chars().take(200).collect()),
                id_token,
            };
            write::session_add(writer, &hash, &session)?;
            write::user_signed_in(writer, user.id, ctx.now)?;
            attempts::forget(writer, &user.name, &origin, ctx.now)?;
            let ctx = Context { actor: Actor::User { user: user.name.clone() }, ..ctx };
            let from = address.map_or_else(String::new, |address| format!(" from {address}"));
            let subject = format!("user {} by {provider}{from}", user.name);
            audit::keep(writer, &ctx, Action::SignedIn, subject)
        };
        Ok(self.store.write(begin).await?)
    }
}

/// Finds, or makes, the user that a provider speaks of, and puts them into the groups that theirs
/// stand for; `None` for whom it must not speak of.
fn asserted(
    ctx: &Context,
    (provider, assertion): (&str, Assertion),
    map: &GroupMap,
) -> impl FnOnce(&mut Writer<'_>) -> Result<Option<StoredUser>, StoreError> + Send + 'static {
    let (map, now, by, ctx_of_user) = (map.clone(), ctx.now, provider.to_owned(), ctx.clone());
    move |writer| {
        let Ok(name) = crate::people::name(&assertion.user) else {
            return Ok(None);
        };
        let profile = Profile { email: assertion.email, display_name: assertion.display_name };
        let user = if let Some(user) = write::user_named(writer, &name)? {
            // Else whoever picks a name at one provider were whoever has it at another, or here.
            let bound = write::user_provider(writer, user.id)?;
            if user.has_password || bound.is_some_and(|bound| bound != by) {
                return Ok(None);
            }
            write::user_describe(writer, user.id, &profile)?;
            user
        } else {
            let subject = format!("user {name} by {by}");
            audit::keep(writer, &ctx_of_user, Action::UserAdded, subject)?;
            write::user_add(writer, &name, &profile, now)?
        };
        write::user_set_provider(writer, user.id, &by)?;
        write::memberships_forget(writer, user.id, &by)?;
        for group in map.groups(&assertion.groups) {
            if let Some(group) = write::group_named(writer, group)? {
                write::member_add(writer, group.id, user.id, &by)?;
            } else {
                tracing::warn!(group, provider = by, "a mapped group is not there");
            }
        }
        Ok(Some(user))
    }
}

pub(crate) fn own_name(ctx: &Context) -> Result<String, Error> {
    match &ctx.actor {
        Actor::User { user } | Actor::Token { user, .. } => Ok(user.clone()),
        Actor::Anonymous | Actor::System | Actor::Machine { .. } => Err(Error::Unauthenticated),
    }
}
