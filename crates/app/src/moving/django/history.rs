//! The rows of django-simple-history, as commits of whoever made them, when they did.
//!
//! *Source:* django-simple-history's "Querying history": `history_id`, `history_date`,
//! `history_type` (`+`, `~`, `-`), `history_user_id`, `history_change_reason`.

use std::collections::{BTreeSet, HashMap, VecDeque};

use domain::record::Timestamp;
use domain::schema::{Schema, TypeIndex};
use sql::{Foreign, ForeignPage, ForeignRow, StoreError};

use super::models::Model;
use super::people::Names;
use super::values::{moment_of, number_of, text_of};
use crate::moving::BATCH;

/// Changes this near to each other, by the same person for the same reason, are one commit.
const TOGETHER_MS: i64 = 1_000;

/// All histories of a database, to be read in the order of their dates.
pub(super) struct Histories(Vec<History>);

/// The history of a type.
struct History {
    model: Model,
    table: String,
    ahead: VecDeque<Step>,
    /// The last row that was read.
    after: i64,
    is_read: bool,
}

/// A row of a history.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) number: i64,
    pub(super) at: Timestamp,
    /// Who, by name; `None` where nobody is known.
    pub(super) by: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) is_deletion: bool,
    /// The row that it is about.
    pub(super) foreign_id: String,
    pub(super) row: ForeignRow,
}

/// Steps that make one commit, of one type.
pub(super) struct Together {
    pub(super) of: TypeIndex,
    pub(super) steps: Vec<Step>,
}

impl Histories {
    /// Those of types that have one, from where each was left.
    pub(super) fn new(models: &[Model], left_at: &HashMap<TypeIndex, i64>) -> Self {
        let history = |model: &Model| {
            Some(History {
                table: model.history.clone()?,
                after: left_at.get(&model.of).copied().unwrap_or(0),
                model: model.clone(),
                ahead: VecDeque::new(),
                is_read: false,
            })
        };
        Self(models.iter().filter_map(history).collect())
    }

    /// When the next step was.
    pub(super) fn next_at(
        &mut self,
        foreign: &Foreign,
        names: &Names,
    ) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.next_of(foreign, names)?.and_then(|history| Some(history.ahead.front()?.at)))
    }

    /// The next steps that were made at one time by one person, each of another row.
    pub(super) fn next(
        &mut self,
        foreign: &Foreign,
        names: &Names,
    ) -> Result<Option<Together>, StoreError> {
        let Some(history) = self.next_of(foreign, names)? else {
            return Ok(None);
        };
        let of = history.model.of;
        let mut steps: Vec<Step> = Vec::new();
        let mut rows = BTreeSet::new();
        loop {
            if history.ahead.is_empty() {
                history.read(foreign, names)?;
            }
            let Some(next) = history.ahead.front() else { break };
            let is_one_commit = steps.first().is_none_or(|first| {
                let apart = next.at.signed_duration_since(first.at).num_milliseconds();
                (0..TOGETHER_MS).contains(&apart)
                    && (&next.by, &next.reason) == (&first.by, &first.reason)
                    && next.is_deletion == first.is_deletion
            });
            let is_full = steps.len() >= BATCH as usize;
            if is_full || !is_one_commit || !rows.insert(next.foreign_id.clone()) {
                break;
            }
            steps.extend(history.ahead.pop_front());
        }
        Ok(Some(Together { of, steps }))
    }

    /// The history whose next step is the earliest.
    fn next_of(
        &mut self,
        foreign: &Foreign,
        names: &Names,
    ) -> Result<Option<&mut History>, StoreError> {
        for history in &mut self.0 {
            if history.ahead.is_empty() {
                history.read(foreign, names)?;
            }
        }
        let waiting = self.0.iter_mut().filter(|history| !history.ahead.is_empty());
        Ok(waiting.min_by_key(|history| history.ahead.front().map(|step| (step.at, step.number))))
    }
}

impl History {
    /// Reads on, until something is ahead or all is read.
    fn read(&mut self, foreign: &Foreign, names: &Names) -> Result<(), StoreError> {
        while self.ahead.is_empty() && !self.is_read {
            let (table, after) = (self.table.as_str(), self.after);
            let rows =
                foreign.rows(ForeignPage { table, key: "history_id", after, limit: BATCH })?;
            self.is_read = rows.len() < BATCH as usize;
            for row in rows {
                let number = row.get("history_id").and_then(number_of);
                let Some(number) = number.and_then(|number| number.parse().ok()) else {
                    // Numbered by something else than numbers: nobody could go on from there.
                    self.is_read = true;
                    break;
                };
                self.after = self.after.max(number);
                self.ahead.extend(step(number, row, names));
            }
        }
        Ok(())
    }
}

fn step(number: i64, row: ForeignRow, names: &Names) -> Option<Step> {
    let by = row.get("history_user_id").and_then(number_of);
    Some(Step {
        number,
        at: moment_of(&row, "history_date")?,
        by: by.and_then(|number| names.get(&number).cloned()),
        reason: text_of(&row, "history_change_reason"),
        is_deletion: text_of(&row, "history_type").as_deref() == Some("-"),
        foreign_id: row.get("id").and_then(number_of)?,
        row,
    })
}

/// The type that a table of history is kept under among what was brought over.
pub(super) fn kind(schema: &Schema, of: TypeIndex) -> String {
    format!("{} history", schema.get(of).name)
}
