//! `[[tasks]]` and `[scheduler]`: what runs by itself, when, and how.

use std::path::PathBuf;
use std::time::Duration;

use app::tasks::{Limits, Task};
use chrono::TimeDelta;
use domain::moment::Span;
use domain::task::{CatchUp, NAME_MAX, Rule, Schedule, is_name};
use domain::zone::Zone;
use toml_edit::Item;
use web::ConfiguredSetting;

use super::table::{Place, TableReader, show};
use super::{Reader, units};
use crate::serving::AskingToken;

/// A task, and what its work needs to know.
#[derive(Clone, Debug)]
pub(crate) struct ConfiguredTask {
    pub(crate) task: Task,
    pub(crate) work: WorkSettings,
}

/// Which work a task does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkSettings {
    CleanUp,
    HistoryFold,
    RequestsExpire,
    Backup {
        /// Where backups stand.
        folder: PathBuf,
        /// How many stay.
        keep: usize,
    },
    CacheWarm {
        /// Paths with their parameters.
        addresses: Vec<String>,
        /// Who asks for them; nobody known where there is none.
        token: Option<AskingToken>,
    },
    ReportStale {
        /// The name of the records' type.
        type_name: String,
        untouched_for: Span,
    },
}

/// How tasks are run.
#[derive(Clone, Debug)]
pub(crate) struct Scheduling {
    pub(crate) limits: Limits,
    /// How long runs are kept; `None` for ever.
    pub(crate) keep_runs: Option<Span>,
}

/// The keys whose values are no secrets.
const OPEN: [&str; 17] = [
    "name",
    "what",
    "every",
    "cron",
    "time_zone",
    "soft_limit",
    "hard_limit",
    "retries",
    "backoff",
    "jitter",
    "catch_up",
    "paused",
    "type",
    "untouched_for",
    "addresses",
    "folder",
    "keep",
];
/// The one whose value is.
const TOKEN: &str = "token";
/// The work that a task can do.
const WORDS: [&str; 6] =
    ["clean-up", "history:fold", "requests:expire", "report:stale", "cache:warm", "backup"];
/// The keys that one work alone takes.
const OF_ONE_WORK: [(&str, &str); 6] = [
    ("type", "report:stale"),
    ("untouched_for", "report:stale"),
    ("addresses", "cache:warm"),
    (TOKEN, "cache:warm"),
    ("folder", "backup"),
    ("keep", "backup"),
];
/// The longest that a run may be given.
pub(super) const LIMIT_MAX: Duration = Duration::from_hours(24 * 7);
/// How many backups stay where nothing is said: two weeks of nights.
const BACKUPS_KEPT: u32 = 14;
/// The most tries of a run.
const RETRIES_MAX: u32 = 100;

/// The tasks that there are without being configured.
pub(super) fn built_in() -> Vec<ConfiguredTask> {
    let minute = TimeDelta::minutes(1);
    let task = |name: &str, what: &str, every: TimeDelta, jitter: TimeDelta| Task {
        name: name.to_owned(),
        what: what.to_owned(),
        rule: Rule {
            schedule: Schedule::Every(every),
            catch_up: CatchUp::Once,
            jitter,
            retries: 0,
            backoff: minute,
        },
        soft_limit: Duration::from_mins(10),
        hard_limit: Duration::from_mins(15),
        is_paused: false,
    };
    let fold = task("history-fold", "history:fold", TimeDelta::days(1), TimeDelta::minutes(30));
    let tasks = [
        (task("clean-up", "clean-up", minute, TimeDelta::zero()), WorkSettings::CleanUp),
        (fold, WorkSettings::HistoryFold),
        (
            task("requests-expire", "requests:expire", minute, TimeDelta::zero()),
            WorkSettings::RequestsExpire,
        ),
    ];
    tasks.into_iter().map(|(task, work)| ConfiguredTask { task, work }).collect()
}

/// Reads the tables into the tasks that there are; one of the name of another that is built in takes
/// its place, as far as it says something.
pub(super) fn read(
    item: &Item,
    at: Place<'_>,
    (tasks, shown): (&mut Vec<ConfiguredTask>, &mut Vec<ConfiguredSetting>),
    faults: &mut Vec<String>,
) {
    let Some(tables) = item.as_array_of_tables() else {
        faults.push("tasks is a list of tables: [[tasks]]".to_owned());
        return;
    };
    let mut read = Vec::new();
    for table in tables {
        shown.extend(show::settings("tasks", table, (&OPEN, at)));
        let mut reader = TableReader { kind: "tasks", table, at, faults };
        reader.only(&[OPEN.as_slice(), &[TOKEN]].concat());
        let Some(name) = task_name(&mut reader) else { continue };
        if read.contains(&name) {
            reader.fault("name", &format!("there are two tasks named {name}"));
        }
        let place = tasks.iter().position(|one| one.task.name == name);
        let before = place.and_then(|place| tasks.get(place)).cloned();
        if let Some(task) = task(&mut reader, name.clone(), before) {
            match place.and_then(|place| tasks.get_mut(place)) {
                Some(known) => *known = task,
                None => tasks.push(task),
            }
        }
        read.push(name);
    }
}

