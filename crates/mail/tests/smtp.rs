//! Mail handed to a real server, and what it refuses.
//!
//! `cargo xtask test --only mail` starts one. By hand: run `smtp_server.py` as `--help` tells, name
//! its addresses in `TEST_SMTP_URL`, `TEST_SMTP_TLS_URL` (with `?tls=required`) and
//! `TEST_SMTPS_URL`, its authority in `TEST_SMTP_CA` and its folder in `TEST_SMTP_FOLDER`, and run
//! these with `--ignored`. Each test writes to recipients of its own.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;
use mail::{Mail, MailError, MailSettings, Mailer, Secret};
use serde_json::Value;

fn from_environment(name: &str) -> String {
    std::env::var(name).unwrap()
}

/// Where nobody signs in.
fn open() -> MailSettings {
    MailSettings {
        url: from_environment("TEST_SMTP_URL"),
        user: None,
        password: None,
        from: "Grundbuch für Geräte <domesday@example.org>".to_owned(),
        ca_file: None,
        timeout: Duration::from_mins(1),
    }
}

/// Where only the register signs in, and only with TLS.
fn guarded(url: &str) -> MailSettings {
    MailSettings {
        url: from_environment(url),
        user: Some("register".to_owned()),
        password: Some(Secret::new("the register's secret")),
        ca_file: Some(from_environment("TEST_SMTP_CA").into()),
        ..open()
    }
}

const GUARDED: [&str; 2] = ["TEST_SMTP_TLS_URL", "TEST_SMTPS_URL"];

fn mail_to(to: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        subject: "Entscheidung über Gerät 7".to_owned(),
        text: "Grüße aus der Zentrale.\n".to_owned(),
        message_id: "task.7.1@domesday.example.org".to_owned(),
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    }
}

async fn send(settings: &MailSettings, mail: &Mail) -> Result<(), MailError> {
    Mailer::new(settings).unwrap().send(mail).await
}

/// What the server took for a recipient, in the order of arrival.
fn received(to: &str) -> Vec<Value> {
    let folder = PathBuf::from(from_environment("TEST_SMTP_FOLDER")).join(to);
    let files = (1..).map(|number| folder.join(format!("{number}.json")));
    let texts = files.map_while(|file| std::fs::read_to_string(file).ok());
    texts.map(|text| serde_json::from_str(&text).unwrap()).collect()
}

