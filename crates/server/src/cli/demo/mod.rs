//! `domesday demo`: a register of its own with a believable fleet, to look around in.

mod requests;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::App;
use app::import::{ReadOptions, RunOptions, read};
use app::known::ANONYMOUS;
use app::passwords::Password;
use app::people::{PeopleChange, Profile, StoredGrant};
use app::tokens::NewToken;
use chrono::TimeDelta;
use clap::Args;
use domain::access::{Preset, Right};
use domain::query::{Expr, Page, Plan};

use super::output::{self, Output};
use super::serve;
use crate::config::Config;
use crate::serving::{self, StopSignals};
use crate::wire;

/// The size of the fleet, and which of all fleets it is.
const FLEET_ROWS: usize = 5_000;
const FLEET_SEED: u64 = 1;
/// How long the token that is shown is good for.
const TOKEN_LIFE: TimeDelta = TimeDelta::days(7);
/// Whose token it is.
const USER: &str = "admin";
/// The people of the demo.
pub(crate) const USERS: [(&str, Preset); 4] = [
    (USER, Preset::Administrator),
    ("alice", Preset::Requester),
    ("bob", Preset::Reviewer),
    ("vera", Preset::Viewer),
];
/// The password of all of them; the demo listens on this machine alone, unless it is told otherwise.
pub(crate) const PASSWORD: &str = "domesday-demo";

/// Serve a register of its own, filled with a believable fleet.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  domesday demo\n  \
                        domesday demo --dir ~/domesday-demo --listen 127.0.0.1:9000")]
pub(super) struct Demo {
    /// Where the database is kept; a temporary folder that goes when the demo ends, if nothing is
    /// said.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// The address and port to listen on (http.listen).
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

impl Demo {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        // Heard from here on, so that a temporary folder goes whenever the demo is ended.
        let mut signals = StopSignals::listen()?;
        let temporary = match &self.dir {
            Some(_) => None,
            None => Some(tempfile::tempdir().context("no temporary folder can be made")?),
        };
        let folder = match (&self.dir, &temporary) {
            (Some(folder), _) => folder.as_path(),
            (None, Some(temporary)) => temporary.path(),
            (None, None) => Path::new("."),
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} can't be made", folder.display()))?;
        let database = folder.join("domesday-demo.sqlite3");
        let app = wire::open_at(config, format!("sqlite:{}", database.display())).await?;
        let tls = serve::tls(config)?;
        let listener = serve::bind(config).await?;
        tokio::select! {
            filled = fill(&app) => filled?,
            _ = signals.next() => return Ok(()),
        }
        people(&app).await?;
        requests::fill(&app).await?;
        let secret = token(&app).await?;
        let url = serving::base_url(listener.local_addr()?, config);
        announce(&url, &secret, output)?;
        serving::run(app, listener, tls, config, &mut signals).await
    }
}

/// Loads the fleet where there is none yet.
async fn fill(app: &App) -> anyhow::Result<()> {
    let record_type = super::export::find_type(&app.schema, app::fleet::TYPE_NAME)?;
    let ctx = wire::context(app, Some("the demo's fleet".to_owned()));
    let plan = Plan {
        type_index: record_type.index,
        filter: Expr::all(),
        order: Vec::new(),
        page: Page::Offset { offset: 0, limit: 1 },
        count: false,
        as_of: None,
    };
    if !app.find(&ctx, plan).await?.records.is_empty() {
        return Ok(());
    }
    let (bar, progress) = output::import_bar();
    let mut fleet = Vec::new();
    app::fleet::generate(FLEET_ROWS, FLEET_SEED, &mut fleet)?;
    let mut import = read(&app.schema, record_type.index, &fleet, &ReadOptions::default())?;
    let options = RunOptions { create_missing: true, progress, ..RunOptions::default() };
    let done = app.import(&ctx, &mut import, &options).await;
    bar.finish_and_clear();
    done?;
    Ok(())
}

async fn token(app: &App) -> anyhow::Result<String> {
    let ctx = wire::context(app, None);
    let expires_at = ctx.now.checked_add_signed(TOKEN_LIFE);
    let new = NewToken {
        user: USER.to_owned(),
        name: "demo".to_owned(),
        expires_at,
        ..NewToken::default()
    };
    Ok(app.token_create(&ctx, new).await?)
}

/// Makes the people of the demo, all with one password, and lets everybody look.
async fn people(app: &App) -> anyhow::Result<()> {
    let ctx = wire::context(app, None);
    let known = app.people(&ctx).await?;
    let add = |(user, group): (&str, Preset)| PeopleChange::AddUser {
        user: user.to_owned(),
        profile: Profile::default(),
        groups: vec![group.group()],
        password: Some(Password(PASSWORD.to_owned())),
    };
    let is_new = |(user, _): &(&str, Preset)| known.users.iter().all(|one| one.name != *user);
    let mut changes: Vec<PeopleChange> = USERS.into_iter().filter(is_new).map(add).collect();
    if !known.grants.iter().any(|grant| grant.group == ANONYMOUS) {
        changes.push(PeopleChange::Grant(StoredGrant {
            id: 0,
            group: ANONYMOUS.to_owned(),
            rights: Right::View.word().to_owned(),
            type_name: None,
            filter: None,
        }));
    }
    Ok(app.people_change(&ctx, changes).await?)
}

fn announce(url: &str, secret: &str, output: Output) -> anyhow::Result<()> {
    if output.json {
        output::json(&serde_json::json!({
            "url": url, "user": USER, "token": secret, "password": PASSWORD,
        }))?;
        return Ok(());
    }
    output::line(format_args!(
        "Domesday answers at {url}/\n\
         \n\
         Open it:         {url}/ in a browser\n\
         Look around:     curl '{url}/api/servers/?search=db&limit=3'\n\
         Try everything:  {url}/api/-/docs/\n\
         What waits:      curl '{url}/api/-/change-requests/?state=open&limit=3'\n\
         Sign in:         {url}/login/ as admin, alice, bob or vera; password {PASSWORD}\n\
         To write, send this token of the user {USER}:\n\
         \n  \
         Authorization: Bearer {secret}\n\
         \n\
         Ctrl-C ends the demo."
    ))?;
    Ok(())
}
