//! Who somebody is by the headers of a proxy that signs people in itself.

use app::known::Known;
use app::{Context, Error};
use axum::http::request::Parts;
use domain::access::Actor;

use super::elsewhere::{Refusal, keep_refusal};
use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::address::{origin, peer};
use crate::extract::caller::request_id;
use crate::settings::HeaderProvider;

/// The way of signing in, as the audit tells it.
const WAY: &str = "header";

/// Who sent a request, where it came from a proxy that is believed and says so. Somebody of whom it
/// can't be believed is nobody: they are turned away, whatever else they send.
pub(crate) async fn known(parts: &Parts, edge: &Edge) -> Result<Option<Known>, ApiError> {
    for provider in &edge.settings.providers.headers {
        if let Some(known) = known_by(provider, parts, edge).await? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

async fn known_by(
    provider: &HeaderProvider,
    parts: &Parts,
    edge: &Edge,
) -> Result<Option<Known>, ApiError> {
    let Some(peer) = peer(parts) else {
        return Ok(None);
    };
    let lines = |name: &str| {
        let values = parts.headers.get_all(name).iter();
        values.map(|value| std::str::from_utf8(value.as_bytes()).ok()).collect()
    };
    let (name, from) = (provider.settings.name.as_str(), origin(parts, &edge.settings));
    let of_system = Context::of_system(edge.app.clock.now(), "ui", &request_id(parts));
    let ctx = Context { actor: Actor::Anonymous, ..of_system };
    let why = match provider.settings.identify(peer, &lines) {
        Ok(None) => return Ok(None),
        Ok(Some(assertion)) => {
            let by = (name, assertion);
            match edge.app.known_by_word(&ctx, by, &provider.groups, &from).await {
                Ok(known) => return Ok(Some(known)),
                Err(Error::SignInRefused) => "not let in".to_owned(),
                Err(other) => return Err(other.into()),
            }
        }
        Err(why) => why.to_string(),
    };
    keep_refusal(edge, &ctx, Refusal { way: WAY, name, why: &why }, &from).await;
    Err(Error::SignInRefused.into())
}
