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
    assert_eq!(config.http.drain, Duration::from_secs(5));
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
    assert_eq!(config.database.slow_query, store.slow_query);
    assert!(config.traces.is_none());
}

#[test]
fn traces_are_sent_where_a_collector_is_named() {
    let file = "[traces]\nendpoint = \"http://collector:4318\"\nsample = 0.25\n\
                headers = \"Authorization=Bearer s3cret\"\n";
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    let traces = config.traces.as_ref().unwrap();
    assert_eq!(traces.endpoint.as_str(), "http://collector:4318/v1/traces");
    assert_eq!(traces.headers[0].0, "Authorization");
    assert_eq!(traces.headers[0].1.expose(), "Bearer s3cret");
    assert!((traces.sample - 0.25).abs() < f64::EPSILON);
    assert_eq!(traces.service_name, "domesday");
    assert!(!format!("{config:?}").contains("s3cret") && config.has_secrets_in_file());
    assert!(config.show().iter().all(|setting| !setting.value.contains("s3cret")));
    check_faults(
        &sources(
            "[traces]\nendpoint = \"collector\"\nheaders = \"s3cret\"\nsample = 2\n",
            &[],
            &[],
        ),
        &[
            "domesday.toml:4: traces.sample takes a number from 0 to 1 such as 0.1, not \"2\"",
            "domesday.toml:3: traces.headers takes names and values such as Authorization=Bearer x, \
             parted by commas, not \"***\"",
            "domesday.toml:2: traces.endpoint takes an address such as http://HOST:4318, not \
             \"collector\"",
        ],
    );
}

