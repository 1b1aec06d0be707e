//! PostgreSQL: a pooled connection, driven from a thread that may wait.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::pin::pin;

use bytes::BytesMut;
use deadpool::managed::Object;
use domain::query::{Stored, StoredRef};
use futures_util::future::{join, join_all};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error};

use super::link::{Links, Sent, Statements};
use super::slow::Slow;
use super::{PIECE, Row};
use crate::dialect::Class;
use crate::error::StoreError;
use crate::statement::{Param, Statement};

/// How many statements of one [`Session::execute_many`] are under way at once.
const PIPELINED_MAX: usize = 128;
/// How many statements wait at most to be sent with another; so many are polled in their order.
const SOON_MAX: usize = 20;
/// Fewer rows than that wait for the next statement, too.
const FEW: usize = 8;

/// What the query of [`Session::stream`] is called, of which there is one at a time.
const CURSOR: &str = "pieces";

type BoxError = Box<dyn std::error::Error + Sync + Send>;

/// A connection of the pool, for one transaction.
pub(crate) struct Session {
    link: RefCell<Object<Links>>,
    /// Statements that were sent, and whose answers are waited for before the next one.
    sent: RefCell<Vec<Sent>>,
    /// Statements that are sent with the next one, without waiting for each answer.
    soon: RefCell<Vec<Statement>>,
}

impl Session {
    /// A session on `link`; every method blocks the thread, which must not be one of the
    /// runtime's own.
    pub(crate) fn new(link: Object<Links>) -> Self {
        Self { link: RefCell::new(link), sent: RefCell::default(), soon: RefCell::default() }
    }

    /// Begins a transaction by the statements of a text.
    pub(crate) fn begin(&self, text: &str) -> Result<(), StoreError> {
        self.link.borrow_mut().begin(text)
    }

    /// Does some work behind the statements that were sent, and those that wait to be sent with it.
    fn run<T>(
        &self,
        work: impl AsyncFnOnce(&Client, &mut Statements) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let (sent, soon) = (self.sent.take(), self.soon.take());
        let mut link = self.link.borrow_mut();
        if sent.is_empty() && soon.is_empty() {
            return link.run(work);
        }
        link.run(async |client, statements| {
            // First, so that what failed is told, and not that the rest came to nothing with it.
            for sent in sent {
                sent.await?;
            }
            let mut prepared = Vec::with_capacity(soon.len());
            for statement in &soon {
                prepared.push(statements.prepare(client, statement.text()).await?);
            }
            let sent = soon.iter().zip(&prepared);
            let sent = sent.map(|(statement, of)| client.execute_raw(of, statement.params()));
            // Each is sent when it is first polled, and they are polled in this order.
            let (sent, done) = join(join_all(sent), work(client, statements)).await;
            sent.into_iter().collect::<Result<Vec<u64>, Error>>()?;
            done
        })
    }

    /// Sends a statement, which the server executes while the caller goes on; if it fails, the next
    /// one does.
    pub(super) fn execute_meanwhile(&self, statement: Statement) -> Result<(), StoreError> {
        // What waits to be sent comes before it.
        self.run(async |_, _| Ok(()))?;
        let sent = self.link.borrow_mut().send(statement)?;
        self.sent.borrow_mut().push(sent);
        Ok(())
    }

    /// Sends a statement with the next one; if it fails, that one does.
    pub(super) fn execute_soon(&self, statement: Statement) -> Result<(), StoreError> {
        self.soon.borrow_mut().push(statement);
        if self.soon.borrow().len() < SOON_MAX { Ok(()) } else { self.run(async |_, _| Ok(())) }
    }

    /// Forgets what was not sent yet, and what nobody has been answered.
    pub(crate) fn forget(&self) {
        self.sent.take();
        self.soon.take();
    }

    pub(super) fn query<T>(
        &self,
        statement: &Statement,
        read: &mut dyn FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.run(async |client, statements| {
            let prepared = statements.prepare(client, statement.text()).await?;
            let rows = client.query_raw(&prepared, statement.params()).await?;
            rows.try_collect::<Vec<tokio_postgres::Row>>().await
        })?;
        rows.iter().map(|row| read(&Row::Postgres(row))).collect()
    }

    /// Runs a query by a cursor: the server waits between two pieces, and its limit on the time of a
    /// statement counts for each.
    pub(super) fn stream<T>(
        &self,
        slow: Slow,
        statement: &Statement,
        read: &mut dyn FnMut(&Row<'_>) -> Result<T, StoreError>,
        take: &mut dyn FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let declare = format!("DECLARE {CURSOR} NO SCROLL CURSOR FOR {}", statement.text());
        self.execute(&Statement::with(&declare, statement.params().to_vec()))?;
        let fetch = format!("FETCH {PIECE} FROM {CURSOR}");
        let next_piece = || {
            self.run(async |client, _| {
                // Not kept prepared: its columns are those of the query.
                let none: [(&Param, Type); 0] = [];
                let rows = client.query_typed_raw(&fetch, none).await?;
                rows.try_collect::<Vec<tokio_postgres::Row>>().await
            })
        };
        loop {
            let rows = slow.watch(statement.text(), |rows| rows.len() as u64, next_piece)?;
            let is_last = rows.len() < PIECE;
            let piece: Result<Vec<T>, StoreError> =
                rows.iter().map(|row| read(&Row::Postgres(row))).collect();
            if take(piece?).is_break() || is_last {
                break;
            }
        }
        self.batch(&format!("CLOSE {CURSOR}"))
    }

    pub(super) fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        self.run(async |client, statements| {
            let prepared = statements.prepare(client, statement.text()).await?;
            client.execute_raw(&prepared, statement.params()).await
        })
    }

    pub(super) fn execute_many(
        &self,
        text: &str,
        rows: impl IntoIterator<Item = Vec<Param>>,
    ) -> Result<(), StoreError> {
        let mut rows = rows.into_iter();
        let few: Vec<Vec<Param>> = rows.by_ref().take(FEW).collect();
        if few.len() < FEW {
            return few
                .into_iter()
                .try_for_each(|row| self.execute_soon(Statement::with(text, row)));
        }
        let rows = few.into_iter().chain(rows);
        self.run(async |client, statements| {
            let prepared = statements.prepare(client, text).await?;
            let mut answers = stream::iter(rows)
                .map(|row| {
                    let prepared = &prepared;
                    async move { client.execute_raw(prepared, &row).await }
                })
                .buffered(PIPELINED_MAX);
            while answers.try_next().await?.is_some() {}
            Ok(())
        })
    }

    /// Sends rows to a `COPY … FROM STDIN BINARY`, whose columns have these classes.
    pub(super) fn copy(
        &self,
        text: &str,
        classes: &[Class],
        rows: impl IntoIterator<Item = Vec<Param>>,
    ) -> Result<(), StoreError> {
        let types: Vec<Type> = classes.iter().map(|class| type_of(*class)).collect();
        self.run(async |client, _| {
            let sink = client.copy_in(text).await?;
            let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
            for row in rows {
                writer.as_mut().write_raw(&row).await?;
            }
            writer.finish().await.map(drop)
        })
    }

    /// Runs several statements without parameters, separated by semicolons.
    pub(crate) fn batch(&self, text: &str) -> Result<(), StoreError> {
        self.run(async |client, _| client.batch_execute(text).await)
    }
}

fn type_of(class: Class) -> Type {
    match class {
        Class::Integer => Type::INT8,
        Class::Text => Type::TEXT,
        Class::Bytes => Type::BYTEA,
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
