//! Dead letters: looked at, taken in again, or thrown away.

use std::sync::Arc;
use std::time::Duration;

use domain::audit::Action;
use sql::write::{self, DeadLetter, LetterQuestion, MessageTally};
use sql::{Reader, Writer};

use crate::ingest::{Reading, Source, headers_of, take_in_again};
use crate::{App, Context, Error, audit};

/// What there is no dead letter of this number is told as.
const LETTER: &str = "dead letter of this source";
/// So many are taken in again in one transaction.
const AT_ONCE: i64 = 500;
/// How long the right to tell dead letters to their topic holds; longer than a round of it takes.
const TELLING_LEASE: Duration = Duration::from_secs(45);

/// A page of dead letters, the latest first.
#[derive(Clone, Debug)]
pub struct LetterPage {
    /// The dead letters.
    pub letters: Vec<DeadLetter>,
    /// The number before which the next page begins; `None` on the last.
    pub next: Option<i64>,
    /// How many match in all.
    pub count: u64,
}

/// Which dead letters something is done with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LettersChosen {
    /// One.
    One(i64),
    /// All that match, of those that there are now.
    Matching(LetterQuestion),
}

/// What became of dead letters that were taken in again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// What became of the messages; those that are dead again are dead letters again.
    pub tally: MessageTally,
    /// Of these only the beginning was kept, so that they can't be taken in.
    pub cut: u64,
}

impl LettersChosen {
    fn question(&self) -> LetterQuestion {
        match self {
            Self::One(id) => LetterQuestion { id: Some(*id), ..LetterQuestion::default() },
            Self::Matching(question) => LetterQuestion { before: None, ..question.clone() },
        }
    }
}

