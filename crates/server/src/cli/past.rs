//! What the commands that look at the past share.

use app::encode::write_list;
use app::{App, Context};
use domain::history::{FieldChange, list_change};
use domain::json::Json;
use domain::moment::Moment;
use domain::schema::Type;

use super::output::{self, Usage};
use crate::config::Config;

/// Reads a moment that a flag names.
pub(super) fn moment(app: &App, flag: &str, text: &str) -> Result<Moment, Usage> {
    Moment::parse(text, app.clock.now()).map_err(|fault| Usage(format!("{flag}: {fault}")))
}

/// The same where the flag may be left out.
pub(super) fn moment_or_none(
    app: &App,
    flag: &str,
    text: Option<&str>,
) -> Result<Option<Moment>, Usage> {
    text.map(|text| moment(app, flag, text)).transpose()
}

/// What the addresses of records begin with.
pub(super) fn base_url(config: &Config) -> String {
    let public = config.http.public_url.clone();
    public.unwrap_or_else(|| crate::serving::base_url(config.http.listen, config))
}

/// A list on a line of standard output.
pub(super) fn json_list<T>(items: &[T], write: impl Fn(&T, &mut String)) -> anyhow::Result<()> {
    let mut out = String::new();
    write_list(items, &mut out, write);
    Ok(output::line(out)?)
}

/// Tells the fields that a change gave other values, a line each.
pub(super) fn tell_changes(of: Option<&Type>, changes: &[FieldChange]) -> anyhow::Result<()> {
    for change in changes {
        let field = of.and_then(|of| of.field_named(&change.field));
        let list = field.filter(|field| field.kind.is_refs()).and_then(|_| list_change(change));
        let name = &change.field;
        if let Some(list) = list {
            let sign = |sign: &str, items: &[&Json]| -> Vec<String> {
                items.iter().map(|item| format!("{sign}{}", shown(item))).collect()
            };
            let both = [sign("-", &list.removed), sign("+", &list.added)].concat();
            output::line(format_args!("  {name}: {}", both.join(" ")))?;
        } else {
            let (before, after) = (shown(&change.before), shown(&change.after));
            output::line(format_args!("  {name}: {before} -> {after}"))?;
        }
    }
    Ok(())
}

/// A value as people read it; references by the keys that they had.
pub(super) fn shown(value: &Json) -> String {
    let Json::Object(members) = value else {
        return value.to_string();
    };
    if !members.contains_key("id") {
        return value.to_string();
    }
    let key = members
        .iter()
        .filter(|(name, _)| *name != "id")
        .map(|(_, part)| if let Json::Text(text) = part { text.clone() } else { part.to_string() });
    key.collect::<Vec<_>>().join(" / ")
}

/// The commit that a moment means, for a flag.
pub(super) async fn commit_of(
    app: &App,
    flag: &str,
    text: &str,
) -> anyhow::Result<domain::record::CommitNumber> {
    Ok(app.commit_of(&context(app), flag, moment(app, flag, text)?).await?)
}

/// Who asks.
pub(super) fn context(app: &App) -> Context {
    crate::wire::context(app, None)
}
