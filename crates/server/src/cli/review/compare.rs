//! A change request as a coloured diff.

use std::io::IsTerminal as _;

use app::audit::label;
use app::encode::fault_texts;
use app::review::{ToldChange, ToldRequest};
use clap::builder::styling::{AnsiColor, Style};
use domain::json::Json;
use domain::review::{ComparedField, Comparison, Event, Obstacle, RequestedAction};
use domain::schema::Schema;
use domain::value::datetime_text;
use similar::{ChangeTag, TextDiff};

use crate::cli::output;
use crate::cli::past::shown;

/// Colours, where somebody sees them: not in a file, and not where `NO_COLOR` is set.
#[derive(Clone, Copy)]
struct Paint {
    removed: Style,
    added: Style,
    quiet: Style,
    loud: Style,
}

impl Paint {
    fn new() -> Self {
        let is_wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        if !is_wanted {
            let plain = Style::new();
            return Self { removed: plain, added: plain, quiet: plain, loud: plain };
        }
        Self {
            removed: AnsiColor::Red.on_default(),
            added: AnsiColor::Green.on_default(),
            quiet: Style::new().dimmed(),
            loud: AnsiColor::Yellow.on_default().bold(),
        }
    }
}

fn line(style: Style, text: &str) -> anyhow::Result<()> {
    Ok(output::line(format_args!("{style}{text}{style:#}"))?)
}

/// Tells a change request.
pub(super) fn tell(schema: &Schema, told: &ToldRequest) -> anyhow::Result<()> {
    let paint = Paint::new();
    let request = &told.request;
    let state = request.standing.state.word();
    output::line(format_args!("Change request {}: {} ({state})", request.number, request.title))?;
    let by = request.token.as_ref().map_or_else(String::new, |token| format!(" by token {token}"));
    let asked =
        format!("asked for by {}{by}, {}", request.requester, datetime_text(request.created_at));
    line(paint.quiet, &asked)?;
    if let Some(reason) = &request.reason {
        output::line(format_args!("reason: {reason}"))?;
    }
    let agreed = &told.approved_by;
    let names = if agreed.is_empty() { String::new() } else { format!(": {}", agreed.join(", ")) };
    output::line(format_args!("approvals: {} of {}{names}", agreed.len(), told.approvals))?;
    for change in &told.changes {
        output::line("")?;
        tell_change(schema, change, paint)?;
    }
    for taken in &told.taken_along {
        let name = label(schema, &taken.type_name, &taken.key).unwrap_or_default();
        let verb = if taken.is_deleted { "deletes" } else { "clears a reference of" };
        line(paint.removed, &format!("  {verb} {} {} {name}", taken.type_name, taken.id))?;
    }
    for fault in &told.faults {
        for (field, texts) in fault_texts(&fault.why) {
            let told = format!("! change {}: {field}: {}", fault.index, texts.join(" "));
            line(paint.loud, &told)?;
        }
    }
    output::line("")?;
    for event in &told.events {
        let what = event.event.map_or("made", Event::word);
        let comment = event.comment.as_ref().map_or_else(String::new, |text| format!(": {text}"));
        let at = datetime_text(event.at);
        line(paint.quiet, &format!("{at} {} {what}{comment}", event.actor))?;
    }
    output::line(format_args!("etag: {}", told.etag))?;
    Ok(())
}

fn tell_change(schema: &Schema, told: &ToldChange, paint: Paint) -> anyhow::Result<()> {
    let requested = &told.requested;
    let name = label(schema, &requested.type_name, &told.key).unwrap_or_default();
    let id = requested.id.map_or_else(String::new, |id| format!(" {id}"));
    let (sign, style) = match requested.action {
        RequestedAction::Add | RequestedAction::Restore => ("+", paint.added),
        RequestedAction::Update => ("~", Style::new()),
        RequestedAction::Delete => ("-", paint.removed),
    };
    line(style, &format!("{sign} {}{id} {name}", requested.type_name))?;
    match told.compared.obstacle {
        None => {}
        Some(Obstacle::Gone) => line(paint.loud, "  ! the record is gone")?,
        Some(Obstacle::There) => line(paint.loud, "  ! the record is there already")?,
        Some(Obstacle::NoType) => line(paint.loud, "  ! the schema has no such type any more")?,
    }
    told.compared.fields.iter().try_for_each(|field| tell_field(field, paint))
}

fn tell_field(field: &ComparedField, paint: Paint) -> anyhow::Result<()> {
    let name = &field.name;
    match field.comparison {
        Comparison::Same => {
            line(paint.quiet, &format!("  {name}: {} (already so)", text(&field.current)))
        }
        Comparison::MovedSince if !field.is_touched => {
            let (before, current) = (text(&field.before), text(&field.current));
            let told = format!("  {name}: {before} -> {current} (changed by others since; stays)");
            line(paint.quiet, &told)
        }
        Comparison::Conflict => {
            line(paint.loud, &format!("  {name}: conflict"))?;
            line(paint.quiet, &format!("      was    {}", text(&field.before)))?;
            line(paint.removed, &format!("      theirs {}", text(&field.current)))?;
            line(paint.added, &format!("      mine   {}", text(&field.proposed)))
        }
        Comparison::Changed | Comparison::MovedSince => {
            output::line(format_args!("  {name}:"))?;
            let (before, after) = (text(&field.current), text(&field.result));
            let diff = TextDiff::from_lines(&before, &after);
            for change in diff.iter_all_changes() {
                let value = change.value().trim_end_matches('\n');
                match change.tag() {
                    ChangeTag::Equal => line(paint.quiet, &format!("      {value}"))?,
                    ChangeTag::Delete => line(paint.removed, &format!("    - {value}"))?,
                    ChangeTag::Insert => line(paint.added, &format!("    + {value}"))?,
                }
            }
            Ok(())
        }
    }
}

/// A value as people read it: of a list, an item a line.
fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Text(text) => text.clone(),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            items.join("\n")
        }
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => shown(value),
    }
}
