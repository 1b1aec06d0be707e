//! Where the configuration of sources meets the schema.

use std::sync::Arc;
use std::time::Duration;

use app::ingest::Source;
use app::sources::KnownSource;
use app::tasks::Task;
use chrono::TimeDelta;
use domain::schema::Schema;
use domain::task::{CatchUp, Rule};
use kafka::Topics;

use crate::config::{ConfiguredSource, SourceRun, TASK_PREFIX};

/// A source, if the schema has what it tells of.
///
/// # Errors
/// What the schema has not, or what is missing of a key.
fn source(schema: &Schema, configured: &ConfiguredSource) -> anyhow::Result<Source> {
    let ConfiguredSource { name, type_name, format, mapping, missing, policy, .. } = configured;
    let Some(of) = schema.named(type_name) else {
        anyhow::bail!("the source {name} tells of {type_name}, and the schema has no such type");
    };
    for rule in mapping.key.iter().chain(&mapping.fields) {
        anyhow::ensure!(
            of.fields.iter().any(|field| field.name.as_str() == rule.field),
            "the source {name} tells {}, and {type_name} has no such field",
            rule.field
        );
    }
    let mut wanted: Vec<&str> = of.key_fields().map(|field| field.name.as_str()).collect();
    let mut told: Vec<&str> = mapping.key.iter().map(|rule| rule.field.as_str()).collect();
    wanted.sort_unstable();
    told.sort_unstable();
    anyhow::ensure!(
        wanted == told,
        "the key of the source {name} is {}, and that of {type_name} is {}",
        told.join(", "),
        wanted.join(", ")
    );
    Ok(Source {
        name: name.clone(),
        type_index: of.index,
        format: *format,
        mapping: mapping.clone(),
        missing: *missing,
        policy: *policy,
    })
}

/// All sources, for reading and for people.
///
/// # Errors
/// As [`source`].
pub(crate) fn known_sources(
    schema: &Schema,
    configured: &[ConfiguredSource],
) -> anyhow::Result<Vec<KnownSource>> {
    let known = |one: &ConfiguredSource| {
        Ok(KnownSource {
            source: Arc::new(source(schema, one)?),
            brokers: one.settings.connection.brokers.clone(),
            topics: match &one.settings.topics {
                Topics::Named(names) => names.clone(),
                Topics::Matching(pattern) => vec![format!("/{pattern}/")],
            },
            group: one.settings.group.clone(),
            task: match one.run {
                SourceRun::Continuous => None,
                SourceRun::Scheduled { .. } => Some(task_name(&one.name)),
            },
        })
    };
    configured.iter().map(known).collect()
}

fn task_name(source: &str) -> String {
    format!("{TASK_PREFIX}{source}")
}

/// The tasks by which scheduled sources are read.
pub(crate) fn tasks(configured: &[ConfiguredSource]) -> impl Iterator<Item = Task> {
    configured.iter().filter_map(|one| {
        let SourceRun::Scheduled { schedule, at_most, .. } = &one.run else {
            return None;
        };
        Some(Task {
            name: task_name(&one.name),
            what: "kafka:read".to_owned(),
            rule: Rule {
                schedule: schedule.clone(),
                catch_up: CatchUp::Once,
                jitter: TimeDelta::zero(),
                retries: 0,
                backoff: TimeDelta::minutes(1),
            },
            soft_limit: *at_most,
            // Time enough to leave the group and to write what it is at.
            hard_limit: *at_most + Duration::from_mins(1),
            is_paused: false,
        })
    })
}
