//! What a request asks of the past: parameters to a question, all faults told together.

use app::Context;
use app::past::{Bounds, HISTORY_PAGE_MAX, HistoryPlace};
use domain::fault::{Faults, FieldFault};
use domain::history::Question;
use domain::moment::Moment;
use domain::nearest::nearest;
use domain::record::{CommitNumber, RecordId, Revision, Timestamp};
use domain::value::datetime_text;

use super::as_of::take_moment;
use super::cursor::{self, CURSOR};
use super::list::take_number;
use super::parameters::bad;
use super::{Links, Parameters};
use crate::edge::Edge;
use crate::error::ApiError;

/// Entries on a page when nobody says.
pub(crate) const LIMIT_DEFAULT: u32 = 50;
/// The parameters that name moments.
const AFTER: &str = "after";
const BEFORE: &str = "before";

/// What the cursors of histories begin with.
const OF_HISTORY: &str = "h";

/// What a request for a page of history asks.
#[derive(Clone, Debug)]
pub(crate) struct HistoryRequest {
    /// Which changes, save for their moments.
    pub(crate) question: Question,
    /// Their moments.
    pub(crate) between: Between,
    /// The commit that made them.
    commit: Option<CommitNumber>,
    /// What the page begins behind.
    pub(crate) place: Option<HistoryPlace>,
    /// Entries on the page.
    pub(crate) limit: u32,
}

impl HistoryRequest {
    /// Takes what is asked of the whole history out of the parameters.
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp, faults: &mut Faults) -> Self {
        let type_name = take_text("type", parameters, faults);
        let id = take_number(parameters, "id", 1..=i64::MAX as u64, faults);
        if id.is_some() && type_name.is_none() {
            faults.add("id", bad("Give type too: each type counts its own ids."));
        }
        let commit = take_number(parameters, "commit", 1..=i64::MAX as u64 - 1, faults);
        let mut request = Self::take_common(parameters, now, faults);
        request.question.type_name = type_name;
        request.question.id = id.and_then(|id| i64::try_from(id).ok()).map(RecordId);
        request.commit = commit.and_then(|commit| i64::try_from(commit).ok()).map(CommitNumber);
        request
    }

    /// Takes what is asked of the history of one record.
    pub(crate) fn take_of_record(
        parameters: &mut Parameters,
        now: Timestamp,
        (type_name, id): (&str, RecordId),
        faults: &mut Faults,
    ) -> Self {
        let mut request = Self::take_common(parameters, now, faults);
        request.question.type_name = Some(type_name.to_owned());
        request.question.id = Some(id);
        request
    }

    fn take_common(parameters: &mut Parameters, now: Timestamp, faults: &mut Faults) -> Self {
        let snapshot = take_flag("snapshot", parameters, faults);
        let mut text = |name| take_text(name, parameters, faults);
        let question = Question {
            snapshot,
            actor: text("actor"),
            origin: text("origin"),
            request_id: text("request_id"),
            field: text("field"),
            search: text("search"),
            ..Question::default()
        };
        Self {
            question,
            between: Between::take(parameters, now, faults),
            commit: None,
            place: cursor::take(OF_HISTORY, parameters, faults, read_place),
            limit: take_limit(parameters, faults),
        }
    }

    /// The question with its moments as commits.
    ///
    /// # Errors
    /// When the type is unknown to schema and history alike, or the database can't be asked.
    pub(crate) async fn resolve(&self, edge: &Edge, ctx: &Context) -> Result<Question, ApiError> {
        if let Some(name) = &self.question.type_name
            && !edge.app.was_type(ctx, name).await?
        {
            return Err(Faults::one("type", unknown_type(edge, name)).into());
        }
        let Between { after, before } = self.between;
        let mut bounds = edge.app.bounds(ctx, after, before).await?;
        if let Some(commit) = self.commit {
            bounds = bounds.and(Bounds::only(commit));
        }
        let Bounds { after, before } = bounds;
        Ok(Question { after, before, ..self.question.clone() })
    }
}

/// The type that nobody knows, and the one that was meant.
pub(crate) fn unknown_type(edge: &Edge, name: &str) -> FieldFault {
    let known = edge.schema().types().iter().map(|of| of.name.as_str());
    let meant = nearest(name, known).map(|meant| format!(" Did you mean {meant}?"));
    bad(format!("There is no type \"{name}\".{}", meant.unwrap_or_default()))
}

/// Two moments, of which the second is left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    pub(crate) after: Option<Moment>,
    pub(crate) before: Option<Moment>,
}

impl Between {
    pub(crate) fn take(parameters: &mut Parameters, now: Timestamp, faults: &mut Faults) -> Self {
        Self {
            after: take_moment(parameters, AFTER, now, faults),
            before: take_moment(parameters, BEFORE, now, faults),
        }
    }

    /// Says them in links to other pages.
    pub(crate) fn pin(self, kept: &mut [(String, String)]) {
        pin(kept, AFTER, self.after);
        pin(kept, BEFORE, self.before);
    }
}

/// The parameters that the links to other pages repeat. Words such as `yesterday` move on; the
/// other pages are of the same moments.
pub(crate) fn kept_in_links(parameters: &Parameters) -> Vec<(String, String)> {
    parameters.pairs().iter().filter(|(name, _)| name != CURSOR).cloned().collect()
}

/// Says a moment by its time or commit, whatever words it was said by.
pub(crate) fn pin(kept: &mut [(String, String)], name: &str, moment: Option<Moment>) {
    let Some(moment) = moment else {
        return;
    };
    for (_, value) in kept.iter_mut().filter(|(other, _)| other == name) {
        *value = match moment {
            Moment::Commit(number) => number.to_string(),
            Moment::At(time) => datetime_text(time),
        };
    }
}

/// The address of the page that begins behind a place.
pub(crate) fn next_page(
    links: &Links,
    path: &str,
    kept: &[(String, String)],
    cursor: &str,
) -> String {
    let kept = kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    links.with(path, kept.chain(std::iter::once((CURSOR, cursor))))
}

/// A place in the history as a cursor.
pub(crate) fn history_cursor(place: HistoryPlace) -> String {
    let HistoryPlace { commit, place, revision } = place;
    cursor::text(OF_HISTORY, &[commit.to_string(), place.to_string(), revision.to_string()])
}

/// Reads the parts of a [`history_cursor`].
pub(crate) fn read_place([commit, place, revision]: [&str; 3]) -> Option<HistoryPlace> {
    Some(HistoryPlace {
        commit: CommitNumber(commit.parse().ok()?),
        place: place.parse().ok()?,
        revision: Revision(revision.parse().ok()?),
    })
}

/// Takes the number of entries on a page.
pub(crate) fn take_limit(parameters: &mut Parameters, faults: &mut Faults) -> u32 {
    let limit = take_number(parameters, "limit", 1..=HISTORY_PAGE_MAX.into(), faults);
    limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(LIMIT_DEFAULT)
}

/// Takes a text; an empty one is none.
pub(crate) fn take_text(
    name: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Option<String> {
    let text = parameters.take(name, faults).filter(|text| !text.is_empty())?;
    if text.contains('\0') {
        faults.add(name, FieldFault::NulCharacter);
        return None;
    }
    Some(text)
}

pub(crate) fn take_flag(name: &str, parameters: &mut Parameters, faults: &mut Faults) -> bool {
    match parameters.take(name, faults).as_deref() {
        None | Some("" | "0" | "false") => false,
        Some("1" | "true") => true,
        Some(_) => {
            faults.add(name, bad("Give 1 or 0."));
            false
        }
    }
}
