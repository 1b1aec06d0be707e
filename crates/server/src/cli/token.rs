//! `domesday token`: how machines sign in.

use anyhow::anyhow;
use app::App;
use chrono::TimeDelta;
use clap::Subcommand;
use domain::record::Timestamp;
use domain::value::datetime_text;

use super::output::{self, Output, Usage};
use crate::config::{Config, duration};
use crate::wire;

/// Make, list and end the tokens by which machines sign in.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token. It is shown this once.
    #[command(after_help = "Examples:\n  domesday token create --user alice\n  \
                            domesday token create --user ansible --name inventory --expires 90d")]
    Create {
        /// Whose it is: the name that history tells.
        #[arg(long, value_parser = name)]
        user: String,
        /// What it is for.
        #[arg(long, default_value = "cli", value_parser = name)]
        name: String,
        /// When it ends: 12h, 90d; never, if nothing is said.
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List all tokens, without their secrets.
    #[command(after_help = "Example:\n  domesday token list --json")]
    List,
    /// End a token at once.
    #[command(after_help = "Example:\n  domesday token revoke 3")]
    Revoke {
        /// Its number, as `token list` has it.
        id: i64,
    },
}

/// The most characters of a user's or a token's name: what fits in a column of a list.
const NAME_LENGTH_MAX: usize = 100;

/// A name that people can tell from others where history shows it.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        Err("give a name".to_owned())
    } else if text.chars().any(char::is_control) {
        Err("a name has one line and no control characters".to_owned())
    } else if text.chars().nth(NAME_LENGTH_MAX).is_some() {
        Err(format!("a name has at most {NAME_LENGTH_MAX} characters"))
    } else if text.starts_with("system:") {
        Err("names that begin with system: are the program's own".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

impl Token {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = match &self {
            Self::Create { .. } => wire::open(config).await?,
            Self::List | Self::Revoke { .. } => wire::open_existing(config).await?,
        };
        match self {
            Self::Create { user, name, expires } => {
                let ends = expires.map(|text| ends(&app, &text)).transpose()?;
                let ctx = wire::context(&app, None);
                let secret = app.token_create(&ctx, &user, &name, ends).await?;
                if output.json {
                    output::json(&serde_json::json!({ "token": secret, "user": user }))?;
                } else {
                    output::line(&secret)?;
                    output::note("Keep it: it is not shown again.")?;
                }
            }
            Self::List => list(&app, output).await?,
            Self::Revoke { id } => {
                let ctx = wire::context(&app, None);
                if !app.token_revoke(&ctx, id).await? {
                    return Err(anyhow!("there is no token {id}; see `domesday token list`"));
                }
                if output.json {
                    output::json(&serde_json::json!({ "id": id, "ended": true }))?;
                } else {
                    output::note(format_args!("Token {id} is ended."))?;
                }
            }
        }
        Ok(())
    }
}

fn ends(app: &App, text: &str) -> Result<Timestamp, Usage> {
    duration(text)
        .and_then(|time| TimeDelta::from_std(time).ok())
        .and_then(|time| app.clock.now().checked_add_signed(time))
        .ok_or_else(|| Usage(format!("--expires takes a time such as 12h or 90d, not {text:?}")))
}

async fn list(app: &App, output: Output) -> anyhow::Result<()> {
    let tokens = app.token_list(&wire::context(app, None)).await?;
    if output.json {
        let shown: Vec<serde_json::Value> = tokens
            .into_iter()
            .map(|token| {
                serde_json::json!({
                    "id": token.id,
                    "user": token.user,
                    "name": token.name,
                    "created_at": datetime_text(token.created_at),
                    "expires_at": token.expires_at.map(datetime_text),
                })
            })
            .collect();
        output::json(&shown.into())?;
        return Ok(());
    }
    let rows = tokens.into_iter().map(|token| {
        let ends = token.expires_at.map(datetime_text);
        [
            token.id.to_string(),
            token.user,
            token.name,
            datetime_text(token.created_at),
            ends.unwrap_or_else(|| "never".to_owned()),
        ]
    });
    output::table(["id", "user", "name", "made", "ends"], rows)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_one_line_and_not_blank() {
        let longest = "é".repeat(NAME_LENGTH_MAX);
        let cases = [
            (" alice ", Some("alice")),
            ("Alice B.", Some("Alice B.")),
            (&longest, Some(longest.as_str())),
            (&format!("{longest}x"), None),
            ("", None),
            (" ", None),
            ("a\nb", None),
            ("system:cli", None),
        ];
        for (text, expected) in cases {
            assert_eq!(name(text).ok().as_deref(), expected, "{text:?}");
        }
    }
}
