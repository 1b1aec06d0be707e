//! What of a feed is wanted: its own parameters, before those of every list.

use app::feeds::{Hosts, PORT_DEFAULT, Zone};
use domain::fault::Faults;
use domain::nearest::nearest;
use domain::schema::{FieldIndex, Type};

use super::Feed;
use crate::extract::Parameters;
use crate::extract::list::take_number;
use crate::extract::parameters::bad;
use crate::extract::past::take_text;

/// What is wanted of a feed.
pub(super) enum Wanted {
    Ansible { group_by: Option<Vec<FieldIndex>>, variables: Vec<FieldIndex> },
    Prometheus { port: u16, labels: Vec<FieldIndex> },
    Hosts,
    SshConfig { user: Option<String> },
    Dns { zone: Zone },
}

/// The hosts and what is wanted of them; `None` where something is wrong with what was asked.
pub(super) fn take(
    feed: Feed,
    of: &Type,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Option<(Hosts, Wanted)> {
    let address = take_text("address", parameters, faults);
    let hosts = Hosts::of(of, address.as_deref());
    if hosts.is_none() {
        let text = format!("{} has no such field that holds an IP address.", of.plural);
        faults.add("address", bad(text));
    }
    let wanted = match feed {
        Feed::Ansible => Wanted::Ansible {
            group_by: take_fields("group_by", of, parameters, faults),
            variables: take_fields("vars", of, parameters, faults).unwrap_or_default(),
        },
        Feed::Prometheus => {
            let port = take_number(parameters, "port", 1..=u64::from(u16::MAX), faults);
            let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(PORT_DEFAULT);
            let labels = take_fields("label", of, parameters, faults).unwrap_or_default();
            Wanted::Prometheus { port, labels }
        }
        Feed::Hosts => Wanted::Hosts,
        Feed::SshConfig => {
            let user = take_text("user", parameters, faults);
            let is_plain = |user: &String| {
                user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
            };
            if !user.as_ref().is_none_or(is_plain) {
                faults.add("user", bad("A name has letters, digits, dots, hyphens and _."));
            }
            Wanted::SshConfig { user }
        }
        Feed::Dns => {
            let domain = take_text("domain", parameters, faults);
            let reverse = take_text("reverse", parameters, faults);
            match Zone::of(domain.as_deref().unwrap_or_default(), reverse.as_deref()) {
                Ok(zone) => Wanted::Dns { zone },
                Err(error) => {
                    faults.add("domain", bad(error.to_string()));
                    return None;
                }
            }
        }
    };
    Some((hosts?, wanted))
}

/// Fields by their names; `None` where nothing is said.
fn take_fields(
    name: &str,
    of: &Type,
    parameters: &mut Parameters,
    faults: &mut Faults,
) -> Option<Vec<FieldIndex>> {
    let text = parameters.take(name, faults)?;
    let mut fields = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match of.field_named(word) {
            Some(field) if fields.contains(&field.index) => {}
            Some(field) => fields.push(field.index),
            None => {
                let known = of.fields.iter().map(|field| field.name.as_str());
                let meant = nearest(word, known).map(|meant| format!(" Did you mean {meant}?"));
                let meant = meant.unwrap_or_default();
                faults.add(name, bad(format!("There is no field \"{word}\".{meant}")));
            }
        }
    }
    Some(fields)
}
