//! Tokens, by the hash of their secret.

use domain::record::Timestamp;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub user: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// The rights that it leaves, parted by commas; `None` for all that its owner has.
    pub rights: Option<String>,
    /// The names of the types that it leaves, parted by commas; `None` for all.
    pub types: Option<String>,
    /// The networks that it is taken from, parted by commas; `None` for anywhere.
    pub networks: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, user_name, name, created_at, expires_at, rights, types, networks, \
                       last_used_at";

fn read(row: &Row<'_>) -> Result<StoredToken, StoreError> {
    Ok(StoredToken {
        id: row.integer(0)?,
        user: row.text(1)?,
        name: row.text(2)?,
        created_at: timestamp(row.integer(3)?)?,
        expires_at: row.integer_or_null(4)?.map(timestamp).transpose()?,
        rights: row.text_or_null(5)?,
        types: row.text_or_null(6)?,
        networks: row.text_or_null(7)?,
        last_used_at: row.integer_or_null(8)?.map(timestamp).transpose()?,
    })
}

/// Keeps a new token.
///
/// # Errors
/// When the database can't be asked.
pub fn token_add(
    writer: &mut Writer<'_>,
    token: &StoredToken,
    hash: &[u8],
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "INSERT INTO tokens (user_name, name, hash, created_at, expires_at, rights, types, \
         networks) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            token.user.as_str().into(),
            token.name.as_str().into(),
            hash.into(),
            token.created_at.timestamp_micros().into(),
            token.expires_at.map(|end| end.timestamp_micros()).into(),
            token.rights.as_deref().into(),
            token.types.as_deref().into(),
            token.networks.as_deref().into(),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// The token whose secret has this hash.
///
/// # Errors
/// When the database can't be asked.
pub fn token_find(reader: &mut Reader<'_>, hash: &[u8]) -> Result<Option<StoredToken>, StoreError> {
    let text = format!("SELECT {COLUMNS} FROM tokens WHERE hash = $1");
    reader.query_one(&Statement::with(&text, [hash.into()]), read)
}

/// All tokens, oldest first.
///
/// # Errors
/// When the database can't be asked.
pub fn token_list(reader: &mut Reader<'_>) -> Result<Vec<StoredToken>, StoreError> {
    reader.query(&Statement::new(&format!("SELECT {COLUMNS} FROM tokens ORDER BY id")), read)
}

/// Ends a token and gives it; `None` when there is none of this number.
///
/// # Errors
/// When the database can't be asked.
pub fn token_revoke(writer: &mut Writer<'_>, id: i64) -> Result<Option<StoredToken>, StoreError> {
    let text = format!("DELETE FROM tokens WHERE id = $1 RETURNING {COLUMNS}");
    writer.query_one(&Statement::with(&text, [id.into()]), read)
}

/// Remembers that a token was used.
///
/// # Errors
/// When the database can't be asked.
pub fn token_used(writer: &mut Writer<'_>, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let values = [now.timestamp_micros().into(), id.into()];
    let text = "UPDATE tokens SET last_used_at = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Removes tokens that ended before a moment, and tells how many.
///
/// # Errors
/// When the database can't be asked.
pub fn tokens_forget(writer: &mut Writer<'_>, before: Timestamp) -> Result<u64, StoreError> {
    let statement = Statement::with(
        "DELETE FROM tokens WHERE expires_at < $1",
        [before.timestamp_micros().into()],
    );
    writer.execute(&statement)
}
