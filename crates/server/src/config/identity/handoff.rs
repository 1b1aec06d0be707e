//! `[[identity.handoff]]`: a page of somebody else that hands people over.

use identity::handoff::{Format, Handoff, Secret};
use web::HandoffProvider;

use crate::config::table::TableReader;

const KEYS: [&str; 8] =
    ["name", "label", "sign_in_url", "audience", "secrets", "format", "parameter", "groups"];

pub(super) fn provider(reader: &mut TableReader<'_>) -> Option<HandoffProvider> {
    reader.only(&KEYS);
    let (name, sign_in_url) = (reader.name(), reader.address("sign_in_url"));
    let audience = reader.required("audience");
    let texts = reader.texts("secrets");
    let mut secrets = Vec::new();
    for text in texts.into_iter().flatten() {
        match Secret::new(text) {
            Ok(secret) => secrets.push(secret),
            Err(error) => reader.fault("secrets", &error.to_string()),
        }
    }
    let format = reader.text("format").unwrap_or_else(|| Format::default().as_str().to_owned());
    let format = Format::parse(&format).map_err(|error| reader.fault("format", &error.to_string()));
    let groups = reader.groups();
    let (name, sign_in_url, audience) = (name?, sign_in_url?, audience?);
    let label = reader.text("label").unwrap_or_else(|| name.clone());
    let parameter = reader.text("parameter").unwrap_or_else(|| "ReturnValues".to_owned());
    let handoff = Handoff::new(name, audience, secrets, format.ok()?)
        .map_err(|error| reader.fault("secrets", &error.to_string()))
        .ok()?;
    Some(HandoffProvider { label, sign_in_url, parameter, handoff, groups })
}
