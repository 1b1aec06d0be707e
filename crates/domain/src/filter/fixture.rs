//! A small schema with every kind, for tests.

use crate::schema::{
    Choice, Demand, Field, FieldIndex, FieldName, Kind, OnDelete, Review, Schema, TextRules, Type,
    TypeIndex, TypeName,
};

/// `server` (with a field of every kind), `dc`, `region` (of a `dc`) and `tag`.
pub(crate) fn schema() -> Schema {
    let reference = |target| Kind::Ref { target: TypeIndex(target), on_delete: OnDelete::Protect };
    let references = |target| Kind::Refs { target: TypeIndex(target), on_delete: OnDelete::Clear };
    let integer = Kind::Integer { min: Some(0), max: Some(1_000) };
    let decimal = Kind::Decimal { min: None, max: None, places: Some(2) };
    let words = ["planned", "active", "retired"]
        .map(|word| Choice { value: word.to_owned(), label: word.to_owned() });
    Schema::from_types(vec![
        record_type(
            0,
            "server",
            vec![
                ("name", true, Kind::Text(rules())),
                ("description", false, Kind::LongText(rules())),
                ("cpus", false, integer),
                ("price", false, decimal),
                ("virtual", false, Kind::Boolean),
                ("bought", false, Kind::Date),
                ("last_seen", false, Kind::Datetime),
                ("ip", true, Kind::Ip),
                ("net", false, Kind::Network),
                ("mac", false, Kind::Mac),
                ("page", false, Kind::Url(rules())),
                ("contact", false, Kind::Email(rules())),
                ("state", true, Kind::Choice(words.to_vec())),
                ("phase", false, Kind::Choice(words.to_vec())),
                ("dc", true, reference(1)),
                ("spare_dc", false, reference(1)),
                ("tags", false, references(3)),
                ("extra", false, Kind::Json),
                ("parent", false, reference(0)),
            ],
        ),
        record_type(
            1,
            "dc",
            vec![("name", true, Kind::Text(rules())), ("region", false, reference(2))],
        ),
        record_type(
            2,
            "region",
            vec![("name", true, Kind::Text(rules())), ("code", true, Kind::Text(rules()))],
        ),
        record_type(3, "tag", vec![("name", true, Kind::Text(rules()))]),
    ])
}

fn rules() -> TextRules {
    TextRules { max_length: 50, pattern: None }
}

fn record_type(index: usize, name: &str, fields: Vec<(&str, bool, Kind)>) -> Type {
    let fields: Vec<Field> = fields
        .into_iter()
        .enumerate()
        .map(|(index, (name, required, kind))| Field {
            index: FieldIndex(index),
            name: FieldName::parse(name).unwrap(),
            label: name.to_owned(),
            help: String::new(),
            kind,
            required,
            unique: false,
            indexed: false,
            searched: false,
            default: None,
        })
        .collect();
    // A key of two parts, so that tests see what that makes of an order.
    let key = match name {
        "region" => vec![FieldIndex(1), FieldIndex(0)],
        _ => vec![FieldIndex(0)],
    };
    Type {
        index: TypeIndex(index),
        name: TypeName::parse(name).unwrap(),
        plural: format!("{name}s"),
        label: name.to_owned(),
        description: String::new(),
        key,
        fields,
        unique_together: Vec::new(),
        review: Review::Off.into(),
        reason: Demand::Optional,
        if_match: Demand::Optional,
    }
}
