//! From a token's claims to who somebody is.

use domain::identity::Assertion;
use serde_json::{Map, Value};

use super::{DEFAULT_USER_CLAIM, OidcError, OidcSettings};
use crate::user_name;

/// Who the claims of a verified token say that somebody is.
///
/// The email address is left out where the provider says that it has not verified it: what is sent
/// there could reach a stranger.
///
/// # Errors
/// When they don't say it.
pub(super) fn assertion(
    claims: &Map<String, Value>,
    settings: &OidcSettings,
) -> Result<Assertion, OidcError> {
    let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
    let is_verified = claims.get("email_verified").and_then(Value::as_bool);
    let claim = settings.user_claim.as_str();
    if claim == "email" && is_verified != Some(true) {
        return Err(OidcError::UnverifiedEmail);
    }
    let user = text(claim).or_else(|| {
        let has_fallback = claim == DEFAULT_USER_CLAIM;
        text("sub").filter(|_| has_fallback)
    });
    let user = user.and_then(user_name::accept);
    let email = text("email").filter(|_| is_verified != Some(false));
    let filled = |text: &str| !text.trim().is_empty();
    Ok(Assertion {
        user: user.ok_or_else(|| OidcError::NoUser { claim: claim.to_owned() })?,
        email: email.filter(|text| filled(text)).map(str::to_owned),
        display_name: text("name").filter(|text| filled(text)).map(str::to_owned),
        groups: groups(claims.get(&settings.groups_claim)),
    })
}

/// The groups of a claim that is a list, or one name where a provider writes a list of one so.
fn groups(claim: Option<&Value>) -> Vec<String> {
    let names = match claim {
        Some(Value::Array(names)) => names.as_slice(),
        Some(name) => std::slice::from_ref(name),
        None => &[],
    };
    let mut groups: Vec<String> =
        names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    groups.retain(|name| !name.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(user_claim: &str) -> OidcSettings {
        OidcSettings {
            user_claim: user_claim.to_owned(),
            ..OidcSettings::new("sso", "https://sso.example.org", "domesday")
        }
    }

    fn assert(user_claim: &str, claims: &Value) -> Result<Assertion, OidcError> {
        assertion(claims.as_object().unwrap(), &settings(user_claim))
    }

    #[track_caller]
    fn check_user(user_claim: &str, claims: &Value, expect: Option<&str>) {
        let found = assert(user_claim, claims).ok().map(|assertion| assertion.user);
        assert_eq!(found.as_deref(), expect, "{claims}");
    }

    #[test]
    fn the_user_is_named_by_the_claim_of_the_settings() {
        let claims = json!({"sub": "17", "preferred_username": "alice", "upn": "a@x", "n": 4});
        check_user("preferred_username", &claims, Some("alice"));
        check_user("upn", &claims, Some("a@x"));
        check_user("sub", &claims, Some("17"));
        check_user("n", &claims, None);
        check_user("absent", &claims, None);
    }

    #[test]
    fn only_the_default_claim_falls_back_to_the_subject() {
        let claims = json!({"sub": "17"});
        check_user("preferred_username", &claims, Some("17"));
        check_user("upn", &claims, None);
        check_user("preferred_username", &json!({"sub": "17", "preferred_username": " "}), None);
    }

    #[test]
    fn nobody_is_known_by_an_address_that_is_not_verified() {
        let claims = |verified: &Value| json!({"email": "a@x", "email_verified": verified});
        check_user("email", &claims(&json!(true)), Some("a@x"));
        check_user("email", &claims(&json!(false)), None);
        check_user("email", &claims(&json!("true")), None);
        check_user("email", &json!({"email": "a@x"}), None);
    }

    #[track_caller]
    fn check_email(claims: &Value, expect: Option<&str>) {
        assert_eq!(assert("sub", claims).unwrap().email.as_deref(), expect, "{claims}");
    }

    #[test]
    fn an_address_is_taken_unless_the_provider_doubts_it() {
        check_email(&json!({"sub": "a", "email": "a@x", "email_verified": true}), Some("a@x"));
        check_email(&json!({"sub": "a", "email": "a@x"}), Some("a@x"));
        check_email(&json!({"sub": "a", "email": "a@x", "email_verified": false}), None);
        check_email(&json!({"sub": "a", "email": ""}), None);
    }

    #[track_caller]
    fn check_groups(groups: &Value, expect: &[&str]) {
        let claims = json!({"sub": "a", "groups": groups});
        assert_eq!(assert("sub", &claims).unwrap().groups, expect, "{groups}");
    }

    #[test]
    fn groups_are_a_list_or_one_name() {
        check_groups(&json!(["a", "b"]), &["a", "b"]);
        check_groups(&json!("a"), &["a"]);
        check_groups(&json!(["a", 7, null, ""]), &["a"]);
        check_groups(&json!([]), &[]);
        check_groups(&json!({"a": true}), &[]);
        check_groups(&json!(null), &[]);
    }
}
