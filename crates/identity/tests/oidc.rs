//! Sign-ins through a real Keycloak with the realm of `fleet-realm.json`.
//!
//! `cargo xtask test --only identity` starts one. By hand: name it in `TEST_KEYCLOAK_URL`, and run
//! these with `--ignored`.

#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

mod browser;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use browser::{Browser, Returned, form_action};
use chrono::{DateTime, TimeDelta, Utc};
use identity::Secret;
use identity::oidc::{Answer, Begun, Kept, Oidc, OidcError, OidcSettings, SignedIn};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

/// Where the browser comes back to. Nobody listens there: the address tells all.
const BACK: &str = "http://127.0.0.1:9/oidc/sso/back";

/// Whom the server is started with.
const ADMIN: &str = "username=admin&password=admin";

fn keycloak() -> String {
    std::env::var("TEST_KEYCLOAK_URL").unwrap()
}

fn settings(client: &str) -> OidcSettings {
    let issuer = format!("{}/realms/fleet", keycloak());
    OidcSettings::new("sso", &issuer, client)
}

fn domesday() -> Oidc {
    let client_secret = Some(Secret::new("the register's secret"));
    Oidc::new(OidcSettings { client_secret, ..settings("domesday") }).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "Keycloak's clock is the machine's")]
fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}

/// Different each time, which is all that a test needs.
fn random() -> [u8; 32] {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let drawn = [DRAWN.fetch_add(1, Ordering::Relaxed), now().timestamp_micros().unsigned_abs()];
    let mut bytes = drawn.into_iter().flat_map(u64::to_le_bytes).cycle();
    std::array::from_fn(|_| bytes.next().unwrap())
}

async fn begin(oidc: &Oidc) -> Begun {
    oidc.begin(BACK, &random, now()).await.unwrap()
}

/// Alice, come back from the provider.
async fn alice(begun: &Begun) -> Returned {
    Browser::new().sign_in(&begun.url, "alice", "alice's secret").await
}

