//! An import that has been read, into the register: all rows or none, or all but the bad ones.

use std::collections::BTreeMap;

use domain::change::{Proposal, ProposedChange, Refusal, Refused, Target};
use domain::fault::{FieldFault, NON_FIELD};
use domain::record::Record;
use domain::schema::{Schema, Type, TypeIndex};
use domain::value::Value;

use super::missing::missing;
use super::shape::{RowPlace, describe_key};
use super::{BadRow, Import, ImportError, Place, Reason};
use crate::submit::{Committed, Effect, Outcome, Subject};
use crate::{App, Context, Error, Progress};

/// The most rows of a kind that a preview shows field by field when nobody says.
const SAMPLES_MAX: usize = 10;

/// How an import is to be carried out.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Make the records that rows refer to by key and that are not there.
    pub create_missing: bool,
    /// Leave bad rows out instead of refusing the file.
    pub skip_bad: bool,
    /// Write nothing.
    pub dry_run: bool,
    /// Who is told how far it is.
    pub progress: Progress,
    /// The most rows of a kind that a dry run shows field by field.
    pub samples_max: usize,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            create_missing: false,
            skip_bad: false,
            dry_run: false,
            progress: Progress::NONE,
            samples_max: SAMPLES_MAX,
        }
    }
}

/// What came of an import, or what would.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The commit; `None` when nothing changed, or nothing was to be written.
    pub commit: Option<Committed>,
    /// The number of the change request by which the rows wait for a review; nothing else is
    /// counted then.
    pub request: Option<i64>,
    /// Rows whose record was added.
    pub added: usize,
    /// Rows whose record was changed.
    pub updated: usize,
    /// Rows whose record was as the row says.
    pub unchanged: usize,
    /// How many records of other types were made because rows refer to them.
    pub created: BTreeMap<TypeIndex, usize>,
    /// Rows that were left out, in the file's order.
    pub skipped: Vec<BadRow>,
    /// Of a dry run, the first few updates.
    pub samples: Vec<Sample>,
    /// Of a dry run, the first few records that it adds.
    pub additions: Vec<Sample>,
}

/// What a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Where its row stands.
    pub place: Place,
    /// The record's key, as people read it.
    pub label: String,
    /// The fields that change.
    pub differences: Vec<Difference>,
}

/// A field that changes, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub field: String,
    /// Its value today; empty for null.
    pub before: String,
    /// Its value then; empty for null.
    pub after: String,
}

