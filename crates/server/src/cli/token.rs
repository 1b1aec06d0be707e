//! `domesday token`: how machines sign in.

use std::collections::BTreeSet;

use anyhow::anyhow;
use app::App;
use app::people::name;
use app::tokens::NewToken;
use chrono::TimeDelta;
use clap::Subcommand;
use domain::access::{Limits, Rights};
use domain::record::Timestamp;
use domain::value::datetime_text;
use ipnet::IpNet;

use super::output::{self, Output, Usage};
use crate::config::{Config, duration};
use crate::wire;

/// Make, list and end the tokens by which machines sign in.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token. It is shown this once.
    #[command(after_help = "Examples:\n  domesday token create --user alice\n  \
                            domesday token create --user ansible --name inventory --expires 90d \
                            --rights view --type server --network 10.0.0.0/8")]
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
        /// Rights that it has of its owner's, parted by commas; all, if nothing is said.
        #[arg(long)]
        rights: Option<String>,
        /// A type that it is for; may be said again. All, if nothing is said.
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        /// A network that it is taken from; may be said again. Any, if nothing is said.
        #[arg(long = "network", value_name = "NETWORK")]
        networks: Vec<IpNet>,
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

impl Token {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = match &self {
            Self::Create { .. } => wire::open(config).await?,
            Self::List | Self::Revoke { .. } => wire::open_existing(config).await?,
        };
        match self {
            Self::Create { user, name, expires, rights, types, networks } => {
                let expires_at = expires.map(|text| ends(&app, &text)).transpose()?;
                let ctx = wire::context(&app, None);
                let limits = limits(&app, rights.as_deref(), &types)?;
                let new = NewToken { user: user.clone(), name, expires_at, limits, networks };
                let made = app.token_create(&ctx, new).await;
                if matches!(made, Err(app::Error::NotFound { .. })) {
                    let advice = format!("make one with `domesday user add {user}`");
                    return Err(anyhow!("there is no user {user}; {advice}"));
                }
                let secret = made?;
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

fn limits(app: &App, rights: Option<&str>, types: &[String]) -> anyhow::Result<Limits> {
    let rights = rights.map(Rights::parse).transpose();
    let rights = rights.map_err(|word| Usage(format!("there is no right {word:?}")))?;
    let mut indexes = BTreeSet::new();
    for name in types {
        indexes.insert(super::export::find_type(&app.schema, name)?.index);
    }
    Ok(Limits { rights, types: (!types.is_empty()).then_some(indexes) })
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
