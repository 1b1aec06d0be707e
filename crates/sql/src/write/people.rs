//! Users, groups, and what groups may.

use domain::preferences::{Density, Preferences, Theme};
use domain::record::Timestamp;
use domain::zone::Zone;

use crate::engine::{Reader, Row, Writer};
use crate::error::StoreError;
use crate::read::timestamp;
use crate::statement::Statement;

/// A user as they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    /// Their number.
    pub id: i64,
    /// The name that history tells.
    pub name: String,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// What people call them.
    pub display_name: Option<String>,
    /// Whether they may sign in, and their tokens work.
    pub is_active: bool,
    /// Whether they can sign in by password.
    pub has_password: bool,
    /// When they came to be known.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// How they want to see pages.
    pub preferences: Preferences,
}

/// A group as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGroup {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

/// What a group may, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGrant {
    /// Its number.
    pub id: i64,
    /// The name of the group.
    pub group: String,
    /// The rights, parted by commas.
    pub rights: String,
    /// The name of the type that it is for; `None` for everything.
    pub type_name: Option<String>,
    /// The filter whose records it is for, as in an address; `None` for all of the type.
    pub filter: Option<String>,
}

/// What is told of a user when they are made or changed; the name says who.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Where mail reaches them.
    pub email: Option<String>,
    /// What people call them.
    pub display_name: Option<String>,
}

const USER: &str = "id, name, email, display_name, is_active, \
                    CAST(CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS BIGINT), \
                    created_at, last_sign_in_at, time_zone, theme, density, tour_taken";

fn read_user(row: &Row<'_>) -> Result<StoredUser, StoreError> {
    Ok(StoredUser {
        id: row.integer(0)?,
        name: row.text(1)?,
        email: row.text_or_null(2)?,
        display_name: row.text_or_null(3)?,
        is_active: row.integer(4)? != 0,
        has_password: row.integer(5)? != 0,
        created_at: timestamp(row.integer(6)?)?,
        last_sign_in_at: row.integer_or_null(7)?.map(timestamp).transpose()?,
        // A word that another program's version knew is none here.
        preferences: Preferences {
            time_zone: row.text_or_null(8)?.and_then(|name| Zone::named(&name)),
            theme: row.text_or_null(9)?.and_then(|word| Theme::of_word(&word)),
            density: row.text_or_null(10)?.and_then(|word| Density::of_word(&word)),
            tour_taken: row.integer(11)? != 0,
        },
    })
}

fn read_group(row: &Row<'_>) -> Result<StoredGroup, StoreError> {
    Ok(StoredGroup { id: row.integer(0)?, name: row.text(1)?, description: row.text_or_null(2)? })
}

fn read_grant(row: &Row<'_>) -> Result<StoredGrant, StoreError> {
    Ok(StoredGrant {
        id: row.integer(0)?,
        group: row.text(1)?,
        rights: row.text(2)?,
        type_name: row.text_or_null(3)?,
        filter: row.text_or_null(4)?,
    })
}

/// All users, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn users(reader: &mut Reader<'_>) -> Result<Vec<StoredUser>, StoreError> {
    let text = format!("SELECT {USER} FROM users ORDER BY name");
    reader.query(&Statement::new(&text), read_user)
}

/// The user of a name.
///
/// # Errors
/// When the database can't be asked.
pub fn user_named(reader: &mut Reader<'_>, name: &str) -> Result<Option<StoredUser>, StoreError> {
    let text = format!("SELECT {USER} FROM users WHERE name = $1");
    reader.query_one(&Statement::with(&text, [name.into()]), read_user)
}

/// The user of a number.
///
/// # Errors
/// When the database can't be asked.
pub fn user(reader: &mut Reader<'_>, id: i64) -> Result<Option<StoredUser>, StoreError> {
    let text = format!("SELECT {USER} FROM users WHERE id = $1");
    reader.query_one(&Statement::with(&text, [id.into()]), read_user)
}

/// Makes a user, whose name must be free, and gives them.
///
/// # Errors
/// When the database can't be asked.
pub fn user_add(
    writer: &mut Writer<'_>,
    name: &str,
    profile: &Profile,
    now: Timestamp,
) -> Result<StoredUser, StoreError> {
    let text = format!(
        "INSERT INTO users (name, email, display_name, created_at) VALUES ($1, $2, $3, $4) \
         RETURNING {USER}"
    );
    let (email, display_name) = (profile.email.as_deref(), profile.display_name.as_deref());
    let now = now.timestamp_micros();
    let values = [name.into(), email.into(), display_name.into(), now.into()];
    let added = writer.query_one(&Statement::with(&text, values), read_user)?;
    added.ok_or_else(|| StoreError::Corrupt("an added user is not there".to_owned()))
}

