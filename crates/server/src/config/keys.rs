//! Every key of the configuration: the one list that files, variables and `config show` follow.

/// A key.
#[derive(Debug)]
pub(super) struct Key {
    /// `section.key`
    pub(super) name: &'static str,
    /// Its value when nobody says; empty for none.
    pub(super) default: &'static str,
    /// What it is, for people.
    pub(super) help: &'static str,
}

const fn key(name: &'static str, default: &'static str, help: &'static str) -> Key {
    Key { name, default, help }
}

pub(super) const KEYS: [Key; 55] = [
    key("http.listen", "127.0.0.1:8080", "the address and port to listen on"),
    key(
        "http.public_url",
        "",
        "the address that clients see, such as https://domesday.example.org; \
         by default that of each request",
    ),
    key("http.body_limit", "10 MiB", "the largest body of a request that is read"),
    key("http.request_timeout", "30s", "how long a read may take to begin its answer"),
    key(
        "http.lenient_filters",
        "false",
        "whether unknown parameters are passed over instead of refused",
    ),
    key(
        "http.trusted_proxies",
        "",
        "networks of proxies that are believed where a request comes from: 10.0.0.0/8, ::1",
    ),
    key("http.tls_certificate", "", "serve TLS with the certificate in this PEM file"),
    key("http.tls_key", "", "the PEM file with the key of that certificate"),
    key("http.header_timeout", "10s", "how long the headers of a request may take to come"),
    key("http.header_limit", "64 KiB", "the most bytes that those may have"),
    key(
        "http.drain",
        "5s",
        "how long requests are still taken after SIGTERM, while /readyz says to send them elsewhere",
    ),
    key(
        "database.url",
        "sqlite:domesday.sqlite3",
        "sqlite:PATH or postgres://user:password@host/database",
    ),
    key(
        "database.replica_url",
        "",
        "a standby of that PostgreSQL, which may answer what cache.max_staleness lets be older",
    ),
    key(
        "database.ca_file",
        "",
        "who vouches for PostgreSQL's certificate, in PEM; by default the public authorities",
    ),
    key("database.connections", "8", "the most reads at once"),
    key("database.statement_timeout", "10s", "how long a statement that reads may take"),
    key("database.busy_timeout", "5s", "how long to wait for a lock or a connection"),
    key(
        "database.slow_query",
        "1s",
        "a statement that takes as long is told in the log, without its values; 0 for never",
    ),
    key(
        "schema.file",
        "",
        "the schema, from where the program is started; by default the built-in one",
    ),
    key(
        "history.keep",
        "",
        "how long the changes of records are kept, such as 3y; by default for ever",
    ),
    key(
        "scheduler.lease",
        "30s",
        "within so long a run of a task that nothing is heard of is seen to be lost",
    ),
    key("scheduler.at_once", "8", "the most tasks that run at once in a replica"),
    key("scheduler.keep_runs", "30d", "how long the runs of tasks are kept; empty for ever"),
    key("cache.memory", "64 MiB", "how much of the answers made is kept in memory; 0 for none"),
    key("cache.body_limit", "16 MiB", "the largest answer that is kept"),
    key("cache.url", "", "keep answers in memcached, too: memcached://HOST:PORT,HOST:PORT"),
    key(
        "cache.max_staleness",
        "0s",
        "how old answers may be, such as 2s, to spare the database the question; \
         by default not at all",
    ),
    key("identity.session_idle", "12h", "how long a session lasts since it was last used"),
    key("identity.session_absolute", "7d", "how long a session lasts since it began"),
    key("identity.password_memory", "19 MiB", "memory that the hash of a password takes"),
    key("identity.password_passes", "2", "passes of that hash over its memory"),
    key(
        "mail.url",
        "",
        "send notices by this server: smtp://HOST:PORT, smtp://…?tls=required or smtps://…",
    ),
    key("mail.from", "", "whom they come from, such as Domesday <domesday@example.org>"),
    key("mail.user", "", "the account that may send"),
    key("mail.password", "", "the account's password"),
    key(
        "mail.ca_file",
        "",
        "authorities of the server's certificate, in PEM; by default the public ones",
    ),
    key("mail.timeout", "30s", "how long sending one may take"),
    key("kafka.brokers", "", "where Kafka is asked first: HOST:PORT,HOST:PORT"),
    key("kafka.client_id", "domesday", "what brokers call us in their logs and quotas"),
    key("kafka.tls", "false", "whether brokers are spoken to by TLS"),
    key(
        "kafka.ca_file",
        "",
        "authorities of their certificates, in PEM; by default the public ones",
    ),
    key("kafka.certificate_file", "", "the certificate that we show them, in PEM"),
    key("kafka.key_file", "", "the PEM file with the key of that certificate"),
    key("kafka.key_password", "", "what that key is locked with"),
    key(
        "kafka.host_names",
        "checked",
        "whether certificates must be for the hosts asked for: checked or unchecked",
    ),
    key("kafka.mechanism", "", "how we sign in: plain, scram-sha-256 or scram-sha-512"),
    key("kafka.user", "", "the account that brokers know us by"),
    key("kafka.password", "", "the account's password"),
    key("log.level", "info", "error, warn, info, debug or trace, also for parts: info,sql=debug"),
    key("log.format", "text", "text or json"),
    key(
        "traces.endpoint",
        "",
        "send traces to this collector of OpenTelemetry: http://HOST:4318; by default none are kept",
    ),
    key("traces.headers", "", "what else is sent with them: NAME=VALUE,NAME=VALUE"),
    key("traces.sample", "0.1", "which part of what begins here is traced: from 0 to 1"),
    key("traces.service_name", "domesday", "what collectors call us"),
    key(
        "traces.ca_file",
        "",
        "authorities of the collector's certificate, in PEM; by default the public ones",
    ),
];

/// The key of this name.
pub(super) fn known(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The variable that sets a key: `http.listen` is `DOMESDAY_HTTP__LISTEN`.
pub(super) fn variable(key: &Key) -> String {
    format!("{VARIABLE_PREFIX}{}", key.name.replace('.', "__").to_ascii_uppercase())
}

/// What all our variables begin with.
pub(super) const VARIABLE_PREFIX: &str = "DOMESDAY_";
