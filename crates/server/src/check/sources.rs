//! What sources of messages say by themselves: pure.

use kafka::{Connection, HostNames, Mechanism};

use super::settings::is_this_machine;
use super::{Finding, advice, is_unsafe};
use crate::config::ConfiguredSource;

/// What is to be said of how sources speak to their brokers.
pub(super) fn findings(sources: &[ConfiguredSource]) -> Vec<Finding> {
    sources.iter().flat_map(of_source).collect()
}

fn of_source(source: &ConfiguredSource) -> Vec<Finding> {
    let Connection { brokers, tls, account, .. } = &source.settings.connection;
    let place = || format!("kafka.sources {}", source.name);
    let host = |broker: &str| broker.rsplit_once(':').map_or("", |(host, _)| host).to_owned();
    let is_away = brokers.iter().any(|broker| !is_this_machine(&host(broker)));
    let mut found = Vec::new();
    match (tls, account) {
        (None, Some(account)) if is_away && account.mechanism == Mechanism::Plain => {
            found.push(is_unsafe(
                place(),
                "sends its password across the network in the clear: set tls = true",
            ));
        }
        (None, _) if is_away => found.push(advice(
            place(),
            "speaks to brokers without TLS: whoever is in between can say what they like; set \
             tls = true",
        )),
        (None | Some(_), _) => {}
    }
    if tls.as_ref().is_some_and(|tls| tls.host_names == HostNames::Unchecked) {
        found.push(is_unsafe(
            place(),
            "takes any broker with a certificate by the authority: leave host_names checked",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Weight;
    use crate::config::{Config, Sources};

    #[track_caller]
    fn check(own: &str, expected: Option<Weight>) {
        let text = format!(
            "[[kafka.sources]]\nname = 'cmdb'\ntopics = ['t']\ntype = 'server'\n\
             key = {{ name = '/name' }}\n{own}\n"
        );
        let file = Some(("domesday.toml".to_owned(), text));
        let config = Config::read(&Sources { file, ..Sources::default() }).unwrap();
        let found: Vec<Weight> =
            findings(&config.sources).into_iter().map(|finding| finding.weight).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{own}");
    }

    #[test]
    fn brokers_elsewhere_are_spoken_to_in_private() {
        check("brokers = ['127.0.0.1:9092', 'localhost:9092', '[::1]:9092']", None);
        check("brokers = ['kafka:9092']", Some(Weight::Advice));
        let account = "mechanism = 'plain'\nuser = 'u'\npassword = 'p'";
        check(&format!("brokers = ['kafka:9092']\n{account}"), Some(Weight::Unsafe));
        check(&format!("brokers = ['kafka:9092']\n{account}\ntls = true"), None);
        let scram = account.replace("plain", "scram-sha-256");
        check(&format!("brokers = ['kafka:9092']\n{scram}"), Some(Weight::Advice));
        let any = "brokers = ['kafka:9092']\ntls = true\nhost_names = 'unchecked'";
        check(any, Some(Weight::Unsafe));
    }
}
