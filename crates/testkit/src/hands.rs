//! A test's hands on the register: short ways to change and read records.

use std::collections::BTreeMap;

use app::submit::Outcome;
use app::{App, Context, Error};
use domain::change::{
    Action, FieldsInput, Preconditions, Proposal, ProposedChange, Target, Unnamed,
};
use domain::json::Json;
use domain::query::{Expr, Page, Plan};
use domain::record::{Record, RecordId};
use domain::schema::Type;
use domain::value::Value;

use crate::TestApp;

/// The members of a JSON object.
///
/// # Panics
/// When the text is no JSON.
#[expect(clippy::expect_used, reason = "a test can't go on without")]
pub fn fields(json: &str) -> FieldsInput {
    let parsed = sql::json::parse(json).expect("JSON");
    if let Json::Object(members) = parsed { members } else { BTreeMap::new() }
}

/// A test's hands on the register, as somebody who may write.
pub struct Hands<'a> {
    /// The register.
    pub test: &'a TestApp,
}

#[expect(clippy::expect_used, reason = "a test can't go on without")]
#[expect(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "names tell"
)]
impl Hands<'_> {
    pub fn app(&self) -> &App {
        &self.test.app
    }

    pub fn ctx(&self) -> Context {
        self.test.writer()
    }

    pub fn of(&self, name: &str) -> &Type {
        self.app().schema.named(name).expect("a type")
    }

    pub fn change(&self, type_name: &str, action: Action) -> ProposedChange {
        ProposedChange {
            type_index: self.of(type_name).index,
            action,
            preconditions: Preconditions::default(),
        }
    }

    pub async fn submit(&self, changes: Vec<ProposedChange>) -> Result<Outcome, Error> {
        self.app().submit(&self.ctx(), Proposal { changes }).await
    }

    pub async fn add(&self, type_name: &str, json: &str) -> Record {
        let change = self.change(type_name, Action::Add { fields: fields(json) });
        let outcome = self.submit(vec![change]).await.expect("added");
        outcome.subjects.into_iter().next().and_then(|subject| subject.record).expect("a record")
    }

    pub async fn update(&self, type_name: &str, id: i64, json: &str) -> Result<Outcome, Error> {
        let change = self.update_of(type_name, id, json);
        self.submit(vec![change]).await
    }

    pub fn update_of(&self, type_name: &str, id: i64, json: &str) -> ProposedChange {
        let target = Target::Id(RecordId(id));
        let action = Action::Update { target, fields: fields(json), unnamed: Unnamed::Keep };
        self.change(type_name, action)
    }

    pub async fn delete(&self, type_name: &str, id: i64) -> Result<Outcome, Error> {
        let target = Target::Id(RecordId(id));
        self.submit(vec![self.change(type_name, Action::Delete { target })]).await
    }

    pub async fn get(&self, type_name: &str, id: i64) -> Option<Record> {
        let type_index = self.of(type_name).index;
        self.app().get(&self.ctx(), type_index, Target::Id(RecordId(id))).await.expect("read")
    }

    pub fn plan(&self, type_name: &str) -> Plan {
        Plan {
            type_index: self.of(type_name).index,
            filter: Expr::all(),
            order: Vec::new(),
            page: Page::Offset { offset: 0, limit: 50 },
            count: true,
            as_of: None,
        }
    }

    pub fn text(&self, type_name: &str, record: &Record, field: &str) -> String {
        let field = self.of(type_name).field_named(field).expect("a field");
        record.fields.get(field.index).map(Value::to_text).unwrap_or_default()
    }
}
