//! Records of another system, made and changed here as it has them.

use std::collections::{HashMap, HashSet};

use domain::change::{
    Action, Preconditions, Proposal, ProposedChange, Refused, Target, Unnamed, draft,
};
use domain::record::RecordId;
use domain::schema::{Schema, Type, TypeIndex};
use sha2::{Digest as _, Sha256};
use sql::write::{self, Brought};
use sql::{Reader, StoreError, Writer};

use super::Report;
use crate::carry_out::write_checked;
use crate::check::check;
use crate::import::{missing, refusal_text};
use crate::keys::key_of;
use crate::people::given_up;
use crate::submit::log;
use crate::{Context, Error, Progress};

/// What is known of what was brought over from a system.
pub(super) struct Known {
    /// The system: `django`.
    source: &'static str,
    records: HashMap<(TypeIndex, String), Last>,
}

/// What was said last of a record that was brought over.
struct Last {
    id: RecordId,
    digest: String,
}

/// What the other system says of a record.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// What it calls it.
    pub(super) foreign_id: String,
    /// What people call it.
    pub(super) name: String,
    /// Its fields; `None` where it was deleted.
    pub(super) fields: Option<domain::change::FieldsInput>,
    /// A digest of all that it says; empty where it may say something else by now.
    pub(super) digest: String,
}

/// Records of a type that are brought in one commit.
pub(super) struct Batch<'a> {
    pub(super) of: &'a Type,
    /// What they are counted as.
    pub(super) kind: &'a str,
    /// Whether records that they refer to by name are made where nobody has them.
    pub(super) makes_references: bool,
    pub(super) told: Vec<Told>,
}

impl Known {
    /// All that was brought over from a system.
    pub(super) fn read(
        reader: &mut Reader<'_>,
        schema: &Schema,
        source: &'static str,
    ) -> Result<Self, StoreError> {
        let mut records = HashMap::new();
        for of in schema.types() {
            for brought in write::brought(reader, (source, of.name.as_str()))? {
                if let Some(id) = brought.record {
                    let last = Last { id, digest: brought.digest };
                    records.insert((of.index, brought.foreign_id), last);
                }
            }
        }
        Ok(Self { source, records })
    }

    /// The record that something is here.
    pub(super) fn record(&self, of: TypeIndex, foreign_id: &str) -> Option<RecordId> {
        self.last(of, foreign_id).map(|last| last.id)
    }

    /// Whether the other system said the very same the last time.
    pub(super) fn is_told(&self, of: TypeIndex, told: &Told) -> bool {
        let last = self.last(of, &told.foreign_id);
        last.is_some_and(|last| !last.digest.is_empty() && last.digest == told.digest)
    }

    fn last(&self, of: TypeIndex, foreign_id: &str) -> Option<&Last> {
        self.records.get(&(of, foreign_id.to_owned()))
    }

    /// Makes the changes of a batch in one commit. What is refused is left out, and the rest tried
    /// again without it.
    pub(super) fn bring(
        &mut self,
        writer: &mut Writer<'_>,
        (schema, ctx): (&Schema, &Context),
        batch: Batch<'_>,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let Batch { of, kind, makes_references, told } = batch;
        let mut changes = Vec::with_capacity(told.len());
        let mut wanted = Vec::with_capacity(told.len());
        for one in told {
            match self.change(of, &one) {
                Ok(Some(change)) => {
                    changes.push(change);
                    wanted.push(one);
                }
                Ok(None) => report.unchanged(kind, 1),
                Err(why) => report.leave_out(kind, &one.name, why),
            }
        }
        while !wanted.is_empty() {
            let made =
                if makes_references { missing(schema, of.index, &changes) } else { Vec::new() };
            let first = made.len();
            let proposal = Proposal { changes: made.into_iter().chain(changes.clone()).collect() };
            let drafts = draft(schema, proposal);
            let refused = match check(writer, schema, &ctx.access, drafts, &Progress::NONE)? {
                Ok(checked) => {
                    let written = write_checked(writer, schema, checked, ctx, &Progress::NONE)?;
                    let written = written.map_err(given_up)?;
                    written.commit.iter().for_each(log);
                    let moved: HashSet<_> = written
                        .changes
                        .iter()
                        .map(|change| (change.type_index, change.id))
                        .collect();
                    let subjects = written.subjects.get(first..).unwrap_or_default();
                    let differing =
                        subjects.iter().filter(|one| moved.contains(one)).count() as u64;
                    report.brought(kind, differing);
                    report.unchanged(kind, (subjects.len() as u64).saturating_sub(differing));
                    let ids = subjects.iter().map(|(_, id)| *id);
                    return self.keep(writer, of, wanted.into_iter().zip(ids));
                }
                Err(refused) => refused,
            };
            let mut whys = HashMap::new();
            for Refused { index, why } in refused {
                // One that is referred to and can't be made: of which, nobody knows.
                let Some(place) = index.checked_sub(first) else {
                    return self.bring_each(writer, (schema, ctx), (of, kind, wanted), report);
                };
                whys.entry(place).or_insert_with(|| refusal_text(of, &why));
            }
            (changes, wanted) = without(changes, wanted, |place, one| {
                let why = whys.remove(&place);
                let is_refused = why.is_some();
                if let Some(why) = why {
                    report.leave_out(kind, &one.name, why);
                }
                is_refused
            });
        }
        Ok(())
    }

