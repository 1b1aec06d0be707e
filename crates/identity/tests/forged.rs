//! What is made of a provider that breaks the rules, or whose answers somebody else has made.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod forger;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use forger::{Forger, Signer, token};
use identity::Secret;
use identity::oidc::{Answer, Begun, Oidc, OidcError, OidcSettings, SignedIn};
use serde_json::{Value, json};

const BACK: &str = "http://127.0.0.1:9/oidc/sso/back";
const SECRET: &str = "swordfish";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn client(forger: &Forger) -> Oidc {
    let client_secret = Some(Secret::new(SECRET));
    let settings = OidcSettings::new("sso", &forger.url, "domesday");
    Oidc::new(OidcSettings { client_secret, ..settings }).unwrap()
}

async fn begin(oidc: &Oidc, now: DateTime<Utc>) -> Result<Begun, OidcError> {
    oidc.begin(BACK, &|| [7; 32], now).await
}

/// Signs in with a token that is good but for what is changed.
async fn sign_in(
    forger: &Forger,
    oidc: &Oidc,
    (signer, changed): (Signer, &Value),
    now: DateTime<Utc>,
) -> Result<SignedIn, OidcError> {
    let kept = begin(oidc, now).await.unwrap().kept;
    let mut claims = json!({
        "iss": forger.url, "aud": "domesday", "sub": "17", "preferred_username": "mallory",
        "nonce": kept.nonce, "iat": now.timestamp(), "exp": now.timestamp() + 60,
    });
    claims.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
    forger.gives(&token(signer, &claims));
    let answer = Answer { code: "code", state: &kept.state, issuer: None };
    oidc.finish(BACK, answer, &kept, now).await
}

/// What is said of a token; empty when it is taken.
async fn judge(signer: Signer, changed: Value) -> String {
    let forger = Forger::new(1);
    match sign_in(&forger, &client(&forger), (signer, &changed), now()).await {
        Ok(signed_in) => {
            assert_eq!(signed_in.assertion.user, "mallory");
            String::new()
        }
        Err(error) => {
            let told = format!("{error} {error:?}");
            assert!(!told.contains("mallory") && !told.contains("eyJ"), "{told}");
            error.to_string()
        }
    }
}

#[tokio::test]
async fn a_token_that_is_signed_by_the_key_is_taken() {
    assert_eq!(judge(Signer::Key(1), json!({})).await, "");
    assert_eq!(judge(Signer::Key(1), json!({"aud": ["domesday"]})).await, "");
    // Beside other things that a provider may put into a token.
    let more = json!({"groups": "a", "roles": {"x": [1, 2.5]}, "level": 3, "updated_at": 1});
    assert_eq!(judge(Signer::Key(1), more).await, "");
}

#[tokio::test]
async fn a_token_by_anybody_else_is_not_taken() {
    assert!(judge(Signer::Key(2), json!({})).await.contains("the key did not make it"));
    assert!(judge(Signer::Secret(SECRET), json!({})).await.contains("a shared secret"));
    assert!(judge(Signer::Nobody, json!({})).await.contains("signature"));
}

#[tokio::test]
async fn a_token_for_anything_else_is_not_taken() {
    let cases = [
        (json!({"iss": "https://elsewhere.example"}), "another issuer"),
        (json!({"aud": "another"}), "not for this client"),
        (json!({"aud": ["domesday", "another"]}), "not for this client"),
        (json!({"aud": []}), "not for this client"),
        (json!({"nonce": "another"}), "another nonce"),
        (json!({"nonce": null}), "another nonce"),
        (json!({"exp": now().timestamp()}), "expired"),
    ];
    for (changed, expect) in cases {
        let told = judge(Signer::Key(1), changed.clone()).await;
        assert!(told.contains(expect), "{changed}: {told}");
    }
}

#[tokio::test]
async fn an_answer_that_can_not_be_understood_is_not_shown() {
    let forger = Forger::new(1);
    let oidc = client(&forger);
    let kept = begin(&oidc, now()).await.unwrap().kept;
    for answer in [r#"{"access_token": "hidden"}"#, "hidden", r#"{"id_token": "hidden"}"#] {
        forger.answers("/token", 200, answer);
        let returned = Answer { code: "hidden too", state: &kept.state, issuer: None };
        let error = oidc.finish(BACK, returned, &kept, now()).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(matches!(error, OidcError::Exchange(_)) && !told.contains("hidden"), "{told}");
    }
}

