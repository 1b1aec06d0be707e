//! Sign-in by OpenID Connect: authorization code flow with PKCE.
//!
//! [`Oidc::begin`] gives the address to send the browser to, and what to keep until it comes back;
//! [`Oidc::finish`] takes what it brings back and says who it is. Nothing is believed that was not
//! checked: the state, the code with its verifier, the signature, issuer, audience, nonce and
//! expiry of the token.

mod claims;
mod error;
mod http;
mod known;
mod provider;

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::identity::Assertion;
use domain::record::Timestamp;
use openidconnect::core::CoreResponseType;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, CsrfToken, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse as _,
};

pub use error::OidcError;

use crate::Secret;
use error::told;
use http::Http;
use known::Known;
use provider::{Client, IdToken, Provider, is_safe};

/// The claim that names the user where the settings name no other.
pub const DEFAULT_USER_CLAIM: &str = "preferred_username";

/// The claim that has the groups where the settings name no other.
pub const DEFAULT_GROUPS_CLAIM: &str = "groups";

/// A provider, and what we are to it.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// What the register calls the provider.
    pub name: String,
    /// Its issuer, letter by letter as it writes it itself.
    pub issuer: String,
    /// What the provider calls us.
    pub client_id: String,
    /// The secret we have with it; `None` for a public client.
    pub client_secret: Option<Secret>,
    /// What to ask for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names the user: [`DEFAULT_USER_CLAIM`], in whose place `sub` is taken where a
    /// token lacks it. No other claim has such a fallback.
    ///
    /// The standard does not promise that a preferred name stays with one person: where people can
    /// choose it, or a name is given to another person later, that person becomes the former one
    /// here. Take a claim that the provider gives to nobody twice. `email` is taken only where the
    /// provider says that it is verified.
    pub user_claim: String,
    /// The claim that has the groups: a list of texts, or one.
    pub groups_claim: String,
    /// The authorities whose certificates the provider may show; `None` for the public ones.
    pub ca_file: Option<PathBuf>,
}

impl OidcSettings {
    /// A public client with the scopes and claims that suit most.
    pub fn new(name: &str, issuer: &str, client_id: &str) -> Self {
        Self {
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: None,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            user_claim: DEFAULT_USER_CLAIM.to_owned(),
            groups_claim: DEFAULT_GROUPS_CLAIM.to_owned(),
            ca_file: None,
        }
    }
}

/// A provider by OpenID Connect.
pub struct Oidc {
    settings: OidcSettings,
    issuer: IssuerUrl,
    http: Http,
    known: Known,
}

/// A sign-in under way.
pub struct Begun {
    /// Where to send the browser.
    pub url: String,
    /// What to keep until it comes back.
    pub kept: Kept,
}

/// What must be kept on our side from the beginning of a sign-in to its end, under the browser's
/// own cookie, and be used once.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// Ties the answer to the browser that was sent.
    pub state: String,
    /// Ties the token to this sign-in.
    pub nonce: String,
    /// Ties the code to us.
    pub pkce_verifier: String,
}

/// What the browser brings back from the provider, as its address says.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The parameter `code`.
    pub code: &'a str,
    /// The parameter `state`.
    pub state: &'a str,
    /// The parameter `iss`, which newer providers add.
    pub issuer: Option<&'a str>,
}

/// Somebody whom the provider vouches for.
pub struct SignedIn {
    /// Who they are.
    pub assertion: Assertion,
    /// The token that says so, for [`Oidc::logout_url`]. It is a secret of theirs.
    pub id_token: String,
}

impl Oidc {
    /// Prepares to ask a provider; asks nothing yet.
    ///
    /// # Errors
    /// When the settings can't be used: the issuer is no address with `https` (or of this machine),
    /// there is no client id, or the file of authorities can't be read.
    pub fn new(settings: OidcSettings) -> Result<Self, OidcError> {
        let wrong = |why: String| OidcError::Settings(format!("the issuer is wrong: {why}"));
        let issuer =
            IssuerUrl::new(settings.issuer.clone()).map_err(|error| wrong(error.to_string()))?;
        if !is_safe(issuer.url()) {
            return Err(wrong("it has no https".to_owned()));
        }
        if settings.client_id.is_empty() {
            return Err(OidcError::Settings("there is no client id".to_owned()));
        }
        let http = Http::new(settings.ca_file.as_deref())?;
        Ok(Self { settings, issuer, http, known: Known::default() })
    }

