//! PostgreSQL: a pooled connection, driven from a thread that may wait.

use bytes::BytesMut;
use deadpool_postgres::Object;
use domain::query::{Stored, StoredRef};
use futures_executor::block_on;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_postgres::Statement as Prepared;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::Row;
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// How many statements of one [`Session::execute_many`] are under way at once.
const PIPELINED_MAX: usize = 128;
/// Prepared statements kept for each connection.
const STATEMENTS_KEPT: usize = 256;

type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// A connection of the pool.
///
/// What it waits for is driven by a task of the runtime. It waits by `futures_executor`, since the
/// runtime's own `block_on` waits by a token of the thread: where a future that is blocked on runs
/// this within it, whatever wakes that future meanwhile would take the token, and be lost.
pub(crate) struct Session {
    client: Object,
}

impl Session {
    /// A session on `client`; every method blocks the thread, which must not be one of the
    /// runtime's own.
    pub(crate) fn new(client: Object) -> Self {
        Self { client }
    }

    pub(super) fn query<T>(
        &self,
        statement: &Statement,
        read: &mut dyn FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows: Vec<tokio_postgres::Row> = block_on(async {
            let prepared = self.prepare(statement.text()).await?;
            let rows = self.client.query_raw(&prepared, statement.params()).await?;
            rows.try_collect().await
        })?;
        rows.iter().map(|row| read(&Row::Postgres(row))).collect()
    }

    pub(super) fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        Ok(block_on(async {
            let prepared = self.prepare(statement.text()).await?;
            self.client.execute_raw(&prepared, statement.params()).await
        })?)
    }

    pub(super) fn execute_many(
        &self,
        text: &str,
        rows: impl IntoIterator<Item = Vec<Param>>,
    ) -> Result<(), StoreError> {
        block_on(async {
            let prepared = self.prepare(text).await?;
            let mut answers = stream::iter(rows)
                .map(|row| {
                    let prepared = &prepared;
                    async move { self.client.execute_raw(prepared, &row).await }
                })
                .buffered(PIPELINED_MAX);
            while answers.try_next().await?.is_some() {}
            Ok(())
        })
    }

    /// The statement of a text, kept prepared; when there are too many, all are let go, since
    /// anybody can ask for one filter more.
    async fn prepare(&self, text: &str) -> Result<Prepared, tokio_postgres::Error> {
        let kept = &self.client.statement_cache;
        if kept.size() >= STATEMENTS_KEPT {
            kept.clear();
        }
        self.client.prepare_cached(text).await
    }

    /// Runs several statements without parameters, separated by semicolons.
    pub(crate) fn batch(&self, text: &str) -> Result<(), StoreError> {
        Ok(block_on(self.client.batch_execute(text))?)
    }
}

impl ToSql for Param {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self {
            Self::One(Stored::Null) => Ok(IsNull::Yes),
            Self::One(Stored::Integer(number)) => number.to_sql(ty, out),
            Self::One(Stored::Text(text)) => text.to_sql(ty, out),
            Self::One(Stored::Bytes(bytes)) => bytes.to_sql(ty, out),
            Self::Integers(numbers) => numbers.to_sql(ty, out),
            Self::Texts(texts) => texts.to_sql(ty, out),
            Self::ByteStrings(strings) => strings.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA, Type::INT8_ARRAY, Type::TEXT_ARRAY, Type::BYTEA_ARRAY]
            .contains(ty)
    }

    to_sql_checked!();
}

/// The cell of a column of an answer.
pub(super) fn cell(row: &tokio_postgres::Row, column: usize) -> Result<StoredRef<'_>, StoreError> {
    Ok(row.try_get::<_, PostgresCell<'_>>(column)?.0)
}

struct PostgresCell<'a>(StoredRef<'a>);

impl<'a> FromSql<'a> for PostgresCell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        Ok(Self(match *ty {
            Type::INT8 => StoredRef::Integer(i64::from_sql(ty, raw)?),
            Type::BOOL => StoredRef::Integer(i64::from(bool::from_sql(ty, raw)?)),
            Type::BYTEA => StoredRef::Bytes(raw),
            _ => StoredRef::Text(<&str>::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_ty: &Type) -> Result<Self, BoxError> {
        Ok(Self(StoredRef::Null))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::BOOL | Type::BYTEA | Type::TEXT | Type::VARCHAR)
    }
}
