//! Another program's database, which is read as of one moment and never written: for bringing over
//! what it holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use domain::json::Json;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use tokio::runtime::Handle;
use tokio_postgres::Client;

use crate::engine::link::notice_silence;
use crate::error::StoreError;
use crate::json;
use crate::store::with_tls;

/// How long a lock of the other program is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// A row, by the names of its columns.
pub type ForeignRow = BTreeMap<String, Json>;
/// The columns of each table, by its name.
pub type ForeignTables = BTreeMap<String, Vec<String>>;

/// Another program's database.
pub struct Foreign(Engine);

enum Engine {
    Sqlite(Mutex<Connection>),
    Postgres { runtime: Handle, client: Client },
}

/// Which rows of a table are read.
#[derive(Clone, Copy, Debug)]
pub struct ForeignPage<'a> {
    /// The table.
    pub table: &'a str,
    /// A column of whole numbers, each once, by which rows are sorted.
    pub key: &'a str,
    /// Those whose number is greater.
    pub after: i64,
    /// The most of them.
    pub limit: u32,
}

impl Foreign {
    /// Opens the database at `sqlite:PATH` or `postgres://…`, and begins to read it as it is now; where
    /// nobody says how to connect with TLS, it believes the public authorities.
    ///
    /// # Errors
    /// When the address is wrong, no file is there, or the server can't be reached.
    pub async fn open(url: &str, tls: Option<&rustls::ClientConfig>) -> Result<Self, StoreError> {
        Ok(Self(match url.split_once(':') {
            Some(("sqlite", path)) => Engine::Sqlite(Mutex::new(open_sqlite(Path::new(path))?)),
            Some(("postgres" | "postgresql", _)) => {
                let client = open_postgres(url, tls).await?;
                Engine::Postgres { client, runtime: Handle::current() }
            }
            _ => {
                let text = "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE";
                return Err(StoreError::Address(text.to_owned()));
            }
        }))
    }

    /// The tables and their columns. Blocks.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub fn tables(&self) -> Result<ForeignTables, StoreError> {
        let rows = match &self.0 {
            Engine::Sqlite(_) => self.rows_of(
                "SELECT m.name AS table_name, c.name AS column_name FROM sqlite_master m \
                 JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid",
                &[],
            )?,
            Engine::Postgres { .. } => self.rows_of(
                "SELECT row_to_json(c)::text FROM (SELECT table_name, column_name \
                 FROM information_schema.columns WHERE table_schema = current_schema() \
                 ORDER BY table_name, ordinal_position) c",
                &[],
            )?,
        };
        let mut tables = ForeignTables::new();
        for mut row in rows {
            let mut text = |name| match row.remove(name) {
                Some(Json::Text(text)) => text,
                _ => String::new(),
            };
            tables.entry(text("table_name")).or_default().push(text("column_name"));
        }
        Ok(tables)
    }

    /// Rows of a table, in the order of a column. Blocks.
    ///
    /// # Errors
    /// When the database can't be asked, or has no such table or column.
    pub fn rows(&self, page: ForeignPage<'_>) -> Result<Vec<ForeignRow>, StoreError> {
        let (table, key, limit) = (quoted(page.table), quoted(page.key), page.limit);
        let some = format!(
            "SELECT * FROM {table} WHERE {key} > CAST($1 AS BIGINT) ORDER BY {key} LIMIT {limit}"
        );
        match &self.0 {
            Engine::Sqlite(_) => self.rows_of(&some, &[page.after]),
            Engine::Postgres { .. } => {
                let text = format!("SELECT row_to_json(r)::text FROM ({some}) r ORDER BY r.{key}");
                self.rows_of(&text, &[page.after])
            }
        }
    }

    fn rows_of(&self, text: &str, values: &[i64]) -> Result<Vec<ForeignRow>, StoreError> {
        match &self.0 {
            Engine::Sqlite(connection) => {
                let connection = connection.lock().map_err(|_poisoned| StoreError::Closed)?;
                let mut statement = connection.prepare_cached(text)?;
                let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut read = Vec::new();
                while let Some(row) = rows.next()? {
                    let cell = |(place, name): (usize, &String)| {
                        Ok((name.clone(), cell(row.get_ref(place)?)))
                    };
                    read.push(
                        names.iter().enumerate().map(cell).collect::<Result<_, StoreError>>()?,
                    );
                }
                Ok(read)
            }
            Engine::Postgres { runtime, client } => {
                let values = values.iter().map(|value| {
                    let value: &(dyn tokio_postgres::types::ToSql + Sync) = value;
                    value
                });
                let values: Vec<_> = values.collect();
                let rows = runtime.block_on(client.query(text, &values))?;
                rows.iter().map(|row| object(row.try_get(0)?)).collect()
            }
        }
    }
}

fn open_sqlite(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The first look begins the moment as of which all is read, and tells what is no database.
    connection.execute_batch("BEGIN; SELECT count(*) FROM sqlite_master")?;
    Ok(connection)
}

async fn open_postgres(
    url: &str,
    tls: Option<&rustls::ClientConfig>,
) -> Result<Client, StoreError> {
    let mut config = tokio_postgres::Config::from_str(url)
        .map_err(|error| StoreError::Address(error.to_string()))?;
    config.application_name("domesday");
    notice_silence(&mut config);
    let (client, connection) = config.connect(with_tls(tls)?).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "the other program's database is gone");
        }
    });
    let begin = "SET TIME ZONE 'UTC'; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1";
    client.batch_execute(begin).await?;
    Ok(client)
}

/// A name of another program's, which may hold anything.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn cell(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(number) => Json::Number(number.to_string()),
        ValueRef::Real(number) if number.is_finite() => Json::Number(number.to_string()),
        ValueRef::Real(number) => Json::text(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Json::text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

fn object(text: &str) -> Result<ForeignRow, StoreError> {
    match json::parse(text) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(StoreError::Corrupt("a row is no object".to_owned())),
        Err(error) => Err(StoreError::Corrupt(error.to_string())),
    }
}
