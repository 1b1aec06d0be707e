//! What one may send to an address of the API, as a command line that can be copied.

use domain::schema::{Field, Kind, Type};
use serde_json::{Map, Value, json};

/// A command line.
pub(crate) struct Command {
    /// The method, and what stands for it in the page.
    pub(crate) method: &'static str,
    pub(crate) line: String,
}

/// What is sent where.
pub(crate) struct Addressed<'a> {
    /// The whole address.
    pub(crate) address: &'a str,
    /// The entity tag of what is there.
    pub(crate) tag: Option<&'a str>,
}

impl Addressed<'_> {
    /// The command that reads it.
    pub(crate) fn read(&self) -> Command {
        self.command("GET", None)
    }

    /// The commands that change records of a type by its list.
    pub(crate) fn writes_of_list(&self, of: &Type) -> Vec<Command> {
        let one = sample(of);
        let mut with_id = one.clone();
        with_id.insert("id".to_owned(), json!(1));
        let id = json!([{ "id": 1 }]);
        vec![
            self.command("POST", Some(&Value::Object(one))),
            self.command("PUT", Some(&json!([with_id]))),
            self.command("PATCH", Some(&json!([with_id]))),
            self.command("DELETE", Some(&id)),
        ]
    }

    /// The commands that change a record of a type.
    pub(crate) fn writes_of_record(&self, of: &Type) -> Vec<Command> {
        let all = Value::Object(sample(of));
        let some = of.fields.iter().find(|field| !of.key.contains(&field.index));
        let some = some.map(|field| json!({ field.name.as_str(): value(field) }));
        vec![
            self.command("PUT", Some(&all)),
            self.command("PATCH", Some(&some.unwrap_or(all))),
            self.command("DELETE", None),
        ]
    }

    fn command(&self, method: &'static str, body: Option<&Value>) -> Command {
        let mut line = String::from("curl");
        if method != "GET" {
            line.push_str(" -X ");
            line.push_str(method);
        }
        line.push_str(" -H \"Authorization: Bearer $DOMESDAY_TOKEN\"");
        if let Some(tag) = self.tag.filter(|_| method != "GET") {
            line.push_str(" -H ");
            line.push_str(&quoted(&format!("If-Match: {tag}")));
        }
        if let Some(body) = body {
            line.push_str(" -H 'Content-Type: application/json' -d ");
            line.push_str(&quoted(&body.to_string()));
        }
        line.push(' ');
        line.push_str(&quoted(self.address));
        Command { method, line }
    }
}

/// A record with what it must have.
fn sample(of: &Type) -> Map<String, Value> {
    let needed = of.fields.iter().filter(|field| field.required && field.default.is_none());
    needed.map(|field| (field.name.as_str().to_owned(), value(field))).collect()
}

/// A value that stands for one of a field.
fn value(field: &Field) -> Value {
    match &field.kind {
        Kind::Choice(choices) => json!(choices.first().map_or("", |choice| &choice.value)),
        Kind::Integer { .. } | Kind::Ref { .. } => json!(1),
        Kind::Decimal { .. } => json!("1.0"),
        Kind::Refs { .. } => json!([1]),
        Kind::Boolean => json!(true),
        Kind::Date => json!("2026-01-31"),
        Kind::Datetime => json!("2026-01-31T12:00:00Z"),
        Kind::Ip => json!("192.0.2.1"),
        Kind::Network => json!("192.0.2.0/24"),
        Kind::Mac => json!("00:1b:44:11:3a:b7"),
        Kind::Json => json!({}),
        Kind::Url(_) => json!("https://example.org/"),
        Kind::Email(_) => json!("somebody@example.org"),
        Kind::Text(_) | Kind::LongText(_) => json!(field.name.as_str()),
    }
}

/// A text as a shell takes it, whatever stands in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_what_stands_in_an_address_for_no_more() {
        let addressed = Addressed { address: "http://d/api/?a='$(x)", tag: Some("\"1.a\"") };
        let read = addressed.read();
        assert_eq!(
            read.line,
            r#"curl -H "Authorization: Bearer $DOMESDAY_TOKEN" 'http://d/api/?a='\''$(x)'"#
        );
        let delete = addressed.command("DELETE", None);
        assert!(delete.line.contains(r#" -H 'If-Match: "1.a"' "#), "{}", delete.line);
    }
}
