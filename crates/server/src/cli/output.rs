//! What the program says, and where.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use app::{Phase, Progress};
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use indicatif::{HumanFloatCount, ProgressBar, ProgressState, ProgressStyle};

/// Where answers go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Whether answers are JSON.
    pub(crate) json: bool,
}

/// Something that was asked wrongly: ends the program with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A line on standard output.
pub(crate) fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Bytes on standard output, as they are.
pub(crate) fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// A JSON value on a line of standard output.
pub(crate) fn json(value: &serde_json::Value) -> io::Result<()> {
    line(value)
}

/// A table on standard output.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    line(table.trim_fmt())
}

/// A line for people, which is no answer.
pub(crate) fn note(text: impl Display) -> io::Result<()> {
    writeln!(io::stderr().lock(), "{text}")
}

/// Shows how far work of a known size is, where somebody looks on.
pub(crate) fn bar(total: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(BAR)
        .unwrap_or_else(|_bad_template| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A bar that can't be written is not worth an error.
            write!(out, "{:.0}", HumanFloatCount(state.per_sec())).unwrap_or_default();
        });
    ProgressBar::new(total).with_style(style)
}

/// Shows that work goes on whose size nobody knows, where somebody looks on.
pub(crate) fn spinner() -> ProgressBar {
    if io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() }
}

/// What is done, how far, how fast, how long yet.
const BAR: &str = "{msg}{bar:32} {human_pos}/{human_len} ({rate}/s, {eta} left)";

/// Shows the phases of an import, one after the other on the same line.
pub(crate) fn import_bar() -> (ProgressBar, Progress) {
    let bar = bar(0);
    let (shown, last) = (bar.clone(), Mutex::new(None));
    let progress = Progress::new(move |phase, done, total| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, total) = (done as u64, total as u64);
        // A phase begins, perhaps again: nothing of what was before says how fast it will be.
        if *last != Some(phase) || done < shown.position() {
            *last = Some(phase);
            shown.set_message(match phase {
                Phase::Reading => "Reading  ",
                Phase::Checking => "Checking ",
                Phase::Writing => "Writing  ",
            });
            shown.set_length(total);
            shown.reset();
        }
        shown.set_position(done);
    });
    (bar, progress)
}

/// Tells an error, and gives the program's end. A reader of our output that went away
/// (`| head`) has what it wanted.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let is_gone = error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    });
    if is_gone {
        return ExitCode::SUCCESS;
    }
    // Each cause adds what the ones above did not say already.
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    let written = writeln!(io::stderr().lock(), "error: {text}");
    if error.is::<Usage>() || written.is_err() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
