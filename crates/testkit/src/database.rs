//! A fresh database for each test: an SQLite file, and a database on the PostgreSQL server of
//! `TEST_POSTGRES_URL`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;
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
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(server) => databases.push(postgres(&server).await),
        Err(_unset) => {
            assert!(std::env::var("CI").is_err(), "CI must name a server in TEST_POSTGRES_URL");
        }
    }
    databases
}

#[expect(clippy::expect_used, reason = "a test can't go on without")]
fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("test.sqlite3").display());
    TestDatabase { url, holder: Holder::Sqlite { _folder: folder } }
}

static MADE: AtomicU32 = AtomicU32::new(0);

#[expect(clippy::expect_used, reason = "a test can't go on without")]
async fn postgres(server: &str) -> TestDatabase {
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    execute(server, &[&format!("CREATE DATABASE {name}")]).await.expect("a new database");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    let url = format!("{base}/{name}");
    TestDatabase { url, holder: Holder::Postgres { server: server.to_owned(), name } }
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
        // A thread of its own, since the test's runtime may be ending. What can't be dropped now
        // goes with the server's folder.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| {
                runtime.block_on(execute(&server, &[&format!("DROP DATABASE {name} WITH (FORCE)")]))
            })
        });
        drop(dropping.join());
    }
}