fn task_name(reader: &mut TableReader<'_>) -> Option<String> {
    let name = reader.required("name")?;
    if is_name(&name) {
        return Some(name);
    }
    reader.fault(
        "name",
        &format!(
            "takes at most {NAME_MAX} small letters, digits and hyphens: it stands in addresses"
        ),
    );
    None
}

/// A task of a table, where that says nothing as one before it was.
fn task(
    reader: &mut TableReader<'_>,
    name: String,
    before: Option<ConfiguredTask>,
) -> Option<ConfiguredTask> {
    let (task, work) = before.map(|one| (one.task, one.work)).unzip();
    let work = work_of(reader, work.as_ref());
    let schedule = schedule(reader, task.as_ref().map(|task| &task.rule.schedule));
    let (soft_limit, hard_limit) = limits(reader, task.as_ref());
    let rule = task.as_ref().map(|task| &task.rule);
    let zero = TimeDelta::zero();
    let jitter = span(reader, "jitter").or(rule.map(|rule| rule.jitter)).unwrap_or(zero);
    let minute = TimeDelta::minutes(1);
    let backoff = span(reader, "backoff").or(rule.map(|rule| rule.backoff)).unwrap_or(minute);
    let retries = reader.number("retries").or(rule.map(|rule| rule.retries)).unwrap_or(0);
    if retries > RETRIES_MAX {
        reader.fault("retries", &format!("is at most {RETRIES_MAX}"));
    }
    let catch_up = catch_up(reader).or(rule.map(|rule| rule.catch_up)).unwrap_or(CatchUp::Once);
    let is_paused = reader.truth("paused");
    let (work, schedule) = (work?, schedule?);
    Some(ConfiguredTask {
        task: Task {
            name,
            what: word(&work).to_owned(),
            rule: Rule { schedule, catch_up, jitter, retries, backoff },
            soft_limit,
            hard_limit,
            is_paused,
        },
        work,
    })
}

fn word(work: &WorkSettings) -> &'static str {
    match work {
        WorkSettings::CleanUp => "clean-up",
        WorkSettings::HistoryFold => "history:fold",
        WorkSettings::RequestsExpire => "requests:expire",
        WorkSettings::ReportStale { .. } => "report:stale",
        WorkSettings::CacheWarm { .. } => "cache:warm",
        WorkSettings::Backup { .. } => "backup",
    }
}

fn work_of(reader: &mut TableReader<'_>, before: Option<&WorkSettings>) -> Option<WorkSettings> {
    let said = reader.text("what");
    let what = said.as_deref().or(before.map(word));
    for (key, of) in OF_ONE_WORK {
        if what != Some(of) && reader.table.contains_key(key) {
            reader.fault(key, &format!("is for {of} alone"));
        }
    }
    match what {
        Some("clean-up") => Some(WorkSettings::CleanUp),
        Some("history:fold") => Some(WorkSettings::HistoryFold),
        Some("requests:expire") => Some(WorkSettings::RequestsExpire),
        Some("cache:warm") => {
            let addresses = addresses(reader);
            let token = reader.text(TOKEN).map(AskingToken);
            Some(WorkSettings::CacheWarm { addresses: addresses?, token })
        }
        Some("backup") => {
            let (folder, keep) = (reader.required("folder"), reader.number("keep"));
            if keep == Some(0) {
                reader.fault("keep", "is 1 or more: how many backups stay");
            }
            let keep = usize::try_from(keep.unwrap_or(BACKUPS_KEPT)).ok()?;
            Some(WorkSettings::Backup { folder: PathBuf::from(folder?), keep })
        }
        Some("report:stale") => {
            let type_name = reader.required("type");
            let text = reader.required("untouched_for")?;
            let untouched_for = Span::parse_days(&text);
            if untouched_for.is_none() {
                reader.fault("untouched_for", "takes a day or more such as 90d or 6mo");
            }
            Some(WorkSettings::ReportStale { type_name: type_name?, untouched_for: untouched_for? })
        }
        Some(_) => {
            reader.fault("what", &format!("is one of {}", WORDS.join(", ")));
            None
        }
        None => {
            reader.fault("what", &format!("is missing: one of {}", WORDS.join(", ")));
            None
        }
    }
}

