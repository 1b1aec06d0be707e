//! From files, variables and flags to a configuration.

use super::*;

fn sources(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> Sources {
    Sources {
        file: Some(("domesday.toml".to_owned(), file.to_owned())),
        variables: variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        flags: flags.iter().map(|(key, value)| (*key, "--flag", (*value).to_owned())).collect(),
    }
}

#[track_caller]
fn check_faults(sources: &Sources, expected: &[&str]) {
    assert_eq!(Config::read(sources).unwrap_err().0, expected);
}

#[test]
fn nothing_said_is_a_whole_configuration() {
    let config = Config::read(&Sources::default()).unwrap();
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.http.public_url, None);
    assert_eq!(config.http.body_limit, web::BODY_LIMIT_DEFAULT);
    assert_eq!(config.http.request_timeout, web::REQUEST_TIMEOUT_DEFAULT);
    let store = sql::Settings::new("sqlite:domesday.sqlite3");
    assert_eq!(config.database.url, store.url);
    assert_eq!(config.database.connections, store.connections);
    assert_eq!(config.database.statement_timeout, store.statement_timeout);
    assert_eq!(config.database.busy_timeout, store.busy_timeout);
    assert_eq!(config.schema.file, None);
    assert_eq!(config.history.keep, None);
    assert_eq!((config.cache.memory, config.cache.body_limit), (64 << 20, 16 << 20));
    assert!(config.cache.memcached.is_empty() && config.cache.max_staleness.is_zero());
    assert!(config.http.trusted_proxies.is_empty());
    assert_eq!(config.identity.sessions, SessionLimits::default());
    assert_eq!(config.identity.passwords, PasswordCost::default());
    assert!(config.identity.providers.handoffs.is_empty());
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn flags_are_stronger_than_variables_and_variables_than_the_file() {
    let file = "[http]\nlisten = \"1.1.1.1:1\"\nlenient_filters = true\nbody_limit = 5\n";
    let variables = [("DOMESDAY_HTTP__LISTEN", "2.2.2.2:2"), ("DOMESDAY_HTTP__BODY_LIMIT", "6")];
    let flags = [("http.listen", "3.3.3.3:3")];
    let config = Config::read(&sources(file, &variables, &flags)).unwrap();
    assert_eq!(config.http.listen.to_string(), "3.3.3.3:3");
    assert_eq!(config.http.body_limit, 6);
    assert!(config.http.lenient_filters);
}

#[test]
fn every_fault_is_told_with_its_place() {
    check_faults(
        &sources(
            "verbose = 1\n[http]\nlisen = 1\nlisten = [1]\n\n[log]\nformat = \"xml\"\n[nothing]\nat = 1\n",
            &[
                ("DOMESDAY_DATABASE_URL", "sqlite:x"),
                ("DOMESDAY_HTTP__BODY_LIMITS", "1"),
                ("DOMESDAY_DATABASE__URL", "mysql://root:secret@host/db"),
            ],
            &[("database.connections", "0"), ("history.keep", "3m")],
        ),
        &[
            "domesday.toml:1: there is no key verbose; the keys are: http.listen, \
             http.public_url, http.body_limit, http.request_timeout, http.lenient_filters, \
             http.trusted_proxies, http.tls_certificate, http.tls_key, http.header_timeout, \
             http.header_limit, database.url, database.connections, \
             database.statement_timeout, database.busy_timeout, schema.file, history.keep, \
             cache.memory, cache.body_limit, cache.url, cache.max_staleness, \
             identity.session_idle, identity.session_absolute, identity.password_memory, \
             identity.password_passes, mail.url, mail.from, mail.user, mail.password, \
             mail.ca_file, mail.timeout, log.level, log.format",
            "domesday.toml:3: there is no key http.lisen; did you mean http.listen?",
            "domesday.toml:4: http.listen takes a text, a number, true or false",
            "domesday.toml:9: there is no key nothing.at; the keys are: http.listen, \
             http.public_url, http.body_limit, http.request_timeout, http.lenient_filters, \
             http.trusted_proxies, http.tls_certificate, http.tls_key, http.header_timeout, \
             http.header_limit, database.url, database.connections, \
             database.statement_timeout, database.busy_timeout, schema.file, history.keep, \
             cache.memory, cache.body_limit, cache.url, cache.max_staleness, \
             identity.session_idle, identity.session_absolute, identity.password_memory, \
             identity.password_passes, mail.url, mail.from, mail.user, mail.password, \
             mail.ca_file, mail.timeout, log.level, log.format",
            "DOMESDAY_DATABASE_URL: there is no such variable; did you mean \
             DOMESDAY_DATABASE__URL?",
            "DOMESDAY_HTTP__BODY_LIMITS: there is no key http.body_limits; did you mean \
             http.body_limit?",
            "DOMESDAY_DATABASE__URL: database.url takes sqlite:PATH or \
             postgres://user:password@host/database, not \"mysql://root:***@host/db\"",
            "--flag: database.connections takes a number from 1 to 1000, not \"0\"",
            "--flag: history.keep takes a day or more such as 90d, 6mo or 3y, not \"3m\"",
            "domesday.toml:7: log.format takes text or json, not \"xml\"",
        ],
    );
}

const HANDOFF: &str = "[[identity.handoff]]\nname = \"gate\"\nlabel = \"The gate\"\n\
    sign_in_url = \"https://gate.example/\"\naudience = \"https://d.example\"\n\
    secrets = [\"01234567890123456789012345678901\"]\ngroups = { ops = \"operators\" }\n";

#[test]
fn a_page_to_sign_in_with_is_read_and_its_secret_is_shown_nowhere() {
    let config = Config::read(&sources(HANDOFF, &[], &[])).unwrap();
    let [provider] = config.identity.providers.handoffs.as_slice() else { panic!("one") };
    assert_eq!(provider.handoff.name(), "gate");
    assert_eq!(provider.parameter, "ReturnValues");
    assert_eq!(provider.groups.0, [("ops".to_owned(), "operators".to_owned())]);
    assert!(!format!("{config:?}").contains("0123456789"));
}

#[test]
fn providers_and_directories_are_read() {
    let file = "[[identity.oidc]]\nname = \"sso\"\nissuer = \"https://sso.example\"\n\
        client_id = \"d\"\nclient_secret = \"s3cret\"\n[[identity.ldap]]\nname = \"staff\"\n\
        url = \"ldaps://ldap.example\"\nuser_base = \"ou=people\"\nbind_dn = \"cn=d\"\n\
        bind_password = \"s3cret\"\n";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    let providers = &config.identity.providers;
    assert_eq!(providers.oidc[0].oidc.name(), "sso");
    assert_eq!(providers.directories[0].ldap.name(), "staff");
    assert!(!format!("{config:?}").contains("s3cret"));
    let plain = file.replace("ldaps:", "ldap:");
    let faults = Config::read(&sources(&plain, &[], &[])).unwrap_err().0;
    assert!(faults[0].contains("identity.ldap.url"), "{faults:?}");
}

#[test]
fn a_proxy_that_signs_people_in_is_read_with_its_networks() {
    let file = "[[identity.header]]\nname = \"gate\"\nnetworks = [\"10.0.0.7\", \"fd00::/64\"]\n\
                user_header = \"Remote-User\"\n";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    let provider = &config.identity.providers.headers[0].settings;
    assert_eq!(provider.user, "remote-user");
    assert_eq!(provider.networks.len(), 2);
    check_faults(
        &sources(
            "[[identity.header]]\nname = \"gate\"\nnetworks = []\nuser_header = \"Remote User\"\n",
            &[],
            &[],
        ),
        &[
            "domesday.toml:3: identity.header.networks takes networks such as [\"10.0.0.0/24\", \
             \"::1\"]",
            "domesday.toml:4: identity.header.user_header takes the name of a header such as \
             Remote-User",
        ],
    );
    check_faults(
        &sources("[[identity.header]]\nname = \"gate\"\n", &[], &[]),
        &[
            "domesday.toml:1: identity.header.networks is missing",
            "domesday.toml:1: identity.header.user_header is missing",
        ],
    );
}

#[test]
fn no_two_providers_have_one_name() {
    let file = "[[identity.oidc]]\nname = \"sso\"\nissuer = \"https://sso.example\"\n\
        client_id = \"d\"\n[[identity.ldap]]\nname = \"sso\"\nurl = \"ldaps://l.example\"\n\
        user_base = \"ou=people\"\n";
    check_faults(
        &sources(file, &[], &[]),
        &["domesday.toml:6: identity.ldap.name there are two providers named sso"],
    );
}

#[test]
fn mail_is_sent_by_a_server_that_can_be_used() {
    let file = "[mail]\nurl = \"smtps://mail.example.org\"\nfrom = \"d@example.org\"\n\
                user = \"d\"\npassword = \"s3cret\"\n";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    assert!(config.mail.is_some() && config.has_secrets_in_file());
    let shown = config.show();
    let password = shown.iter().find(|setting| setting.key == "mail.password").unwrap();
    assert_eq!(password.value, "***");
    assert!(!format!("{config:?}").contains("s3cret"));
    check_faults(
        &sources("[mail]\nurl = \"smtps://mail.example.org\"\n", &[], &[]),
        &["domesday.toml:2: mail.url needs mail.from beside it"],
    );
    let plain = file.replace("smtps:", "smtp:");
    let faults = Config::read(&sources(&plain, &[], &[])).unwrap_err().0;
    assert!(faults[0].starts_with("domesday.toml:2: mail.url can't be used: "), "{faults:?}");
    assert!(Config::read(&Sources::default()).unwrap().mail.is_none());
}

#[test]
fn a_certificate_needs_its_key() {
    let file = "[http]\ntls_certificate = \"cert.pem\"\n";
    check_faults(
        &sources(file, &[], &[]),
        &["domesday.toml:2: http.tls_certificate needs http.tls_key beside it"],
    );
    let variables = [("DOMESDAY_HTTP__TLS_KEY", "key.pem")];
    check_faults(
        &sources("", &variables, &[]),
        &["DOMESDAY_HTTP__TLS_KEY: http.tls_key needs http.tls_certificate beside it"],
    );
    let config = Config::read(&sources(file, &variables, &[])).unwrap();
    assert_eq!(config.http.tls.unwrap().key, PathBuf::from("key.pem"));
}

#[test]
fn every_fault_of_a_page_to_sign_in_with_is_told() {
    let file = "[[identity.handoff]]\nname = \"The Gate\"\nsecrets = [\"short\"]\nformat = \"rot13\"\nlabl = 1\n";
    let faults = Config::read(&sources(file, &[], &[])).unwrap_err().0;
    for (line, word) in [(5, "labl"), (2, "name"), (3, "secrets"), (4, "format")] {
        let place = format!("domesday.toml:{line}: identity.handoff.{word} ");
        assert!(faults.iter().any(|fault| fault.starts_with(&place)), "{word} {faults:?}");
    }
    for word in ["sign_in_url", "audience"] {
        let told = format!("identity.handoff.{word} is missing");
        assert!(faults.iter().any(|fault| fault.contains(&told)), "{word} {faults:?}");
    }
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line() {
    let faults = Config::read(&sources("[http]\nlisten\n", &[], &[])).unwrap_err().0;
    assert!(faults[0].starts_with("domesday.toml:2: this is not TOML: "), "{faults:?}");
}

#[test]
fn a_database_is_named_without_doubt() {
    let cases = [
        ("sqlite:domesday.sqlite3", true),
        ("sqlite:/var/lib/domesday.sqlite3", true),
        ("sqlite:///var/lib/domesday.sqlite3", true),
        ("sqlite://domesday.sqlite3", false),
        ("sqlite::memory:", false),
        ("sqlite:", false),
        ("postgres://host/db", true),
        ("postgresql://host/db", true),
        ("postgresql:db", false),
        ("mysql://host/db", false),
    ];
    for (url, expected) in cases {
        assert_eq!(is_database(url), expected, "{url}");
    }
}

#[test]
fn variables_of_others_are_passed_over() {
    let variables = [
        ("DOMESDAY_PORT", "tcp://10.0.0.1:80"),
        ("DOMESDAY_SERVICE_HOST", "10.0.0.1"),
        ("DOMESDAY_PORT_8080_TCP", "tcp://10.0.0.1:80"),
        ("DOMESDAY_TOKEN", "secret"),
        ("HTTP__LISTEN", "x"),
    ];
    assert!(Config::read(&sources("", &variables, &[])).is_ok());
}

#[test]
fn answers_are_kept_where_the_configuration_says() {
    let file = "[cache]\nmemory = 0\nurl = \"memcached://one,two:5\"\nmax_staleness = \"1500ms\"\n";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    assert_eq!(config.cache.memory, 0);
    assert_eq!(config.cache.memcached, ["one:11211", "two:5"]);
    assert_eq!(config.cache.max_staleness, TimeDelta::milliseconds(1_500));
    check_faults(
        &sources("[cache]\nurl = \"redis://one\"\nmax_staleness = \"1h\"\n", &[], &[]),
        &[
            "domesday.toml:3: cache.max_staleness takes a time up to 5m such as 2s, or 0 for not \
             at all, not \"1h\"",
            "domesday.toml:2: cache.url takes memcached://HOST:PORT,HOST:PORT, not \"redis://one\"",
        ],
    );
}