/// Sets what is told of a user.
///
/// # Errors
/// When the database can't be asked.
pub fn user_describe(
    writer: &mut Writer<'_>,
    id: i64,
    profile: &Profile,
) -> Result<(), StoreError> {
    let (email, display_name) = (profile.email.as_deref(), profile.display_name.as_deref());
    let statement = Statement::with(
        "UPDATE users SET email = $1, display_name = $2 WHERE id = $3",
        [email.into(), display_name.into(), id.into()],
    );
    writer.execute(&statement).map(drop)
}

/// Keeps how a user wants to see pages, behind [`super::lock_register`].
///
/// # Errors
/// When the database can't be asked.
pub fn user_prefers(
    writer: &mut Writer<'_>,
    id: i64,
    preferences: Preferences,
) -> Result<(), StoreError> {
    let statement = Statement::with(
        "UPDATE users SET time_zone = $1, theme = $2, density = $3, tour_taken = $4 WHERE id = $5",
        [
            preferences.time_zone.map(Zone::name).into(),
            preferences.theme.map(Theme::word).into(),
            preferences.density.map(Density::word).into(),
            i64::from(preferences.tour_taken).into(),
            id.into(),
        ],
    );
    writer.execute(&statement).map(drop)
}

/// Whom a user signs in with: nobody else's word is taken for them.
///
/// # Errors
/// When the database can't be asked.
pub fn user_provider(reader: &mut Reader<'_>, id: i64) -> Result<Option<String>, StoreError> {
    let text = "SELECT provider FROM users WHERE id = $1";
    let found = reader.query_one(&Statement::with(text, [id.into()]), |row| row.text_or_null(0))?;
    Ok(found.flatten())
}

