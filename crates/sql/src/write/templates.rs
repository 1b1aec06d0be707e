//! Templates of exports that were uploaded.

use domain::record::Timestamp;

use crate::engine::{Reader, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTemplate {
    /// Its name, as it stands in addresses.
    pub name: String,
    /// The media type of what it makes.
    pub media_type: String,
    /// The names of the types that it is for; none for all.
    pub types: Vec<String>,
    /// It.
    pub text: String,
    /// When it was uploaded.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
}

/// All templates, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn templates(reader: &mut Reader<'_>) -> Result<Vec<StoredTemplate>, StoreError> {
    let statement = Statement::new(
        "SELECT name, media_type, types, body, updated_at, updated_by FROM templates ORDER BY name",
    );
    reader.query(&statement, |row| {
        let types = row.text(2)?;
        Ok(StoredTemplate {
            name: row.text(0)?,
            media_type: row.text(1)?,
            types: types.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            text: row.text(3)?,
            updated_at: timestamp(row.integer(4)?)?,
            updated_by: row.text(5)?,
        })
    })
}

/// Keeps a template, in the place of one of the same name.
///
/// # Errors
/// When the database can't be asked.
pub fn template_set(writer: &mut Writer<'_>, template: &StoredTemplate) -> Result<(), StoreError> {
    let text = "INSERT INTO templates (name, media_type, types, body, updated_at, updated_by) \
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET \
                media_type = excluded.media_type, types = excluded.types, body = excluded.body, \
                updated_at = excluded.updated_at, updated_by = excluded.updated_by";
    let values = [
        template.name.as_str().into(),
        template.media_type.as_str().into(),
        template.types.join(",").into(),
        template.text.as_str().into(),
        template.updated_at.timestamp_micros().into(),
        template.updated_by.as_str().into(),
    ];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Removes a template, and tells whether there was one.
///
/// # Errors
/// When the database can't be asked.
pub fn template_remove(writer: &mut Writer<'_>, name: &str) -> Result<bool, StoreError> {
    let text = "DELETE FROM templates WHERE name = $1";
    Ok(writer.execute(&Statement::with(text, [name.into()]))? > 0)
}
