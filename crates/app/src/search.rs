//! Records of every type that hold a text.

use domain::access::Right;
use domain::filter;
use domain::query::order::default_order;
use domain::query::{Expr, Page, Plan};
use domain::record::{Record, RecordId};
use domain::schema::{FieldIndex, Type, TypeIndex};
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
    /// schema and of each type; first those of which a field is the text. No text is held by none.
    /// Types that whoever asks may not see are passed over.
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
            let (mut records, _) = match filter::is_exactly(of, text.trim()) {
                Some(exactly) => self.first(ctx, of, (exactly, of_each)).await?,
                None => (Vec::new(), false),
            };
            let (holding, mut has_more) =
                self.first(ctx, of, (filter::search(text.trim()), of_each)).await?;
            let is_new = |record: &Record| records.iter().all(|known| known.id != record.id);
            let holding: Vec<Record> = holding.into_iter().filter(is_new).collect();
            records.extend(holding);
            let wanted = usize::try_from(of_each).unwrap_or(usize::MAX);
            has_more |= records.len() > wanted;
            records.truncate(wanted);
            if records.is_empty() {
                continue;
            }
            let others = searched.iter().filter(|field| !of.key.contains(field));
            let others: Vec<FieldIndex> = others.copied().collect();
            let told = records.iter().map(|record| FoundRecord {
                id: record.id,
                display: display(of, record),
                others: others
                    .iter()
                    .filter_map(|field| record.fields.get(*field).map(Value::to_text))
                    .collect(),
            });
            found.push(FoundOfType { type_index: of.index, records: told.collect(), has_more });
        }
        Ok(found)
    }

    /// The first records of a type of which something holds, and whether there are more.
    async fn first(
        &self,
        ctx: &Context,
        of: &Type,
        (filter, limit): (Expr, u32),
    ) -> Result<(Vec<Record>, bool), Error> {
        let plan = Plan {
            type_index: of.index,
            filter,
            order: default_order(of),
            page: Page::Offset { offset: 0, limit },
            count: false,
            as_of: None,
        };
        let found = self.find(ctx, plan).await?;
        Ok((found.records, found.next.is_some()))
    }
}
