//! How many events somebody is behind who is told of them.

use domain::event::EventPlace;

use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// How many events there are behind a place: of records of these types, or of all where there are
/// none; `most` at most.
///
/// # Errors
/// When the database can't be asked.
pub fn events_behind(
    reader: &mut Reader<'_>,
    place: EventPlace,
    types: &[String],
    most: i64,
) -> Result<i64, StoreError> {
    let mut statement = Statement::with(
        "SELECT count(*) FROM (SELECT 1 FROM changes WHERE (commit_number, place) > ($1, $2)",
        [place.commit.0.into(), place.index.into()],
    );
    if !types.is_empty() {
        statement.push(" AND ");
        reader.dialect().any("type", Param::Texts(types.to_vec()), &mut statement);
    }
    statement.limit(most).push(") behind");
    Ok(reader.query_one(&statement, |row| row.integer(0))?.unwrap_or(0))
}
