//! `GET` and `POST /-/sources/{name}/`: a source, how far behind it was, and its dead letters.

use std::sync::Arc;

use app::sources::{
    LAG_SHOWN, LetterFilter, LetterPage, LettersChosen, MemberState, SourceMember, SourceState,
};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use domain::fault::Faults;
use domain::record::Timestamp;

use super::cell::Moment;
use super::letter_show::{ShownLetter, shown_letter};
use super::page::{go_to, page};
use super::sources_list::trouble;
use super::{SOURCES, Shell, TASKS, Visit};
use crate::auth::csrf;
use crate::auth::form::Form;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::rest::sources::letters::take_filter;

/// How many dead letters a page has.
const LETTERS_SHOWN: u32 = 50;
/// How many bars the plot of the lag has.
const BARS: i32 = 240;
/// The width of a bar with the gap behind it.
const STEP: i32 = 3;
/// The height of the plot.
const HEIGHT: i64 = 80;

#[derive(Template)]
#[template(path = "ui/source_show.html")]
struct SourceShow {
    shell: Shell,
    name: String,
    state: &'static str,
    trouble: String,
    brokers: String,
    topics: String,
    group: String,
    policy: &'static str,
    /// The task that reads it, and where that is.
    task: Option<(String, String)>,
    behind: Option<i64>,
    per_minute: i64,
    last: Option<Moment>,
    counts: Vec<(&'static str, u64)>,
    partitions: Vec<ShownPartition>,
    replicas: Vec<ShownReplica>,
    lag: LagPlot,
    letters: Vec<ShownLetter>,
    letters_count: u64,
    filter: LetterFilter,
    /// Where the dead letters before these are.
    older: String,
}

impl SourceShow {
    fn topic_asked(&self) -> &str {
        self.filter.topic.as_deref().unwrap_or_default()
    }

    fn reason_asked(&self) -> &str {
        self.filter.reason.as_deref().unwrap_or_default()
    }

    fn partition_asked(&self) -> String {
        self.filter.number.map(|number| number.to_string()).unwrap_or_default()
    }

    fn is_filtered(&self) -> bool {
        self.filter != LetterFilter { before: self.filter.before, ..LetterFilter::default() }
    }
}

struct ShownPartition {
    topic: String,
    number: i32,
    next: String,
    end: String,
    behind: String,
    replica: String,
}

struct ShownReplica {
    name: String,
    state: &'static str,
    error: String,
    told: Moment,
}

/// How far behind a source was: a bar for each few minutes, the latest at the right.
struct LagPlot {
    width: i32,
    height: i64,
    told: String,
    bars: Vec<LagBar>,
}

struct LagBar {
    x: i32,
    y: i64,
    height: i64,
    told: String,
}

/// Shows a source.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
) -> Result<Response, ApiError> {
    let Visit { ctx, shell, mut parameters, .. } = visit;
    let mut faults = Faults::default();
    parameters.drop_blank();
    let filter = take_filter(&mut parameters, &mut faults);
    faults.or_ok(())?;
    let state = edge.app.source_show(&ctx, &name).await?;
    let lags = edge.app.source_lags(&ctx, &name).await?;
    let letters = edge.app.letters(&ctx, &name, (filter.clone(), LETTERS_SHOWN)).await?;
    let lag = plot(&lags, ctx.now);
    page(StatusCode::OK, &shown(shell, &state, (letters, filter), lag))
}

/// Takes dead letters in again, or throws them away.
pub(crate) async fn act(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    visit: Visit,
    form: Form,
) -> Result<Response, ApiError> {
    visit.check(form.field(csrf::FIELD))?;
    let text = |name| Some(form.field(name).to_owned()).filter(|text| !text.is_empty());
    let filter = LetterFilter {
        topic: text("topic"),
        number: form.field("partition").parse().ok(),
        reason: text("reason"),
        ..LetterFilter::default()
    };
    let chosen = match form.field("id").parse() {
        Ok(id) => LettersChosen::One(id),
        Err(_) => LettersChosen::Matching(filter),
    };
    match form.field("do") {
        "replay" => drop(edge.app.letters_replay(&visit.ctx, &name, chosen).await?),
        "discard" => drop(edge.app.letters_discard(&visit.ctx, &name, chosen).await?),
        _ => return Err(ApiError::NotFound("Not found.".to_owned())),
    }
    Ok(go_to(&format!("{SOURCES}{name}/"), []))
}

