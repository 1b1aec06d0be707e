//! What a provider tells of itself, and checking a token by it.

use std::collections::HashSet;

use domain::record::Timestamp;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
    CoreIdTokenVerifier, CoreJsonWebKey, CoreJsonWebKeyType, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, ClaimsVerificationError, ClientId, ClientSecret,
    EmptyExtraTokenFields, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenFields, IssuerUrl, JwsSigningAlgorithm, Nonce, ProviderMetadataWithLogout, RedirectUrl,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use super::error::told;
use super::http::Http;
use super::{OidcError, OidcSettings};
use crate::address;

/// The claims that OpenID Connect has no name for, such as groups.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Claims {
    #[serde(flatten)]
    others: Map<String, Value>,
}

impl AdditionalClaims for Claims {}

pub(super) type IdToken = openidconnect::IdToken<
    Claims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

pub(super) type Client = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider told of itself: its addresses and its keys.
pub(super) struct Provider {
    metadata: ProviderMetadataWithLogout,
    /// When it did.
    pub(super) fetched_at: Timestamp,
}

impl Provider {
    /// Asks the provider.
    ///
    /// # Errors
    /// When it does not answer, or with something that must not be used.
    pub(super) async fn discover(
        issuer: &IssuerUrl,
        http: &Http,
        now: Timestamp,
    ) -> Result<Self, OidcError> {
        let metadata = ProviderMetadataWithLogout::discover_async(issuer.clone(), http)
            .await
            .map_err(|error| OidcError::Discovery(told(&error)))?;
        let provider = Self { metadata, fetched_at: now };
        provider.check_addresses()?;
        Ok(provider)
    }

    fn check_addresses(&self) -> Result<(), OidcError> {
        let metadata = &self.metadata;
        let addresses = [
            ("authorization_endpoint", Some(metadata.authorization_endpoint().url())),
            ("token_endpoint", metadata.token_endpoint().map(TokenUrl::url)),
            ("jwks_uri", Some(metadata.jwks_uri().url())),
            ("end_session_endpoint", self.end_session()),
        ];
        for (what, url) in addresses {
            if url.is_some_and(|url| !is_safe(url)) {
                return Err(OidcError::Insecure { what });
            }
        }
        Ok(())
    }

    /// Where somebody ends their session with the provider, if it has such an address.
    pub(super) fn end_session(&self) -> Option<&Url> {
        let logout = self.metadata.additional_metadata();
        logout.end_session_endpoint.as_ref().map(EndSessionUrl::url)
    }

    /// What makes requests to the provider.
    pub(super) fn client(&self, settings: &OidcSettings, redirect_url: RedirectUrl) -> Client {
        let secret = settings.client_secret.as_ref();
        Client::from_provider_metadata(
            self.metadata.clone(),
            ClientId::new(settings.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.expose().to_owned())),
        )
        .set_redirect_uri(redirect_url)
        .set_auth_type(self.auth_type())
    }

    /// How it wants the secret: in the header, which is the standard's default, unless it says that
    /// it takes it in the body alone.
    fn auth_type(&self) -> AuthType {
        let methods = self.metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_some_and(|methods| methods.contains(&method));
        let body_alone = takes(CoreClientAuthMethod::ClientSecretPost)
            && !takes(CoreClientAuthMethod::ClientSecretBasic);
        if body_alone { AuthType::RequestBody } else { AuthType::BasicAuth }
    }

    /// All claims of a token that the provider made for this client in this sign-in, and that is
    /// still good.
    ///
    /// # Errors
    /// The check that failed.
    pub(super) fn verify(
        &self,
        id_token: &IdToken,
        client_id: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, OidcError> {
        // Without the client's secret, so that no token is good that is signed with it: everybody
        // who knows the secret could make one.
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(client_id.to_owned()),
            self.metadata.issuer().clone(),
            self.metadata.jwks().clone(),
        )
        .set_allowed_algs(self.algorithms())
        .set_time_fn(move || now);
        let claims = id_token.claims(&verifier, &Nonce::new(nonce.to_owned())).map_err(refusal)?;
        match serde_json::to_value(claims) {
            Ok(Value::Object(claims)) => Ok(claims),
            _ => Err(OidcError::Form),
        }
    }

    /// The ways to sign that the provider announces and that nobody else can sign by.
    fn algorithms(&self) -> HashSet<CoreJwsSigningAlgorithm> {
        let announced = self.metadata.id_token_signing_alg_values_supported();
        let by_key_pair = |algorithm: &&CoreJwsSigningAlgorithm| {
            algorithm.key_type().is_some_and(|kind| kind != CoreJsonWebKeyType::Symmetric)
        };
        announced.iter().filter(by_key_pair).cloned().collect()
    }
}

/// Whether what is said to an address stays between the two.
pub(super) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => address::is_loopback(url),
        _ => false,
    }
}

/// The check that failed. What the library says of it is left out: it cites the token.
fn refusal(error: ClaimsVerificationError) -> OidcError {
    use ClaimsVerificationError as Check;
    match error {
        Check::Expired(_) => OidcError::Expired,
        Check::InvalidAudience(_) => OidcError::Audience,
        Check::InvalidIssuer(_) => OidcError::Issuer,
        Check::InvalidNonce(_) => OidcError::Nonce,
        Check::SignatureVerification(error) => OidcError::Signature(signature_fault(&error)),
        Check::InvalidAuthContext(_)
        | Check::InvalidAuthTime(_)
        | Check::InvalidSubject(_)
        | Check::Other(_)
        | Check::Unsupported(_)
        | _ => OidcError::Form,
    }
}

fn signature_fault(error: &SignatureVerificationError) -> &'static str {
    use SignatureVerificationError as Fault;
    match error {
        Fault::AmbiguousKeyId(_) => "several keys could have made it",
        Fault::CryptoError(_) => "the key did not make it",
        Fault::DisallowedAlg(_) => "by an algorithm that is not announced, or a shared secret",
        Fault::InvalidKey(_) => "the key can't be used",
        Fault::NoMatchingKey => "no key of that id",
        Fault::NoSignature => "there is none",
        Fault::UnsupportedAlg(_) => "by an unknown algorithm",
        Fault::Other(_) | _ => "it can't be checked",
    }
}
