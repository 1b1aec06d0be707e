//! What is known of a provider, and when it is asked anew.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use domain::record::Timestamp;
use openidconnect::IssuerUrl;
use tokio::sync::Mutex as AsyncMutex;

use super::OidcError;
use super::http::Http;
use super::provider::Provider;

/// How long a provider's word of itself is good.
const KEPT: TimeDelta = TimeDelta::hours(1);

/// How often it may be asked because of a signature that is not good. Anybody can bring such
/// signatures, and must not make us ask as often as they like.
const RENEWED_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What is known of one provider.
#[derive(Default)]
pub(super) struct Known {
    provider: Mutex<Option<Arc<Provider>>>,
    /// When it was last asked before its time.
    renewed_at: AsyncMutex<Option<Timestamp>>,
}

impl Known {
    /// The provider as it was within the last hour. A failure is not kept: the next one asks again.
    ///
    /// Several may ask at once. They don't wait for each other, so that a provider which does not
    /// answer keeps nobody longer than its own time-out.
    ///
    /// # Errors
    /// When it can't be asked.
    pub(super) async fn provider(
        &self,
        issuer: &IssuerUrl,
        http: &Http,
        now: Timestamp,
    ) -> Result<Arc<Provider>, OidcError> {
        let is_fresh =
            |provider: &Arc<Provider>| now.signed_duration_since(provider.fetched_at).abs() < KEPT;
        if let Some(provider) = self.current().clone().filter(is_fresh) {
            return Ok(provider);
        }
        self.ask(issuer, http, now).await
    }

    /// The provider with newer keys than `used`; `None` where it was asked for newer ones within
    /// the last minute, and those are `used`.
    ///
    /// # Errors
    /// When it can't be asked.
    pub(super) async fn renew(
        &self,
        used: &Arc<Provider>,
        issuer: &IssuerUrl,
        http: &Http,
        now: Timestamp,
    ) -> Result<Option<Arc<Provider>>, OidcError> {
        let mut renewed_at = self.renewed_at.lock().await;
        // Somebody else asked while this one waited.
        if let Some(newer) = self.current().clone().filter(|current| !Arc::ptr_eq(current, used)) {
            return Ok(Some(newer));
        }
        let is_recent = |at: Timestamp| now.signed_duration_since(at).abs() < RENEWED_EVERY;
        if renewed_at.is_some_and(is_recent) {
            return Ok(None);
        }
        *renewed_at = Some(now);
        self.ask(issuer, http, now).await.map(Some)
    }

    async fn ask(
        &self,
        issuer: &IssuerUrl,
        http: &Http,
        now: Timestamp,
    ) -> Result<Arc<Provider>, OidcError> {
        let provider = Arc::new(Provider::discover(issuer, http, now).await?);
        *self.current() = Some(Arc::clone(&provider));
        Ok(provider)
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Provider>>> {
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
