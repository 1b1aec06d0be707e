//! Messages being taken in, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use domain::change::{
    Action, Preconditions, Proposal, ProposedChange, Refusal, Refused, Target, Unnamed, draft,
};
use domain::json::Json;
use domain::message::{MessageId, Operation, Stamp, Verdict, judge, remembered};
use domain::record::Timestamp;
use domain::schema::{Schema, Type};
use sql::write::{self, Committed, DeadLetter, MessageTally};
use sql::{StoreError, Writer};

use super::headers::headers_text;
use super::rounds::{Rounds, Said, Wanted};
use super::understanding::Understood;
use super::{MissingReferences, Policy, Reading, Source};
use crate::carry_out::write_checked;
use crate::check::check;
use crate::import::{missing, refusal_text};
use crate::keys::key_of;
use crate::people::given_up;
use crate::submit::log;
use crate::{Context, Progress};

/// The most bytes of a payload that a dead letter keeps: what brokers take by default.
const LETTER_MAX: usize = 1 << 20;
/// What parts the two halves of a message's id where it is kept.
const ID_SEPARATOR: char = '\u{1f}';

/// What became of messages, in a transaction that is yet to end.
pub(crate) struct TakenIn {
    tally: MessageTally,
    commits: Vec<Committed>,
}

impl TakenIn {
    /// Tells what was committed in the log, once the transaction has ended well.
    pub(crate) fn told(self) -> MessageTally {
        self.commits.iter().for_each(log);
        self.tally
    }
}

