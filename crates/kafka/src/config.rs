//! Settings as librdkafka takes them.

use std::path::Path;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::KafkaError;
use crate::settings::{
    Account, BatchLimits, Connection, HostNames, Mechanism, PublisherSettings, SourceSettings, Tls,
    Topics,
};

/// What always holds for a consumer.
///
/// Offsets are the owner's, so nothing is committed by itself and nothing reset. What waits in the
/// queue is bounded whatever the lag: librdkafka stops fetching at `queued.max.messages.kbytes`,
/// and one answer of a broker has at most `fetch.max.bytes`.
const CONSUMER: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "error"),
    ("isolation.level", "read_committed"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("queued.min.messages", "3000"),
    ("queued.max.messages.kbytes", "2048"),
    ("fetch.max.bytes", "1048576"),
    ("fetch.message.max.bytes", "262144"),
    // By default a full queue is looked at again after a second, which is seldom.
    ("fetch.queue.backoff.ms", "20"),
    // A consumer that was killed gives its partitions up after this.
    ("session.timeout.ms", "10000"),
    ("heartbeat.interval.ms", "3000"),
    // So long after they were made, topics that match are noticed.
    ("topic.metadata.refresh.interval.ms", "10000"),
    ("statistics.interval.ms", "2000"),
];

/// What always holds for a publisher. Keys go to the partitions that Java's clients give them, and
/// any client can unpack gzip.
const PUBLISHER: &[(&str, &str)] = &[
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("partitioner", "murmur2_random"),
    ("compression.type", "gzip"),
    ("linger.ms", "5"),
    ("queue.buffering.max.kbytes", "32768"),
];

/// The configuration of a source's consumer.
///
/// # Errors
/// [`KafkaError::Settings`] with the first that can't be used.
pub(crate) fn consumer(settings: &SourceSettings) -> Result<ClientConfig, KafkaError> {
    check_topics(&settings.topics)?;
    check_batch(settings.batch)?;
    let mut config = connection(&settings.connection)?;
    config.set("group.id", filled("the group", &settings.group)?);
    set_all(&mut config, CONSUMER);
    Ok(config)
}

/// The configuration of a publisher.
///
/// # Errors
/// [`KafkaError::Settings`] with the first that can't be used.
pub(crate) fn publisher(settings: &PublisherSettings) -> Result<ClientConfig, KafkaError> {
    if settings.timeout.is_zero() {
        return wrong("nothing is published in no time: the time limit must be longer");
    }
    let mut config = connection(&settings.connection)?;
    config.set("transactional.id", filled("the transactional id", &settings.transactional_id)?);
    // A message or topic that is not taken is told before time runs out for the whole.
    let part = |parts: u32| (settings.timeout * parts / 4).as_millis().max(1).to_string();
    config.set("transaction.timeout.ms", part(4)).set("message.timeout.ms", part(3));
    config.set("topic.metadata.propagation.max.ms", part(1));
    set_all(&mut config, PUBLISHER);
    Ok(config)
}

/// The topics as librdkafka subscribes to them: a pattern is told by its first character.
pub(crate) fn subscription(topics: &Topics) -> Vec<String> {
    match topics {
        Topics::Named(names) => names.clone(),
        Topics::Matching(pattern) => vec![format!("^({pattern})$")],
    }
}

fn connection(settings: &Connection) -> Result<ClientConfig, KafkaError> {
    if settings.brokers.is_empty() {
        return wrong("no broker is named");
    }
    for broker in &settings.brokers {
        check_address(broker)?;
    }
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Info);
    config.set("bootstrap.servers", settings.brokers.join(","));
    config.set("client.id", filled("the client id", &settings.client_id)?);
    config.set("socket.keepalive.enable", "true");
    config.set("reconnect.backoff.ms", "500").set("reconnect.backoff.max.ms", "5000");
    config.set("security.protocol", protocol(settings));
    if let Some(tls) = &settings.tls {
        set_tls(&mut config, tls)?;
    }
    if let Some(account) = &settings.account {
        set_account(&mut config, account)?;
    }
    Ok(config)
}

fn protocol(settings: &Connection) -> &'static str {
    match (&settings.tls, &settings.account) {
        (None, None) => "plaintext",
        (Some(_), None) => "ssl",
        (None, Some(_)) => "sasl_plaintext",
        (Some(_), Some(_)) => "sasl_ssl",
    }
}