impl App {
    /// Carries an import out. Where bad rows are left out, the rest is tried again until nothing
    /// in it is refused.
    ///
    /// # Errors
    /// [`ImportError::BadRows`] with all that is wrong, unless bad rows are left out;
    /// [`ImportError::BadReferences`], [`ImportError::App`].
    pub async fn import(
        &self,
        ctx: &Context,
        import: &mut Import,
        options: &RunOptions,
    ) -> Result<Report, ImportError> {
        let mut bad_rows = std::mem::take(&mut import.bad_rows);
        let is_refused = !bad_rows.is_empty() && !options.skip_bad;
        loop {
            let missing = if options.create_missing {
                missing(&self.schema, import.type_index, &import.changes)
            } else {
                Vec::new()
            };
            // Only where bad rows are left out may there be a second try.
            let of_rows = if options.skip_bad {
                import.changes.clone()
            } else {
                std::mem::take(&mut import.changes)
            };
            let changes = missing.iter().cloned().chain(of_rows).collect();
            let proposal = Proposal { changes };
            // What is wrong with the other rows is told too, before anybody mends the file.
            let tried = if options.dry_run || is_refused {
                self.preview_many(ctx, proposal, &options.progress).await
            } else {
                self.submit_many(ctx, proposal, &options.progress).await
            };
            match tried {
                Ok(_) if is_refused => return Err(ImportError::BadRows(bad_rows)),
                Ok(outcome) => {
                    let of_rows = (&*import, missing.as_slice());
                    let mut report =
                        self.report(ctx, of_rows, &outcome, options.samples_max).await?;
                    report.skipped = bad_rows;
                    return Ok(report);
                }
                Err(Error::Refused(refused)) => {
                    let refused = self.bad_rows(import, &missing, refused)?;
                    import.leave_out(&refused);
                    bad_rows.extend(refused);
                    bad_rows.sort_by_key(|bad| bad.row);
                    if !options.skip_bad {
                        return Err(ImportError::BadRows(bad_rows));
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Tells the rows of refused changes.
    fn bad_rows(
        &self,
        import: &Import,
        missing: &[ProposedChange],
        refused: Vec<Refused>,
    ) -> Result<Vec<BadRow>, ImportError> {
        let record_type = self.schema.get(import.type_index);
        let mut by_row: BTreeMap<usize, BadRow> = BTreeMap::new();
        let mut references = Vec::new();
        for Refused { index, why } in refused {
            let of_row = index.checked_sub(missing.len()).and_then(|row| import.rows.get(row));
            match (of_row, missing.get(index)) {
                (Some(RowPlace { row, place }), _) => {
                    let bad = by_row.entry(*row).or_insert_with(|| BadRow {
                        row: *row,
                        place: *place,
                        reasons: Vec::new(),
                    });
                    bad.reasons.extend(refusal_reasons(record_type, &why));
                }
                (None, Some(change)) => {
                    let why = refusal_text(record_type, &why);
                    references.push(format!("{}: {why}", describe(&self.schema, change)));
                }
                (None, None) => references.push(refusal_text(record_type, &why)),
            }
        }
        if references.is_empty() {
            Ok(by_row.into_values().collect())
        } else {
            Err(ImportError::BadReferences(references))
        }
    }

    async fn report(
        &self,
        ctx: &Context,
        (import, missing): (&Import, &[ProposedChange]),
        outcome: &Outcome,
        samples_max: usize,
    ) -> Result<Report, Error> {
        let request = outcome.request.as_ref().map(|request| request.request.number);
        let commit = outcome.commit.clone();
        let mut report = Report { commit, request, ..Report::default() };
        let (made, of_rows) = outcome.subjects.split_at_checked(missing.len()).unwrap_or_default();
        for subject in made.iter().filter(|made| made.effect == Effect::Added) {
            *report.created.entry(subject.type_index).or_default() += 1;
        }
        let is_shown = |samples: &[Sample]| outcome.commit.is_none() && samples.len() < samples_max;
        for (at, subject) in import.rows.iter().zip(of_rows) {
            match subject.effect {
                Effect::Added => {
                    report.added += 1;
                    if is_shown(&report.additions) {
                        report.additions.push(self.sample(at.place, subject, None));
                    }
                }
                Effect::Updated => {
                    report.updated += 1;
                    if is_shown(&report.samples) {
                        let target = Target::Id(subject.id);
                        let before = self.get(ctx, subject.type_index, target).await?;
                        report.samples.push(self.sample(at.place, subject, before.as_ref()));
                    }
                }
                Effect::Unchanged | Effect::Deleted => report.unchanged += 1,
            }
        }
        Ok(report)
    }

    fn sample(&self, place: Place, subject: &Subject, before: Option<&Record>) -> Sample {
        let record_type = self.schema.get(subject.type_index);
        let text = |record: Option<&Record>, field| {
            let value = record.and_then(|record| record.fields.get(field));
            value.map(Value::to_text).unwrap_or_default()
        };
        let mut differences = Vec::new();
        for field in &record_type.fields {
            let difference = Difference {
                field: field.name.as_str().to_owned(),
                before: text(before, field.index),
                after: text(subject.record.as_ref(), field.index),
            };
            if difference.before != difference.after {
                differences.push(difference);
            }
        }
        let named = before.or(subject.record.as_ref());
        let key = record_type.key.iter();
        let label: Vec<String> = key.map(|field| text(named, *field)).collect();
        Sample { place, label: label.join(" / "), differences }
    }
}

/// `component name=web`
fn describe(schema: &Schema, change: &ProposedChange) -> String {
    use domain::change::Action;
    let record_type = schema.get(change.type_index);
    match &change.action {
        Action::Put { key, .. } => {
            format!("{} {}", record_type.name, describe_key(record_type, key))
        }
        Action::Add { .. }
        | Action::Update { .. }
        | Action::Restore { .. }
        | Action::Delete { .. } => record_type.name.to_string(),
    }
}

/// Why a change can't be made, field by field where that is why.
fn refusal_reasons(record_type: &Type, refusal: &Refusal) -> Vec<Reason> {
    let Refusal::Invalid(faults) = refusal else {
        return vec![Reason::of_row(refusal_text(record_type, refusal))];
    };
    let of_field = |(name, faults): (&str, &[FieldFault])| {
        let reason = |fault: &FieldFault| match name {
            NON_FIELD => Reason::of_row(fault.to_string()),
            name => Reason::of_field(name, fault),
        };
        faults.iter().map(reason).collect::<Vec<_>>()
    };
    faults.iter().flat_map(of_field).collect()
}

/// Why a change can't be made, as people read it.
pub(crate) fn refusal_text(record_type: &Type, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(faults) => faults.to_string(),
        Refusal::NotFound => format!("there is no {} with this id", record_type.name),
        Refusal::Stale { .. } => "the record is not as it was expected to be".to_owned(),
        Refusal::Exists => "the record is there".to_owned(),
        Refusal::Protected { by, and_more: false } => {
            format!("{} other records refer to it", by.len())
        }
        Refusal::Protected { by, and_more: true } => {
            format!("more than {} other records refer to it", by.len())
        }
    }
}
