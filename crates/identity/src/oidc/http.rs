//! Speaking HTTP with a provider: no redirects, a limited time, a limited size.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, http};
use reqwest::redirect::Policy;

use super::OidcError;
use super::error::told;
use crate::tls;

/// Somebody waits at the sign-in for each of these.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of an answer: metadata, keys and tokens are a hundredth of it.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Speaks with one provider.
pub(super) struct Http(reqwest::Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("no answer")]
    NoAnswer(#[from] reqwest::Error),
    #[error("an answer of more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    #[error("an answer that is not one of HTTP")]
    NotHttp(#[from] http::Error),
}

impl Http {
    /// Prepares to speak; connects to nobody yet.
    ///
    /// # Errors
    /// When the file of authorities can't be used.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, OidcError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(ca_file)?)
            // Where a redirect leads is not for the provider's answers to say: they could make us
            // ask addresses that only we can reach.
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent("domesday")
            .build()
            .map_err(|error| OidcError::Settings(told(&error)))?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut response = http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await? {
            if body.len().saturating_add(piece.len()) > ANSWER_BYTES_MAX {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        Ok(response.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