fn set_tls(config: &mut ClientConfig, tls: &Tls) -> Result<(), KafkaError> {
    if let Some(authorities) = &tls.ca_file {
        config.set("ssl.ca.location", readable("the authorities", authorities)?);
    }
    if let Some(identity) = &tls.identity {
        let certificate = readable("the certificate", &identity.certificate_file)?;
        let key = readable("the certificate's key", &identity.key_file)?;
        config.set("ssl.certificate.location", certificate).set("ssl.key.location", key);
        if let Some(password) = &identity.key_password {
            config.set("ssl.key.password", password.expose());
        }
    }
    let checked = match tls.host_names {
        HostNames::Checked => "https",
        HostNames::Unchecked => "none",
    };
    config.set("ssl.endpoint.identification.algorithm", checked);
    Ok(())
}

fn set_account(config: &mut ClientConfig, account: &Account) -> Result<(), KafkaError> {
    let mechanism = match account.mechanism {
        Mechanism::Plain => "PLAIN",
        Mechanism::ScramSha256 => "SCRAM-SHA-256",
        Mechanism::ScramSha512 => "SCRAM-SHA-512",
    };
    let password = filled("the account's password", account.password.expose())?;
    config.set("sasl.mechanism", mechanism).set("sasl.password", password);
    config.set("sasl.username", filled("the account's user", &account.user)?);
    Ok(())
}

fn set_all(config: &mut ClientConfig, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        config.set(*name, *value);
    }
}

fn check_address(broker: &str) -> Result<(), KafkaError> {
    let port = broker.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let good = port.is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    if !good || broker.contains([',', '/', ' ', '@']) {
        return wrong("a broker is named HOST:PORT");
    }
    Ok(())
}

fn check_topics(topics: &Topics) -> Result<(), KafkaError> {
    match topics {
        Topics::Named(names) if names.is_empty() => wrong("no topic is named"),
        Topics::Named(names) if names.iter().any(|name| !is_topic(name)) => {
            wrong("a topic has 1 to 249 letters, digits, dots, hyphens and underscores")
        }
        Topics::Matching(pattern) if pattern.is_empty() || pattern.contains(['\0', '\n']) => {
            wrong("the pattern of topics is empty or not of one line")
        }
        Topics::Named(_) | Topics::Matching(_) => Ok(()),
    }
}

/// Whether Kafka would make a topic of that name.
pub(crate) fn is_topic(name: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !matches!(name, "" | "." | "..") && name.len() <= 249 && name.bytes().all(fit)
}

fn check_batch(limits: BatchLimits) -> Result<(), KafkaError> {
    if limits.messages == 0 || limits.bytes == 0 {
        return wrong("a batch has at least one message and one byte");
    }
    Ok(())
}

fn filled<'a>(what: &str, text: &'a str) -> Result<&'a str, KafkaError> {
    if text.is_empty() || text.contains('\0') {
        return wrong(&format!("{what} is empty or has a character that it can't have"));
    }
    Ok(text)
}

/// The path of a file that can be read; librdkafka would tell of another without its name.
fn readable(what: &str, path: &Path) -> Result<String, KafkaError> {
    if let Err(error) = std::fs::File::open(path) {
        return wrong(&format!("{what} in {} can't be read: {error}", path.display()));
    }
    match path.to_str() {
        Some(path) => Ok(path.to_owned()),
        None => wrong(&format!("{what} in {} has a name that is no UTF-8", path.display())),
    }
}