impl App {
    /// A page of the dead letters of a source.
    ///
    /// # Errors
    /// As [`Self::source_show`].
    pub async fn letters(
        &self,
        ctx: &Context,
        name: &str,
        (question, limit): (LetterQuestion, u32),
    ) -> Result<LetterPage, Error> {
        let name = self.known_source(ctx, name)?.source.name.clone();
        // One more tells whether there are others.
        let more = i64::from(limit) + 1;
        let read = move |reader: &mut Reader<'_>| {
            let letters = write::letters_of(reader, &name, &question, more)?;
            let all = LetterQuestion { before: None, ..question };
            Ok((letters, write::letters_count(reader, &name, &all)?.0))
        };
        let (mut letters, count) = self.store.read(read).await?;
        let has_more = letters.len() > limit as usize;
        letters.truncate(limit as usize);
        let next = letters.last().map(|letter| letter.id).filter(|_| has_more);
        Ok(LetterPage { letters, next, count })
    }

    /// A dead letter.
    ///
    /// # Errors
    /// As [`Self::source_show`].
    pub async fn letter(&self, ctx: &Context, name: &str, id: i64) -> Result<DeadLetter, Error> {
        let question = LettersChosen::One(id).question();
        let page = self.letters(ctx, name, (question, 1)).await?;
        page.letters.into_iter().next().ok_or(Error::NotFound { what: LETTER })
    }

    /// Takes dead letters in again, the oldest first: as their source does now, whatever it did then.
    ///
    /// # Errors
    /// As [`Self::source_show`], and [`Error::NotFound`] where the one is not there.
    pub async fn letters_replay(
        &self,
        ctx: &Context,
        name: &str,
        chosen: LettersChosen,
    ) -> Result<Replayed, Error> {
        let source = Arc::clone(&self.known_source(ctx, name)?.source);
        let last = self.letters_last(&source, &chosen).await?;
        let (mut after, mut replayed) = (0, Replayed::default());
        loop {
            let (schema, source) = (Arc::clone(&self.schema), Arc::clone(&source));
            let (question, ctx) = (chosen.question(), ctx.clone());
            let replay = move |writer: &mut Writer<'_>| {
                write::lock_register(writer)?;
                let name = source.name.as_str();
                let letters =
                    write::letters_between(writer, name, (&question, after, last), AT_ONCE)?;
                let Some(until) = letters.last().map(|letter| letter.id) else {
                    return Ok(None);
                };
                let (cut, whole): (Vec<DeadLetter>, Vec<DeadLetter>) =
                    letters.into_iter().partition(|letter| letter.is_cut);
                let ids = whole.iter().map(|letter| letter.id).collect();
                write::letters_remove(writer, name, ids)?;
                let count = whole.len();
                let readings: Vec<Reading> = whole.into_iter().map(reading).collect();
                let taken = take_in_again(writer, &schema, (&source, &ctx), &readings)?;
                let subject = format!("{count} dead letters of the source {name}");
                audit::keep(writer, &ctx, Action::LettersReplayed, subject)?;
                Ok(Some((until, taken, cut.len() as u64)))
            };
            let Some((until, taken, cut)) = self.store.write(replay).await? else {
                return Ok(replayed);
            };
            after = until;
            replayed.tally.add(taken.told());
            replayed.cut += cut;
        }
    }

    /// Throws dead letters away, and tells how many.
    ///
    /// # Errors
    /// As [`Self::letters_replay`].
    pub async fn letters_discard(
        &self,
        ctx: &Context,
        name: &str,
        chosen: LettersChosen,
    ) -> Result<u64, Error> {
        let source = Arc::clone(&self.known_source(ctx, name)?.source);
        let last = self.letters_last(&source, &chosen).await?;
        let ctx = ctx.clone();
        let discard = move |writer: &mut Writer<'_>| {
            let name = source.name.as_str();
            let (mut after, mut removed) = (0, 0);
            loop {
                let which = (&chosen.question(), after, last);
                let letters = write::letters_between(writer, name, which, AT_ONCE)?;
                let ids: Vec<i64> = letters.iter().map(|letter| letter.id).collect();
                let Some(until) = ids.last() else { break };
                after = *until;
                removed += write::letters_remove(writer, name, ids)?;
            }
            let subject = format!("{removed} dead letters of the source {name}");
            audit::keep(writer, &ctx, Action::LettersDiscarded, subject)?;
            Ok(removed)
        };
        Ok(self.store.write(discard).await?)
    }

    /// The number of the last that was chosen: what comes to be dead meanwhile is not.
    async fn letters_last(&self, source: &Source, chosen: &LettersChosen) -> Result<i64, Error> {
        let (name, question) = (source.name.clone(), chosen.question());
        let count = move |reader: &mut Reader<'_>| write::letters_count(reader, &name, &question);
        let (found, last) = self.store.read(count).await?;
        if found == 0 && matches!(chosen, LettersChosen::One(_)) {
            return Err(Error::NotFound { what: LETTER });
        }
        Ok(last)
    }

    /// Dead letters of a source that were not told to the topic for such yet, the oldest first; none
    /// while another replica is at it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn letters_untold(
        &self,
        source: &Source,
        replica: &str,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, Error> {
        let (name, limit) = (source.name.clone(), i64::from(limit));
        let (replica, now) = (replica.to_owned(), self.clock.now());
        let find = {
            let name = name.clone();
            move |reader: &mut Reader<'_>| write::letters_untold(reader, &name, limit)
        };
        let found = self.store.read(find).await?;
        if found.is_empty() {
            return Ok(found);
        }
        let lease = format!("letters:{name}");
        let take = move |writer: &mut Writer<'_>| {
            if write::lease_take(writer, &lease, &replica, now, TELLING_LEASE)? {
                write::letters_untold(writer, &name, limit)
            } else {
                Ok(Vec::new())
            }
        };
        Ok(self.store.write(take).await?)
    }

    /// Keeps that dead letters were told to the topic for such.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn letters_told(&self, source: &Source, ids: Vec<i64>) -> Result<(), Error> {
        let name = source.name.clone();
        let tell = move |writer: &mut Writer<'_>| write::letters_told(writer, &name, ids);
        Ok(self.store.write(tell).await?)
    }
}

fn reading(letter: DeadLetter) -> Reading {
    Reading {
        partition: letter.partition,
        offset: letter.offset,
        key: letter.key,
        headers: headers_of(&letter.headers),
        payload: letter.payload,
    }
}
