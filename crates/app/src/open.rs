//! Opening the register: the database, and the schema applied to it.

use std::sync::Arc;

use domain::schema::Schema;
use sql::{Store, StoreError, write};

use crate::{App, Clock, Entropy, schema_file};

/// Why the register can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database can't be reached or used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Opens the database, and applies the schema where that only adds to what is there.
    ///
    /// # Errors
    /// When the database can't be used, or applying the schema would lose something.
    pub async fn open(
        settings: sql::Settings,
        schema: Schema,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Self, OpenError> {
        let store = Store::open(settings).await?;
        let app = Self {
            schema: Arc::new(schema),
            store,
            clock,
            entropy,
        };
        let wanted = schema_file::write(&app.schema);
        if app.store.read(write::applied_schema).await?.as_ref() != Some(&wanted) {
            let (schema, now) = (Arc::clone(&app.schema), app.clock.now());
            app.store
                .write(move |writer| {
                    write::lock_register(writer)?;
                    if write::applied_schema(writer)?.is_none() {
                        let types: Vec<_> = schema.types().iter().collect();
                        write::create_types(writer, &schema, &types)?;
                        write::remember_schema(writer, &wanted, now)?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(app)
    }
}