fn wrong<T>(why: &str) -> Result<T, KafkaError> {
    Err(KafkaError::Settings(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::secret::Secret;

    use super::*;
    use crate::settings::{Identity, Start};

    fn good() -> SourceSettings {
        SourceSettings {
            connection: Connection {
                brokers: vec!["kafka-1:9092".to_owned(), "[2001:db8::1]:9092".to_owned()],
                client_id: "domesday".to_owned(),
                tls: None,
                account: None,
            },
            group: "register".to_owned(),
            topics: Topics::Named(vec!["servers".to_owned()]),
            start: Start::Earliest,
            batch: BatchLimits::default(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut SourceSettings), told: Option<&str>) {
        let mut settings = good();
        change(&mut settings);
        let error = consumer(&settings).err().map(|error| error.to_string());
        match (&error, told) {
            (None, None) => {}
            (Some(error), Some(part)) => assert!(error.contains(part), "{error}"),
            _ => panic!("{error:?} for {settings:?}"),
        }
        let shown = format!("{error:?} {settings:?}");
        assert!(!shown.contains("swordfish"), "{shown}");
    }

    #[test]
    fn brokers_are_named_by_host_and_port() {
        check(|_| (), None);
        check(|settings| settings.connection.brokers.clear(), Some("no broker"));
        for broker in ["kafka", "kafka:", ":9092", "kafka:0", "kafka:x", "kafka:65536", "a,b:1"] {
            let brokers = vec![broker.to_owned()];
            check(|settings| settings.connection.brokers = brokers, Some("HOST:PORT"));
        }
        let brokers = vec!["kafka://swordfish@kafka:9092".to_owned()];
        let settings =
            SourceSettings { connection: Connection { brokers, ..good().connection }, ..good() };
        let error = consumer(&settings).unwrap_err().to_string();
        assert!(!error.contains("swordfish"), "{error}");
    }

    #[test]
    fn topics_are_names_or_a_pattern() {
        let named = |name: &str| Topics::Named(vec![name.to_owned()]);
        check(|settings| settings.topics = Topics::Named(Vec::new()), Some("no topic"));
        check(|settings| settings.topics = named(&"t".repeat(249)), None);
        check(|settings| settings.topics = named(&"t".repeat(250)), Some("249"));
        check(|settings| settings.topics = named("^all"), Some("letters"));
        check(|settings| settings.topics = named(".."), Some("letters"));
        check(|settings| settings.topics = Topics::Matching(String::new()), Some("pattern"));
        assert_eq!(subscription(&Topics::Matching("a|b".to_owned())), ["^(a|b)$"]);
        assert_eq!(subscription(&named("a")), ["a"]);
    }

    #[test]
    fn what_is_left_empty_is_refused() {
        check(|settings| settings.group.clear(), Some("the group"));
        check(|settings| settings.connection.client_id.clear(), Some("the client id"));
        check(|settings| settings.batch.messages = 0, Some("at least one message"));
        check(|settings| settings.batch.bytes = 0, Some("at least one message"));
        check(|settings| settings.batch.linger = Duration::ZERO, None);
    }

    fn account(password: &str) -> Account {
        let (mechanism, user) = (Mechanism::ScramSha512, "register".to_owned());
        Account { mechanism, user, password: Secret::new(password) }
    }

    #[test]
    fn an_account_is_whole_and_unseen() {
        check(|settings| settings.connection.account = Some(account("swordfish")), None);
        check(|settings| settings.connection.account = Some(account("")), Some("password"));
        check(|settings| settings.connection.account = Some(account("a\0")), Some("password"));
    }

    #[test]
    fn the_protocol_follows_from_tls_and_account() {
        let protocol_of = |tls: Option<Tls>, account| {
            let connection = Connection { tls, account, ..good().connection };
            let config = super::connection(&connection).unwrap();
            config.get("security.protocol").unwrap().to_owned()
        };
        assert_eq!(protocol_of(None, None), "plaintext");
        assert_eq!(protocol_of(Some(Tls::default()), None), "ssl");
        assert_eq!(protocol_of(None, Some(account("swordfish"))), "sasl_plaintext");
        assert_eq!(protocol_of(Some(Tls::default()), Some(account("swordfish"))), "sasl_ssl");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let tls =
            |tls: Tls| move |settings: &mut SourceSettings| settings.connection.tls = Some(tls);
        let missing = Path::new("/nowhere/ca.pem").to_owned();
        let authorities = Tls { ca_file: Some(missing.clone()), ..Tls::default() };
        check(tls(authorities), Some("the authorities in /nowhere/ca.pem can't be read"));
        let identity = Identity {
            certificate_file: missing.clone(),
            key_file: missing,
            key_password: Some(Secret::new("swordfish")),
        };
        let identity = Tls { identity: Some(identity), ..Tls::default() };
        check(tls(identity), Some("the certificate in /nowhere/ca.pem can't be read"));
    }

    #[test]
    fn nothing_is_committed_or_reset_by_itself() {
        let config = consumer(&good()).unwrap();
        for (name, value) in [
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("isolation.level", "read_committed"),
            ("partition.assignment.strategy", "cooperative-sticky"),
        ] {
            assert_eq!(config.get(name), Some(value), "{name}");
        }
    }
}
