//! `domesday user`: who may sign in.

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::Context as _;
use app::passwords::Password;
use app::people::{People, PeopleChange, Profile};
use clap::Subcommand;
use domain::value::datetime_text;
use serde_json::json;

use super::output::{self, Output};
use crate::config::Config;
use crate::wire;

/// Make, list and close the accounts of people and machines.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make a user.
    #[command(after_help = "Examples:\n  domesday user add alice --group operators --password\n  \
                            domesday user add ansible --group viewers")]
    Add {
        /// The name that history tells.
        #[arg(value_parser = app::people::name)]
        name: String,
        /// Where mail reaches them.
        #[arg(long)]
        email: Option<String>,
        /// What people call them.
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// A group to put them into; may be said again.
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// Ask for a password, or read one from standard input; without, they sign in with a
        /// provider, or by a token alone.
        #[arg(long)]
        password: bool,
    },
    /// List all users.
    #[command(after_help = "Example:\n  domesday user list --json")]
    List,
    /// Let a user in no more: their sessions end and their tokens stop working.
    #[command(after_help = "Example:\n  domesday user disable alice")]
    Disable {
        /// Who.
        name: String,
    },
    /// Let a user in again.
    #[command(after_help = "Example:\n  domesday user enable alice")]
    Enable {
        /// Who.
        name: String,
    },
    /// Set a user's password; their sessions end.
    #[command(after_help = "Examples:\n  domesday user passwd alice\n  \
                            pwgen -s 24 1 | domesday user passwd alice")]
    Passwd {
        /// Whose.
        name: String,
    },
}

impl User {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = match &self {
            Self::Add { .. } => wire::open(config).await?,
            Self::List | Self::Disable { .. } | Self::Enable { .. } | Self::Passwd { .. } => {
                wire::open_existing(config).await?
            }
        };
        let ctx = wire::context(&app, None);
        let (change, done) = match self {
            Self::List => return list(&app.people(&ctx).await?, output),
            Self::Add { name, email, display_name, groups, password } => {
                let password = if password { Some(read_password()?) } else { None };
                let profile = Profile { email, display_name };
                let done = format!("User {name} is made.");
                (PeopleChange::AddUser { user: name, profile, groups, password }, done)
            }
            Self::Disable { name } => {
                let done = format!("User {name} is let in no more.");
                (PeopleChange::SetActive { user: name, is_active: false }, done)
            }
            Self::Enable { name } => {
                let done = format!("User {name} is let in again.");
                (PeopleChange::SetActive { user: name, is_active: true }, done)
            }
            Self::Passwd { name } => {
                let done = format!("The password of {name} is set.");
                (PeopleChange::SetPassword { user: name, password: read_password()? }, done)
            }
        };
        app.people_change(&ctx, vec![change]).await?;
        told(&done, output)
    }
}

/// Says what was done.
pub(super) fn told(done: &str, output: Output) -> anyhow::Result<()> {
    if output.json {
        output::json(&json!({"done": done}))?;
    } else {
        output::note(done)?;
    }
    Ok(())
}

/// Asks for a password at a terminal, without showing it; else reads a line.
fn read_password() -> anyhow::Result<Password> {
    if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password("Password: ").context("no password was typed")?;
        let again = rpassword::prompt_password("Again: ").context("no password was typed")?;
        anyhow::ensure!(typed == again, "the two passwords are not the same");
        return Ok(Password(typed));
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("no password could be read")?;
    Ok(Password(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn list(people: &People, output: Output) -> anyhow::Result<()> {
    let groups = |user: &str| -> Vec<String> {
        let of_user = people.members.iter().filter(|(_, member)| member == user);
        of_user.map(|(group, _)| group.clone()).collect()
    };
    if output.json {
        let shown: Vec<serde_json::Value> = people
            .users
            .iter()
            .map(|user| {
                json!({
                    "name": user.name,
                    "email": user.email,
                    "display_name": user.display_name,
                    "is_active": user.is_active,
                    "has_password": user.has_password,
                    "groups": groups(&user.name),
                    "last_sign_in_at": user.last_sign_in_at.map(datetime_text),
                })
            })
            .collect();
        return Ok(output::json(&shown.into())?);
    }
    let rows = people.users.iter().map(|user| {
        [
            user.name.clone(),
            groups(&user.name).join(", "),
            if user.is_active { "yes" } else { "no" }.to_owned(),
            if user.has_password { "yes" } else { "no" }.to_owned(),
            user.last_sign_in_at.map_or_else(|| "never".to_owned(), datetime_text),
        ]
    });
    Ok(output::table(["name", "groups", "let in", "password", "last signed in"], rows)?)
}
