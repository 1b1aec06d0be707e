//! `[kafka.events]`: where changes are told to.

use std::time::Duration;

use app::events::cursors::Begin;
use kafka::{Connection, PublisherSettings};
use toml_edit::Item;
use web::ConfiguredSetting;

use super::connection::{self, SaidOfCluster};
use crate::config::table::{Place, TableReader, show};

/// Where changes are told to, and how.
#[derive(Clone, Debug)]
pub(crate) struct EventsSettings {
    /// Where events go.
    pub(crate) topic: Option<String>,
    /// Where goes how records stand; compacted, so that it holds the last of each.
    pub(crate) state_topic: Option<String>,
    /// Whether each type has topics of its own, `TOPIC.TYPE`.
    pub(crate) is_per_type: bool,
    /// Where the first of all begins.
    pub(crate) begin: Begin,
    pub(crate) publisher: PublisherSettings,
}

const OWN: [&str; 6] =
    ["topic", "state_topic", "per_type_topics", "begin", "transactional_id", "timeout"];
const BEGINS: &[(&str, Begin)] = &[("next", Begin::Next), ("oldest", Begin::Oldest)];
/// What Kafka allows a topic's name to have.
const TOPIC_LENGTH_MAX: usize = 249;
/// The longest name of a type.
const TYPE_NAME_MAX: usize = 40;
/// The longest that brokers let a transaction take, unless they are told otherwise.
const TIMEOUT_MAX: Duration = Duration::from_mins(15);

/// The table, which may need what `[kafka]` says.
#[derive(Debug)]
pub(in crate::config) struct EventsTable {
    settings: EventsSettings,
    said: SaidOfCluster,
    /// Where it stands.
    place: String,
}

/// Reads the table.
pub(in crate::config) fn read(
    item: &Item,
    at: Place<'_>,
    shown: &mut Vec<ConfiguredSetting>,
    faults: &mut Vec<String>,
) -> Option<EventsTable> {
    let Some(table) = item.as_table() else {
        faults.push("kafka.events is a table: [kafka.events]".to_owned());
        return None;
    };
    let open = [&OWN[..], &connection::OPEN].concat();
    shown.extend(show::settings("kafka.events", table, (&open, at)));
    let mut reader = TableReader { kind: "kafka.events", table, at, faults };
    reader.only(&[&OWN[..], &connection::KEYS].concat());
    let is_per_type = reader.truth("per_type_topics");
    let topic = topic(&mut reader, "topic", is_per_type);
    let state_topic = topic_beside(&mut reader, topic.as_deref(), is_per_type);
    let timeout = reader.duration("timeout").unwrap_or(Duration::from_secs(20));
    if timeout < Duration::from_secs(1) || timeout > TIMEOUT_MAX {
        reader.fault("timeout", "is a time from 1s to 15m");
    }
    let transactional_id = reader.text("transactional_id");
    let connection =
        Connection { brokers: Vec::new(), client_id: String::new(), tls: None, account: None };
    let settings = EventsSettings {
        topic,
        state_topic,
        is_per_type,
        begin: reader.word("begin", (Begin::Next, BEGINS)),
        publisher: PublisherSettings {
            connection,
            transactional_id: transactional_id.unwrap_or_else(|| "domesday-events".to_owned()),
            timeout,
        },
    };
    let said = SaidOfCluster::of_table(&mut reader);
    let place = at(table, "topic");
    Some(EventsTable { settings, said, place })
}

impl EventsTable {
    /// The settings, with what is said for all.
    pub(in crate::config) fn settings(
        self,
        common: &SaidOfCluster,
        faults: &mut Vec<String>,
    ) -> EventsSettings {
        let Self { mut settings, said, place } = self;
        match said.or(common).connection() {
            Ok(connection) => settings.publisher.connection = connection,
            Err((key, why)) => faults.push(format!("{place}: kafka.events.{key} {why}")),
        }
        settings
    }
}