#[track_caller]
fn received_one(to: &str) -> Value {
    let mut mails = received(to);
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

/// The headers' names, and their values as somebody reads them.
fn headers(mail: &Value) -> Vec<(String, String)> {
    serde_json::from_value(mail["headers"].clone()).unwrap()
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn a_mail_arrives_whole() {
    send(&open(), &mail_to("whole@example.org")).await.unwrap();
    let mail = received_one("whole@example.org");
    let expect = [
        ("Date", "Mon, 21 Sep 2026 14:13:20 +0000"),
        ("From", "Grundbuch für Geräte <domesday@example.org>"),
        ("To", "whole@example.org"),
        ("Message-ID", "<task.7.1@domesday.example.org>"),
        ("Subject", "Entscheidung über Gerät 7"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=\"utf-8\""),
    ];
    let found = headers(&mail);
    let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found.get(..expect.len()), Some(&expect[..]), "{found:?}");
    assert_eq!(found.len(), expect.len() + 1, "the encoding comes last: {found:?}");
    assert_eq!(mail["text"], "Grüße aus der Zentrale.\n");
    assert_eq!(mail["sender"], "domesday@example.org");
    assert_eq!(mail["recipients"], serde_json::json!(["whole@example.org"]));
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn any_text_arrives_as_it_was() {
    let texts = [
        "plain",
        "",
        "Straße, naïve, Ελληνικά, 中文, 🚀",
        ".\n..\n.hidden\nQUIT\n.",
        "a line that ends in spaces   \n\n\n   and one that begins with them\n=C3=BC is no ü",
        "From here on\n>From there",
        &"a long line of words ".repeat(500),
        &"ü".repeat(5_000),
        &format!("{}ü\n", "x".repeat(2_000)),
        &"x".repeat(1024 * 1024),
    ];
    for (number, text) in texts.iter().enumerate() {
        let to = format!("text{number}@example.org");
        let mail = Mail { text: (*text).to_owned(), subject: text.to_string(), ..mail_to(&to) };
        send(&open(), &mail).await.unwrap();
        let mail = received_one(&to);
        let found = mail["text"].as_str().unwrap();
        // What ends the mail on the way ends its last line.
        assert_eq!(found.trim_end_matches('\n'), text.trim_end_matches('\n'));
        assert!(found.len() <= text.len() + 1, "{found:?}");
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn a_mail_that_is_sent_twice_can_be_recognised() {
    let id = format!("{}@domesday.example.org", "long".repeat(50));
    let mail = Mail { message_id: id.clone(), ..mail_to("twice@example.org") };
    let mailer = Mailer::new(&open()).unwrap();
    mailer.send(&mail).await.unwrap();
    mailer.send(&mail).await.unwrap();
    let [first, second] = received("twice@example.org").try_into().unwrap();
    assert_eq!(first, second);
    assert!(headers(&first).contains(&("Message-ID".to_owned(), format!("<{id}>"))), "{first}");
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn an_account_signs_in_over_tls_of_our_own_authority() {
    for url in GUARDED {
        let to = format!("{url}@example.org");
        send(&guarded(url), &mail_to(&to)).await.unwrap();
        let mail = received_one(&to);
        assert_eq!((&mail["is_tls"], &mail["user"]), (&true.into(), &"register".into()), "{url}");
        assert_eq!(mail["text"], "Grüße aus der Zentrale.\n");
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    for url in GUARDED {
        let settings = MailSettings { ca_file: None, ..guarded(url) };
        let error = send(&settings, &mail_to("unknown@example.org")).await.unwrap_err();
        assert!(matches!(error, MailError::Connection(_)), "{error}");
        assert!(error.to_string().contains("certificate"), "{error}");
        assert!(error.is_transient(), "a certificate can be renewed");
    }
    assert_eq!(received("unknown@example.org"), Vec::<Value>::new());
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn another_machine_gets_tls_where_it_offers_it() {
    // An address of this machine that does not look like one.
    let url = from_environment("TEST_SMTP_URL").replace("127.0.0.1", "0.0.0.0");
    let settings = MailSettings { url, ..open() };
    send(&settings, &mail_to("offered@example.org")).await.unwrap();
    assert_eq!(received_one("offered@example.org")["is_tls"], true);
    // Who names an authority wants its certificates, and this one is for 127.0.0.1.
    let settings = MailSettings { ca_file: guarded("TEST_SMTP_URL").ca_file, ..settings };
    let error = send(&settings, &mail_to("offered@example.org")).await.unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    // This machine itself needs none.
    send(&open(), &mail_to("here@example.org")).await.unwrap();
    assert_eq!(received_one("here@example.org")["is_tls"], false);
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn an_account_that_is_not_let_in_is_given_up() {
    for url in GUARDED {
        for (user, password, expected) in [
            (Some("register"), Some(Secret::new("swordfish")), 535),
            (Some("stranger"), Some(Secret::new("the register's secret")), 535),
            (None, None, 530),
        ] {
            let user = user.map(str::to_owned);
            let settings = MailSettings { user, password, ..guarded(url) };
            let mailer = Mailer::new(&settings).unwrap();
            let error = mailer.send(&mail_to("account@example.org")).await.unwrap_err();
            let is_expected = matches!(error, MailError::NotLetIn { code, .. } if code == expected);
            assert!(is_expected && !error.is_transient(), "{error}");
            let told = format!("{error} {error:?} {mailer:?} {settings:?}");
            assert!(!told.contains("swordfish") && !told.contains("register's secret"), "{told}");
        }
    }
    assert_eq!(received("account@example.org"), Vec::<Value>::new());
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn a_refusal_for_good_is_told_from_one_for_now() {
    for (to, text, told, is_transient) in [
        ("refused@example.org", "hello", "refuses the mail: 550 5.1.1 nobody has this", false),
        ("unwanted@example.org", "unwanted", "refuses the mail: 554 5.7.1 nobody wants", false),
        ("later@example.org", "hello", "not take the mail now: 451 4.7.1 strangers wait", true),
        ("busy@example.org", "hello", "not take the mail now: 421 4.3.2 closing", true),
    ] {
        let mail = Mail { text: text.to_owned(), ..mail_to(to) };
        let error = send(&open(), &mail).await.unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(error.is_transient(), is_transient, "{error}");
        assert_eq!(received(to), Vec::<Value>::new());
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn addresses_that_the_server_can_not_read_are_given_up() {
    let error = send(&open(), &mail_to("jörg@example.org")).await.unwrap_err();
    assert!(matches!(error, MailError::Unsupported(_)) && !error.is_transient(), "{error}");
}

#[tokio::test]
#[ignore = "needs aiosmtpd: cargo xtask test --only mail"]
async fn nothing_in_a_mail_becomes_a_header_or_a_recipient() {
    send(&open(), &mail_to("plain@example.org")).await.unwrap();
    let names =
        |mail: &Value| headers(mail).into_iter().map(|(name, _)| name).collect::<Vec<String>>();
    let plain = received_one("plain@example.org");
    for (number, subject) in [
        "Hello\r\nBcc: victim@example.org",
        "Hello\nBcc: victim@example.org",
        "Hello\rBcc: victim@example.org",
        "Grüße\r\n\r\nA text of its own\r\n.\r\nRCPT TO:<victim@example.org>",
    ]
    .iter()
    .enumerate()
    {
        let to = format!("injected{number}@example.org");
        let mail = Mail { subject: (*subject).to_owned(), ..mail_to(&to) };
        send(&open(), &mail).await.unwrap();
        let mail = received_one(&to);
        assert_eq!(names(&mail), names(&plain));
        assert_eq!(mail["text"], plain["text"]);
        assert_eq!(mail["recipients"], serde_json::json!([to]));
        let spaced = ("Subject".to_owned(), subject.replace(['\r', '\n'], " "));
        assert!(headers(&mail).contains(&spaced), "{mail}");
    }
    let smuggled = "Hello\n.\nMAIL FROM:<x@example.org>\nRCPT TO:<victim@example.org>\nDATA\nHello";
    for ending in ["\n", "\r", "\r\n"] {
        let text = smuggled.replace('\n', ending);
        send(&open(), &Mail { text, ..mail_to("smuggled@example.org") }).await.unwrap();
    }
    assert_eq!(received("smuggled@example.org").len(), 3);
    assert_eq!(received("victim@example.org"), Vec::<Value>::new());
}