#[tokio::test]
async fn a_bad_signature_asks_for_new_keys_once_a_minute() {
    let forger = Forger::new(1);
    let oidc = client(&forger);
    let asked = async |seed: u8, seconds: i64| {
        let at = now() + TimeDelta::seconds(seconds);
        let is_in = sign_in(&forger, &oidc, (Signer::Key(seed), &json!({})), at).await.is_ok();
        (is_in, forger.discoveries())
    };
    assert_eq!(asked(1, 0).await, (true, 1));
    assert_eq!(asked(2, 1).await, (false, 2));
    assert_eq!(asked(2, 2).await, (false, 2));
    assert_eq!(asked(1, 3).await, (true, 2), "the old key is still good");
    forger.signs_by(2);
    assert_eq!(asked(2, 4).await, (false, 2));
    assert_eq!(asked(2, 61).await, (true, 3));
}

#[tokio::test]
async fn what_is_known_of_a_provider_is_good_for_an_hour() {
    let forger = Forger::new(1);
    let oidc = client(&forger);
    for (minutes, discoveries) in [(0, 1), (59, 1), (60, 2), (61, 2)] {
        begin(&oidc, now() + TimeDelta::minutes(minutes)).await.unwrap();
        assert_eq!(forger.discoveries(), discoveries, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let forger = Forger::new(1);
    let oidc = client(&forger);
    forger.answers_discovery(503, "");
    let error = begin(&oidc, now()).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert_eq!(oidc.logout_url(None, BACK, now()).await, None);
    forger.tells(&json!({}));
    begin(&oidc, now()).await.unwrap();
}

#[track_caller]
fn check_discovery(begun: Result<Begun, OidcError>, expect: &str) {
    let error = begun.unwrap_err();
    assert!(error.to_string().contains(expect), "{error}");
}

#[tokio::test]
async fn a_provider_can_not_lead_elsewhere() {
    let forger = Forger::new(1);
    let oidc = client(&forger);
    let another = Forger::new(1);
    forger.answers_discovery(302, &format!("{}/.well-known/openid-configuration", another.url));
    check_discovery(begin(&oidc, now()).await, "302");
    assert_eq!(another.discoveries(), 0);
    forger.tells(&json!({"issuer": another.url}));
    check_discovery(begin(&oidc, now()).await, "unexpected issuer");
    forger.answers_discovery(200, &" ".repeat(2 << 20));
    check_discovery(begin(&oidc, now()).await, "more than");
    for what in ["authorization_endpoint", "token_endpoint", "end_session_endpoint"] {
        forger.tells(&json!({what: "http://sso.example.org/"}));
        check_discovery(begin(&oidc, now()).await, &format!("{what} has no https"));
    }
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_takes_it() {
    let forger = Forger::new(1);
    for (methods, in_body) in [
        (json!(["client_secret_basic", "client_secret_post"]), false),
        (json!(["client_secret_post"]), true),
        (json!(null), false),
    ] {
        forger.tells(&json!({"token_endpoint_auth_methods_supported": methods}));
        sign_in(&forger, &client(&forger), (Signer::Key(1), &json!({})), now()).await.unwrap();
        assert_eq!(forger.last_body().contains(SECRET), in_body, "{methods}");
        assert!(forger.last_body().contains("code_verifier="), "{methods}");
    }
}

#[tokio::test]
async fn a_browser_is_sent_with_all_that_ties_its_answer_to_it() {
    let forger = Forger::new(1);
    let draws = AtomicU8::new(0);
    let random = || [draws.fetch_add(1, Ordering::Relaxed); 32];
    let begun = client(&forger).begin(BACK, &random, now()).await.unwrap();
    let url = url::Url::parse(&begun.url).unwrap();
    let pairs: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let has = |name: &str, value: &str| assert_eq!(pairs.get(name).unwrap(), value, "{name}");
    has("response_type", "code");
    has("client_id", "domesday");
    has("redirect_uri", BACK);
    has("scope", "openid profile email");
    has("state", &begun.kept.state);
    has("nonce", &begun.kept.nonce);
    has("code_challenge_method", "S256");
    assert!(!begun.url.contains(&begun.kept.pkce_verifier));
    let kept = [&begun.kept.state, &begun.kept.nonce, &begun.kept.pkce_verifier];
    assert!(kept.iter().all(|text| text.len() == 43));
    assert_eq!(BTreeSet::from(kept).len(), 3, "each is drawn by itself");
    assert!(!format!("{begun:?} {:?}", begun.kept).contains(&begun.kept.state));
}

#[track_caller]
fn check_issuer(issuer: &str, expect: bool) {
    assert_eq!(Oidc::new(OidcSettings::new("sso", issuer, "domesday")).is_ok(), expect, "{issuer}");
}

#[test]
fn an_issuer_is_asked_by_https() {
    check_issuer("https://sso.example.org/realms/fleet", true);
    check_issuer("http://127.0.0.1:8080/realms/fleet", true);
    check_issuer("http://sso.example.org/realms/fleet", false);
    check_issuer("ftp://127.0.0.1/", false);
    check_issuer("sso.example.org", false);
    let nameless = OidcSettings::new("sso", "https://sso.example.org", "");
    assert!(Oidc::new(nameless).is_err());
}
