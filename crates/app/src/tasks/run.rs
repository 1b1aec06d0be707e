//! A run, as its work sees it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::access::Actor;
use sql::write::LogLine;
use tokio_util::sync::CancellationToken;

use crate::{App, Clock, Context};

/// The longest line of a log, in bytes.
const LINE_MAX: usize = 4_000;
/// The most lines that wait to be kept: a run that says more in a moment keeps the last ones.
const LINES_WAITING_MAX: usize = 1_000;

/// A run, as its work sees it. Clones are of the same run.
#[derive(Clone)]
pub struct Run {
    /// The register. Everything that is written through it carries the run's fence: it is refused
    /// from the moment at which the run is no longer at its task.
    pub app: App,
    /// The run's number.
    pub id: i64,
    /// The name of its task.
    pub task: String,
    /// What effects outside the register are known by: the same for each try of what was due once.
    pub occurrence: String,
    /// Says when the run is to finish what it is at, and to leave.
    pub stop: CancellationToken,
    pub(super) record: Record,
}

impl Run {
    /// Who acts in the register.
    pub fn context(&self) -> Context {
        let name = format!("task:{}", self.task);
        let request_id = format!("run:{}", self.id);
        let of_system = Context::of_system(self.app.clock.now(), &name, &request_id);
        Context { actor: Actor::Machine { name }, ..of_system }
    }

    /// Whether it is to leave.
    pub fn is_to_stop(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Keeps a line in its log.
    pub fn info(&self, text: impl Into<String>) {
        self.record.say("info", text.into());
    }

    /// Keeps a line in its log that somebody should look at.
    pub fn warn(&self, text: impl Into<String>) {
        self.record.say("warn", text.into());
    }

    /// Adds to what it counts.
    pub fn count(&self, what: &str, number: u64) {
        let mut kept = self.record.lock();
        let counted = kept.counts.entry(what.to_owned()).or_default();
        *counted = counted.saturating_add(number);
    }
}

/// What a run says of itself.
#[derive(Clone)]
pub(super) struct Record {
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    lines: Vec<LogLine>,
    last_line: i64,
    counts: BTreeMap<String, u64>,
}

impl Record {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, kept: Arc::default() }
    }

    pub(super) fn say(&self, level: &str, mut text: String) {
        text.truncate(text.floor_char_boundary(LINE_MAX));
        let at = self.clock.now();
        let mut kept = self.lock();
        kept.last_line += 1;
        let line = kept.last_line;
        if kept.lines.len() == LINES_WAITING_MAX {
            kept.lines.remove(0);
        }
        // Neither database keeps a NUL in a text.
        kept.lines.push(LogLine {
            line,
            at,
            level: level.to_owned(),
            text: text.replace('\0', "\u{fffd}"),
        });
    }

    /// The lines that wait to be kept; they do so no more.
    pub(super) fn take_lines(&self) -> Vec<LogLine> {
        std::mem::take(&mut self.lock().lines)
    }

    /// Lines that could not be kept wait again.
    pub(super) fn give_back(&self, mut lines: Vec<LogLine>) {
        let mut kept = self.lock();
        lines.append(&mut kept.lines);
        kept.lines = lines;
    }

    pub(super) fn has_lines(&self) -> bool {
        !self.lock().lines.is_empty()
    }

    /// What was counted, as a JSON object.
    pub(super) fn counts(&self) -> String {
        let kept = self.lock();
        let members = kept
            .counts
            .iter()
            .map(|(name, number)| (name.clone(), domain::json::Json::Number(number.to_string())));
        domain::json::Json::Object(members.collect()).to_string()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
