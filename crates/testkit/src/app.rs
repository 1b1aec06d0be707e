//! The register, opened on a database of the test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use app::export::{ExportFormat, ExportTarget};
use app::{App, Clock, Context, Entropy, PasswordCost};
use chrono::DateTime;
use domain::access::{Access, Actor, Grant, Limits};
use domain::query::{Expr, Page, Plan};
use domain::review::Ask;
use domain::schema::Schema;

use crate::database::{TestDatabase, migrated_databases};

/// The first moment of every test: 2026-01-01T00:00:00Z.
const START_US: i64 = 1_767_225_600_000_000;

/// The register on a database of its own, with a clock that moves a second at each look.
pub struct TestApp {
    /// The register.
    pub app: App,
    /// The database, which lives as long as this.
    pub database: TestDatabase,
}

impl TestApp {
    /// Opens the register with a schema on a database.
    ///
    /// # Panics
    /// When it can't be opened.
    #[expect(clippy::expect_used, reason = "a test can't go on without")]
    pub async fn open(database: TestDatabase, schema: Schema) -> Self {
        let mut app =
            App::open(sql::Settings::new(&database.url), schema, Vec::new(), clock(), entropy())
                .await
                .expect("the register opens");
        app.password_cost = PasswordCost { memory_kib: 64, passes: 1 };
        Self { app, database }
    }

    /// The same database opened again with another schema, which may lose what is named.
    ///
    /// # Panics
    /// When it can't be opened.
    #[expect(clippy::expect_used, reason = "a test can't go on without")]
    #[must_use]
    pub async fn again(&self, schema: Schema, allow_loss: &[&str]) -> Self {
        let allow_loss = allow_loss.iter().map(|name| (*name).to_owned()).collect();
        let (clock, entropy) = (self.app.clock.clone(), self.app.entropy.clone());
        let settings = sql::Settings::new(&self.database.url);
        let app = App::open(settings, schema, allow_loss, clock, entropy).await;
        let database = self.database.another_view();
        Self { app: app.expect("the register opens again"), database }
    }

    /// A context of somebody who may everything.
    pub fn writer(&self) -> Context {
        let actor = Actor::Token { user: "alice".to_owned(), token: "test".to_owned() };
        Context { actor, ..Context::of_system(self.app.clock.now(), "api", "test-request") }
    }

    /// All records of a type, as a file of some form has them.
    ///
    /// # Panics
    /// When there is no such type, or it can't be exported.
    #[expect(clippy::unwrap_used, reason = "a test ends where it can't go on")]
    pub async fn export(&self, type_name: &str, format: ExportFormat) -> Vec<u8> {
        let plan = Plan {
            type_index: self.app.schema.named(type_name).unwrap().index,
            filter: Expr::all(),
            order: Vec::new(),
            page: Page::All,
            count: false,
            as_of: None,
        };
        let mut out = Vec::new();
        let base_url = "http://localhost";
        let target = ExportTarget { format, base_url, out: &mut out, progress: &|_| {} };
        self.app.export_to(&self.writer(), plan, target).await.unwrap();
        out
    }

    /// A context of the command line.
    pub fn system(&self) -> Context {
        Context::of_system(self.app.clock.now(), "cli", "test-request")
    }

    /// A context of somebody with these grants.
    pub fn somebody(&self, user: &str, grants: Vec<Grant>) -> Context {
        let access = Arc::new(Access::new(grants, Limits::default()));
        let ask = Ask::Whatever;
        Context { actor: Actor::User { user: user.to_owned() }, access, ask, ..self.writer() }
    }

    /// A context of nobody known, who may nothing.
    pub fn nobody(&self) -> Context {
        let access = Arc::new(Access::default());
        Context { actor: Actor::Anonymous, access, ask: Ask::Whatever, ..self.writer() }
    }
}

fn clock() -> Clock {
    let now_us = Arc::new(AtomicI64::new(START_US));
    Clock::new(move || {
        let now_us = now_us.fetch_add(1_000_000, Ordering::Relaxed);
        DateTime::from_timestamp_micros(now_us).unwrap_or_default()
    })
}

fn entropy() -> Entropy {
    let given = Arc::new(AtomicU8::new(0));
    Entropy::new(move || [given.fetch_add(1, Ordering::Relaxed); 32])
}

/// A schema with every kind and every rule.
///
/// # Panics
/// When it can't be read.
#[expect(clippy::panic, reason = "a test can't go on without")]
pub fn every_kind() -> Schema {
    match app::schema_file::read("every_kind.toml", include_str!("every_kind.toml")) {
        Ok(schema) => schema,
        Err(faults) => panic!("{faults:?}"),
    }
}

/// The register with [`every_kind`] on one database of each kind.
pub async fn test_apps() -> Vec<TestApp> {
    test_apps_with(every_kind).await
}

/// The register with a schema on one database of each kind.
pub async fn test_apps_with(schema: impl Fn() -> Schema) -> Vec<TestApp> {
    let mut apps = Vec::new();
    for database in migrated_databases().await {
        apps.push(TestApp::open(database, schema()).await);
    }
    apps
}
