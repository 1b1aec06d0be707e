//! `domesday group`: who may what.

use anyhow::anyhow;
use app::people::{People, PeopleChange, StoredGrant};
use clap::Subcommand;
use domain::access::Rights;
use serde_json::json;

use super::output::{self, Output, Usage};
use super::user::told;
use crate::config::Config;
use crate::wire;

/// Make groups, put people into them, and say what they may.
///
/// Rights are view, propose, review, write, bypass and administer; viewer, requester, reviewer,
/// operator and administrator stand for the usual sets. The group anonymous has those of everybody,
/// signed in or not.
#[derive(Debug, Subcommand)]
pub(super) enum Group {
    /// Make a group.
    #[command(after_help = "Example:\n  domesday group add dba --description 'Database people'")]
    Add {
        /// Its name.
        #[arg(value_parser = app::people::name)]
        name: String,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
    },
    /// List all groups, who is in them and what they may.
    #[command(after_help = "Example:\n  domesday group list")]
    List,
    /// Remove a group.
    #[command(after_help = "Example:\n  domesday group remove dba")]
    Remove {
        /// Its name.
        name: String,
    },
    /// Put a user into a group.
    #[command(after_help = "Example:\n  domesday group join dba alice")]
    Join {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Take a user out of a group.
    #[command(after_help = "Example:\n  domesday group leave dba alice")]
    Leave {
        /// The group.
        group: String,
        /// The user.
        user: String,
    },
    /// Grant rights to a group: on everything, on a type, or on the records that a filter names.
    #[command(after_help = "Examples:\n  domesday group grant anonymous view\n  \
                            domesday group grant dba operator --type server \
                            --filter component__name=database")]
    Grant {
        /// The group.
        group: String,
        /// The rights, parted by commas.
        rights: String,
        /// The type that they are for; everything, if nothing is said.
        #[arg(long = "type", value_name = "TYPE")]
        type_name: Option<String>,
        /// The records that they are for, as a list's filters; may be said again.
        #[arg(long = "filter", value_name = "FIELD=VALUE", requires = "type_name")]
        filters: Vec<String>,
    },
    /// Take a grant back.
    #[command(after_help = "Example:\n  domesday group revoke 7")]
    Revoke {
        /// Its number, as `group list` has it.
        grant: i64,
    },
}

impl Group {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let app = wire::open(config).await?;
        let ctx = wire::context(&app, None);
        let (change, done) = match self {
            Self::List => return list(&app.people(&ctx).await?, output),
            Self::Add { name, description } => {
                let done = format!("Group {name} is made.");
                (PeopleChange::AddGroup { group: name, description }, done)
            }
            Self::Remove { name } => {
                let done = format!("Group {name} is gone.");
                (PeopleChange::RemoveGroup { group: name }, done)
            }
            Self::Join { group, user } => {
                let done = format!("{user} is in {group}.");
                (PeopleChange::AddMember { group, user }, done)
            }
            Self::Leave { group, user } => {
                let done = format!("{user} is in {group} no more.");
                (PeopleChange::RemoveMember { group, user }, done)
            }
            Self::Grant { group, rights, type_name, filters } => {
                Rights::parse(&rights)
                    .map_err(|word| Usage(format!("there is no right {word:?}")))?;
                let filter = (!filters.is_empty()).then(|| encoded(&filters));
                let grant = StoredGrant { id: 0, group, rights, type_name, filter };
                let done = format!("Granted: {}.", app::people::told(&grant));
                (PeopleChange::Grant(grant), done)
            }
            Self::Revoke { grant } => {
                let people = app.people(&ctx).await?;
                let found = people.grants.iter().find(|kept| kept.id == grant);
                let found =
                    found.ok_or_else(|| anyhow!("there is no grant {grant}; see `group list`"))?;
                let done = format!("Taken back: {}.", app::people::told(found));
                (PeopleChange::Revoke { id: grant }, done)
            }
        };
        app.people_change(&ctx, vec![change]).await?;
        told(&done, output)
    }
}

fn encoded(filters: &[String]) -> String {
    let pairs = filters.iter().map(|filter| filter.split_once('=').unwrap_or((filter, "")));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn grants_of<'a>(people: &'a People, group: &'a str) -> impl Iterator<Item = &'a StoredGrant> {
    people.grants.iter().filter(move |grant| grant.group == group)
}

fn list(people: &People, output: Output) -> anyhow::Result<()> {
    let members = |group: &str| -> Vec<String> {
        let of_group = people.members.iter().filter(|(of, _)| of == group);
        of_group.map(|(_, user)| user.clone()).collect()
    };
    if output.json {
        let shown: Vec<serde_json::Value> = people
            .groups
            .iter()
            .map(|group| {
                let grants: Vec<serde_json::Value> = grants_of(people, &group.name)
                    .map(|grant| {
                        json!({"id": grant.id, "rights": grant.rights, "type": grant.type_name,
                            "filter": grant.filter})
                    })
                    .collect();
                json!({"name": group.name, "description": group.description,
                    "members": members(&group.name), "grants": grants})
            })
            .collect();
        return Ok(output::json(&shown.into())?);
    }
    let rows = people.groups.iter().map(|group| {
        let grants = grants_of(people, &group.name).map(|grant| {
            let of = match (&grant.type_name, &grant.filter) {
                (None, _) => "everything".to_owned(),
                (Some(of), None) => of.clone(),
                (Some(of), Some(filter)) => format!("{of} where {filter}"),
            };
            format!("{}: {} on {of}", grant.id, grant.rights)
        });
        [
            group.name.clone(),
            members(&group.name).join(", "),
            grants.collect::<Vec<String>>().join("\n"),
        ]
    });
    Ok(output::table(["name", "members", "may"], rows)?)
}