async fn finish(
    oidc: &Oidc,
    answer: Answer<'_>,
    kept: &Kept,
    now: DateTime<Utc>,
) -> Result<SignedIn, OidcError> {
    oidc.finish(BACK, answer, kept, now).await
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn somebody_signs_in_with_their_groups() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let signed_in = finish(&oidc, alice(&begun).await.answer(), &begun.kept, now()).await.unwrap();
    let mut alice = signed_in.assertion;
    alice.groups.sort();
    assert_eq!(alice.user, "alice");
    assert_eq!(alice.email.as_deref(), Some("alice@fleet.example"));
    assert_eq!(alice.display_name.as_deref(), Some("Alice Adams"));
    assert_eq!(alice.groups, ["operators", "viewers"]);
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn an_address_that_is_not_verified_is_left_out() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let bob = Browser::new().sign_in(&begun.url, "bob", "bob's secret").await;
    let bob = finish(&oidc, bob.answer(), &begun.kept, now()).await.unwrap().assertion;
    assert_eq!((bob.user.as_str(), bob.email), ("bob", None));
    assert_eq!(bob.groups, ["viewers"]);
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_code_is_good_once() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let back = alice(&begun).await;
    finish(&oidc, back.answer(), &begun.kept, now()).await.unwrap();
    let error = finish(&oidc, back.answer(), &begun.kept, now()).await.unwrap_err();
    assert!(matches!(&error, OidcError::Exchange(why) if why == "invalid_grant"), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn an_answer_belongs_to_the_browser_that_was_sent() {
    let oidc = domesday();
    let (begun, another) = (begin(&oidc).await, begin(&oidc).await);
    let back = alice(&begun).await;
    let error = finish(&oidc, back.answer(), &another.kept, now()).await.unwrap_err();
    assert!(matches!(error, OidcError::State), "{error}");
    let issuer = Some("https://elsewhere.example");
    let answer = Answer { issuer, ..back.answer() };
    let error = finish(&oidc, answer, &begun.kept, now()).await.unwrap_err();
    assert!(matches!(error, OidcError::OtherIssuer), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_token_of_another_sign_in_is_refused() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let kept = Kept { nonce: "of another sign-in".to_owned(), ..begun.kept.clone() };
    let error = finish(&oidc, alice(&begun).await.answer(), &kept, now()).await.unwrap_err();
    assert!(matches!(error, OidcError::Nonce), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_code_without_its_verifier_is_refused() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let kept = Kept { pkce_verifier: "v".repeat(43), ..begun.kept.clone() };
    let error = finish(&oidc, alice(&begun).await.answer(), &kept, now()).await.unwrap_err();
    assert!(matches!(&error, OidcError::Exchange(why) if why == "invalid_grant"), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_code_for_another_client_is_refused() {
    let begun = begin(&domesday()).await;
    let another = Oidc::new(settings("promiscuous")).unwrap();
    let back = alice(&begun).await;
    let error = finish(&another, back.answer(), &begun.kept, now()).await.unwrap_err();
    assert!(matches!(&error, OidcError::Exchange(why) if why == "invalid_grant"), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_token_that_is_for_others_too_is_refused() {
    let oidc = Oidc::new(settings("promiscuous")).unwrap();
    let begun = begin(&oidc).await;
    let error = finish(&oidc, alice(&begun).await.answer(), &begun.kept, now()).await.unwrap_err();
    assert!(matches!(error, OidcError::Audience), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_token_expires() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let tomorrow = now() + TimeDelta::days(1);
    let error = finish(&oidc, alice(&begun).await.answer(), &begun.kept, tomorrow).await;
    assert!(matches!(error, Err(OidcError::Expired)), "{error:?}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_wrong_secret_of_ours_is_told_without_being_shown() {
    let client_secret = Some(Secret::new("swordfish"));
    let oidc = Oidc::new(OidcSettings { client_secret, ..settings("domesday") }).unwrap();
    let begun = begin(&oidc).await;
    let error = finish(&oidc, alice(&begun).await.answer(), &begun.kept, now()).await.unwrap_err();
    let told = format!("{error} {error:?} {oidc:?}");
    assert!(told.contains("unauthorized_client") && !told.contains("swordfish"), "{told}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn the_issuer_is_the_one_that_the_provider_names() {
    let issuer = format!("{}/realms/fleet/", keycloak());
    let oidc = Oidc::new(OidcSettings { issuer, ..settings("domesday") }).unwrap();
    let error = oidc.begin(BACK, &random, now()).await.unwrap_err();
    assert!(matches!(&error, OidcError::Discovery(why) if why.contains("issuer")), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_claim_that_the_token_lacks_names_nobody() {
    let user_claim = "employee_number".to_owned();
    let client_secret = Some(Secret::new("the register's secret"));
    let settings = OidcSettings { user_claim, client_secret, ..settings("domesday") };
    let oidc = Oidc::new(settings).unwrap();
    let begun = begin(&oidc).await;
    let error = finish(&oidc, alice(&begun).await.answer(), &begun.kept, now()).await.unwrap_err();
    assert!(error.to_string().contains("employee_number"), "{error}");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn a_session_ends_at_the_provider_too() {
    let oidc = domesday();
    let begun = begin(&oidc).await;
    let mut browser = Browser::new();
    let back = browser.sign_in(&begun.url, "alice", "alice's secret").await;
    let signed_in = finish(&oidc, back.answer(), &begun.kept, now()).await.unwrap();
    // While the session lasts, no form is shown.
    assert!(browser.follow(&begin(&oidc).await.url).await.is_some());
    let goodbye = "http://127.0.0.1:9/goodbye";
    let url = oidc.logout_url(Some(&signed_in.id_token), goodbye, now()).await.unwrap();
    assert_eq!(browser.follow(&url).await.unwrap().place(), goodbye);
    let page = browser.page(&begin(&oidc).await.url).await;
    assert!(form_action(&page).is_some(), "the form is shown again");
}

#[tokio::test]
#[ignore = "needs Keycloak: cargo xtask test --only identity"]
async fn new_keys_of_the_provider_are_learned() {
    let oidc = domesday();
    let start = now();
    let signs_in = async |at: DateTime<Utc>| {
        let begun = oidc.begin(BACK, &random, at).await.unwrap();
        finish(&oidc, alice(&begun).await.answer(), &begun.kept, at).await
    };
    signs_in(start).await.unwrap();
    add_key(300).await;
    signs_in(start + TimeDelta::seconds(5)).await.unwrap();
    // It was asked anew for this one, and is not again so soon.
    add_key(400).await;
    let error = signs_in(start + TimeDelta::seconds(10)).await.unwrap_err();
    assert!(matches!(error, OidcError::Signature(_)), "{error}");
    signs_in(start + TimeDelta::seconds(66)).await.unwrap();
}

/// Has Keycloak make a key and sign with it from now on.
async fn add_key(priority: u32) {
    let client = browser::client();
    let form = format!("client_id=admin-cli&grant_type=password&{ADMIN}");
    let ask = client
        .post(format!("{}/realms/master/protocol/openid-connect/token", keycloak()))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    let tokens: Value =
        serde_json::from_str(&ask.send().await.unwrap().text().await.unwrap()).unwrap();
    let key = json!({
        "name": format!("key of priority {priority}"),
        "providerId": "rsa-generated",
        "providerType": "org.keycloak.keys.KeyProvider",
        "config": {
            "priority": [priority.to_string()], "enabled": ["true"], "active": ["true"],
            "algorithm": ["RS256"], "keySize": ["2048"],
        },
    });
    let add = client
        .post(format!("{}/admin/realms/fleet/components", keycloak()))
        .header(
            AUTHORIZATION,
            format!("Bearer {}", tokens.get("access_token").unwrap().as_str().unwrap()),
        )
        .header(CONTENT_TYPE, "application/json")
        .body(key.to_string());
    let status = add.send().await.unwrap().status();
    assert_eq!(status.as_u16(), 201, "the key is made");
}
