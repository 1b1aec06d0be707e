//! Sign-ins by a real slapd with the entries of `fleet.ldif`.
//!
//! `cargo xtask test --only identity` starts one. By hand: name it in `TEST_LDAP_URL`,
//! `TEST_LDAPS_URL` and `TEST_LDAP_CA`, and run these with `--ignored`.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::net::TcpListener;
use std::time::Duration;

use identity::ldap::{Ldap, LdapAccount, LdapError, LdapGroups, LdapSettings};
use identity::{Assertion, Secret};

const PEOPLE: &str = "ou=people,dc=fleet,dc=example";

fn from_environment(name: &str) -> String {
    std::env::var(name).unwrap()
}

fn settings() -> LdapSettings {
    LdapSettings {
        groups: Some(LdapGroups::new("ou=groups,dc=fleet,dc=example")),
        ..LdapSettings::new("staff", &from_environment("TEST_LDAP_URL"), PEOPLE)
    }
}

fn account(password: &str) -> LdapAccount {
    let dn = "cn=search,dc=fleet,dc=example".to_owned();
    LdapAccount { dn, password: Secret::new(password) }
}

fn directory(change: impl FnOnce(&mut LdapSettings)) -> Ldap {
    let mut settings = settings();
    change(&mut settings);
    Ldap::new(settings).unwrap()
}

async fn ask(directory: &Ldap, user: &str, password: &str) -> Option<Assertion> {
    directory.authenticate(user, password).await.unwrap()
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn somebody_signs_in_with_their_groups() {
    let alice = ask(&directory(|_| {}), "alice", "alice's secret").await.unwrap();
    assert_eq!(alice.user, "Alice", "as the directory writes it");
    assert_eq!(alice.email.as_deref(), Some("alice@fleet.example"));
    assert_eq!(alice.display_name.as_deref(), Some("Alice Adams"));
    assert_eq!(alice.groups, ["operators", "viewers"]);
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn one_of_several_names_is_always_the_same() {
    for name in ["bob", "robert", " BOB "] {
        let bob = ask(&directory(|_| {}), name, "bob's secret").await.unwrap();
        assert_eq!((bob.user.as_str(), bob.email), ("bob", None));
        assert_eq!(bob.groups, ["viewers"]);
    }
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn a_wrong_name_or_password_is_nobody() {
    let directory = directory(|_| {});
    let wrong = [
        ("alice", "bob's secret"),
        ("alice", ""),
        ("", "alice's secret"),
        ("", ""),
        ("nobody", "alice's secret"),
        ("carol", "x"),
        ("*", "alice's secret"),
        ("alice)(uid=*", "alice's secret"),
        ("alice\0", "alice's secret"),
    ];
    for (user, password) in wrong {
        assert_eq!(ask(&directory, user, password).await, None, "{user:?} {password:?}");
    }
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn characters_of_filters_and_names_are_only_characters() {
    let directory = directory(|_| {});
    let dora = ask(&directory, "d*(o)ra", "dora's secret").await.unwrap();
    assert_eq!(
        (dora.user.as_str(), dora.groups.as_slice()),
        ("d*(o)ra", &["operators".into()][..])
    );
    assert_eq!(ask(&directory, "d*", "dora's secret").await, None);
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn a_name_of_two_people_is_refused() {
    let error = directory(|_| {}).authenticate("erik", "erik's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::Ambiguous), "{error}");
    // With more of them than are asked for, the directory says that there are more.
    let everybody = "(|(uid={user})(objectClass=inetOrgPerson))".to_owned();
    let directory = directory(|settings| settings.user_filter = everybody);
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::Ambiguous), "{error}");
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn an_account_searches_where_it_must() {
    let directory = directory(|settings| settings.account = Some(account("the register's secret")));
    let alice = ask(&directory, "alice", "alice's secret").await.unwrap();
    assert_eq!(alice.groups, ["operators", "viewers"]);
    assert_eq!(ask(&directory, "alice", "bob's secret").await, None);
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn an_account_that_is_not_let_in_is_told_without_its_password() {
    let directory = directory(|settings| settings.account = Some(account("swordfish")));
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::Account(_)), "{error}");
    let told = format!("{error} {error:?} {directory:?}");
    assert!(!told.contains("swordfish") && !told.contains("alice's secret"), "{told}");
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn a_search_that_is_refused_is_no_wrong_password() {
    let directory = directory(|settings| settings.user_base = "dc=elsewhere".to_owned());
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::Search { what: "the user", .. }), "{error}");
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn an_entry_without_the_attribute_names_nobody() {
    let directory = directory(|settings| settings.user_attribute = "employeeNumber".to_owned());
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(error.to_string().contains("employeeNumber"), "{error}");
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn tls_is_used_with_the_authority_of_the_file() {
    let ca_file = || Some(from_environment("TEST_LDAP_CA").into());
    let asked = directory(|settings| (settings.start_tls, settings.ca_file) = (true, ca_file()));
    let from_the_start = directory(|settings| {
        (settings.url, settings.ca_file) = (from_environment("TEST_LDAPS_URL"), ca_file());
    });
    for directory in [asked, from_the_start] {
        assert!(ask(&directory, "alice", "alice's secret").await.is_some(), "{directory:?}");
    }
}

#[tokio::test]
#[ignore = "needs slapd: cargo xtask test --only identity"]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let asked = directory(|settings| settings.start_tls = true);
    let from_the_start = directory(|settings| settings.url = from_environment("TEST_LDAPS_URL"));
    for directory in [asked, from_the_start] {
        let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
        assert!(matches!(error, LdapError::Connection(_)), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

#[tokio::test]
async fn a_directory_that_does_not_answer_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", silent.local_addr().unwrap());
    let timeout = Duration::from_millis(50);
    let settings = LdapSettings { timeout, ..LdapSettings::new("staff", &url, PEOPLE) };
    let directory = Ldap::new(settings).unwrap();
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::TookTooLong), "{error}");
    drop(silent);
    let error = directory.authenticate("alice", "alice's secret").await.unwrap_err();
    assert!(matches!(error, LdapError::Connection(_)), "{error}");
}
