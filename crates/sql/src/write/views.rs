//! Saved views, and by which of them somebody's tables open.

use domain::record::Timestamp;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A view as it is kept, and as somebody sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredView {
    /// Its number.
    pub id: i64,
    /// The name of the type whose table it is of.
    pub type_name: String,
    /// What its owner calls it.
    pub name: String,
    /// Search, conditions, order and columns, as in an address.
    pub query: String,
    /// The name of its owner.
    pub owner: String,
    /// The name of the group that it is shared with.
    pub group: Option<String>,
    /// Whether the group's members see it who have no default of their own.
    pub is_group_default: bool,
    /// Whether whoever asks made it their default.
    pub is_default: bool,
    /// Its revision: 1 when saved, one more with each change.
    pub revision: i64,
    /// When it was saved.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Whose views are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ViewsOf<'a> {
    /// The number of the user; `None` for somebody unknown.
    pub user: Option<i64>,
    /// The name of the group that everybody is in.
    pub everybody: &'a str,
    /// Whether they see all that is shared.
    pub is_administrator: bool,
    /// The name of the type; `None` for all.
    pub type_name: Option<&'a str>,
}

/// What is asked, with the user as the first value.
const SELECT: &str = "SELECT v.id, v.type, v.name, v.query, u.name, g.name, v.is_group_default, \
                      CAST(CASE WHEN d.view_id IS NULL THEN 0 ELSE 1 END AS BIGINT), v.revision, \
                      v.created_at, v.updated_at FROM views v JOIN users u ON u.id = v.owner_id \
                      LEFT JOIN groups g ON g.id = v.group_id \
                      LEFT JOIN view_defaults d ON d.view_id = v.id AND d.user_id = $1";

fn read(row: &Row<'_>) -> Result<StoredView, StoreError> {
    Ok(StoredView {
        id: row.integer(0)?,
        type_name: row.text(1)?,
        name: row.text(2)?,
        query: row.text(3)?,
        owner: row.text(4)?,
        group: row.text_or_null(5)?,
        is_group_default: row.integer(6)? != 0,
        is_default: row.integer(7)? != 0,
        revision: row.integer(8)?,
        created_at: timestamp(row.integer(9)?)?,
        updated_at: timestamp(row.integer(10)?)?,
    })
}

/// The views that somebody sees, by type, owner and name.
///
/// # Errors
/// When the database can't be asked.
pub fn views(reader: &mut Reader<'_>, of: ViewsOf<'_>) -> Result<Vec<StoredView>, StoreError> {
    let mut statement = Statement::with(SELECT, [of.user.into()]);
    statement.push(" WHERE (v.owner_id = $1 OR g.name = ").bind(of.everybody);
    statement.push(" OR v.group_id IN (SELECT group_id FROM members WHERE user_id = $1)");
    if of.is_administrator {
        statement.push(" OR v.group_id IS NOT NULL");
    }
    statement.push(")");
    if let Some(type_name) = of.type_name {
        statement.push(" AND v.type = ").bind(type_name);
    }
    statement.push(" ORDER BY v.type, u.name, v.name, v.id");
    reader.query(&statement, read)
}

/// The view of a number, as a user sees it.
///
/// # Errors
/// When the database can't be asked.
pub fn view(
    reader: &mut Reader<'_>,
    id: i64,
    user: Option<i64>,
) -> Result<Option<StoredView>, StoreError> {
    let text = format!("{SELECT} WHERE v.id = $2");
    reader.query_one(&Statement::with(&text, [user.into(), id.into()]), read)
}

/// The number of a user's view of a type and a name.
///
/// # Errors
/// When the database can't be asked.
pub fn view_named(
    reader: &mut Reader<'_>,
    owner: i64,
    type_name: &str,
    name: &str,
) -> Result<Option<i64>, StoreError> {
    let text = "SELECT id FROM views WHERE owner_id = $1 AND type = $2 AND name = $3";
    let values = [owner.into(), type_name.into(), name.into()];
    reader.query_one(&Statement::with(text, values), |row| row.integer(0))
}

/// The names of the types that a user's views are of, one for each view.
///
/// # Errors
/// When the database can't be asked.
pub fn view_types(reader: &mut Reader<'_>, owner: i64) -> Result<Vec<String>, StoreError> {
    let statement = Statement::with("SELECT type FROM views WHERE owner_id = $1", [owner.into()]);
    reader.query(&statement, |row| row.text(0))
}

/// Keeps a new view of a user, shared with a group, and gives its number.
///
/// # Errors
/// When the database can't be asked.
pub fn view_add(
    writer: &mut Writer<'_>,
    view: &StoredView,
    (owner, group): (i64, Option<i64>),
) -> Result<i64, StoreError> {
    let statement = Statement::with(
        "INSERT INTO views (type, name, query, owner_id, group_id, is_group_default, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
        [
            view.type_name.as_str().into(),
            view.name.as_str().into(),
            view.query.as_str().into(),
            owner.into(),
            group.into(),
            i64::from(view.is_group_default).into(),
            view.created_at.timestamp_micros().into(),
        ],
    );
    let added = writer.query_one(&statement, |row| row.integer(0))?;
    added.ok_or_else(|| StoreError::Corrupt("an added view is not there".to_owned()))
}

/// Keeps a view as it is now, shared with a group.
///
/// # Errors
/// When the database can't be asked.
pub fn view_change(
    writer: &mut Writer<'_>,
    view: &StoredView,
    group: Option<i64>,
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "UPDATE views SET name = $1, query = $2, group_id = $3, is_group_default = $4, \
         revision = $5, updated_at = $6 WHERE id = $7",
        [
            view.name.as_str().into(),
            view.query.as_str().into(),
            group.into(),
            i64::from(view.is_group_default).into(),
            view.revision.into(),
            view.updated_at.timestamp_micros().into(),
            view.id.into(),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// Makes a view the one default of its group for its type.
///
/// # Errors
/// When the database can't be asked.
pub fn view_alone_in_group(
    writer: &mut Writer<'_>,
    view: &StoredView,
    group: i64,
) -> Result<(), StoreError> {
    let text =
        "UPDATE views SET is_group_default = 0 WHERE type = $1 AND group_id = $2 AND id <> $3";
    let values = [view.type_name.as_str().into(), group.into(), view.id.into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Removes a view; it is nobody's default any more.
///
/// # Errors
/// When the database can't be asked.
pub fn view_remove(writer: &mut Writer<'_>, id: i64) -> Result<(), StoreError> {
    writer.execute(&Statement::with("DELETE FROM views WHERE id = $1", [id.into()])).map(drop)
}

/// Makes a view the default of a user for its type, in place of another, or no more.
///
/// # Errors
/// When the database can't be asked.
pub fn view_set_default(
    writer: &mut Writer<'_>,
    view: &StoredView,
    user: i64,
) -> Result<(), StoreError> {
    let values = [user.into(), view.type_name.as_str().into(), view.id.into()];
    let text = if view.is_default {
        "INSERT INTO view_defaults (user_id, type, view_id) VALUES ($1, $2, $3) \
         ON CONFLICT (user_id, type) DO UPDATE SET view_id = excluded.view_id"
    } else {
        "DELETE FROM view_defaults WHERE user_id = $1 AND type = $2 AND view_id = $3"
    };
    writer.execute(&Statement::with(text, values)).map(drop)
}