    /// What the register calls the provider.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Begins a sign-in that comes back to `redirect_url`. Each provider needs an address of its
    /// own there, so that no provider can answer in another's name.
    ///
    /// # Errors
    /// When the provider can't be asked about itself.
    pub async fn begin(
        &self,
        redirect_url: &str,
        random: &(dyn Fn() -> [u8; 32] + Sync),
        now: Timestamp,
    ) -> Result<Begun, OidcError> {
        let draw = || URL_SAFE_NO_PAD.encode(random());
        let kept = Kept { state: draw(), nonce: draw(), pkce_verifier: draw() };
        let provider = self.known.provider(&self.issuer, &self.http, now).await?;
        let client = self.client(&provider, redirect_url)?;
        let verifier = PkceCodeVerifier::new(kept.pkce_verifier.clone());
        let (state, nonce) = (CsrfToken::new(kept.state.clone()), Nonce::new(kept.nonce.clone()));
        let scopes = self.settings.scopes.iter().filter(|scope| *scope != "openid");
        let (url, _state, _nonce) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .add_scopes(scopes.map(|scope| Scope::new(scope.clone())))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(Begun { url: url.into(), kept })
    }

    /// Says who came back. `redirect_url` is the one of [`Self::begin`].
    ///
    /// # Errors
    /// The check that failed.
    pub async fn finish(
        &self,
        redirect_url: &str,
        answer: Answer<'_>,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<SignedIn, OidcError> {
        if answer.state != kept.state {
            return Err(OidcError::State);
        }
        if answer.issuer.is_some_and(|issuer| issuer != self.settings.issuer) {
            return Err(OidcError::OtherIssuer);
        }
        let provider = self.known.provider(&self.issuer, &self.http, now).await?;
        let client = self.client(&provider, redirect_url)?;
        let id_token = self.exchange(&client, answer.code, kept).await?;
        let verify = |provider: &Provider| {
            provider.verify(&id_token, &self.settings.client_id, &kept.nonce, now)
        };
        let claims = match verify(&provider) {
            // The provider may have new keys since it was asked.
            Err(OidcError::Signature(fault)) => {
                let newer = self.known.renew(&provider, &self.issuer, &self.http, now).await?;
                verify(&*newer.ok_or(OidcError::Signature(fault))?)?
            }
            checked => checked?,
        };
        let assertion = claims::assertion(&claims, &self.settings)?;
        Ok(SignedIn { assertion, id_token: id_token.to_string() })
    }

    /// Where to send a browser to end its session with the provider too, from where it comes back
    /// to `back_to`; `None` where the provider has no such address or can't be asked for it.
    pub async fn logout_url(
        &self,
        id_token: Option<&str>,
        back_to: &str,
        now: Timestamp,
    ) -> Option<String> {
        let asked = self.known.provider(&self.issuer, &self.http, now).await;
        let provider = match asked {
            Ok(provider) => provider,
            Err(error) => {
                tracing::warn!(provider = self.name(), %error, "no logout at the provider");
                return None;
            }
        };
        let mut url = provider.end_session()?.clone();
        let mut query = url.query_pairs_mut();
        if let Some(id_token) = id_token {
            query.append_pair("id_token_hint", id_token);
        }
        query.append_pair("client_id", &self.settings.client_id);
        query.append_pair("post_logout_redirect_uri", back_to);
        drop(query);
        Some(url.into())
    }

    fn client(&self, provider: &Provider, redirect_url: &str) -> Result<Client, OidcError> {
        let redirect_url = RedirectUrl::new(redirect_url.to_owned())
            .map_err(|error| OidcError::RedirectUrl(error.to_string()))?;
        Ok(provider.client(&self.settings, redirect_url))
    }

    async fn exchange(
        &self,
        client: &Client,
        code: &str,
        kept: &Kept,
    ) -> Result<IdToken, OidcError> {
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| OidcError::Exchange(told(&error)))?
            .set_pkce_verifier(PkceCodeVerifier::new(kept.pkce_verifier.clone()));
        // The answer itself is told in no error: it may have tokens in it.
        let tokens = request.request_async(&self.http).await.map_err(|error| {
            OidcError::Exchange(match error {
                RequestTokenError::ServerResponse(refusal) => refusal.error().to_string(),
                RequestTokenError::Request(error) => told(&error),
                RequestTokenError::Parse(error, _answer) => {
                    format!("the answer can't be understood at {}", error.path())
                }
                RequestTokenError::Other(_) => "the answer can't be understood".to_owned(),
            })
        })?;
        tokens.id_token().cloned().ok_or(OidcError::NoIdToken)
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").finish_non_exhaustive()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("assertion", &self.assertion).finish_non_exhaustive()
    }
}
