//! How the program is put together: the only place where the clock, randomness and identifiers of
//! the outside world come in, and where the configuration meets the crates that it is for.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use ::cache::{Memcached, Memory};
use anyhow::Context as _;
use app::encode::SOURCE_DEFAULT;
use app::ports::Cache;
use app::tasks::{Work, Works, works};
use app::templates::{CompiledTemplate, TemplateDraft};
use app::webhooks::Courier;
use app::{App, Bodies, Clock, Context, Entropy, Sources, Tasks, Templates, Webhooks, schema_file};
use axum::http::HeaderValue;
use chrono::{DateTime, Utc};
use domain::record::Timestamp;
use domain::schema::Schema;
use domain::schema::plan::{Step, plan};
use sql::Store;
use tempfile::TempDir;
use web::{Traced, WebService};
use webhook::{Delivery, Receiver, ReceiverSettings};

use crate::config::{
    CacheSettings, Config, ConfiguredSource, ConfiguredTask, ConfiguredText, ConfiguredWebhook,
    SourceRun, WorkSettings,
};
use crate::kafka::{self, EventsRelay, ReadSource, SourceReading};
use crate::serving::CacheWarm;
use crate::traces;

/// The name of the schema's file and its text.
pub(crate) fn schema_text(config: &Config) -> anyhow::Result<(String, String)> {
    match &config.schema.file {
        None => Ok((schema_file::BUILT_IN_NAME.to_owned(), schema_file::BUILT_IN.to_owned())),
        Some(file) => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("the schema file {name} can't be read"))?;
            Ok((name, text))
        }
    }
}

/// The schema, or every fault of its file.
pub(crate) fn schema(config: &Config) -> anyhow::Result<Schema> {
    let (name, text) = schema_text(config)?;
    schema_file::read(&name, &text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the schema can't be used:\n{}", lines.join("\n"))
    })
}

/// Where the database is, and its limits.
///
/// # Errors
/// When the file of its authority can't be used.
pub(crate) fn store_settings(config: &Config) -> anyhow::Result<sql::Settings> {
    let tls = config.database.ca_file.as_deref();
    let tls = tls.map(|path| identity::tls::client_config(Some(path))).transpose();
    Ok(sql::Settings {
        url: config.database.url.clone(),
        replica_url: config.database.replica_url.clone(),
        tls: tls.context("database.ca_file can't be used")?.map(Arc::new),
        connections: config.database.connections,
        statement_timeout: config.database.statement_timeout,
        busy_timeout: config.database.busy_timeout,
        slow_query: config.database.slow_query,
    })
}

/// The register, with the schema applied where that only adds.
pub(crate) async fn open(config: &Config) -> anyhow::Result<App> {
    open_store(config, store_settings(config)?, Vec::new()).await
}

/// The register, for a command that only looks: a mistyped path must not become an empty one.
pub(crate) async fn open_existing(config: &Config) -> anyhow::Result<App> {
    schema(config)?;
    if let Some(path) = missing_database(config) {
        anyhow::bail!(
            "there is no database {path}; `domesday serve` and `domesday import` make one, and \
             --database names another"
        );
    }
    open(config).await
}

/// A register for telling what would be done to the configured one.
pub(crate) struct Trial {
    pub(crate) app: App,
    /// Where the database is, when there is none yet: an empty one, which goes with this.
    _folder: Option<TempDir>,
}

impl Trial {
    /// The configured register itself.
    pub(crate) fn of(app: App) -> Self {
        Self { app, _folder: None }
    }
}

/// The register, for a command that tells what it would do; where there is no database, an empty
/// one elsewhere.
pub(crate) async fn open_trial(config: &Config) -> anyhow::Result<Trial> {
    if missing_database(config).is_none() {
        return Ok(Trial { app: open(config).await?, _folder: None });
    }
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    let url = format!("sqlite:{}", folder.path().join("trial.sqlite3").display());
    Ok(Trial { app: open_at(config, url).await?, _folder: Some(folder) })
}

/// The path of the configured database, where that is a file which is not there.
pub(crate) fn missing_database(config: &Config) -> Option<&str> {
    let path = config.database.url.strip_prefix("sqlite:")?;
    (!Path::new(path).exists()).then_some(path)
}

/// The register in another database than the configured one.
pub(crate) async fn open_at(config: &Config, url: String) -> anyhow::Result<App> {
    // A standby would be that of the configured one.
    let settings = sql::Settings { url, replica_url: None, ..store_settings(config)? };
    open_store(config, settings, Vec::new()).await
}

async fn open_store(
    config: &Config,
    settings: sql::Settings,
    allow_loss: Vec<String>,
) -> anyhow::Result<App> {
    let schema = schema(config)?;
    let mut app = App::open(settings, schema, allow_loss, clock(), entropy())
        .await
        .context("the register can't be opened")?;
    app.password_cost = config.identity.passwords;
    app.session_limits = config.identity.sessions;
    app.freshness.max_staleness = config.cache.max_staleness;
    app.sources = Sources::new(kafka::known_sources(&app.schema, &config.sources)?);
    app.templates = Templates::new(templates(config, &app.schema)?);
    Ok(app)
}

