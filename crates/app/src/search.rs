//! Records of every type that hold a text.

use domain::access::Right;
use domain::filter;
use domain::query::order::default_order;
use domain::query::{Page, Plan};
use domain::record::RecordId;
use domain::schema::{FieldIndex, TypeIndex};
use domain::value::Value;

use crate::encode::display;
use crate::{App, Context, Error};

/// What was found of a type.
#[derive(Clone, Debug)]
pub struct FoundOfType {
    /// The type.
    pub type_index: TypeIndex,
    /// Its first records that hold the text, never none.
    pub records: Vec<FoundRecord>,
    /// Whether there are more.
    pub has_more: bool,
}

/// A record that holds a text.
#[derive(Clone, Debug)]
pub struct FoundRecord {
    /// Its id.
    pub id: RecordId,
    /// Its key, as people read it.
    pub display: String,
    /// What it has in the other fields that are searched: its address, its description.
    pub others: Vec<String>,
}

impl App {
    /// The records of every type that hold a text, at most `of_each` of a type, in the order of the
    /// schema and of each type. No text is held by none. Types that whoever asks may not see are
    /// passed over.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn search(
        &self,
        ctx: &Context,
        text: &str,
        of_each: u32,
    ) -> Result<Vec<FoundOfType>, Error> {
        let mut found = Vec::new();
        let types = self.schema.types().iter().filter(|_| !text.trim().is_empty());
        for of in types.filter(|of| ctx.must(Right::View, &self.schema, of.index).is_ok()) {
            let searched = of.fields.iter().filter(|field| field.searched);
            let searched: Vec<FieldIndex> = searched.map(|field| field.index).collect();
            if searched.is_empty() {
                continue;
            }
            let plan = Plan {
                type_index: of.index,
                filter: filter::search(text.trim()),
                order: default_order(of),
                page: Page::Offset { offset: 0, limit: of_each },
                count: false,
                as_of: None,
            };
            let page = self.find(ctx, plan).await?;
            if page.records.is_empty() {
                continue;
            }
            let others = searched.iter().filter(|field| !of.key.contains(field));
            let others: Vec<FieldIndex> = others.copied().collect();
            let records = page.records.iter().map(|record| FoundRecord {
                id: record.id,
                display: display(of, record),
                others: others
                    .iter()
                    .filter_map(|field| record.fields.get(*field).map(Value::to_text))
                    .collect(),
            });
            found.push(FoundOfType {
                type_index: of.index,
                records: records.collect(),
                has_more: page.next.is_some(),
            });
        }
        Ok(found)
    }
}