#[test]
fn slow_statements_are_told_from_a_time_on_or_never() {
    let slow = |text: &str| {
        let config = Config::read(&sources("", &[("DOMESDAY_DATABASE__SLOW_QUERY", text)], &[]));
        config.unwrap().database.slow_query
    };
    assert_eq!(slow("500ms"), Some(Duration::from_millis(500)));
    assert_eq!(slow("0"), None);
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
             http.header_limit, http.drain, database.url, database.replica_url, \
             database.ca_file, database.connections, database.statement_timeout, database.busy_timeout, \
             database.slow_query, schema.file, history.keep, \
             scheduler.lease, scheduler.at_once, scheduler.keep_runs, \
             cache.memory, cache.body_limit, cache.url, cache.max_staleness, \
             identity.session_idle, identity.session_absolute, identity.password_memory, \
             identity.password_passes, mail.url, mail.from, mail.user, mail.password, \
             mail.ca_file, mail.timeout, kafka.brokers, kafka.client_id, kafka.tls, kafka.ca_file, \
             kafka.certificate_file, kafka.key_file, kafka.key_password, kafka.host_names, \
             kafka.mechanism, kafka.user, kafka.password, log.level, log.format, traces.endpoint, \
             traces.headers, traces.sample, traces.service_name, traces.ca_file",
            "domesday.toml:3: there is no key http.lisen; did you mean http.listen?",
            "domesday.toml:4: http.listen takes a text, a number, true or false",
            "domesday.toml:9: there is no key nothing.at; the keys are: http.listen, \
             http.public_url, http.body_limit, http.request_timeout, http.lenient_filters, \
             http.trusted_proxies, http.tls_certificate, http.tls_key, http.header_timeout, \
             http.header_limit, http.drain, database.url, database.replica_url, \
             database.ca_file, database.connections, database.statement_timeout, database.busy_timeout, \
             database.slow_query, schema.file, history.keep, \
             scheduler.lease, scheduler.at_once, scheduler.keep_runs, \
             cache.memory, cache.body_limit, cache.url, cache.max_staleness, \
             identity.session_idle, identity.session_absolute, identity.password_memory, \
             identity.password_passes, mail.url, mail.from, mail.user, mail.password, \
             mail.ca_file, mail.timeout, kafka.brokers, kafka.client_id, kafka.tls, kafka.ca_file, \
             kafka.certificate_file, kafka.key_file, kafka.key_password, kafka.host_names, \
             kafka.mechanism, kafka.user, kafka.password, log.level, log.format, traces.endpoint, \
             traces.headers, traces.sample, traces.service_name, traces.ca_file",
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

#[test]
fn a_standby_is_one_of_postgresql_where_answers_may_be_older() {
    let file = |url: &str, replica: &str, age: &str| {
        format!(
            "[database]\nurl = \"{url}\"\nreplica_url = \"{replica}\"\n[cache]\nmax_staleness = \"{age}\"\n"
        )
    };
    let (one, two) = ("postgres://u:p@a/d", "postgres://u:p@b/d");
    let config = Config::read(&sources(&file(one, two, "2s"), &[], &[])).unwrap();
    assert_eq!(config.database.replica_url.as_deref(), Some(two));
    assert!(config.has_secrets_in_file());
    check_faults(
        &sources(&file("sqlite:x", two, "0s"), &[], &[]),
        &[
            "domesday.toml:3: database.replica_url needs PostgreSQL as database.url",
            "domesday.toml:3: database.replica_url needs cache.max_staleness beside it, such as 2s",
        ],
    );
    check_faults(
        &sources(&file(one, "sqlite:y", "2s"), &[], &[]),
        &["domesday.toml:3: database.replica_url takes postgres://user:password@host/database, a \
           standby of database.url, not \"sqlite:y\""],
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

/// The tasks of a file, or its faults.
fn tasks_of(file: &str) -> Result<Vec<ConfiguredTask>, Vec<String>> {
    Config::read(&sources(file, &[], &[])).map(|config| config.tasks).map_err(|faults| faults.0)
}

#[test]
fn tasks_are_those_of_the_file_and_those_that_are_built_in() {
    let file = "[scheduler]\nlease = \"12s\"\nat_once = 3\n\
                [[tasks]]\nname = \"stale\"\nwhat = \"report:stale\"\ntype = \"server\"\n\
                untouched_for = \"90d\"\ncron = \"0 7 * * 1\"\ntime_zone = \"Europe/Berlin\"\n\
                retries = 2\nbackoff = \"30s\"\ncatch_up = \"skip\"\nhard_limit = \"3m\"\n\
                [[tasks]]\nname = \"history-fold\"\ncron = \"15 3 * * *\"\npaused = true\n";
    let tasks = tasks_of(file).unwrap();
    let told = tasks.iter().map(|ConfiguredTask { task, .. }| {
        let paused = if task.is_paused { ", paused" } else { "" };
        format!("{} does {}, {}{paused}", task.name, task.what, task.rule.schedule)
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "clean-up does clean-up, every 1m",
            "history-fold does history:fold, 15 3 * * * (UTC), paused",
            "requests-expire does requests:expire, every 1m",
            "stale does report:stale, 0 7 * * 1 (Europe/Berlin)",
        ]
    );
    let stale = &tasks[3].task;
    assert_eq!((stale.soft_limit.as_secs(), stale.hard_limit.as_secs()), (120, 180));
    assert_eq!((stale.rule.retries, stale.rule.backoff), (2, TimeDelta::seconds(30)));
    let fold = &tasks[1].task;
    assert_eq!(fold.rule.jitter, TimeDelta::minutes(30), "as it is built in");
    let config = Config::read(&sources(file, &[], &[])).unwrap();
    assert_eq!(config.scheduling.limits.lease.as_secs(), 12);
    assert_eq!(config.scheduling.limits.at_once, 3);
    let shown = config.configured();
    let cron = shown.iter().find(|setting| setting.key == "tasks.stale.cron").unwrap();
    assert_eq!(cron.value, web::ConfiguredValue::Text("0 7 * * 1".to_owned()));
}

#[test]
fn every_fault_of_a_task_is_told() {
    let faults = |file: &str| tasks_of(file).unwrap_err();
    assert_eq!(faults("tasks = 1\n"), ["tasks is a list of tables: [[tasks]]"]);
    assert_eq!(
        faults(
            "[[tasks]]\nname = \"A b\"\n[[tasks]]\nname = \"a\"\nwhat = \"nothing\"\n\
             every = \"5 weeks\"\ntime_zone = \"UTC\"\nevry = 1\ncatch_up = \"twice\"\n\
             soft_limit = \"2m\"\nhard_limit = \"1m\"\nretries = 101\n"
        ),
        [
            "domesday.toml:2: tasks.name takes at most 50 small letters, digits and hyphens: it \
             stands in addresses",
            "domesday.toml:8: tasks.evry there is no such key; the keys are: name, what, every, cron, \
             time_zone, soft_limit, hard_limit, retries, backoff, jitter, catch_up, paused, type, \
             untouched_for, addresses, folder, keep, token",
            "domesday.toml:5: tasks.what is one of clean-up, history:fold, requests:expire, report:stale, \
             cache:warm, backup",
            "domesday.toml:7: tasks.time_zone is for cron alone",
            "domesday.toml:6: tasks.every takes a time such as 30s, 5m or 1d",
            "domesday.toml:11: tasks.hard_limit is no sooner than soft_limit",
            "domesday.toml:12: tasks.retries is at most 100",
            "domesday.toml:9: tasks.catch_up takes once or skip",
        ]
    );
    let one =
        |line: &str| faults(&format!("[[tasks]]\nname = \"a\"\nwhat = \"clean-up\"\n{line}\n"));
    assert_eq!(
        one("cron = \"0 0 30 2 *\""),
        ["domesday.toml:4: tasks.cron can't be: no day is ever as it says"]
    );
    assert_eq!(
        one("every = \"1m\"\ncron = \"* * * * *\""),
        ["domesday.toml:5: tasks.cron stands beside every: one of them says when"]
    );
    assert_eq!(
        one("cron = \"* * * * *\"\ntime_zone = \"Berlin\""),
        ["domesday.toml:5: tasks.time_zone takes the name of a time zone such as Europe/Berlin"]
    );
    assert_eq!(
        one("every = \"500ms\""),
        ["domesday.toml:4: tasks.every can't be: it is a time from 1s to 366d"]
    );
    assert_eq!(
        one("every = \"1m\"\ntype = \"server\""),
        ["domesday.toml:5: tasks.type is for report:stale alone"]
    );
    assert_eq!(
        one("every = \"1m\"\n[[tasks]]\nname = \"a\"\nwhat = \"clean-up\"\nevery = \"2m\""),
        ["domesday.toml:6: tasks.name there are two tasks named a"]
    );
    assert_eq!(
        one("every = \"1m\"\naddresses = [\"/\"]"),
        ["domesday.toml:5: tasks.addresses is for cache:warm alone"]
    );
    assert_eq!(
        faults(
            "[[tasks]]\nname = \"a\"\nwhat = \"cache:warm\"\nevery = \"1m\"\naddresses = [\"x y\"]\n"
        ),
        ["domesday.toml:5: tasks.addresses takes paths such as [\"/api/servers/?limit=50\"]"]
    );
    let lease = Config::read(&sources("[scheduler]\nlease = \"1s\"\n", &[], &[])).unwrap_err().0;
    assert_eq!(
        lease,
        ["domesday.toml:2: scheduler.lease takes a time from 3s to 10m such as 30s, not \"1s\""]
    );
}