/// The templates of the configuration, compiled.
fn templates(config: &Config, schema: &Schema) -> anyhow::Result<Vec<CompiledTemplate>> {
    let mut templates = Vec::with_capacity(config.templates.len());
    for configured in &config.templates {
        let name = &configured.name;
        let text = match &configured.text {
            ConfiguredText::Here(text) => text.clone(),
            ConfiguredText::File(file) => std::fs::read_to_string(file).with_context(|| {
                format!("the file {} of the template {name} can't be read", file.display())
            })?,
        };
        let (media_type, types) = (configured.media_type.clone(), configured.types.clone());
        let compiled = TemplateDraft { text, media_type, types }.compiled(name, schema);
        let compiled = compiled
            .map_err(|faults| anyhow::anyhow!("the template {name} can't be used: {faults}"))?;
        templates.push(compiled);
    }
    Ok(templates)
}

/// The register, whatever schema it has: for looking at, since nothing of it is changed.
pub(crate) async fn open_as_it_is(config: &Config) -> anyhow::Result<App> {
    let schema = Arc::new(schema(config)?);
    let store = Store::open(store_settings(config)?).await?;
    Ok(App::over(schema, store, clock(), entropy()))
}

/// The register, whatever version made it: its tables stay as they are.
pub(crate) async fn open_untouched(config: &Config) -> anyhow::Result<App> {
    if let Some(path) = missing_database(config) {
        anyhow::bail!("there is no database {path}; --database names another");
    }
    let store = Store::open_at(store_settings(config)?, 0).await?;
    Ok(App::over(Arc::new(schema(config)?), store, clock(), entropy()))
}

/// What the configured schema would do to the tables that are there.
pub(crate) async fn schema_plan(config: &Config) -> anyhow::Result<Vec<Step>> {
    if missing_database(config).is_some() {
        return Ok(plan(&Schema::from_types(Vec::new()), &schema(config)?));
    }
    let app = open_as_it_is(config).await?;
    let pending = app.pending_steps().await?;
    Ok(pending.unwrap_or_else(|| plan(&Schema::from_types(Vec::new()), &app.schema)))
}

/// Applies the configured schema, and gives what that did; steps that lose something only where
/// they are named.
pub(crate) async fn schema_apply(
    config: &Config,
    allow_loss: Vec<String>,
) -> anyhow::Result<Vec<Step>> {
    let steps = schema_plan(config).await?;
    open_store(config, store_settings(config)?, allow_loss).await?;
    Ok(steps)
}

/// Where answers are kept: in memory before memcached.
fn bodies(settings: &CacheSettings) -> Bodies {
    let mut tiers: Vec<Arc<dyn Cache>> = Vec::new();
    if settings.memory > 0 {
        tiers.push(Arc::new(Memory::new(settings.memory as u64)));
    }
    if !settings.memcached.is_empty() {
        tiers.push(Arc::new(Memcached::new(settings.memcached.clone())));
    }
    Bodies::new(tiers, settings.body_limit)
}

/// The app with the tasks that it runs, and the webhooks that it tells of what happens.
pub(crate) fn with_tasks(app: App, config: &Config) -> App {
    let tasks = config.tasks.iter().map(|configured| configured.task.clone());
    let tasks = tasks.chain(kafka::tasks(&config.sources));
    let webhooks = config.webhooks.iter().map(|configured| configured.webhook.clone());
    App {
        tasks: Tasks::new(tasks, config.scheduling.limits),
        webhooks: Webhooks::new(webhooks, config.http.public_url.as_deref()),
        ..app
    }
}

/// What sends for each webhook, in a replica whose name no other has or had.
pub(crate) fn deliveries(
    app: &App,
    config: &Config,
    replica: &str,
) -> anyhow::Result<Vec<Delivery>> {
    let mut deliveries = Vec::new();
    for ConfiguredWebhook { webhook, url, secrets, ca_file } in &config.webhooks {
        let name = &webhook.name;
        for type_name in &webhook.types {
            anyhow::ensure!(
                app.schema.named(type_name).is_some(),
                "the webhook {name} is told of {type_name}, and the schema has no such type"
            );
        }
        let unusable = || format!("the webhook {name} can't be used");
        let tls = identity::tls::client_config(ca_file.as_deref()).with_context(unusable)?;
        let (url, secrets, timeout) = (url.clone(), secrets.clone(), webhook.timeout);
        let settings = ReceiverSettings { url, secrets, timeout, tls };
        let receiver = Receiver::new(settings).with_context(unusable)?;
        let courier = Courier::new(app.clone(), webhook.clone(), replica.to_owned());
        deliveries.push(Delivery::new(app.clone(), courier, receiver));
    }
    Ok(deliveries)
}