fn shown(
    shell: Shell,
    state: &SourceState,
    (page, filter): (LetterPage, LetterFilter),
    lag: LagPlot,
) -> SourceShow {
    let known = &state.known;
    let name = known.source.name.clone();
    let tally = state.tally;
    SourceShow {
        shell,
        state: state.state().word(),
        trouble: trouble(state),
        brokers: known.brokers.join(", "),
        topics: known.topics.join(", "),
        group: known.group.clone(),
        policy: known.source.policy.word(),
        task: known.task.as_ref().map(|task| (task.clone(), format!("{TASKS}{task}/"))),
        behind: state.behind(),
        per_minute: state.per_minute(),
        last: state.last_at.map(Moment::of),
        counts: vec![
            ("applied", tally.applied),
            ("queued", tally.queued),
            ("unchanged", tally.unchanged),
            ("repeats", tally.repeats),
            ("late", tally.late),
            ("dead", tally.dead),
        ],
        partitions: partitions(state),
        replicas: state.members.iter().map(replica).collect(),
        lag,
        older: older(&name, &filter, page.next),
        letters: page.letters.iter().map(|letter| shown_letter(&name, letter)).collect(),
        letters_count: page.count,
        filter,
        name,
    }
}

fn older(name: &str, filter: &LetterFilter, next: Option<i64>) -> String {
    let Some(before) = next else {
        return String::new();
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("before", &before.to_string());
    for (key, value) in [("topic", filter.topic.as_deref()), ("reason", filter.reason.as_deref())] {
        value.map(|value| query.append_pair(key, value));
    }
    filter.number.map(|number| query.append_pair("partition", &number.to_string()));
    format!("{SOURCES}{name}/?{}", query.finish())
}

/// All partitions that were read, with what whoever reads one now tells of it.
fn partitions(state: &SourceState) -> Vec<ShownPartition> {
    let number = |number: Option<i64>| number.map_or("–".to_owned(), |number| number.to_string());
    let shown = |(partition, kept): &(_, app::ingest::PartitionState)| {
        let reads = |member: &&SourceMember| {
            member.state == MemberState::Reading
                && member.partitions.iter().any(|one| one.partition == *partition)
        };
        let member = state.members.iter().find(reads);
        let told = member
            .and_then(|member| member.partitions.iter().find(|one| one.partition == *partition));
        ShownPartition {
            topic: partition.topic.clone(),
            number: partition.number,
            next: number(kept.next),
            end: number(told.and_then(|one| one.high)),
            behind: number(told.and_then(|one| one.behind)),
            replica: member.map(|member| member.replica.clone()).unwrap_or_default(),
        }
    };
    state.partitions.iter().map(shown).collect()
}

fn replica(member: &SourceMember) -> ShownReplica {
    ShownReplica {
        name: member.replica.clone(),
        state: member.state.word(),
        error: member.trouble.as_ref().map(|(_, error)| error.clone()).unwrap_or_default(),
        told: Moment::of(member.at),
    }
}

/// The worst of each few minutes, as high as it is beside the worst of all.
fn plot(lags: &[(Timestamp, i64)], now: Timestamp) -> LagPlot {
    let width = LAG_SHOWN / BARS;
    let begin = now - LAG_SHOWN;
    let worst = lags.iter().map(|(_, behind)| *behind).max().unwrap_or(0);
    let mut bars: Vec<LagBar> = Vec::new();
    let (mut place, mut of_place) = (0, (begin, 0));
    let mut add = |place: i32, (at, behind): (Timestamp, i64)| {
        let height = behind * HEIGHT / worst.max(1);
        let height = height.max(1);
        bars.push(LagBar {
            x: place * STEP,
            y: HEIGHT - height,
            height,
            told: format!("{}: {behind} behind", Moment::of(at).utc()),
        });
    };
    for (at, behind) in lags {
        let minutes = (*at - begin).num_minutes() / width.num_minutes().max(1);
        let own = i32::try_from(minutes).unwrap_or(0).clamp(0, BARS - 1);
        if own != place && of_place.0 > begin {
            add(place, of_place);
            of_place = (begin, 0);
        }
        place = own;
        if of_place.0 == begin || *behind > of_place.1 {
            of_place = (*at, *behind);
        }
    }
    if of_place.0 > begin {
        add(place, of_place);
    }
    let told = if bars.is_empty() {
        String::new()
    } else {
        let hours = TimeDelta::num_hours(&LAG_SHOWN);
        format!("The last {hours} hours: {worst} messages behind at worst")
    };
    LagPlot { width: BARS * STEP, height: HEIGHT, told, bars }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_timestamp(1_767_225_600 + minutes * 60, 0).unwrap_or_default()
    }

    #[test]
    fn the_worst_of_six_minutes_is_a_bar() {
        let now = minute(24 * 60);
        let told =
            plot(&[(minute(1), 3), (minute(4), 80), (minute(7), 40), (minute(1_439), 0)], now);
        let bars: Vec<(i32, i64)> = told.bars.iter().map(|bar| (bar.x, bar.height)).collect();
        assert_eq!(bars, [(0, 80), (3, 40), (717, 1)]);
        assert_eq!(told.bars[0].told, "2026-01-01 00:04:00 UTC: 80 behind");
        assert_eq!(told.told, "The last 24 hours: 80 messages behind at worst");
        assert!(plot(&[], now).bars.is_empty());
    }
}