/// Paths of the API and of pages.
fn addresses(reader: &mut TableReader<'_>) -> Option<Vec<String>> {
    let addresses = reader.texts("addresses");
    let is_path = |address: &String| {
        address.starts_with('/') && address.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let found = addresses.filter(|all| !all.is_empty() && all.iter().all(is_path));
    if found.is_none() {
        reader.fault("addresses", "takes paths such as [\"/api/servers/?limit=50\"]");
    }
    found
}

pub(super) fn schedule(
    reader: &mut TableReader<'_>,
    before: Option<&Schedule>,
) -> Option<Schedule> {
    let (every, line) = (reader.text("every"), reader.text("cron"));
    if line.is_none() && reader.table.contains_key("time_zone") {
        reader.fault("time_zone", "is for cron alone");
    }
    match (every, line) {
        (Some(_), Some(_)) => {
            reader.fault("cron", "stands beside every: one of them says when");
            None
        }
        (Some(_), None) => {
            let every = span(reader, "every")?;
            let schedule = Schedule::every(every);
            schedule.inspect_err(|why| reader.fault("every", &format!("can't be: {why}"))).ok()
        }
        (None, Some(line)) => {
            let zone = zone(reader)?;
            let schedule = Schedule::cron(&line, zone);
            schedule.inspect_err(|why| reader.fault("cron", &format!("can't be: {why}"))).ok()
        }
        (None, None) => {
            if before.is_none() {
                reader.fault("every", "is missing: every = \"5m\", or cron = \"0 2 * * *\"");
            }
            before.cloned()
        }
    }
}

fn zone(reader: &mut TableReader<'_>) -> Option<Zone> {
    let Some(name) = reader.text("time_zone") else {
        return Some(Zone::default());
    };
    let zone = Zone::named(&name);
    if zone.is_none() {
        reader.fault("time_zone", "takes the name of a time zone such as Europe/Berlin");
    }
    zone
}

/// The soft and the hard limit: where one is said, the other keeps its distance.
fn limits(reader: &mut TableReader<'_>, before: Option<&Task>) -> (Duration, Duration) {
    let (soft, hard) = (reader.duration("soft_limit"), reader.duration("hard_limit"));
    let (soft_before, hard_before) = before
        .map_or((Duration::from_mins(10), Duration::from_mins(15)), |task| {
            (task.soft_limit, task.hard_limit)
        });
    let (soft, hard) = match (soft, hard) {
        (Some(soft), Some(hard)) => (soft, hard),
        (Some(soft), None) => (soft, hard_before.max(soft.saturating_add(soft / 2))),
        (None, Some(hard)) => (soft_before.min(hard / 3 * 2), hard),
        (None, None) => (soft_before, hard_before),
    };
    for (key, limit) in [("soft_limit", soft), ("hard_limit", hard)] {
        if limit.is_zero() || limit > LIMIT_MAX {
            reader.fault(key, "is a time from 1ms to 7d");
        }
    }
    if soft > hard {
        reader.fault("hard_limit", "is no sooner than soft_limit");
    }
    (soft, hard)
}

fn catch_up(reader: &mut TableReader<'_>) -> Option<CatchUp> {
    match reader.text("catch_up")?.as_str() {
        "once" => Some(CatchUp::Once),
        "skip" => Some(CatchUp::Skip),
        _ => {
            reader.fault("catch_up", "takes once or skip");
            None
        }
    }
}

fn span(reader: &mut TableReader<'_>, key: &str) -> Option<TimeDelta> {
    TimeDelta::from_std(reader.duration(key)?).ok()
}

impl Reader<'_> {
    pub(super) fn scheduling(&mut self) -> Option<Scheduling> {
        let lease = self.value("scheduler.lease", "a time from 3s to 10m such as 30s", |text| {
            let allowed = Duration::from_secs(3)..=Duration::from_mins(10);
            units::duration(text).filter(|lease| allowed.contains(lease))
        });
        let at_once = self.value("scheduler.at_once", "a number from 1 to 1000", |text| {
            text.parse().ok().filter(|number| (1..=1_000).contains(number))
        });
        let keep_runs = if self.optional("scheduler.keep_runs").is_some() {
            let expected = "a day or more such as 30d";
            self.value("scheduler.keep_runs", expected, |text| Span::parse_days(text).map(Some))
        } else {
            Some(None)
        };
        let limits = Limits { lease: lease?, at_once: at_once?, ..Limits::default() };
        Some(Scheduling { limits, keep_runs: keep_runs? })
    }
}
