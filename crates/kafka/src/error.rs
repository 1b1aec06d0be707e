//! What goes wrong with Kafka, in words that say what to do.

use crate::owner::{Gap, OwnerError};

/// What goes wrong with Kafka.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// The settings can't be used.
    #[error("the settings for Kafka can't be used: {0}")]
    Settings(String),
    /// No broker answers.
    #[error("no broker can be reached, and it is tried again: {said}")]
    Away {
        /// What librdkafka says.
        said: String,
    },
    /// A topic is not there.
    #[error("the cluster has no such topic, so make it or name another: {said}")]
    UnknownTopic {
        /// Which, as far as that is known.
        said: String,
    },
    /// Another authority has signed the broker's certificate.
    #[error("the broker's certificate is by no authority that we trust, so see to ca_file: {said}")]
    BrokerNotTrusted {
        /// What librdkafka says.
        said: String,
    },
    /// The broker's certificate has expired, or is not valid yet.
    #[error("the broker's certificate is not valid now, so have it renewed: {said}")]
    BrokerExpired {
        /// What librdkafka says.
        said: String,
    },
    /// The broker's certificate is for another host.
    #[error(
        "the broker's certificate is for another host, so name it as the certificate does: {said}"
    )]
    WrongHost {
        /// What librdkafka says.
        said: String,
    },
    /// The broker does not take our certificate, or wants one and we have none.
    #[error(
        "the broker does not take our certificate (none is set, it expired, was revoked, or is by \
         another authority), so see to certificate_file: {said}"
    )]
    CertificateRefused {
        /// What librdkafka says.
        said: String,
    },
    /// TLS fails for another reason; one side may not speak it.
    #[error("no connection with TLS comes about, so see whether the port is one for TLS: {said}")]
    Tls {
        /// What librdkafka says.
        said: String,
    },
    /// The broker does not know the account, its password or the mechanism.
    #[error("the broker does not let us sign in, so see to user, password and mechanism: {said}")]
    SignInFailed {
        /// What librdkafka says.
        said: String,
    },
    /// The account may not do that.
    #[error("the broker does not allow it, so have the account granted the right: {said}")]
    NotAllowed {
        /// What, and with which topic or group.
        said: String,
    },
    /// Somebody else publishes under our transactional id since.
    #[error("another publisher has taken over the transactional id: this one must end")]
    Fenced,
    /// What was to be read next is not there, and the owner wants to stop.
    #[error("{0}; say in on_gap where to go on, or read from a backup first")]
    Gap(Gap),
    /// A message is larger than the topic takes.
    #[error("a message is larger than the topic takes, so raise its max.message.bytes: {said}")]
    TooLarge {
        /// What librdkafka says.
        said: String,
    },
    /// The owner can't answer.
    #[error("where to go on can't be told now: {0}")]
    Owner(#[source] OwnerError),
    /// Anything else that a broker answers, or that librdkafka thinks of it.
    #[error("Kafka answers: {said}")]
    Refused {
        /// What it answers.
        said: String,
    },
    /// The client is of no use any more.
    #[error("the client for Kafka has broken down and must be made anew: {said}")]
    Broken {
        /// What librdkafka says.
        said: String,
    },
}

impl KafkaError {
    /// Whether it may pass by itself: a broker is away or overloaded, the owner's database too. For
    /// anything else somebody must do something first, here or at the cluster.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Away { .. } | Self::Owner(_) | Self::Refused { .. } => true,
            Self::Settings(_)
            | Self::UnknownTopic { .. }
            | Self::BrokerNotTrusted { .. }
            | Self::BrokerExpired { .. }
            | Self::WrongHost { .. }
            | Self::CertificateRefused { .. }
            | Self::Tls { .. }
            | Self::SignInFailed { .. }
            | Self::NotAllowed { .. }
            | Self::Fenced
            | Self::Gap(_)
            | Self::TooLarge { .. }
            | Self::Broken { .. } => false,
        }
    }

    /// A stable word for it, for programs and counters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Settings(_) => "kafka_settings",
            Self::Away { .. } => "kafka_away",
            Self::UnknownTopic { .. } => "kafka_unknown_topic",
            Self::BrokerNotTrusted { .. } => "kafka_broker_not_trusted",
            Self::BrokerExpired { .. } => "kafka_broker_expired",
            Self::WrongHost { .. } => "kafka_wrong_host",
            Self::CertificateRefused { .. } => "kafka_certificate_refused",
            Self::Tls { .. } => "kafka_tls",
            Self::SignInFailed { .. } => "kafka_sign_in_failed",
            Self::NotAllowed { .. } => "kafka_not_allowed",
            Self::Fenced => "kafka_fenced",
            Self::Gap(_) => "kafka_gap",
            Self::TooLarge { .. } => "kafka_too_large",
            Self::Owner(_) => "kafka_owner",
            Self::Refused { .. } => "kafka_refused",
            Self::Broken { .. } => "kafka_broken",
        }
    }

    /// Whether the consumer or publisher that told it can do nothing more. After any other error it
    /// goes on trying, and recovers once the cause is gone.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Settings(_) | Self::Fenced | Self::Broken { .. })
    }
}