fn topic(reader: &mut TableReader<'_>, key: &str, is_per_type: bool) -> Option<String> {
    let name = reader.text(key)?;
    let max = if is_per_type { TOPIC_LENGTH_MAX - TYPE_NAME_MAX - 1 } else { TOPIC_LENGTH_MAX };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if name.len() > max || !name.bytes().all(is_plain) || name == "." || name == ".." {
        reader.fault(key, &format!("takes at most {max} letters, digits, dots, hyphens and _"));
    }
    Some(name)
}

/// The other topic; one of them there must be, and not the same.
fn topic_beside(
    reader: &mut TableReader<'_>,
    other: Option<&str>,
    is_per_type: bool,
) -> Option<String> {
    let state_topic = topic(reader, "state_topic", is_per_type);
    if state_topic.is_none() && other.is_none() {
        reader.fault("topic", "is missing: where events go; or state_topic, or both");
    }
    if state_topic.is_some() && state_topic.as_deref() == other {
        reader.fault("state_topic", "is another than topic: of a compacted one events would go");
    }
    state_topic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn read(file: &str) -> Result<Option<EventsSettings>, Vec<String>> {
        let file = Some(("domesday.toml".to_owned(), file.to_owned()));
        let read = Config::read(&Sources { file, ..Sources::default() });
        read.map(|config| config.events).map_err(|faults| faults.0)
    }

    const CLUSTER: &str = "[kafka]\nbrokers = \"one:9092\"\n[kafka.events]\n";

    #[test]
    fn a_topic_is_enough() {
        assert!(read("").unwrap().is_none());
        let least = read(&format!("{CLUSTER}topic = \"domesday.events\"")).unwrap().unwrap();
        assert_eq!(least.topic.as_deref(), Some("domesday.events"));
        assert_eq!((least.state_topic, least.is_per_type), (None, false));
        assert_eq!(least.begin, Begin::Next);
        assert_eq!(least.publisher.transactional_id, "domesday-events");
        assert_eq!(least.publisher.connection.brokers, ["one:9092"]);
    }

    #[test]
    fn all_of_it_can_be_said() {
        let file = format!(
            "{CLUSTER}brokers = [\"two:9092\"]\nstate_topic = \"state\"\nper_type_topics = true\n\
             begin = \"oldest\"\ntransactional_id = \"mine\"\ntimeout = \"1m\""
        );
        let all = read(&file).unwrap().unwrap();
        assert_eq!((all.topic, all.state_topic.as_deref()), (None, Some("state")));
        assert_eq!((all.is_per_type, all.begin), (true, Begin::Oldest));
        assert_eq!(all.publisher.connection.brokers, ["two:9092"]);
        assert_eq!(all.publisher.timeout, Duration::from_mins(1));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_key() {
        let long = "t".repeat(250);
        for (rest, told) in [
            ("", "kafka.events.topic is missing"),
            ("topic = \"a b\"", "kafka.events.topic takes at most 249"),
            (&format!("topic = \"{long}\""), "kafka.events.topic takes at most 249"),
            ("topic = \"a\"\nstate_topic = \"a\"", "kafka.events.state_topic is another"),
            ("topic = \"a\"\nbegin = \"now\"", "kafka.events.begin is one of next, oldest"),
            ("topic = \"a\"\ntimeout = \"1h\"", "kafka.events.timeout is a time"),
            ("topic = \"a\"\ncolour = \"red\"", "kafka.events.colour there is no such key"),
        ] {
            let faults = read(&format!("{CLUSTER}{rest}")).unwrap_err();
            assert!(faults.iter().any(|fault| fault.contains(told)), "{rest}: {faults:?}");
        }
        let faults = read("[kafka.events]\ntopic = \"a\"").unwrap_err();
        assert!(faults[0].contains("kafka.events.brokers is missing"), "{faults:?}");
    }
}
