//! Where a page's commands run: a folder of its own, and a register with the demo's fleet, new for each page.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::names::Names;
use super::page::Page;
use super::shell::Shell;
use crate::broker::Broker;
use crate::daemon::{Daemon, Folder, answers, free_port};
use crate::paths;
use crate::process::begin_log;

/// What the demo calls its database.
const DATABASE: &str = "domesday-demo.sqlite3";

/// The demo's database, made once and copied for each page.
pub(crate) struct Stage {
    made: Folder,
    /// Started by the first page that speaks to it.
    broker: Option<Broker>,
}

/// What a page runs in. Dropping it ends everything.
pub(crate) struct World {
    pub(crate) shell: Shell,
    pub(crate) names: Names,
    _demo: Option<Demo>,
    _home: Folder,
}

/// A running demo.
struct Demo {
    token: String,
    _daemon: Daemon,
}

impl Stage {
    /// Has the demo make its fleet.
    ///
    /// # Errors
    /// When it can't be started.
    pub(crate) fn make() -> Result<Self> {
        let made = Folder::make(&paths::servers(), "book-fleet")?;
        let demo = demo(made.path(), address()?)?;
        drop(demo);
        Ok(Self { made, broker: None })
    }

    /// A new world.
    ///
    /// # Errors
    /// When its register can't be started.
    pub(crate) fn world(&mut self, page: &Page) -> Result<World> {
        let kafka = if page.wants_kafka { self.broker()?.plain.clone() } else { String::new() };
        let home = Folder::make(&paths::servers(), "book-page")?;
        let (first, second) = (address()?, address()?);
        let demo = if page.wants_register {
            let folder = home.path().join("demo");
            std::fs::create_dir(&folder)?;
            copy(self.made.path(), &folder)?;
            Some(demo(&folder, first)?)
        } else {
            None
        };
        let token = demo.as_ref().map(|demo| demo.token.clone()).unwrap_or_default();
        // Ours, and those that feeds are for.
        let (ours, others) = (paths::target().join("debug"), paths::tools().join("python/bin"));
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = [
            ("PATH", format!("{}:{path}:{}", ours.display(), others.display())),
            ("PROJECT", paths::root().display().to_string()),
            ("KAFKA", kafka),
            ("TOKEN", token.clone()),
            ("DOMESDAY_TOKEN", token),
            ("DOMESDAY_SERVER", format!("http://{first}")),
        ];
        let shell = Shell::start(home.path(), &home.path().join(".typed"), &variables)?;
        Ok(World { shell, names: Names::new(first, second), _demo: demo, _home: home })
    }

    fn broker(&mut self) -> Result<&Broker> {
        if self.broker.is_none() {
            let log = paths::logs().join("book-kafka.log");
            begin_log(&log)?;
            let broker = Broker::generous(&log);
            self.broker = Some(broker.with_context(|| format!("Kafka ({})", log.display()))?);
        }
        self.broker.as_ref().context("a broker was started")
    }
}

/// Starts the demo of the program as the tests build it.
fn demo(folder: &Path, address: SocketAddr) -> Result<Demo> {
    let log = paths::logs().join("book-demo.log");
    begin_log(&log)?;
    let mut command = Command::new(paths::target().join("debug/domesday"));
    command.args(["demo", "--json", "--listen", &address.to_string(), "--dir"]).arg(folder);
    let works_in = Folder::make(&paths::servers(), "book-demo")?;
    let mut daemon = Daemon::start(works_in, &mut command, &log)?;
    daemon.wait_until(|| answers(address, "/readyz"))?;
    let told = std::fs::read_to_string(&log)?;
    let announced = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let token =
        announced.filter_map(|said| Some(said.get("token")?.as_str()?.to_owned())).next_back();
    let token = token.with_context(|| format!("the demo told no token ({})", log.display()))?;
    Ok(Demo { token, _daemon: daemon })
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for ending in ["", "-wal"] {
        let name = format!("{DATABASE}{ending}");
        if from.join(&name).exists() {
            std::fs::copy(from.join(&name), to.join(&name))?;
        }
    }
    Ok(())
}

fn address() -> Result<SocketAddr> {
    Ok(SocketAddr::from(([127, 0, 0, 1], free_port()?)))
}
