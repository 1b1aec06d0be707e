//! The parts of a message: as plain JSON has them, or as CloudEvents 1.0 does in Kafka.
//!
//! *Source:* CloudEvents 1.0.2, its JSON format, its Kafka binding (headers `ce_*`), and its
//! extension `sequence`.

use std::collections::BTreeMap;

use super::fault::{MessageFault, shown};
use super::{Incoming, Payload};
use crate::json::Json;

/// How a source's messages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON, as the mapping says.
    #[default]
    Plain,
    /// CloudEvents 1.0: the whole event as JSON, or its attributes in headers.
    CloudEvents,
}

/// A message in its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What it says; `None` where it says nothing.
    pub data: Option<Json>,
    /// Its key.
    pub key: Option<Json>,
    /// The attributes of a CloudEvent.
    pub attributes: BTreeMap<String, Json>,
    /// It has neither payload nor attributes.
    pub is_tombstone: bool,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Parts {
    /// The text of a header; of several of one name, the last. `None` where it is no UTF-8, too.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// The attributes that every CloudEvent has.
const REQUIRED: [&str; 3] = ["id", "source", "type"];

/// What attributes are called in headers.
const PREFIX: &str = "ce_";

const CONTENT_TYPE: &str = "content-type";

/// Takes a message apart.
///
/// # Errors
/// All that keeps it from being one of the source's format.
pub fn read(format: Format, message: Incoming) -> Result<Parts, Vec<MessageFault>> {
    let Incoming { key, headers, payload } = message;
    let is_tombstone = payload == Payload::Tombstone;
    let parts = Parts { key, is_tombstone, headers, ..Parts::default() };
    match format {
        Format::Plain => Ok(Parts { data: data(payload)?, ..parts }),
        Format::CloudEvents if header(&parts.headers, "ce_specversion").is_some() => {
            let attributes = attributes_of(&parts.headers)?;
            check(&attributes)?;
            let data = data(payload)?;
            Ok(Parts { data, attributes, is_tombstone: false, ..parts })
        }
        // Nothing but the key can be told of it.
        Format::CloudEvents if is_tombstone => Ok(parts),
        Format::CloudEvents => {
            check_content_type(header(&parts.headers, CONTENT_TYPE))?;
            let Some(Json::Object(mut attributes)) = data(payload)? else {
                return Err(vec![MessageFault::NotAnEvent]);
            };
            if attributes.contains_key("data_base64") {
                return Err(vec![MessageFault::BinaryData]);
            }
            let data = attributes.remove("data").filter(|data| *data != Json::Null);
            check(&attributes)?;
            Ok(Parts { data, attributes, ..parts })
        }
    }
}

fn data(payload: Payload) -> Result<Option<Json>, Vec<MessageFault>> {
    match payload {
        Payload::Tombstone => Ok(None),
        Payload::Json(data) => Ok(Some(data)),
        Payload::Unreadable(why) => Err(vec![MessageFault::NotJson(why)]),
    }
}

fn attributes_of(
    headers: &[(String, Option<Vec<u8>>)],
) -> Result<BTreeMap<String, Json>, Vec<MessageFault>> {
    let (mut attributes, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, value) in headers {
        let (Some(attribute), Some(value)) = (name.strip_prefix(PREFIX), value) else {
            continue;
        };
        match std::str::from_utf8(value) {
            Ok(text) => {
                attributes.insert(attribute.to_owned(), Json::text(text));
            }
            Err(_) => faults.push(MessageFault::HeaderNotText(shown(name))),
        }
    }
    if faults.is_empty() { Ok(attributes) } else { Err(faults) }
}

fn check_content_type(content_type: Option<&str>) -> Result<(), Vec<MessageFault>> {
    let Some(content_type) = content_type else {
        return Ok(());
    };
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    match media_type.to_ascii_lowercase().strip_prefix("application/cloudevents") {
        // Some say nothing but that it is JSON.
        None | Some("" | "+json") => Ok(()),
        Some(form) if form.starts_with("-batch") => Err(vec![MessageFault::EventBatch]),
        Some(_) => Err(vec![MessageFault::EventForm(shown(&media_type))]),
    }
}

/// Whether it is an event of the version that is known here, with all that events must have.
fn check(attributes: &BTreeMap<String, Json>) -> Result<(), Vec<MessageFault>> {
    match attributes.get("specversion") {
        Some(Json::Text(version)) if version == "1.0" => {}
        Some(other) => return Err(vec![MessageFault::EventVersion(shown(other))]),
        None => return Err(vec![MessageFault::NotAnEvent]),
    }
    let is_there =
        |name: &str| matches!(attributes.get(name), Some(Json::Text(text)) if !text.is_empty());
    let missing = REQUIRED.into_iter().filter(|name| !is_there(name));
    let faults: Vec<_> = missing.map(MessageFault::NoAttribute).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn header<'a>(headers: &'a [(String, Option<Vec<u8>>)], name: &str) -> Option<&'a str> {
    let same = |(other, _): &&(String, Option<Vec<u8>>)| other.eq_ignore_ascii_case(name);
    std::str::from_utf8(headers.iter().rfind(same)?.1.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Json)]) -> Json {
        Json::Object(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
    }

    fn message(headers: &[(&str, &str)], payload: Payload) -> Incoming {
        let header =
            |(name, value): &(&str, &str)| ((*name).to_owned(), Some(value.as_bytes().to_vec()));
        Incoming { key: None, headers: headers.iter().map(header).collect(), payload }
    }

    fn data() -> Json {
        object(&[("name", Json::text("db1"))])
    }

    const ATTRIBUTES: [(&str, &str); 4] =
        [("specversion", "1.0"), ("id", "7"), ("source", "/cmdb"), ("type", "server.changed")];

    fn structured(more: &[(&str, Json)]) -> Payload {
        let texts = ATTRIBUTES.map(|(name, value)| (name, Json::text(value)));
        Payload::Json(object(&[&texts[..], more].concat()))
    }

    const HEADERS: [(&str, &str); 4] = [
        ("ce_specversion", "1.0"),
        ("ce_id", "7"),
        ("ce_source", "/cmdb"),
        ("ce_type", "server.changed"),
    ];

    fn events(message: Incoming) -> Result<Parts, Vec<MessageFault>> {
        read(Format::CloudEvents, message)
    }

    #[test]
    fn an_event_is_the_same_in_both_forms() {
        let json = [("content-type", "application/cloudevents+json; charset=utf-8")];
        let whole = events(message(&json, structured(&[("data", data())]))).unwrap();
        let headers = [&HEADERS[..], &[("content-type", "application/json")]].concat();
        let apart = events(message(&headers, Payload::Json(data()))).unwrap();
        assert_eq!(whole.data, Some(data()));
        assert_eq!((&whole.data, &whole.attributes), (&apart.data, &apart.attributes));
        assert_eq!(whole.attributes.len(), ATTRIBUTES.len());
        // Not all who write it say what it is.
        let bare = events(message(&[], structured(&[("data", data())]))).unwrap();
        assert_eq!(bare.attributes, whole.attributes);
    }

    #[test]
    fn an_event_need_not_have_data() {
        let whole = events(message(&[], structured(&[("data", Json::Null)]))).unwrap();
        let apart = events(message(&HEADERS, Payload::Tombstone)).unwrap();
        for parts in [whole, apart] {
            assert!(parts.data.is_none() && !parts.is_tombstone);
        }
        let tombstone = events(message(&[], Payload::Tombstone)).unwrap();
        assert!(tombstone.is_tombstone && tombstone.attributes.is_empty());
    }

    #[track_caller]
    fn check_refused(message: Incoming, expect: &[MessageFault]) {
        assert_eq!(events(message).unwrap_err(), expect);
    }

    #[test]
    fn what_is_no_event_is_told_why() {
        use MessageFault as Fault;
        check_refused(message(&[], Payload::Json(data())), &[Fault::NotAnEvent]);
        check_refused(message(&[], Payload::Json(Json::List(Vec::new()))), &[Fault::NotAnEvent]);
        let not_json = Fault::NotJson("expected value".to_owned());
        let unreadable = Payload::Unreadable("expected value".to_owned());
        check_refused(message(&[], unreadable.clone()), std::slice::from_ref(&not_json));
        check_refused(message(&HEADERS, unreadable), &[not_json]);
        let batch = [("content-type", "application/cloudevents-batch+json")];
        check_refused(message(&batch, structured(&[])), &[Fault::EventBatch]);
        let avro = [("Content-Type", "application/cloudevents+avro")];
        let form = Fault::EventForm("application/cloudevents+avro".to_owned());
        check_refused(message(&avro, structured(&[])), &[form]);
        let binary = structured(&[("data_base64", Json::text("AA=="))]);
        check_refused(message(&[], binary), &[Fault::BinaryData]);
        let version = Fault::EventVersion("\"0.3\"".to_owned());
        check_refused(message(&[("ce_specversion", "0.3")], Payload::Json(data())), &[version]);
    }

    #[test]
    fn all_that_an_event_lacks_is_told_together() {
        let missing = REQUIRED.map(MessageFault::NoAttribute);
        check_refused(message(&[("ce_specversion", "1.0")], Payload::Json(data())), &missing);
        let empty = [&HEADERS[..], &[("ce_source", "")]].concat();
        check_refused(
            message(&empty, Payload::Json(data())),
            &[MessageFault::NoAttribute("source")],
        );
        let mut not_text = message(&HEADERS, Payload::Json(data()));
        not_text.headers.push(("ce_subject".to_owned(), Some(vec![0xff])));
        check_refused(not_text, &[MessageFault::HeaderNotText("ce_subject".to_owned())]);
    }

    #[test]
    fn plain_messages_are_taken_as_they_are() {
        let parts = read(Format::Plain, message(&HEADERS, structured(&[]))).unwrap();
        assert!(parts.attributes.is_empty());
        assert_eq!(parts.data.map(Payload::Json), Some(structured(&[])));
        assert_eq!(read(Format::Plain, message(&[], Payload::Tombstone)).unwrap().data, None);
    }
}
