//! A dump of NetBox's API: lists of objects, as its addresses answer with them.

use std::collections::{BTreeMap, VecDeque};

use domain::json::Json;
use domain::message::{Format, Incoming, Mapping, MessageFault, Payload, read};
use domain::schema::TypeIndex;
use sql::{Reader, StoreError, Writer};

use super::bring::{Batch, Known, Told, digest_of};
use super::{BATCH, Here, MoveOptions, Mover, Report};
use crate::{App, Context, Error};

/// What the system is called in the register.
const SOURCE: &str = "netbox";

/// Objects of a list, and what they are here.
#[derive(Clone, Debug)]
pub struct NetBoxList {
    /// What the list is called, such as `devices`: two lists may have objects of one number.
    pub name: String,
    /// The type of the records.
    pub of: TypeIndex,
    /// How an object becomes a record; of a mapping as messages have, whose operation is to upsert.
    pub mapping: Mapping,
    /// The objects.
    pub objects: Vec<Json>,
}

impl App {
    /// Brings over what lists of a NetBox hold and what is not here yet, one list after the other.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; others when the database can't be asked. What was brought by then stays.
    pub async fn import_netbox(
        &self,
        ctx: &Context,
        (lists, passed_over): (Vec<NetBoxList>, Vec<String>),
        options: &MoveOptions,
    ) -> Result<Report, Error> {
        ctx.must_anywhere(domain::access::Right::Administer)?;
        let schema = self.schema.clone();
        let begin = move |reader: &mut Reader<'_>| Known::read(reader, &schema, SOURCE);
        let known = self.store.read(begin).await?;
        let report = Report { passed_over, ..Report::default() };
        let netbox = NetBox { lists: lists.into(), known, report };
        let report = self.move_in(ctx, netbox, options).await?;
        if !options.dry_run {
            self.store.write(sql::write::refresh_statistics).await?;
        }
        Ok(report)
    }
}

/// A NetBox that is being brought over.
struct NetBox {
    lists: VecDeque<NetBoxList>,
    known: Known,
    report: Report,
}

impl Mover for NetBox {
    fn advance(&mut self, writer: &mut Writer<'_>, at: &Here) -> Result<bool, StoreError> {
        let Some(list) = self.lists.front_mut() else {
            return Ok(false);
        };
        let some = list.objects.len().min(BATCH as usize);
        let objects: Vec<Json> = list.objects.drain(..some).collect();
        let of = at.schema.get(list.of);
        let mut told = Vec::with_capacity(objects.len());
        for object in objects {
            let called = called(&object);
            match understood(list, object) {
                Ok(one) if self.known.is_told(list.of, &one) => {
                    self.report.unchanged(of.name.as_str(), 1);
                }
                Ok(one) => told.push(one),
                Err(why) => self.report.leave_out(of.name.as_str(), &called, why),
            }
        }
        if list.objects.is_empty() {
            self.lists.pop_front();
        }
        let batch = Batch { of, kind: of.name.as_str(), makes_references: true, told };
        self.known.bring(writer, (&at.schema, &at.ctx), batch, &mut self.report)?;
        Ok(true)
    }

    fn report(&self) -> &Report {
        &self.report
    }
}

/// What an object says.
fn understood(list: &NetBoxList, object: Json) -> Result<Told, String> {
    let Json::Object(members) = &object else {
        return Err("it is no object".to_owned());
    };
    let Some(Json::Number(number)) = members.get("id").cloned() else {
        return Err("it has no id".to_owned());
    };
    let name = called(&object);
    let payload = Payload::Json(object);
    let message = Incoming { key: None, headers: Vec::new(), payload };
    let fact = read(Format::Plain, message)
        .and_then(|parts| list.mapping.understand(&parts))
        .map_err(|faults| MessageFault::join(&faults))?;
    let fields: BTreeMap<String, Json> = fact.fields;
    let digest = digest_of(&Json::Object(fields.clone()).to_string());
    let foreign_id = format!("{} {number}", list.name);
    Ok(Told { foreign_id, name, fields: Some(fields), digest })
}

/// What people call an object.
fn called(object: &Json) -> String {
    let text = |members: &BTreeMap<String, Json>, name: &str| match members.get(name) {
        Some(Json::Text(text)) if !text.is_empty() => Some(text.clone()),
        Some(Json::Number(digits)) => Some(format!("number {digits}")),
        _ => None,
    };
    let Json::Object(members) = object else {
        return "something".to_owned();
    };
    let found = ["name", "display", "id"].into_iter().find_map(|name| text(members, name));
    found.unwrap_or_else(|| "something".to_owned())
}
