//! Writes messages in transactions, as the only one who can under its name.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError as Native;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{
    BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer,
};
use rdkafka::types::RDKafkaErrorCode as Code;

use crate::context::Failure;
use crate::settings::PublisherSettings;
use crate::{KafkaError, closer, config, translate};

/// How long to wait when librdkafka's queue is full.
const FULL_PAUSE: Duration = Duration::from_millis(5);

/// A message to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Where to.
    pub topic: String,
    /// Messages of one key stay in order; those without go anywhere.
    pub key: Option<Vec<u8>>,
    /// Its headers in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// What it says; `None` for a tombstone.
    pub payload: Option<Vec<u8>>,
}

/// Writes messages in transactions. Whoever takes over its transactional id fences it.
pub struct Publisher {
    producer: Arc<Producer>,
    timeout: Duration,
}

type Producer = ThreadedProducer<Outbox>;

/// What went wrong since somebody looked.
#[derive(Default)]
struct Outbox {
    noted: Mutex<Option<KafkaError>>,
    failure: Failure,
}

impl Publisher {
    /// Takes over the transactional id: another publisher of that name can write nothing more, and
    /// what it had not committed is undone.
    ///
    /// # Errors
    /// [`KafkaError::Settings`], or what kept the brokers from agreeing in time.
    pub async fn take_over(settings: PublisherSettings) -> Result<Self, KafkaError> {
        let config = config::publisher(&settings)?;
        let timeout = settings.timeout;
        let taken = in_peace(move || {
            let producer: Producer = config
                .create_with_context(Outbox::default())
                .map_err(|error| translate::error(&error, ""))?;
            producer.init_transactions(timeout).map_err(|error| cause(&producer, &error))?;
            Ok(Self { producer: Arc::new(producer), timeout })
        });
        match taken.await {
            Ok(publisher) => Ok(publisher),
            Err(error) => Err(closer::look(error, &settings.connection).await),
        }
    }

    /// Writes messages in order, all of them or none: who reads committed messages alone sees
    /// either. Where the answer was lost, they may have been written all the same.
    ///
    /// # Errors
    /// [`KafkaError::Fenced`] when somebody has taken over; what else went wrong. Unless
    /// [`KafkaError::is_final`], the same can be tried again.
    pub async fn publish(&mut self, messages: Vec<Outgoing>) -> Result<(), KafkaError> {
        let (producer, timeout) = (Arc::clone(&self.producer), self.timeout);
        in_peace(move || transact(&producer, &messages, timeout)).await
    }
}

fn transact(
    producer: &Producer,
    messages: &[Outgoing],
    timeout: Duration,
) -> Result<(), KafkaError> {
    drop(producer.context().take());
    producer.begin_transaction().map_err(|error| cause(producer, &error))?;
    let written = messages
        .iter()
        .try_for_each(|message| send(producer, message))
        .and_then(|()| producer.commit_transaction(timeout));
    let Err(error) = written else {
        return Ok(());
    };
    let told = cause(producer, &error);
    if told.is_final() {
        return Err(told);
    }
    match producer.abort_transaction(timeout) {
        Ok(()) => Err(told),
        // Whether it was committed can't be known, nor can this producer begin another.
        Err(error) if matches!(translate::error(&error, ""), KafkaError::Fenced) => {
            Err(KafkaError::Fenced)
        }
        Err(_) => Err(KafkaError::Broken { said: told.to_string() }),
    }
}

/// Puts a message into librdkafka's queue, waiting while that is full.
fn send(producer: &Producer, message: &Outgoing) -> Result<(), Native> {
    loop {
        match producer.send(record(message)) {
            Ok(()) => return Ok(()),
            Err((Native::MessageProduction(Code::QueueFull), _)) => std::thread::sleep(FULL_PAUSE),
            Err((error, _)) => return Err(error),
        }
    }
}

fn record(message: &Outgoing) -> BaseRecord<'_, [u8], [u8]> {
    let mut record = BaseRecord::to(&message.topic);
    if let Some(key) = &message.key {
        record = record.key(key.as_slice());
    }
    if let Some(payload) = &message.payload {
        record = record.payload(payload.as_slice());
    }
    if message.headers.is_empty() {
        return record;
    }
    let headers = OwnedHeaders::new_with_capacity(message.headers.len());
    let headers = message.headers.iter().fold(headers, |headers, (name, value)| {
        headers.insert(Header { key: name, value: value.as_deref() })
    });
    record.headers(headers)
}

/// What is behind an error of a transaction: that a message was not taken, or that no connection
/// came about, says more than that time ran out.
fn cause(producer: &Producer, error: &Native) -> KafkaError {
    let behind = producer.context().take();
    let told = translate::error(error, "");
    if told.is_transient() { behind.unwrap_or(told) } else { told }
}

/// Runs what librdkafka only does for who blocks.
async fn in_peace<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KafkaError> + Send + 'static,
) -> Result<T, KafkaError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(KafkaError::Broken { said: error.to_string() }),
    }
}

impl Outbox {
    fn take(&self) -> Option<KafkaError> {
        self.lock().take()
    }

    fn note(&self, error: KafkaError) {
        let mut noted = self.lock();
        // What is known to be wrong is not hidden by what follows from it.
        if noted.as_ref().is_none_or(KafkaError::is_transient) {
            *noted = Some(error);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<KafkaError>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Outbox {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.failure.log(level, facility, text);
    }

    fn error(&self, error: Native, reason: &str) {
        if error.rdkafka_error_code() != Some(Code::AllBrokersDown) {
            self.note(translate::error(&error, reason));
        } else if self.lock().is_none() {
            self.note(self.failure.error(reason));
        }
    }
}

impl ProducerContext for Outbox {
    type DeliveryOpaque = ();

    fn delivery(&self, delivered: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, _)) = delivered {
            // Those that are dropped because another was not taken say nothing new.
            let code = error.rdkafka_error_code();
            if !matches!(code, Some(Code::PurgeQueue | Code::PurgeInflight)) {
                self.note(translate::error(error, ""));
            }
        }
    }
}
