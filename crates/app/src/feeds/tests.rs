//! What each feed says of the same hosts.

use chrono::DateTime;
use domain::record::{Fields, RecordId, Reference, Revision};
use domain::schema::Schema;

use super::*;
use crate::encode::EncodeRecord;
use crate::schema_file::built_in;

fn host(schema: &Schema, id: i64, values: Vec<(&str, Value)>) -> Record {
    let of = schema.named("server").unwrap();
    let mut fields = Fields::empty(of.fields.len());
    for (name, value) in values {
        fields.set(of.field_named(name).unwrap().index, Some(value));
    }
    Record {
        type_index: of.index,
        id: RecordId(id),
        revision: Revision(1),
        created_at: DateTime::from_timestamp_micros(0).unwrap(),
        updated_at: DateTime::from_timestamp_micros(0).unwrap(),
        changed_by: "alice".to_owned(),
        fields,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn reference(name: &str) -> Reference {
    Reference { id: RecordId(1), key: [text(name)].into() }
}

fn records(schema: &Schema) -> [Record; 2] {
    [
        host(
            schema,
            1,
            vec![
                ("name", text("db1")),
                ("ip", Value::Ip([10, 0, 0, 1].into())),
                ("dc", Value::Ref(reference("iad-1"))),
                ("tags", Value::Refs(vec![reference("ssd"), reference("row.a")])),
                ("state", text("active")),
            ],
        ),
        host(
            schema,
            2,
            vec![("name", text("näh \"2\"")), ("ip", Value::Ip("2001:db8::1".parse().unwrap()))],
        ),
    ]
}

fn hosts(schema: &Schema) -> Hosts {
    Hosts::of(schema.named("server").unwrap(), None).unwrap()
}

fn fields(schema: &Schema, names: &[&str]) -> Vec<FieldIndex> {
    let of = schema.named("server").unwrap();
    names.iter().map(|name| of.field_named(name).unwrap().index).collect()
}

/// What an encoder writes of both hosts.
fn written(encoder: &impl EncodeRecord, between: &str) -> String {
    let schema = built_in().unwrap();
    let lines = records(&schema).map(|record| {
        let mut out = String::new();
        encoder.encode(&record, &mut out);
        out
    });
    lines.join(between)
}

#[test]
fn an_inventory_has_hosts_with_their_variables_and_groups_with_sane_names() {
    let schema = built_in().unwrap();
    let group_by = fields(&schema, &["dc", "tags"]);
    let variables = fields(&schema, &["state", "tags", "group"]);
    let encoder = AnsibleEncoder::new(hosts(&schema), Some(group_by), variables);
    let told = AnsibleEncoder::HEAD.to_owned() + &written(&encoder, ",") + &encoder.tail();
    assert_eq!(
        told,
        r#"{"_meta":{"hostvars":{"db1":{"domesday_id":1,"ansible_host":"10.0.0.1","#.to_owned()
            + r#""domesday_state":"active","domesday_tags":["ssd","row.a"],"domesday_group":null},"#
            + r#""näh \"2\"":{"domesday_id":2,"ansible_host":"2001:db8::1","domesday_state":null,"#
            + r#""domesday_tags":null,"domesday_group":null}}},"#
            + r#""dc_iad_1":{"hosts":["db1"],"vars":{"domesday_group_field":"dc","domesday_group_values":["iad-1"]}},"#
            + r#""tags_row_a":{"hosts":["db1"],"vars":{"domesday_group_field":"tags","domesday_group_values":["row.a"]}},"#
            + r#""tags_ssd":{"hosts":["db1"],"vars":{"domesday_group_field":"tags","domesday_group_values":["ssd"]}},"#
            + r#""ungrouped":{"hosts":["näh \"2\""]}}"#
    );
}

#[test]
fn a_target_has_labels_that_stay_and_labels_for_relabelling() {
    let schema = built_in().unwrap();
    let encoder = PrometheusEncoder::new(hosts(&schema), 9100, fields(&schema, &["dc"]));
    assert_eq!(
        written(&encoder, ","),
        r#"{"targets":["10.0.0.1:9100"],"labels":{"__meta_domesday_name":"db1","__meta_domesday_id":"1","#
            .to_owned()
            + r#""__meta_domesday_dc":"iad-1","__meta_domesday_state":"active","#
            + r#""__meta_domesday_tags":",ssd,row.a,","dc":"iad-1"}},"#
            + r#"{"targets":["[2001:db8::1]:9100"],"labels":{"__meta_domesday_name":"näh \"2\"","#
            + r#""__meta_domesday_id":"2"}}"#
    );
}

#[test]
fn lines_have_names_that_can_stand_there() {
    let schema = built_in().unwrap();
    assert_eq!(written(&HostsEncoder(hosts(&schema)), ""), "10.0.0.1\tdb1\n");
    let encoder = SshConfigEncoder { hosts: hosts(&schema), user: Some("ops".to_owned()) };
    assert_eq!(written(&encoder, ""), "Host db1\n    HostName 10.0.0.1\n    User ops\n");
}

#[test]
fn zones_go_both_ways() {
    let schema = built_in().unwrap();
    let told = |domain: &str, reverse: Option<&str>| {
        let zone = Zone::of(domain, reverse).unwrap();
        written(&DnsEncoder { hosts: hosts(&schema), zone }, "")
    };
    assert_eq!(told("Example.org.", None), "db1.example.org.\tIN\tA\t10.0.0.1\n");
    let reverse = "1.0.0.10.in-addr.arpa.\tIN\tPTR\tdb1.example.org.\n";
    assert_eq!(told("example.org", Some("10.in-addr.arpa")), reverse);
    assert_eq!(told("example.org", Some("11.in-addr.arpa")), "");
    let six = reverse_of("2001:db8::1");
    assert!(six.starts_with("1.0.0.0.") && six.ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"), "{six}");
    assert_eq!(Zone::of("no domain", None), Err(ZoneError));
    assert_eq!(Zone::of("a..b", None), Err(ZoneError));
}

fn reverse_of(address: &str) -> String {
    let schema = built_in().unwrap();
    let ip = Value::Ip(address.parse().unwrap());
    let record = host(&schema, 3, vec![("name", text("six")), ("ip", ip)]);
    let zone = Zone::of("example.org", Some("ip6.arpa")).unwrap();
    let mut out = String::new();
    DnsEncoder { hosts: hosts(&schema), zone }.encode(&record, &mut out);
    out.split(".\tIN").next().unwrap().to_owned()
}
