//! Failed sign-ins, counted by account and by address, so that guessing gets slow and nobody is
//! locked out by a stranger. Kept in the database, so that all replicas count together.

use std::net::IpAddr;

use chrono::TimeDelta;
use domain::access::Actor;
use domain::audit::Action;
use domain::record::Timestamp;
use domain::sign_in::Counted;
use sql::write::{self, Attempts};
use sql::{StoreError, Writer};

use crate::sign_in::Origin;
use crate::tokens::hash;
use crate::{App, Context, Error, audit};

/// How long an address counts as an account's own after it signed in from there.
const ADDRESS_KNOWN: TimeDelta = TimeDelta::days(90);
const ADDRESS: &str = "known address";

impl App {
    /// Refuses an attempt that comes too soon after others that failed.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`]; others when the database can't be asked.
    pub async fn wait_over(
        &self,
        now: Timestamp,
        user: &str,
        origin: &Origin,
    ) -> Result<(), Error> {
        let (user, origin) = (user.to_owned(), origin.clone());
        let wait = self.store.read(move |reader| {
            let is_own = write::one_time_is_kept(reader, (ADDRESS, &own(&user, &origin)), now)?;
            let mut until = 0;
            for (what, subject) in counted(&user, &origin) {
                if what != Counted::Account || !is_own {
                    until = until.max(write::attempts(reader, &subject)?.wait_until);
                }
            }
            Ok(until)
        });
        let until = wait.await?;
        let micros = u64::try_from(until.saturating_sub(now.timestamp_micros())).unwrap_or(0);
        if micros > 0 {
            return Err(Error::TooManyAttempts { seconds: micros.div_ceil(1_000_000) });
        }
        Ok(())
    }

    /// Counts a failed attempt, and gives what is said of it.
    pub(crate) async fn failed(
        &self,
        ctx: &Context,
        user: &str,
        origin: &Origin,
    ) -> Result<Error, Error> {
        let (ctx, user, origin) = (ctx.clone(), user.to_owned(), origin.clone());
        let count = move |writer: &mut Writer<'_>| {
            let now = ctx.now.timestamp_micros();
            for (what, subject) in counted(&user, &origin) {
                let kept = write::attempts(writer, &subject)?;
                let failures = kept.failures.saturating_add(1);
                let wait = what.wait(failures).num_microseconds().unwrap_or(i64::MAX);
                let wait_until = if wait > 0 { now.saturating_add(wait) } else { 0 };
                let attempts = Attempts { failures, failed_at: now, wait_until };
                write::attempts_set(writer, &subject, attempts)?;
            }
            let shown: String = user.chars().filter(|c| !c.is_control()).take(100).collect();
            let from = origin.address.map_or_else(String::new, |from| format!(" from {from}"));
            let ctx = Context { actor: Actor::Anonymous, ..ctx };
            audit::keep(writer, &ctx, Action::SignInRefused, format!("user {shown}{from}"))
        };
        self.store.write(count).await?;
        Ok(Error::SignInRefused)
    }
}

/// What an attempt counts for.
fn counted(user: &str, origin: &Origin) -> Vec<(Counted, String)> {
    // Names that nobody has are counted as those that somebody has, so that there is no difference.
    let user: String = user.chars().filter(|c| !c.is_control()).take(100).collect();
    let mut counted = vec![(Counted::Account, format!("account {user}"))];
    if let Some(address) = origin.address {
        let network = network_of(address);
        counted.push((Counted::Address, format!("address {network}")));
        counted.push((Counted::AccountFromAddress, format!("account {user} from {network}")));
    }
    counted
}

/// What counts as one address: of version 6 a whole /64, of which everybody has one.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn own(user: &str, origin: &Origin) -> [u8; 32] {
    let network = origin.address.map(network_of).unwrap_or_default();
    hash(&format!("{user}\n{network}"))
}

/// Forgets the failures of an account from an address that it signed in from, which is its own from
/// now on.
pub(crate) fn forget(
    writer: &mut Writer<'_>,
    user: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (_, subject) in counted(user, origin) {
        write::attempts_set(writer, &subject, Attempts::default())?;
    }
    let hash = own(user, origin);
    let ends = now.checked_add_signed(ADDRESS_KNOWN).unwrap_or(now);
    write::one_time_take(writer, (ADDRESS, &hash), now)?;
    write::one_time_keep(writer, (ADDRESS, &hash), ends, "").map(drop)
}
