//! Who is let in, and what they are told who are not.

use std::path::{Path, PathBuf};

use kafka::{
    Account, Connection, Consumer, HostNames, Identity, KafkaError, Mechanism, Publisher,
    PublisherSettings, Secret, SourceSettings, Tls, Topics,
};
use rcgen::{CertificateParams, DnType, Issuer, KeyPair};
use tempfile::TempDir;

use crate::support::{
    PATIENCE, Register, certificates, connection_to, error_of, make_topic, messages, publisher,
    read_until, source, topic, unique, variable,
};

/// Certificates that are made for a test.
struct Maker {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// When a certificate is good.
#[derive(Clone, Copy)]
enum Validity {
    Now,
    Past,
}

impl Maker {
    /// By the authority that the broker trusts.
    fn known() -> Self {
        let key = std::fs::read_to_string(certificates().join("authority.key")).unwrap();
        Self::by(KeyPair::from_pem(&key).unwrap())
    }

    /// By an authority of the same name that nobody trusts.
    fn unknown() -> Self {
        Self::by(KeyPair::generate().unwrap())
    }

    fn by(key: KeyPair) -> Self {
        let mut authority = CertificateParams::default();
        authority.distinguished_name = rcgen::DistinguishedName::new();
        authority.distinguished_name.push(DnType::CommonName, "authority of a test");
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let folder = tempfile::tempdir().unwrap();
        let certificate = authority.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("authority.pem"), certificate.pem()).unwrap();
        Self { folder, issuer: Issuer::new(authority, key) }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A certificate for a client.
    fn identity(&self, name: &str, validity: Validity) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        if let Validity::Past = validity {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let file = |ending: &str| self.folder.path().join(format!("{}.{ending}", unique(name)));
        let (certificate_file, key_file) = (file("pem"), file("key"));
        std::fs::write(&certificate_file, certificate.pem()).unwrap();
        std::fs::write(&key_file, key.serialize_pem()).unwrap();
        Identity { certificate_file, key_file, key_password: None }
    }
}

fn with_tls(identity: Option<Identity>, authority: &Path) -> Connection {
    let ca_file = Some(authority.to_owned());
    let tls = Some(Tls { ca_file, identity, host_names: HostNames::Checked });
    Connection { tls, ..connection_to(&variable("TEST_KAFKA_TLS")) }
}

fn trusted() -> PathBuf {
    certificates().join("authority.pem")
}

fn with_account(mechanism: Mechanism, user: &str, password: &str) -> Connection {
    let (user, password) = (user.to_owned(), Secret::new(password));
    let account = Some(Account { mechanism, user, password });
    Connection { account, ..connection_to(&variable("TEST_KAFKA_SASL")) }
}

/// Messages go through a connection, out and in.
async fn check_lets_in(connection: Connection) {
    let topic = topic(1).await;
    let settings = PublisherSettings {
        connection: connection.clone(),
        transactional_id: unique("publisher"),
        timeout: PATIENCE,
    };
    let mut publisher = Publisher::take_over(settings).await.unwrap();
    publisher.publish(messages(&topic, 0..10)).await.unwrap();
    let register = Register::new();
    let settings = SourceSettings { connection, ..source(&topic) };
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    read_until(&mut consumer, 10).await;
    register.check_each_once(0..10);
    consumer.leave().await;
}

/// A consumer and a publisher both tell what is wrong, and keep secrets.
async fn check_refuses(connection: Connection, is_it: fn(&KafkaError) -> bool) {
    let topic = topic(1).await;
    let settings = SourceSettings { connection: connection.clone(), ..source(&topic) };
    let mut consumer = Consumer::join(settings, Register::new()).unwrap();
    let told = error_of(&mut consumer, is_it).await;
    assert!(!told.is_transient() && !told.is_final(), "{told}");
    drop(consumer);
    let settings = PublisherSettings {
        connection,
        transactional_id: unique("publisher"),
        timeout: std::time::Duration::from_secs(5),
    };
    let error = Publisher::take_over(settings).await.err().unwrap();
    assert!(is_it(&error), "{error:?}");
    let told = format!("{told} {told:?} {error} {error:?}");
    assert!(!told.contains("swordfish") && !told.contains("PRIVATE"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_certificate_of_the_authority_lets_us_in() {
    let known = Maker::known();
    let identity = known.identity("register", Validity::Now);
    check_lets_in(with_tls(Some(identity), &trusted())).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn whoever_shows_no_good_certificate_is_told_so() {
    let refused = |error: &KafkaError| matches!(error, KafkaError::CertificateRefused { .. });
    check_refuses(with_tls(None, &trusted()), refused).await;
    let unknown = Maker::unknown();
    let identity = unknown.identity("register", Validity::Now);
    check_refuses(with_tls(Some(identity), &trusted()), refused).await;
    let known = Maker::known();
    let identity = known.identity("register", Validity::Past);
    check_refuses(with_tls(Some(identity), &trusted()), refused).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_broker_that_is_not_trusted_is_not_spoken_to() {
    let known = Maker::known();
    let identity = known.identity("register", Validity::Now);
    let unknown = Maker::unknown();
    check_refuses(with_tls(Some(identity), &unknown.authority()), |error| {
        matches!(error, KafkaError::BrokerNotTrusted { .. })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_certificate_for_another_host_is_told_apart() {
    let known = Maker::known();
    let identity = known.identity("register", Validity::Now);
    // The system knows it for 127.0.0.1, and no certificate names it.
    let broker = variable("TEST_KAFKA_TLS").replace("127.0.0.1", "127.1");
    let connection = with_tls(Some(identity), &trusted());
    let connection = Connection { brokers: vec![broker], ..connection };
    check_refuses(connection, |error| matches!(error, KafkaError::WrongHost { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn tls_on_one_side_alone_is_told() {
    let brokers = vec![variable("TEST_KAFKA")];
    let connection = Connection { brokers, ..with_tls(None, &trusted()) };
    check_refuses(connection, |error| matches!(error, KafkaError::Tls { .. })).await;
    let connection = connection_to(&variable("TEST_KAFKA_TLS"));
    check_refuses(connection, |error| matches!(error, KafkaError::Tls { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn accounts_sign_in_by_each_mechanism() {
    for mechanism in [Mechanism::Plain, Mechanism::ScramSha256, Mechanism::ScramSha512] {
        check_lets_in(with_account(mechanism, "register", "swordfish")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_wrong_password_is_told_and_not_shown() {
    for mechanism in [Mechanism::Plain, Mechanism::ScramSha512] {
        check_refuses(with_account(mechanism, "register", "swordfishes"), |error| {
            matches!(error, KafkaError::SignInFailed { .. })
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn an_account_without_rights_is_told_what_it_lacks() {
    check_refuses(with_account(Mechanism::Plain, "stranger", "swordfish"), |error| {
        matches!(error, KafkaError::NotAllowed { .. })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Kafka: cargo xtask test --only kafka"]
async fn a_topic_that_is_not_there_is_named_and_read_once_it_is() {
    let name = unique("late");
    let register = Register::new();
    let topics = Topics::Named(vec![name.clone()]);
    let settings = SourceSettings { topics, ..source("unused") };
    let mut consumer = Consumer::join(settings, register.clone()).unwrap();
    let told = error_of(&mut consumer, |error| matches!(error, KafkaError::UnknownTopic { .. }));
    let told = told.await.to_string();
    assert!(told.contains(&name), "{told}");
    make_topic(&name, 1).await;
    publisher().await.publish(messages(&name, 0..10)).await.unwrap();
    read_until(&mut consumer, 10).await;
    register.check_each_once(0..10);
    consumer.leave().await;
}
