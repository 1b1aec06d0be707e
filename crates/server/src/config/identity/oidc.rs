//! `[[identity.oidc]]`: a provider that speaks OpenID Connect.

use std::sync::Arc;

use identity::Secret;
use identity::oidc::{Oidc, OidcSettings};
use web::OidcProvider;

use crate::config::table::TableReader;

const KEYS: [&str; 10] = [
    "name",
    "label",
    "issuer",
    "client_id",
    "client_secret",
    "scopes",
    "user_claim",
    "groups_claim",
    "ca_file",
    "groups",
];

pub(super) fn provider(reader: &mut TableReader<'_>) -> Option<OidcProvider> {
    reader.only(&KEYS);
    let (name, issuer) = (reader.name(), reader.address("issuer"));
    let client_id = reader.required("client_id");
    let groups = reader.groups();
    let (name, issuer, client_id) = (name?, issuer?, client_id?);
    let mut settings = OidcSettings::new(&name, &issuer, &client_id);
    settings.client_secret = reader.text("client_secret").map(Secret::new);
    settings.scopes = reader.texts("scopes").unwrap_or(settings.scopes);
    settings.user_claim = reader.text("user_claim").unwrap_or(settings.user_claim);
    settings.groups_claim = reader.text("groups_claim").unwrap_or(settings.groups_claim);
    settings.ca_file = reader.path("ca_file");
    let label = reader.text("label").unwrap_or(name);
    let oidc = Oidc::new(settings).map_err(|error| reader.fault("issuer", &error.to_string()));
    Some(OidcProvider { label, oidc: Arc::new(oidc.ok()?), groups })
}
