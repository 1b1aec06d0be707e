//! What a tool is: its name, what an assistant is told of it, what it takes, and what it does.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use rmcp::handler::server::common::schema_for_input;
use rmcp::model::{self, CallToolResult, ContentBlock, JsonObject, ToolAnnotations};
use rmcp::schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::register::Register;

/// The most KiB of an answer: some 16,000 words of a model, which programs still pass on whole.
const ANSWER_KIB_MAX: usize = 64;

/// What a tool takes, which does what the tool does.
pub(super) trait Tool: DeserializeOwned + JsonSchema + Send + 'static {
    /// Its name.
    const NAME: &'static str;
    /// What people call it.
    const TITLE: &'static str;
    /// What an assistant is told of it.
    const ABOUT: &'static str;
    /// What it does to the register.
    const EFFECT: Effect;
    /// What to do where the answer is too long.
    const LESS: &'static str;

    /// Does what is asked.
    fn run(self, register: &Register) -> impl Future<Output = Result<Value, Refusal>> + Send;
}

/// What a tool does to the register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Looks,
    /// It asks people for something, or says something to them; no record changes.
    Asks,
}

impl Effect {
    fn annotations(self, title: &str) -> ToolAnnotations {
        let looks = self == Self::Looks;
        ToolAnnotations::with_title(title)
            .read_only(looks)
            .destructive(false)
            .idempotent(looks)
            .open_world(false)
    }
}

/// A tool among all others.
pub(super) struct Entry {
    /// As an assistant is told of it.
    pub(super) tool: model::Tool,
    run: Run,
}

type Answering<'a> = Pin<Box<dyn Future<Output = CallToolResult> + Send + 'a>>;
type Run = for<'a> fn(&'a Register, JsonObject) -> Answering<'a>;

impl Entry {
    /// # Errors
    /// When what it takes can't be described.
    pub(super) fn of<T: Tool>() -> Result<Self, String> {
        let mut takes = schema_for_input::<T>()?;
        // Of what takes nothing, too: some programs look for it.
        Arc::make_mut(&mut takes).entry("properties").or_insert_with(|| json!({}));
        let tool = model::Tool::new(T::NAME, T::ABOUT, takes)
            .with_title(T::TITLE)
            .with_annotations(T::EFFECT.annotations(T::TITLE));
        Ok(Self { tool, run: answering::<T> })
    }

    /// Does what is asked. What goes wrong is an answer too, so that the assistant reads it.
    pub(super) async fn call(&self, register: &Register, arguments: JsonObject) -> CallToolResult {
        (self.run)(register, arguments).await
    }
}

fn answering<T: Tool>(register: &Register, arguments: JsonObject) -> Answering<'_> {
    Box::pin(async move {
        match answer::<T>(register, arguments).await {
            Ok(answer) => CallToolResult::structured(answer),
            Err(refusal) => CallToolResult::error(vec![ContentBlock::text(refusal.to_string())]),
        }
    })
}

async fn answer<T: Tool>(register: &Register, arguments: JsonObject) -> Result<Value, Refusal> {
    let asked: T = serde_json::from_value(Value::Object(arguments))
        .map_err(|error| Refusal::new(format!("The arguments can't be taken: {error}.")))?;
    let answer = asked.run(register).await?;
    if fits(&answer) {
        return Ok(answer);
    }
    let less = T::LESS;
    Err(Refusal::new(format!("The answer has more than {ANSWER_KIB_MAX} KiB. {less}")))
}

/// Whether an answer is short enough to be passed on.
pub(super) fn fits(answer: &Value) -> bool {
    answer.to_string().len() <= ANSWER_KIB_MAX * 1024
}

/// One text, or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
#[schemars(crate = "rmcp::schemars", inline)]
pub(super) enum Texts {
    /// One; several where it has commas and is read so.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Texts {
    /// As a parameter takes them, parted by commas.
    pub(super) fn joined(&self) -> String {
        self.parts().join(",")
    }

    /// One by one.
    pub(super) fn parts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}