/// Messages being taken in.
pub(super) struct Intake<'a> {
    pub(super) schema: &'a Schema,
    pub(super) source: &'a Source,
    pub(super) ctx: &'a Context,
    messages: &'a [Reading],
    /// Whether they were read before, and could not be taken in then.
    is_again: bool,
    pub(super) tally: MessageTally,
    /// The newest that was said of each record, where that moved.
    stamps: BTreeMap<String, Stamp>,
    letters: Vec<DeadLetter>,
    /// What was committed.
    commits: Vec<Committed>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        source: &'a Source,
        ctx: &'a Context,
        messages: &'a [Reading],
    ) -> Self {
        Self {
            schema,
            source,
            ctx,
            messages,
            is_again: false,
            tally: MessageTally::default(),
            stamps: BTreeMap::new(),
            letters: Vec::new(),
            commits: Vec::new(),
        }
    }

    /// The same for messages that were read before, and could not be taken in then: that they were
    /// seen keeps none of them out, but what is newer does.
    pub(super) fn again(self) -> Self {
        Self { is_again: true, ..self }
    }

    /// Has the messages take effect that say this.
    pub(super) fn take_in(
        &mut self,
        writer: &mut Writer<'_>,
        understood: Vec<Understood>,
    ) -> Result<(), StoreError> {
        write::lock_register(writer)?;
        write::plan_each(writer, true)?;
        let mut facts = Vec::with_capacity(understood.len());
        for (message, understood) in understood.into_iter().enumerate() {
            match understood {
                Ok(fact) => {
                    facts.push((key_text(&fact.key), Said { fact: Arc::new(fact), message }));
                }
                Err(why) => self.bury(message, &why),
            }
        }
        let rounds = self.news(writer, facts)?;
        for round in rounds {
            match self.source.policy {
                Policy::Direct => self.apply(writer, round)?,
                Policy::Review => {
                    for wanted in round {
                        self.ask(writer, wanted)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps what is known of the messages by now, and gives what became of them.
    pub(super) fn keep(self, writer: &mut Writer<'_>) -> Result<TakenIn, StoreError> {
        let (name, now) = (&self.source.name, self.ctx.now);
        let of = (name.as_str(), self.schema.get(self.source.type_index).name.as_str());
        write::stamps_keep(writer, of, self.stamps)?;
        for letter in &self.letters {
            write::letter_add(writer, name, letter)?;
        }
        write::tally_add(writer, name, (self.tally, now))?;
        Ok(TakenIn { tally: self.tally, commits: self.commits })
    }

    /// What is neither a repeat nor late, in rounds.
    fn news(
        &mut self,
        writer: &mut Writer<'_>,
        facts: Vec<(String, Said)>,
    ) -> Result<Vec<Vec<Wanted>>, StoreError> {
        let name = &self.source.name;
        let ids = facts.iter().filter_map(|(_, said)| said.fact.id.as_ref().map(id_text)).collect();
        let mut seen: HashMap<String, Timestamp> = if self.is_again {
            HashMap::new()
        } else {
            write::messages_seen(writer, name, ids)?.into_iter().collect()
        };
        // What tells nothing of its age is never late.
        let is_stamped = |(key, said): &(String, Said)| {
            (said.fact.stamp != Stamp::default()).then(|| key.clone())
        };
        let keys = facts.iter().filter_map(is_stamped).collect();
        let of = (name.as_str(), self.schema.get(self.source.type_index).name.as_str());
        let mut newest: HashMap<String, Stamp> =
            write::stamps(writer, of, keys)?.into_iter().collect();
        let mut rounds = Rounds::default();
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for (key, said) in facts {
            let id = said.fact.id.as_ref().map(id_text);
            let seen_at = id.as_ref().and_then(|id| seen.get(id)).copied();
            match judge(&said.fact.stamp, seen_at, newest.get(&key), self.ctx.now) {
                Verdict::Repeat => {
                    self.tally.repeats += 1;
                    continue;
                }
                Verdict::Late => self.tally.late += 1,
                Verdict::News => {
                    let stamp = remembered(newest.get(&key), &said.fact.stamp);
                    if stamp != Stamp::default() {
                        newest.insert(key.clone(), stamp.clone());
                        self.stamps.insert(key.clone(), stamp);
                    }
                    rounds.add(key, said);
                }
            }
            if let Some(id) = id {
                seen.insert(id.clone(), self.ctx.now);
                if self.is_again || seen_at.is_some() { &mut again } else { &mut first }.push(id);
            }
        }
        write::messages_keep_again(writer, name, (again, self.ctx.now))?;
        write::messages_keep(writer, name, (first, self.ctx.now))?;
        Ok(rounds.into_rounds())
    }

    /// Makes the changes of a round in one commit. What is refused alone is not made: where that can't
    /// be told from the rest, each is tried by itself.
    fn apply(&mut self, writer: &mut Writer<'_>, mut round: Vec<Wanted>) -> Result<(), StoreError> {
        while !round.is_empty() {
            let Some(refused) = self.try_round(writer, &round)? else {
                return Ok(());
            };
            if let ([only], why) = (round.as_slice(), &refused) {
                return self.give_up(writer, only.clone(), why.of(0));
            }
            let is_of_several = |wanted: &Wanted| wanted.messages() > 1;
            let mut of_several = refused.whys.keys().filter_map(|place| round.get(*place));
            if refused.of_references.is_some() || of_several.any(is_of_several) {
                for wanted in round {
                    self.apply(writer, vec![wanted])?;
                }
                return Ok(());
            }
            let mut places = 0..;
            let (gone, stay): (Vec<Wanted>, Vec<Wanted>) = round.into_iter().partition(|_| {
                places.next().is_some_and(|place| refused.whys.contains_key(&place))
            });
            for (wanted, why) in gone.into_iter().zip(refused.whys.values()) {
                self.give_up(writer, wanted, why.clone())?;
            }
            round = stay;
        }
        Ok(())
    }

    /// Makes the changes of a round in one commit, or tells what is refused.
    fn try_round(
        &mut self,
        writer: &mut Writer<'_>,
        round: &[Wanted],
    ) -> Result<Option<RefusedRound>, StoreError> {
        let of = self.schema.get(self.source.type_index);
        let mut changes = Vec::with_capacity(round.len());
        let mut refused = RefusedRound::default();
        for (place, wanted) in round.iter().enumerate() {
            match change(of, wanted) {
                Ok(change) => changes.push(change),
                Err(why) => refused.add(place, Why::Told(why)),
            }
        }
        if !refused.whys.is_empty() {
            return Ok(Some(refused));
        }
        let made = match self.source.missing {
            MissingReferences::Create => missing(self.schema, of.index, &changes),
            MissingReferences::Refuse => Vec::new(),
        };
        let first = made.len();
        let proposal = Proposal { changes: made.into_iter().chain(changes).collect() };
        let drafts = draft(self.schema, proposal);
        let checked = check(writer, self.schema, &self.ctx.access, drafts, &Progress::NONE)?;
        match checked {
            Ok(checked) => {
                // What is written is one statement for each of thousands of rows.
                write::plan_each(writer, false)?;
                let written =
                    write_checked(writer, self.schema, checked, self.ctx, &Progress::NONE)?;
                let written = written.map_err(given_up)?;
                self.commits.extend(written.commit);
                let moved: HashSet<_> =
                    written.changes.iter().map(|change| (change.type_index, change.id)).collect();
                for (wanted, subject) in round.iter().zip(written.subjects.iter().skip(first)) {
                    let messages = wanted.messages();
                    if moved.contains(subject) {
                        self.tally.applied += messages;
                    } else {
                        self.tally.unchanged += messages;
                    }
                }
                Ok(None)
            }
            Err(all) => {
                for Refused { index, why } in all {
                    let why = if matches!(why, Refusal::NotFound) {
                        Why::NotThere
                    } else {
                        Why::Told(refusal_text(of, &why))
                    };
                    match index.checked_sub(first) {
                        Some(place) => refused.add(place, why),
                        None => refused.of_references = Some(why),
                    }
                }
                Ok(Some(refused))
            }
        }
    }

    /// What is wanted is refused: of several messages, perhaps not by each.
    pub(super) fn give_up(
        &mut self,
        writer: &mut Writer<'_>,
        wanted: Wanted,
        why: Why,
    ) -> Result<(), StoreError> {
        let operation = wanted.operation();
        let said = wanted.into_said();
        if let [Said { message, .. }] = said.as_slice() {
            match (operation, why) {
                // It was to go, and is not there.
                (Operation::Delete, Why::NotThere) => self.tally.unchanged += 1,
                (_, why) => self.bury(*message, &why.text()),
            }
            return Ok(());
        }
        for alone in said {
            match self.source.policy {
                Policy::Direct => self.apply(writer, vec![alone.into()])?,
                Policy::Review => self.ask(writer, alone.into())?,
            }
        }
        Ok(())
    }

    /// A message goes to the dead letters.
    fn bury(&mut self, place: usize, reason: &str) {
        let Some(message) = self.messages.get(place) else {
            return;
        };
        self.tally.dead += 1;
        let kept = |bytes: &Option<Vec<u8>>| {
            bytes.as_ref().map(|bytes| bytes.get(..LETTER_MAX).unwrap_or(bytes).to_vec())
        };
        self.letters.push(DeadLetter {
            id: 0,
            partition: message.partition.clone(),
            offset: message.offset,
            key: kept(&message.key),
            headers: headers_text(&message.headers),
            payload: kept(&message.payload),
            is_cut: message.payload.as_ref().is_some_and(|payload| payload.len() > LETTER_MAX),
            reason: reason.replace('\0', "\u{fffd}"),
            at: self.ctx.now,
        });
    }
}

/// What of a round is refused.
#[derive(Debug, Default)]
struct RefusedRound {
    /// By its place in the round.
    whys: BTreeMap<usize, Why>,
    /// A reference that can't be made, of nobody knows which.
    of_references: Option<Why>,
}

/// Why something is refused.
#[derive(Clone, Debug)]
pub(super) enum Why {
    /// The record is not there.
    NotThere,
    /// This.
    Told(String),
}

impl RefusedRound {
    fn add(&mut self, place: usize, why: Why) {
        self.whys.entry(place).or_insert(why);
    }

    fn of(&self, place: usize) -> Why {
        let why = self.whys.get(&place).or(self.of_references.as_ref());
        why.cloned().unwrap_or(Why::NotThere)
    }
}

impl Why {
    fn text(self) -> String {
        match self {
            Self::NotThere => "the record is not there".to_owned(),
            Self::Told(why) => why,
        }
    }
}

/// The change that is wanted of a record.
pub(super) fn change(of: &Type, wanted: &Wanted) -> Result<ProposedChange, String> {
    let key = key_of(of, wanted.key())?;
    let action = match wanted.operation() {
        Operation::Upsert => Action::Put { key, fields: wanted.fields(), unnamed: Unnamed::Keep },
        Operation::Delete => Action::Delete { target: Target::Key(key) },
    };
    Ok(ProposedChange { type_index: of.index, action, preconditions: Preconditions::default() })
}

/// A record's key as text, by which what was said of it is kept.
pub(super) fn key_text(key: &BTreeMap<String, Json>) -> String {
    Json::Object(key.clone()).to_string()
}

/// A message's id as text.
fn id_text(MessageId { source, id }: &MessageId) -> String {
    // Neither database keeps a NUL in a text.
    format!("{}{ID_SEPARATOR}{id}", source.as_deref().unwrap_or_default()).replace('\0', "\u{fffd}")
}