    /// As [`Self::bring`], each by itself.
    fn bring_each(
        &mut self,
        writer: &mut Writer<'_>,
        at: (&Schema, &Context),
        (of, kind, told): (&Type, &str, Vec<Told>),
        report: &mut Report,
    ) -> Result<(), StoreError> {
        if let [only] = told.as_slice() {
            report.leave_out(kind, &only.name, "something that it refers to can't be made");
            return Ok(());
        }
        for one in told {
            let batch = Batch { of, kind, makes_references: true, told: vec![one] };
            self.bring(writer, at, batch, report)?;
        }
        Ok(())
    }

    /// The change that makes a record what the other system says; `None` where there is nothing to do.
    fn change(&self, of: &Type, told: &Told) -> Result<Option<ProposedChange>, String> {
        let known = self.record(of.index, &told.foreign_id).map(Target::Id);
        let action = match (&told.fields, known) {
            (None, None) => return Ok(None),
            (None, Some(target)) => Action::Delete { target },
            (Some(fields), Some(target)) => {
                Action::Update { target, fields: fields.clone(), unnamed: Unnamed::Keep }
            }
            (Some(fields), None) => {
                let key = key_of(of, fields)?;
                Action::Put { key, fields: fields.clone(), unnamed: Unnamed::Keep }
            }
        };
        let preconditions = Preconditions::default();
        Ok(Some(ProposedChange { type_index: of.index, action, preconditions }))
    }

    fn keep(
        &mut self,
        writer: &mut Writer<'_>,
        of: &Type,
        told: impl Iterator<Item = (Told, RecordId)>,
    ) -> Result<(), StoreError> {
        let mut kept = Vec::new();
        for (Told { foreign_id, fields, digest, .. }, id) in told {
            let name = (of.index, foreign_id.clone());
            let record = fields.is_some().then_some(id);
            match record {
                Some(id) => {
                    self.records.insert(name, Last { id, digest: digest.clone() });
                }
                None => drop(self.records.remove(&name)),
            }
            kept.push(Brought { foreign_id, record, digest });
        }
        write::brought_keep(writer, (self.source, of.name.as_str()), kept)
    }
}

/// What stays of two lists of the same length.
fn without(
    changes: Vec<ProposedChange>,
    told: Vec<Told>,
    mut is_out: impl FnMut(usize, &Told) -> bool,
) -> (Vec<ProposedChange>, Vec<Told>) {
    let pairs = changes.into_iter().zip(told).enumerate();
    pairs.filter(|(place, (_, one))| !is_out(*place, one)).map(|(_, pair)| pair).unzip()
}

/// A digest of what a system says.
pub(super) fn digest_of(said: &str) -> String {
    domain::history::hex(&Sha256::digest(said.as_bytes()).into())
}

/// What keeps a request from being made, in words.
pub(super) fn error_text(of: &Type, error: &Error) -> String {
    if let Error::Refused(refused) = error {
        let texts = refused.iter().map(|one| refusal_text(of, &one.why));
        return texts.collect::<Vec<_>>().join("; ");
    }
    error.to_string()
}
