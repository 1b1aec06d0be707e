//! A fresh database for each test: an SQLite file, and a database on the PostgreSQL server of
//! `TEST_POSTGRES_URL`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sql::{Settings, Store};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

/// A database of one test, removed when this is dropped.
pub struct TestDatabase {
    /// Its address, as the configuration takes it.
    pub url: String,
    holder: Holder,
}

enum Holder {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
    Borrowed,
}

/// A file of SQLite that nobody else writes.
pub struct HeldFile {
    _file: rusqlite::Connection,
}

impl TestDatabase {
    /// The same database for a second register on it; the first one's owner removes it.
    #[must_use]
    pub fn another_view(&self) -> Self {
        Self { url: self.url.clone(), holder: Holder::Borrowed }
    }

    /// Runs statements behind the register's back, as somebody would who has the database.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test can't go on without")]
    pub async fn tamper(&self, statements: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => rusqlite::Connection::open(path)
                .and_then(|file| file.execute_batch(statements))
                .expect("the file takes it"),
            None => execute(&self.url, &[statements]).await.expect("the server takes it"),
        }
    }

    /// The number that a query gives.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test can't go on without")]
    pub async fn count(&self, query: &str) -> i64 {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            return rusqlite::Connection::open(path)
                .and_then(|file| file.query_row(query, [], |row| row.get(0)))
                .expect("the file answers");
        }
        let (client, connection) =
            tokio_postgres::connect(&self.url, NoTls).await.expect("the server is there");
        let driver = tokio::spawn(connection);
        let row = client.query_one(query, &[]).await.expect("the server answers");
        driver.abort();
        row.get(0)
    }

    /// Keeps everybody else from writing until the guard goes; `None` of PostgreSQL, which a test closes
    /// the way to.
    ///
    /// # Panics
    /// When the database refuses.
    #[expect(clippy::expect_used, reason = "a test can't go on without")]
    pub fn hold(&self) -> Option<HeldFile> {
        let path = self.url.strip_prefix("sqlite:")?;
        let file = rusqlite::Connection::open(path).expect("the file is there");
        file.busy_timeout(Duration::from_mins(1)).expect("it may wait");
        file.execute_batch("BEGIN IMMEDIATE").expect("nobody writes");
        Some(HeldFile { _file: file })
    }

    /// `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        if self.url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" }
    }

    /// Whether it is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.holder, Holder::Postgres { .. })
    }
}

/// One database of each kind. PostgreSQL is left out where `TEST_POSTGRES_URL` names no server,
/// which `cargo xtask test` always does.
///
/// # Panics
/// When a database can't be made, or in CI without a server.
pub async fn databases() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite()];
    if let Some(server) = postgres_server() {
        databases.push(postgres(&server, "").await);
    }
    databases
}

/// As [`databases`], but PostgreSQL's has the tables of the register already: it is a copy of one in
/// which they were made once, and that is several times as quick.
pub(crate) async fn migrated_databases() -> Vec<TestDatabase> {
    let mut databases = vec![sqlite()];
    if let Some(server) = postgres_server() {
        let template = TEMPLATE.get_or_init(|| migrated(&server)).await;
        databases.push(postgres(&server, &format!("TEMPLATE {template} STRATEGY file_copy")).await);
    }
    databases
}

fn postgres_server() -> Option<String> {
    let server = std::env::var("TEST_POSTGRES_URL").ok();
    let is_needed = std::env::var("CI").is_ok();
    assert!(server.is_some() || !is_needed, "CI must name a server in TEST_POSTGRES_URL");
    server
}

/// What databases are copied from, one for each program of tests. It goes with the server's folder.
static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// Makes the tables of the register in a new database, and gives its name.
#[expect(clippy::expect_used, reason = "a test can't go on without")]
async fn migrated(server: &str) -> String {
    let name = create(server, "").await;
    drop(Store::open(Settings::new(&address(server, &name))).await.expect("the tables"));
    // Nobody may be in it while it is copied.
    let leave =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    execute(server, &[&leave]).await.expect("the others leave");
    name
}

#[expect(clippy::expect_used, reason = "a test can't go on without")]
fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    TestDatabase { url, holder: Holder::Sqlite { _folder: folder } }
}

static MADE: AtomicU32 = AtomicU32::new(0);

async fn postgres(server: &str, options: &str) -> TestDatabase {
    let name = create(server, options).await;
    let url = address(server, &name);
    TestDatabase { url, holder: Holder::Postgres { server: server.to_owned(), name } }
}

/// Makes a database, and gives its name.
#[expect(clippy::expect_used, reason = "a test can't go on without")]
async fn create(server: &str, options: &str) -> String {
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    // A process of the same number may have left its own.
    let drop = format!("DROP DATABASE IF EXISTS {name}");
    let create = format!("CREATE DATABASE {name} {options}");
    execute(server, &[&drop, &create]).await.expect("a new database");
    name
}

/// The address of a database of a server.
#[expect(clippy::expect_used, reason = "a test can't go on without")]
fn address(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{base}/{name}")
}

async fn execute(server: &str, statements: &[&str]) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    let driver = tokio::spawn(connection);
    for statement in statements {
        client.batch_execute(statement).await?;
    }
    drop(client);
    driver.abort();
    Ok(())
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Holder::Postgres { server, name } = &self.holder else {
            return;
        };
        let (server, name) = (server.clone(), name.clone());
        // A thread of its own, since the test's runtime may be ending, and nobody waits for it: the
        // server takes longer than many a test. What it has not dropped in the end goes with its
        // folder.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| {
                runtime.block_on(execute(&server, &[&format!("DROP DATABASE {name} WITH (FORCE)")]))
            })
        });
    }
}
