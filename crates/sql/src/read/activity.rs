//! How many changes were made when.

use crate::engine::Reader;
use crate::error::StoreError;
use crate::statement::Statement;

/// How many changes were made in each quarter of an hour from one on, of these types or of all, in
/// their order; those without any are left out. Reads a row for each quarter and type, however many
/// changes there were.
///
/// # Errors
/// When the database can't be asked.
pub fn activity(
    reader: &mut Reader<'_>,
    types: Option<&[&str]>,
    from: i64,
) -> Result<Vec<(i64, u64)>, StoreError> {
    let mut statement = Statement::new(
        "SELECT quarter, CAST(sum(changes) AS BIGINT) FROM activity WHERE quarter >= ",
    );
    statement.bind(from);
    match types {
        Some([]) => return Ok(Vec::new()),
        Some(types) => {
            statement.push(" AND type IN (");
            for (place, name) in types.iter().enumerate() {
                statement.push(if place > 0 { ", " } else { "" }).bind(*name);
            }
            statement.push(")");
        }
        None => {}
    }
    statement.push(" GROUP BY quarter ORDER BY quarter");
    reader.query(&statement, |row| {
        Ok((row.integer(0)?, u64::try_from(row.integer(1)?).unwrap_or_default()))
    })
}
