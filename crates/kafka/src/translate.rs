//! From librdkafka's codes and texts to [`KafkaError`].

use rdkafka::error::KafkaError as Native;
use rdkafka::types::RDKafkaErrorCode as Code;

use crate::KafkaError;

/// The most characters of what librdkafka says that are kept.
const SAID_MAX: usize = 500;

/// What an error of librdkafka means to a user. `reason` is the text that came with it.
pub(crate) fn error(native: &Native, reason: &str) -> KafkaError {
    let said = if reason.is_empty() { bounded(&native.to_string()) } else { bounded(reason) };
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others have a code, or none")]
    match native {
        Native::ClientConfig(_, said, name, _value) => {
            // The value may be a secret.
            KafkaError::Settings(format!("{name}: {said}"))
        }
        Native::ClientCreation(said) => KafkaError::Settings(bounded(said)),
        Native::MessageConsumptionFatal(_) => KafkaError::Broken { said },
        Native::Transaction(error) => of_transaction(error),
        other => match other.rdkafka_error_code() {
            Some(code) => of_code(code, said),
            None => KafkaError::Refused { said },
        },
    }
}

fn of_transaction(error: &rdkafka::error::RDKafkaError) -> KafkaError {
    let told = of_code(error.code(), bounded(&error.string()));
    let is_unclear = matches!(told, KafkaError::Refused { .. });
    if is_unclear && error.is_fatal() {
        return KafkaError::Broken { said: bounded(&error.string()) };
    }
    told
}

/// What a code means, with the text that came with it.
#[expect(clippy::wildcard_enum_match_arm, reason = "all that users need no word of their own for")]
pub(crate) fn of_code(code: Code, said: String) -> KafkaError {
    match code {
        Code::SSL => of_tls(said),
        Code::BrokerTransportFailure if is_about_tls(&said) => of_tls(said),
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::Resolve
        | Code::OperationTimedOut
        | Code::MessageTimedOut
        | Code::TimedOutQueue
        | Code::RequestTimedOut
        | Code::NetworkException
        | Code::BrokerNotAvailable
        | Code::LeaderNotAvailable
        | Code::CoordinatorNotAvailable
        | Code::CoordinatorLoadInProgress
        | Code::WaitingForCoordinator => KafkaError::Away { said },
        Code::UnknownTopicOrPartition
        | Code::UnknownTopic
        | Code::UnknownPartition
        | Code::InvalidTopic => KafkaError::UnknownTopic { said },
        Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedSASLMechanism
        | Code::IllegalSASLState => KafkaError::SignInFailed { said },
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed => KafkaError::NotAllowed { said },
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch => KafkaError::Fenced,
        Code::MessageSizeTooLarge | Code::InvalidMessageSize => KafkaError::TooLarge { said },
        Code::Fatal => KafkaError::Broken { said },
        _ => KafkaError::Refused { said },
    }
}

/// Whether a connection broke because of TLS after all: by TLS 1.3 a broker refuses our certificate
/// when we think that all is well, and one side may not speak TLS. A broker that hangs up at our
/// first words expected others.
fn is_about_tls(said: &str) -> bool {
    let has = |part: &str| said.contains(part);
    let hangs_up = has("closed by peer") && has("state APIVERSION_QUERY");
    hangs_up || has("SSL routines") || has(" alert ") || has("state SSL_HANDSHAKE")
}

/// OpenSSL has texts and no codes that librdkafka would pass on.
fn of_tls(said: String) -> KafkaError {
    let has = |parts: &[&str]| parts.iter().any(|part| said.contains(part));
    if has(&["hostname mismatch", "IP address mismatch", "host name mismatch"]) {
        KafkaError::WrongHost { said }
    } else if has(&["certificate has expired", "certificate is not yet valid"]) {
        KafkaError::BrokerExpired { said }
    } else if has(&[" alert ", "alert:"]) {
        KafkaError::CertificateRefused { said }
    } else if has(&["certificate verify failed", "self-signed", "self signed", "unable to get"]) {
        KafkaError::BrokerNotTrusted { said }
    } else {
        KafkaError::Tls { said }
    }
}

fn bounded(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(SAID_MAX).collect()
}

#[cfg(test)]
mod tests {
    use rdkafka::types::RDKafkaConfRes;

    use super::*;

    #[track_caller]
    fn check(code: Code, said: &str, expect: fn(&KafkaError) -> bool) {
        let told = error(&Native::Global(code), said);
        assert!(expect(&told), "{told:?}");
    }

    #[test]
    fn what_tls_says_becomes_a_fault_that_somebody_can_mend() {
        let ssl = Code::SSL;
        let verify = "error:0A000086:SSL routines::certificate verify failed: broker certificate \
                      could not be verified, verify that ssl.ca.location is correctly configured";
        check(ssl, verify, |told| matches!(told, KafkaError::BrokerNotTrusted { .. }));
        let host = "certificate verify failed: hostname mismatch";
        check(ssl, host, |told| matches!(told, KafkaError::WrongHost { .. }));
        let expired = "certificate verify failed: certificate has expired";
        check(ssl, expired, |told| matches!(told, KafkaError::BrokerExpired { .. }));
        let wanted = "error:0A00045C:SSL routines::tlsv13 alert certificate required";
        check(ssl, wanted, |told| matches!(told, KafkaError::CertificateRefused { .. }));
        let late = Code::BrokerTransportFailure;
        check(late, wanted, |told| matches!(told, KafkaError::CertificateRefused { .. }));
        check(ssl, "wrong version number", |told| matches!(told, KafkaError::Tls { .. }));
        let plain = "Disconnected: connecting to a PLAINTEXT listener? (in state SSL_HANDSHAKE)";
        check(late, plain, |told| matches!(told, KafkaError::Tls { .. }));
        let silent =
            "Disconnected: connection closed by peer (after 3ms in state APIVERSION_QUERY)";
        check(late, silent, |told| matches!(told, KafkaError::Tls { .. }));
        let away = "Connect to ipv4#127.0.0.1:1 failed: Connection refused";
        check(late, away, |told| matches!(told, KafkaError::Away { .. }) && told.is_transient());
    }

    #[test]
    fn what_a_broker_answers_keeps_its_words() {
        check(
            Code::TopicAuthorizationFailed,
            "servers",
            |told| matches!(told, KafkaError::NotAllowed { said } if said == "servers"),
        );
        check(
            Code::UnknownTopicOrPartition,
            "",
            |told| matches!(told, KafkaError::UnknownTopic { said } if !said.is_empty()),
        );
        check(Code::ProducerFenced, "x", |told| matches!(told, KafkaError::Fenced));
        let long = "é\n".repeat(SAID_MAX + 1);
        check(
            Code::Unknown,
            &long,
            |told| matches!(told, KafkaError::Refused { said } if said == &"é".repeat(SAID_MAX)),
        );
    }

    #[test]
    fn the_value_of_a_setting_is_not_repeated() {
        let invalid = RDKafkaConfRes::RD_KAFKA_CONF_INVALID;
        let [said, name, value] = ["bad", "sasl.password", "swordfish"].map(str::to_owned);
        let told = error(&Native::ClientConfig(invalid, said, name, value), "");
        assert!(!format!("{told:?} {told}").contains("swordfish"), "{told}");
    }
}
