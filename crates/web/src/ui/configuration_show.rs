//! `GET /-/system/configuration/`: every setting, and where it comes from.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::access::Right;

use super::page::page;
use super::{Shell, Visit};
use crate::configured::{ConfiguredSetting, ConfiguredValue};
use crate::edge::Edge;
use crate::error::ApiError;

#[derive(Template)]
#[template(path = "ui/configuration_show.html")]
struct ConfigurationShow<'a> {
    shell: Shell,
    sections: Vec<Section<'a>>,
}

/// The settings whose keys begin alike.
struct Section<'a> {
    name: &'a str,
    settings: Vec<ShownSetting<'a>>,
}

struct ShownSetting<'a> {
    key: &'a str,
    value: &'a str,
    /// Whether the value is told and not shown.
    is_told: bool,
    origin: &'a str,
    is_default: bool,
    help: &'a str,
}

/// Shows the configuration.
pub(crate) async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
) -> Result<Response, ApiError> {
    visit.ctx.must_everywhere(Right::Administer)?;
    let mut sections: Vec<Section<'_>> = Vec::new();
    for setting in edge.settings.configuration.iter() {
        let name = setting.key.split_once('.').map_or("", |(section, _)| section);
        match sections.last_mut().filter(|section| section.name == name) {
            Some(section) => section.settings.push(shown(setting)),
            None => sections.push(Section { name, settings: vec![shown(setting)] }),
        }
    }
    page(StatusCode::OK, &ConfigurationShow { sections, shell: visit.shell })
}

fn shown(setting: &ConfiguredSetting) -> ShownSetting<'_> {
    let (value, is_told) = match &setting.value {
        ConfiguredValue::Nothing | ConfiguredValue::Secret { is_set: false } => ("not set", true),
        ConfiguredValue::Secret { is_set: true } => ("set", true),
        ConfiguredValue::Text(text) => (text.as_str(), false),
    };
    ShownSetting {
        key: &setting.key,
        value,
        is_told,
        origin: &setting.origin,
        is_default: setting.origin == "default",
        help: &setting.help,
    }
}