/// The work of the tasks.
pub(crate) fn works(
    app: &App,
    config: &Config,
    (service, host): (&WebService, &HeaderValue),
    replica: &str,
) -> anyhow::Result<Works> {
    let mut works: Works = scheduled_sources(app, config, replica).collect();
    for ConfiguredTask { task, work } in &config.tasks {
        let work: Arc<dyn Work> = match work {
            WorkSettings::CleanUp => {
                Arc::new(works::CleanUp { keep_runs: config.scheduling.keep_runs })
            }
            WorkSettings::Backup { folder, keep } => {
                Arc::new(works::Backup { folder: folder.clone(), keep: *keep })
            }
            WorkSettings::HistoryFold => Arc::new(works::HistoryFold { keep: config.history.keep }),
            WorkSettings::RequestsExpire => Arc::new(works::RequestsExpire),
            WorkSettings::CacheWarm { addresses, token } => Arc::new(CacheWarm {
                service: service.clone(),
                addresses: addresses.clone(),
                token: token.clone(),
                host: host.clone(),
            }),
            WorkSettings::ReportStale { type_name, untouched_for } => {
                anyhow::ensure!(
                    app.schema.named(type_name).is_some(),
                    "the task {} reports on {type_name}, and the schema has no such type",
                    task.name
                );
                let (type_name, untouched_for) = (type_name.clone(), *untouched_for);
                Arc::new(works::ReportStale { type_name, untouched_for })
            }
        };
        works.insert(task.name.clone(), work);
    }
    Ok(works)
}

/// The sources that this replica reads always.
pub(crate) fn continuous_sources(
    app: &App,
    config: &Config,
    replica: &str,
) -> impl Iterator<Item = SourceReading> {
    let is_continuous = |one: &&ConfiguredSource| matches!(one.run, SourceRun::Continuous);
    let sources = config.sources.iter().filter(is_continuous);
    sources.filter_map(|one| source_reading(app, one, replica))
}

/// The work of the tasks that read the others.
fn scheduled_sources(
    app: &App,
    config: &Config,
    replica: &str,
) -> impl Iterator<Item = (String, Arc<dyn Work>)> {
    config.sources.iter().filter_map(|one| {
        let SourceRun::Scheduled { idle, .. } = one.run else {
            return None;
        };
        let reading = source_reading(app, one, replica)?;
        let task = app.sources.get(&one.name)?.task.clone()?;
        let work: Arc<dyn Work> = Arc::new(ReadSource { reading, idle });
        Some((task, work))
    })
}

/// What tells Kafka of changes, where that is configured.
pub(crate) fn events_relay(app: &App, config: &Config, replica: &str) -> Option<EventsRelay> {
    let settings = config.events.clone()?;
    let source = config.http.public_url.as_deref().unwrap_or(SOURCE_DEFAULT).to_owned();
    Some(EventsRelay { app: app.clone(), settings, source, replica: replica.to_owned() })
}

fn source_reading(app: &App, one: &ConfiguredSource, replica: &str) -> Option<SourceReading> {
    Some(SourceReading {
        source: Arc::clone(&app.sources.get(&one.name)?.source),
        settings: one.settings.clone(),
        on_gap: one.on_gap,
        dead_letter_topic: one.dead_letter_topic.clone(),
        replica: replica.to_owned(),
    })
}

/// All addresses that the program answers at.
pub(crate) fn service(app: App, config: &Config) -> WebService {
    let app = App { bodies: bodies(&config.cache), ..app };
    let settings = web::Settings {
        public_url: config.http.public_url.clone(),
        serves_tls: config.http.tls.is_some(),
        body_limit: config.http.body_limit,
        lenient_filters: config.http.lenient_filters,
        request_timeout: config.http.request_timeout,
        trusted_proxies: config.http.trusted_proxies.clone(),
        providers: config.identity.providers.clone(),
        configuration: config.configured().into(),
        traced: config.traces.as_ref().map(|_| Traced { join: traces::join, name: traces::name }),
        ending: web::Ending::default(),
    };
    web::service(app, settings, web::RequestIds::new(new_id))
}

/// Who asks when the command line does: whoever holds the database.
pub(crate) fn context(app: &App, reason: Option<String>) -> Context {
    Context { reason, ..Context::of_system(app.clock.now(), "cli", &new_id()) }
}

/// The time.
pub(crate) fn now() -> Timestamp {
    clock().now()
}

/// An id that nobody else has.
#[expect(clippy::disallowed_methods, reason = "identifiers come in here")]
pub(crate) fn new_id() -> String {
    // Random bits alone tell those of one millisecond apart: no lock for a count of them.
    let now = uuid::Timestamp::now(uuid::NoContext);
    uuid::Uuid::new_v7(now).to_string()
}

fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "time comes in here")]
    Clock::new(|| DateTime::<Utc>::from(SystemTime::now()))
}

fn entropy() -> Entropy {
    Entropy::new(|| {
        let mut bytes = [0; 32];
        #[expect(clippy::expect_used, reason = "no secret may be made without randomness")]
        getrandom::fill(&mut bytes).expect("the system gives randomness");
        bytes
    })
}
