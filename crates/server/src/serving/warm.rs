//! Work of a task: has answers made and kept before anybody asks for them.

use std::fmt;
use std::sync::Arc;

use app::tasks::{Doing, Failure, Run, Work};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, header};
use web::WebService;

/// The codings that answers are kept in: what browsers, programs and curl ask for.
const CODINGS: [&str; 3] = ["zstd", "gzip", "identity"];
/// The most bytes of an answer that is read: more is not kept either.
const BODY_MAX: usize = 1 << 30;

/// A token, which nobody sees.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AskingToken(pub(crate) String);

impl fmt::Debug for AskingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AskingToken(…)")
    }
}

/// Asks for addresses, in this very process, in each coding that clients take.
pub(crate) struct CacheWarm {
    pub(crate) service: WebService,
    /// Paths with their parameters.
    pub(crate) addresses: Vec<String>,
    /// Who asks: answers are kept for all who may see the same. Nobody known where there is none.
    pub(crate) token: Option<AskingToken>,
    /// The host that clients ask for, which stands in answers.
    pub(crate) host: HeaderValue,
}

impl Work for CacheWarm {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            for address in &self.addresses {
                for coding in CODINGS {
                    if run.is_to_stop() {
                        return Ok(());
                    }
                    if let Some(refusal) = self.ask(address, coding).await? {
                        run.count("refused", 1);
                        run.warn(format!("{address} answers {refusal}"));
                        break;
                    }
                    run.count("answers", 1);
                }
            }
            Ok(())
        })
    }
}

impl CacheWarm {
    /// Reads an answer to its end: that is when it is kept. Gives what it is where it is none.
    async fn ask(&self, address: &str, coding: &'static str) -> Result<Option<String>, Failure> {
        let mut request = Request::get(address)
            .header(header::HOST, &self.host)
            .header(header::ACCEPT_ENCODING, coding);
        if let Some(AskingToken(token)) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let service = self.service.clone();
        let answer = tower::ServiceExt::oneshot(service, request.body(Body::empty())?).await?;
        let status = answer.status();
        to_bytes(answer.into_body(), BODY_MAX).await?;
        Ok((!status.is_success()).then(|| status.to_string()))
    }
}
