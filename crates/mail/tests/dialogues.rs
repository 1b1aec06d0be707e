//! Servers that behave oddly, word by word: what becomes of a mail there.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use chrono::DateTime;
use mail::{Mail, MailError, MailSettings, Mailer, Secret};

const SILENCE: &str = "";

/// The dialogue until the mail is taken.
const TAKEN: [&str; 6] = ["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "250 taken"];

/// The address of a server for one connection: it greets with the first line, answers each that it
/// hears with the next, and hangs up when it has no more. At [`SILENCE`] it only listens.
fn server(replies: &[&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let replies = replies.to_vec();
    drop(std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        converse(stream, &replies);
    }));
    url
}

/// Says its lines. The other side may leave whenever it likes.
fn converse(mut stream: TcpStream, replies: &[&str]) {
    let mut heard = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    for reply in replies {
        if reply.is_empty() {
            return heard.for_each(drop);
        }
        drop(stream.write_all(format!("{reply}\r\n").as_bytes()));
        let is_last = |line: &String| !reply.starts_with("354") || line == ".";
        drop(heard.find(is_last));
    }
}

fn settings(url: String) -> MailSettings {
    MailSettings {
        url,
        user: None,
        password: None,
        from: "domesday@example.org".to_owned(),
        ca_file: None,
        timeout: Duration::from_mins(1),
    }
}

fn mail() -> Mail {
    Mail {
        to: "alice@example.org".to_owned(),
        subject: "Hello".to_owned(),
        text: "Hello\n".to_owned(),
        message_id: "1@domesday.example.org".to_owned(),
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    }
}

async fn send(settings: &MailSettings) -> Result<(), MailError> {
    Mailer::new(settings).unwrap().send(&mail()).await
}

async fn check(replies: &[&'static str], expect: &str, is_transient: bool) {
    let error = send(&settings(server(replies))).await.unwrap_err();
    assert!(format!("{error:?}").starts_with(expect), "{replies:?}: {error:?}");
    assert_eq!(error.is_transient(), is_transient, "{replies:?}: {error}");
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_again() {
    check(&[], "Connection", true).await;
    for said in 1..TAKEN.len() {
        check(&TAKEN[..said], "Connection", true).await;
    }
    check(&["that is not the right language"], "Connection", true).await;
}

#[tokio::test]
async fn a_server_that_refuses_is_believed() {
    check(&["554 no service here"], "NotLetIn", false).await;
    check(&["421 too busy"], "Deferred", true).await;
    check(&["220 hi", "550 not you"], "NotLetIn", false).await;
    check(&["220 hi", "250 hi", "550 not from you"], "Refused", false).await;
    check(&["220 hi", "250 hi", "530 sign in first"], "NotLetIn", false).await;
    check(&["220 hi", "250 hi", "452 no room"], "Deferred", true).await;
    check(&["220 hi", "250 hi", "250 ok", "550-nobody\r\n550 of the name"], "Refused", false).await;
    check(&["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "552 no"], "Refused", false).await;
    check(&["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "450 no"], "Deferred", true).await;
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_whatever_comes_next() {
    send(&settings(server(&TAKEN))).await.unwrap();
    for farewell in ["221 bye", "500 what?", "gibberish", SILENCE] {
        let replies: Vec<_> = TAKEN.into_iter().chain([farewell]).collect();
        send(&settings(server(&replies))).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_is_away_or_silent_is_tried_again() {
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = send(&settings(format!("smtp://{away}"))).await.unwrap_err();
    assert!(matches!(error, MailError::Connection(_)) && error.is_transient(), "{error}");
    for spoken in 0..TAKEN.len() {
        let replies: Vec<_> = TAKEN.into_iter().take(spoken).chain([SILENCE]).collect();
        let timeout = Duration::from_millis(100);
        let error =
            send(&MailSettings { timeout, ..settings(server(&replies)) }).await.unwrap_err();
        assert!(matches!(error, MailError::TookTooLong) && error.is_transient(), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_sent_without_the_tls_that_is_required() {
    let url = server(&["220 hi", "250 hi", SILENCE]) + "?tls=required";
    let error = send(&settings(url)).await.unwrap_err();
    assert!(matches!(error, MailError::Unsupported(_)) && !error.is_transient(), "{error}");
    let url = server(&["220 hi", "250-hi\r\n250 STARTTLS", "454 not now"]) + "?tls=required";
    let error = send(&settings(url)).await.unwrap_err();
    assert!(matches!(error, MailError::Deferred { code: 454, .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_repeats_a_password_is_not_quoted() {
    for refusal in ["500 what is AUTH PLAIN AGFsaWNlAHN3b3JkZmlzaA==", "454 not swordfish"] {
        let url = server(&["220 hi", "250-hi\r\n250 AUTH PLAIN", refusal]);
        let (user, password) = (Some("alice".to_owned()), Some(Secret::new("swordfish")));
        let error = send(&MailSettings { user, password, ..settings(url) }).await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains("repeats the password"), "{told}");
        assert!(!told.contains("swordfish") && !told.contains("AGFsaWNl"), "{told}");
    }
}
