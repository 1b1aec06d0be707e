//! A running server, asked over HTTP by the holder of a token.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use serde_json::Value;

use super::output::{self, Output, Usage};
use crate::config::Config;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(30);
/// The header that tells the number of the commit that a write made.
const X_COMMIT: &str = "x-commit";

/// Which server is asked, and by whom.
#[derive(Debug, Args)]
pub(super) struct RemoteArgs {
    /// The address of the server; by default that of the configuration.
    #[arg(long, value_name = "URL", env = "DOMESDAY_SERVER")]
    server: Option<String>,
    /// The token, which is better left in the variable: other users see the command line.
    #[arg(long, value_name = "TOKEN", env = "DOMESDAY_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// A running server.
pub(super) struct Remote {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// What a server answered, be it an error.
pub(super) struct Answered {
    /// Whether it did what was asked.
    pub(super) is_success: bool,
    /// The number of the commit that it made.
    pub(super) commit: Option<String>,
    /// The body.
    pub(super) text: String,
    /// What there is to say of an error whose body says nothing.
    unnamed: String,
}

impl Answered {
    /// What went wrong, in the form of RFC 9457; `None` where the body says nothing of the kind.
    pub(super) fn problem(&self) -> Option<Value> {
        let problem: Value = serde_json::from_str(&self.text).ok()?;
        let says = problem.get("detail").is_some_and(Value::is_string);
        says.then_some(problem)
    }

    /// What went wrong, in a sentence.
    pub(super) fn detail(&self) -> String {
        let problem = self.problem();
        let detail = problem.as_ref().and_then(|problem| problem.get("detail")?.as_str());
        detail.unwrap_or(&self.unnamed).to_owned()
    }
}

impl Remote {
    /// # Errors
    /// When there is no token, or no connection can be prepared.
    pub(super) fn new(args: RemoteArgs, config: &Config) -> anyhow::Result<Self> {
        let Some(token) = args.token else {
            let told = "say who asks: a token in DOMESDAY_TOKEN, made by `domesday token create`";
            return Err(Usage(told.to_owned()).into());
        };
        let scheme = if config.http.tls.is_some() { "https" } else { "http" };
        let here = || format!("{scheme}://{}", config.http.listen);
        let base = args.server.or_else(|| config.http.public_url.clone()).unwrap_or_else(here);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(identity::tls::client_config(None)?)
            // A token goes to nobody but the server that was named.
            .redirect(Policy::none())
            .timeout(TIME)
            .user_agent("domesday")
            .build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned(), token })
    }

    /// Reads an address.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.send(Method::GET, path, None).await?)?)
    }

    /// Asks for what an address does.
    pub(super) async fn post(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.send(Method::POST, path, None).await?)?)
    }

    /// As [`Self::post`], with what is to be known for it.
    pub(super) async fn post_with(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.send(Method::POST, path, Some(body)).await?)?)
    }

    /// Deletes what is at an address.
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(Method::DELETE, path, None).await.map(drop)
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<String> {
        let answered = self.ask(method, path, body).await?;
        ensure!(answered.is_success, "{}", answered.detail());
        Ok(answered.text)
    }

    /// Asks, and gives the answer as it is.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answered> {
        let url = format!("{}{path}", self.base);
        let mut request = self.client.request(method, &url).bearer_auth(&self.token);
        if let Some(body) = body {
            request =
                request.header(CONTENT_TYPE, "application/json").body(serde_json::to_string(body)?);
        }
        let answer = request
            .send()
            .await
            .with_context(|| format!("{} does not answer; name it with --server", self.base))?;
        let status = answer.status();
        let commit = answer.headers().get(X_COMMIT).and_then(|number| number.to_str().ok());
        let commit = commit.map(str::to_owned);
        let text = answer.text().await.with_context(|| format!("{url} broke off"))?;
        let unnamed = format!("{url} answers {status}: is it the address of Domesday?");
        Ok(Answered { is_success: status.is_success(), commit, text, unnamed })
    }
}

/// The address of one of those that are at a path.
pub(super) fn address_of(path: &str, name: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("{path}{name}/")
}

/// Asks for what something does, and says that it does: `The task clean-up rests.`
pub(super) async fn act(
    (remote, config): (RemoteArgs, &Config),
    (address, verb): (String, &str),
    told: String,
    output: Output,
) -> anyhow::Result<()> {
    let answer = Remote::new(remote, config)?.post(&format!("{address}{verb}/")).await?;
    if output.json {
        return Ok(output::json(&answer)?);
    }
    Ok(output::line(told)?)
}

/// The text of a member; a hyphen where it has none.
pub(super) fn text(of: &Value, name: &str) -> String {
    match of.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
