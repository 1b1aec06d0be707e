//! The register as tools ask it: over HTTP, as the holder of the token and no more.

use std::fmt::Display;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::refusal::Refusal;
use crate::cli::remote::Remote;

/// The register.
pub(super) struct Register {
    remote: Remote,
}

/// What a write was answered.
pub(super) struct Told {
    /// The number of the commit that it made.
    pub(super) commit: Option<String>,
    /// The body; null where there is none.
    pub(super) body: Value,
}

/// A type, as the register describes it to the holder of the token.
pub(super) struct OfType {
    /// The name of its list, as it stands in addresses.
    pub(super) plural: String,
    /// What `OPTIONS` tells of it.
    pub(super) about: Value,
}

/// Parameters of an address, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Register {
    pub(super) fn new(remote: Remote) -> Self {
        Self { remote }
    }

    /// Reads what is at an address.
    pub(super) async fn read(&self, path: &str, query: &Query) -> Result<Value, Refusal> {
        Ok(self.ask(Method::GET, &query.at(path), None).await?.body)
    }

    /// Sends something to an address.
    pub(super) async fn send(
        &self,
        method: Method,
        (path, query): (&str, &Query),
        body: &Value,
    ) -> Result<Told, Refusal> {
        self.ask(method, &query.at(path), Some(body)).await
    }

    async fn ask(
        &self,
        method: Method,
        address: &str,
        body: Option<&Value>,
    ) -> Result<Told, Refusal> {
        let answered = self.remote.ask(method, address, body).await?;
        if !answered.is_success {
            return Err(Refusal::answered(&answered));
        }
        let text = answered.text.as_str();
        let body = if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(text) };
        let body =
            body.map_err(|error| Refusal::new(format!("The answer is no JSON: {error}.")))?;
        Ok(Told { commit: answered.commit, body })
    }

    /// The names of all lists that the holder of the token may see.
    pub(super) async fn plurals(&self) -> Result<Vec<String>, Refusal> {
        let catalogue = self.read("/api/", &Query::default()).await?;
        let lists = catalogue.as_object().into_iter().flatten();
        Ok(lists.map(|(plural, _)| plural.clone()).collect())
    }

    /// The list of a type, which is named by it (`servers`) or by itself (`server`).
    pub(super) async fn plural_of(&self, name: &str) -> Result<String, Refusal> {
        let plurals = self.plurals().await?;
        if plurals.iter().any(|plural| plural == name) {
            return Ok(name.to_owned());
        }
        for plural in &plurals {
            if self.described(plural).await?.name() == name {
                return Ok(plural.clone());
            }
        }
        let known = plurals.join(", ");
        Err(Refusal::of("type", &format!("There is no type {name:?}. There are {known}.")))
    }

    /// What there is to know of a type, by the name of its list.
    pub(super) async fn described(&self, plural: &str) -> Result<OfType, Refusal> {
        let told = self.ask(Method::OPTIONS, &format!("/api/{plural}/"), None).await?;
        Ok(OfType { plural: plural.to_owned(), about: told.body })
    }
}

impl OfType {
    /// The name of the type itself.
    pub(super) fn name(&self) -> &str {
        self.text("type")
    }

    /// Whether changes wait for a second person: `off`, `optional`, `required`; nothing from a server
    /// that does not tell.
    pub(super) fn review(&self) -> &str {
        self.text("review")
    }

    /// Whether the holder of the token may propose changes of it.
    pub(super) fn may_propose(&self) -> bool {
        self.about.get("actions").is_some()
    }

    fn text(&self, name: &str) -> &str {
        self.about.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Query {
    pub(super) fn add(&mut self, name: &str, value: impl Display) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// Adds what is given.
    pub(super) fn add_some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// The address with these parameters.
    pub(super) fn at(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.0);
        format!("{path}?{}", query.finish())
    }
}

/// A text as a segment of a path.
///
/// # Errors
/// Where it would lead elsewhere.
pub(super) fn segment(argument: &str, text: &str) -> Result<String, Refusal> {
    if text.is_empty() || text == "." || text == ".." {
        return Err(Refusal::of(argument, "This names nothing."));
    }
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    Ok(encoded.replace('+', "%20"))
}

/// Takes a member out of an answer; null where there is none.
pub(super) fn take(answer: &mut Value, name: &str) -> Value {
    answer.get_mut(name).map_or(Value::Null, Value::take)
}

/// A parameter of the address of the next page: what the next call is to name.
pub(super) fn of_next(page: &Value, parameter: &str) -> Option<String> {
    let next = Url::parse(page.get("next")?.as_str()?).ok()?;
    let mut pairs = next.query_pairs();
    pairs.find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_are_written_as_the_register_reads_them() {
        let mut query = Query::default();
        assert_eq!(query.at("/api/"), "/api/");
        query.add("name!", "a b&c");
        query.add_some("limit", Some(3));
        query.add_some("cursor", None::<&str>);
        assert_eq!(query.at("/api/servers/"), "/api/servers/?name%21=a+b%26c&limit=3");
        assert_eq!(segment("key", "a/b c+d").unwrap(), "a%2Fb%20c%2Bd");
        for elsewhere in ["", ".", ".."] {
            assert!(segment("key", elsewhere).is_err(), "{elsewhere:?}");
        }
    }

    #[test]
    fn the_next_page_is_told_by_its_cursor() {
        let page = json!({"next": "http://d/api/servers/?limit=1&cursor=a%2Bb&as_of=7"});
        assert_eq!(of_next(&page, "cursor").as_deref(), Some("a+b"));
        assert_eq!(of_next(&page, "as_of").as_deref(), Some("7"));
        assert_eq!(of_next(&page, "before"), None);
        assert_eq!(of_next(&json!({"next": null}), "cursor"), None);
    }
}