/// Sets whom a user signs in with.
///
/// # Errors
/// When the database can't be asked.
pub fn user_set_provider(
    writer: &mut Writer<'_>,
    id: i64,
    provider: &str,
) -> Result<(), StoreError> {
    let values = [provider.into(), id.into()];
    let text = "UPDATE users SET provider = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Lets a user in again, or no more: then their sessions end.
///
/// # Errors
/// When the database can't be asked.
pub fn user_set_active(
    writer: &mut Writer<'_>,
    id: i64,
    is_active: bool,
) -> Result<(), StoreError> {
    let values = [i64::from(is_active).into(), id.into()];
    writer.execute(&Statement::with("UPDATE users SET is_active = $1 WHERE id = $2", values))?;
    if !is_active {
        super::sessions::sessions_end(writer, id, None)?;
    }
    Ok(())
}

/// Remembers that a user signed in.
///
/// # Errors
/// When the database can't be asked.
pub fn user_signed_in(writer: &mut Writer<'_>, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let values = [now.timestamp_micros().into(), id.into()];
    let text = "UPDATE users SET last_sign_in_at = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// The hash of a user's password; `None` where there is no such user, or they have none.
///
/// # Errors
/// When the database can't be asked.
pub fn password_hash(reader: &mut Reader<'_>, name: &str) -> Result<Option<String>, StoreError> {
    let text = "SELECT password_hash FROM users WHERE name = $1";
    let found =
        reader.query_one(&Statement::with(text, [name.into()]), |row| row.text_or_null(0))?;
    Ok(found.flatten())
}

/// Sets the hash of a user's password.
///
/// # Errors
/// When the database can't be asked.
pub fn password_set(writer: &mut Writer<'_>, id: i64, hash: &str) -> Result<(), StoreError> {
    let values = [hash.into(), id.into()];
    let text = "UPDATE users SET password_hash = $1 WHERE id = $2";
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// All groups, by name.
///
/// # Errors
/// When the database can't be asked.
pub fn groups(reader: &mut Reader<'_>) -> Result<Vec<StoredGroup>, StoreError> {
    let text = "SELECT id, name, description FROM groups ORDER BY name";
    reader.query(&Statement::new(text), read_group)
}

/// The group of a name.
///
/// # Errors
/// When the database can't be asked.
pub fn group_named(reader: &mut Reader<'_>, name: &str) -> Result<Option<StoredGroup>, StoreError> {
    let text = "SELECT id, name, description FROM groups WHERE name = $1";
    reader.query_one(&Statement::with(text, [name.into()]), read_group)
}

/// Makes a group, whose name must be free.
///
/// # Errors
/// When the database can't be asked.
pub fn group_add(
    writer: &mut Writer<'_>,
    name: &str,
    description: Option<&str>,
) -> Result<(), StoreError> {
    let text = "INSERT INTO groups (name, description) VALUES ($1, $2)";
    writer.execute(&Statement::with(text, [name.into(), description.into()])).map(drop)
}

/// Removes a group with its members' places in it and its grants.
///
/// # Errors
/// When the database can't be asked.
pub fn group_remove(writer: &mut Writer<'_>, id: i64) -> Result<(), StoreError> {
    writer.execute(&Statement::with("DELETE FROM groups WHERE id = $1", [id.into()])).map(drop)
}

/// Who is in which group, as pairs of the names of group and user, sorted, each once.
///
/// # Errors
/// When the database can't be asked.
pub fn members(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let text = "SELECT DISTINCT g.name, u.name FROM members m JOIN groups g ON g.id = m.group_id \
                JOIN users u ON u.id = m.user_id ORDER BY g.name, u.name";
    reader.query(&Statement::new(text), |row| Ok((row.text(0)?, row.text(1)?)))
}

/// The names of the groups that a user is in, sorted.
///
/// # Errors
/// When the database can't be asked.
pub fn groups_of(reader: &mut Reader<'_>, user: i64) -> Result<Vec<String>, StoreError> {
    let text = "SELECT DISTINCT g.name FROM members m JOIN groups g ON g.id = m.group_id \
                WHERE m.user_id = $1 ORDER BY g.name";
    reader.query(&Statement::with(text, [user.into()]), |row| row.text(0))
}

/// Puts a user into a group by the word of an administrator (`""`) or of a provider.
///
/// # Errors
/// When the database can't be asked.
pub fn member_add(
    writer: &mut Writer<'_>,
    group: i64,
    user: i64,
    provider: &str,
) -> Result<(), StoreError> {
    let text = "INSERT INTO members (group_id, user_id, provider) VALUES ($1, $2, $3) \
                ON CONFLICT DO NOTHING";
    writer.execute(&Statement::with(text, [group.into(), user.into(), provider.into()])).map(drop)
}

/// Takes a user out of a group, by whosever word they were in it; tells whether they were.
///
/// # Errors
/// When the database can't be asked.
pub fn member_remove(writer: &mut Writer<'_>, group: i64, user: i64) -> Result<bool, StoreError> {
    let text = "DELETE FROM members WHERE group_id = $1 AND user_id = $2";
    Ok(writer.execute(&Statement::with(text, [group.into(), user.into()]))? > 0)
}

/// Takes a user out of all groups that they are in by the word of a provider.
///
/// # Errors
/// When the database can't be asked.
pub fn memberships_forget(
    writer: &mut Writer<'_>,
    user: i64,
    provider: &str,
) -> Result<(), StoreError> {
    let text = "DELETE FROM members WHERE user_id = $1 AND provider = $2";
    writer.execute(&Statement::with(text, [user.into(), provider.into()])).map(drop)
}

/// All grants, by group and number.
///
/// # Errors
/// When the database can't be asked.
pub fn grants(reader: &mut Reader<'_>) -> Result<Vec<StoredGrant>, StoreError> {
    let text = "SELECT r.id, g.name, r.rights, r.type, r.filter FROM grants r \
                JOIN groups g ON g.id = r.group_id ORDER BY g.name, r.id";
    reader.query(&Statement::new(text), read_grant)
}

/// The grants of a user's groups, and of the group that everybody is in.
///
/// # Errors
/// When the database can't be asked.
pub fn grants_of(
    reader: &mut Reader<'_>,
    user: Option<i64>,
    everybody: &str,
) -> Result<Vec<StoredGrant>, StoreError> {
    let text = "SELECT r.id, g.name, r.rights, r.type, r.filter FROM grants r \
                JOIN groups g ON g.id = r.group_id WHERE g.name = $1 OR g.id IN \
                (SELECT group_id FROM members WHERE user_id = $2) ORDER BY g.name, r.id";
    reader.query(&Statement::with(text, [everybody.into(), user.into()]), read_grant)
}

/// Grants rights to a group.
///
/// # Errors
/// When the database can't be asked.
pub fn grant_add(
    writer: &mut Writer<'_>,
    group: i64,
    grant: &StoredGrant,
) -> Result<(), StoreError> {
    let text = "INSERT INTO grants (group_id, rights, type, filter) VALUES ($1, $2, $3, $4)";
    let (type_name, filter) = (grant.type_name.as_deref(), grant.filter.as_deref());
    let values = [group.into(), grant.rights.as_str().into(), type_name.into(), filter.into()];
    writer.execute(&Statement::with(text, values)).map(drop)
}

/// Takes a grant back; tells whether there was one of this number.
///
/// # Errors
/// When the database can't be asked.
pub fn grant_remove(writer: &mut Writer<'_>, id: i64) -> Result<bool, StoreError> {
    let statement = Statement::with("DELETE FROM grants WHERE id = $1", [id.into()]);
    Ok(writer.execute(&statement)? > 0)
}
