//! A mail, and its form on the way: headers and a body that any server takes.
//!
//! Nothing that a mail says can become a header or a recipient: addresses and the identifier are
//! refused where they could, subject and text are made harmless.

use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::{Address, Message};

use crate::MailError;

/// The most bytes of an address. *Source:* RFC 5321, section 4.5.3.1.3, without angle brackets.
const ADDRESS_BYTES_MAX: usize = 254;

/// The most characters of a subject; a longer one is cut. More than any list of mails shows.
const SUBJECT_MAX: usize = 200;

/// The most bytes of a text. Far below what servers take, and far above what people read.
const TEXT_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes of a Message-ID, so that its line stays far below the 998 of RFC 5322.
const MESSAGE_ID_BYTES_MAX: usize = 250;

/// The first second that a header can't tell: that of the year 10000.
const TIMESTAMP_END: i64 = 253_402_300_800;

/// Tells programs that nobody wrote it, so that none answers. *Source:* RFC 3834, section 5.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A mail of plain text to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it is for: an address alone, at most 254 bytes.
    pub to: String,
    /// One line. Control characters become spaces, and what goes beyond 200 characters is cut.
    pub subject: String,
    /// Lines that end in `\n` or `\r\n`, at most 1 MiB. Control characters other than tabs become
    /// spaces.
    pub text: String,
    /// `LEFT@RIGHT` without angle brackets, at most 250 bytes. The same for each try at the same
    /// mail, so that one that arrives twice can be recognised.
    pub message_id: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

/// A mail with its headers, and who it is from and for.
///
/// # Errors
/// [`MailError::Unfit`] with the first part of the mail that can't be sent.
pub(crate) fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let timestamp = mail.at.timestamp();
    if !(0..TIMESTAMP_END).contains(&timestamp) {
        return Err(unfit("date", "it is not of the years 1970 to 9999"));
    }
    if mail.text.len() > TEXT_BYTES_MAX {
        return Err(unfit("text", "it is longer than 1 MiB"));
    }
    Message::builder()
        .date(mail.at.into())
        .from(from.clone())
        .to(Mailbox::new(None, recipient(&mail.to)?))
        .message_id(Some(message_id(&mail.message_id)?))
        .subject(one_line(&mail.subject))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(plain_text(&mail.text))
        .map_err(|error| unfit("form", &error.to_string()))
}

fn unfit(part: &'static str, why: &str) -> MailError {
    MailError::Unfit { part, why: why.to_owned() }
}

fn recipient(text: &str) -> Result<Address, MailError> {
    const PART: &str = "recipient";
    if text.len() > ADDRESS_BYTES_MAX {
        return Err(unfit(PART, "the address is longer than 254 bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(unfit(PART, "the address has control characters"));
    }
    text.parse().map_err(|error| unfit(PART, &format!("it is no address: {error}")))
}

/// The identifier in angle brackets. *Source:* RFC 5322, section 3.6.4, in its plainest form.
fn message_id(text: &str) -> Result<String, MailError> {
    let is_short = text.len() <= MESSAGE_ID_BYTES_MAX;
    let is_good = text.split_once('@').is_some_and(|(left, right)| is_atom(left) && is_atom(right));
    if !is_short || !is_good {
        return Err(unfit("message_id", "it must be LEFT@RIGHT, in at most 250 bytes"));
    }
    Ok(format!("<{text}>"))
}

/// Whether words of it are parted by single dots, as in names of hosts.
fn is_atom(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.split('.').all(|word| !word.is_empty() && word.bytes().all(is_fit))
}

/// A subject that can't end its header.
fn one_line(subject: &str) -> String {
    let mut line: String = subject.chars().map(space_for_control).take(SUBJECT_MAX).collect();
    if subject.chars().nth(SUBJECT_MAX).is_some() {
        line.pop();
        line.push('…');
    }
    line
}

/// A text whose lines end in one way. The last has no end: what ends the mail on the way ends it.
fn plain_text(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_kept = |character: char| matches!(character, '\n' | '\t');
    let lines = lines.trim_end_matches('\n').chars();
    lines.map(|c| if is_kept(c) { c } else { space_for_control(c) }).collect()
}

fn space_for_control(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "alice@example.org".to_owned(),
            subject: "Decision wanted".to_owned(),
            text: "Please decide.\n".to_owned(),
            message_id: "task.7.1@domesday.example.org".to_owned(),
            at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        }
    }

    fn written(mail: &Mail) -> String {
        let from = "Domesday <domesday@example.org>".parse().unwrap();
        String::from_utf8(compose(&from, mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_is_written_the_same_each_time() {
        let expect = [
            "Date: Mon, 21 Sep 2026 14:13:20 +0000",
            "From: Domesday <domesday@example.org>",
            "To: alice@example.org",
            "Message-ID: <task.7.1@domesday.example.org>",
            "Subject: Decision wanted",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
            "",
            "Please decide.",
        ];
        assert_eq!(written(&mail()), expect.join("\r\n"));
        assert_eq!(written(&mail()), written(&mail()));
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Mail), refused_part: Option<&str>) {
        let mut mail = mail();
        change(&mut mail);
        let from = "domesday@example.org".parse().unwrap();
        let part = match compose(&from, &mail) {
            Ok(_) => None,
            Err(MailError::Unfit { part, .. }) => Some(part),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(part, refused_part, "{mail:?}");
    }

    #[test]
    fn a_recipient_is_one_address() {
        let to = |to: &str| {
            let to = to.to_owned();
            move |mail: &mut Mail| mail.to = to
        };
        check(to("alice+domesday@example.org"), None);
        check(to("o'neil@example.org"), None);
        check(to("jörg@müller.example"), None);
        let domain = format!("{}.example.org", ["d".repeat(60), "d".repeat(60)].join("."));
        let local = "a".repeat(64);
        check(to(&format!("{local}@{domain}")), None);
        check(to(&format!("{local}@{}.{domain}", "d".repeat(60))), Some("recipient"));
        for wrong in [
            "",
            "alice",
            "alice@",
            "@example.org",
            "Alice <alice@example.org>",
            "alice@example.org, bob@example.org",
            "alice@example.org> NOTIFY=NEVER <bob@example.org",
            "alice@example.org\r\nBcc: bob@example.org",
            "alice@example.org\nRCPT TO:<bob@example.org>",
            "\"alice\r\nBcc: bob\"@example.org",
            "\"alice\0\"@example.org",
            "alice@example.org\r",
            "alice@example.org\u{85}",
        ] {
            check(to(wrong), Some("recipient"));
        }
    }

    #[test]
    fn a_message_id_is_two_plain_names() {
        let id = |id: &str| {
            let id = id.to_owned();
            move |mail: &mut Mail| mail.message_id = id
        };
        check(id("a@b"), None);
        check(id(&format!("{}@b", "a".repeat(248))), None);
        check(id(&format!("{}@b", "a".repeat(249))), Some("message_id"));
        for wrong in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "<a@b>",
            "a b@c",
            "a@b\r\nBcc: bob@example.org",
            "a@b\n",
            "a.@b",
            ".a@b",
            "a..c@b",
            "ä@b",
        ] {
            check(id(wrong), Some("message_id"));
        }
    }

    #[test]
    fn a_date_is_one_that_headers_can_tell() {
        let at = |timestamp: i64| {
            move |mail: &mut Mail| mail.at = DateTime::from_timestamp(timestamp, 0).unwrap()
        };
        check(at(0), None);
        check(at(-1), Some("date"));
        check(at(TIMESTAMP_END - 1), None);
        check(at(TIMESTAMP_END), Some("date"));
    }

    #[test]
    fn a_text_has_a_limit() {
        check(|mail| mail.text = "x".repeat(TEXT_BYTES_MAX), None);
        check(|mail| mail.text = "x".repeat(TEXT_BYTES_MAX + 1), Some("text"));
    }

    /// The names of a mail's headers.
    fn header_names(written: &str) -> Vec<&str> {
        let (head, _) = written.split_once("\r\n\r\n").unwrap();
        let begins = |line: &&str| !line.starts_with([' ', '\t']);
        head.split("\r\n").filter(begins).map(|line| line.split_once(':').unwrap().0).collect()
    }

    #[test]
    fn a_subject_stays_in_its_header() {
        let plain = written(&mail());
        for subject in [
            "Hello\r\nBcc: bob@example.org",
            "Hello\nBcc: bob@example.org",
            "Hello\rBcc: bob@example.org",
            "Hello\r\n\r\nA body of its own",
            "Grüße\r\nBcc: bob@example.org",
            "Hello\u{0b}Bcc: x\u{0c}Bcc: x\u{85}Bcc: x\u{2028}Bcc: x",
            &"many words that are folded ".repeat(20),
            "",
            &" ".repeat(2_000),
            &"x".repeat(2_000),
            &"ü".repeat(2_000),
        ] {
            let written = written(&Mail { subject: subject.to_owned(), ..mail() });
            assert_eq!(header_names(&written), header_names(&plain), "{written}");
            assert!(written.ends_with("\r\n\r\nPlease decide."), "{written}");
            assert!(written.is_ascii() && !written.replace("\r\n", "").contains(['\r', '\n']));
            assert!(written.lines().all(|line| line.len() <= 998), "{written}");
        }
    }

    #[test]
    fn a_long_subject_is_cut() {
        assert_eq!(one_line(&"ü".repeat(SUBJECT_MAX)), "ü".repeat(SUBJECT_MAX));
        assert_eq!(one_line(&"ü".repeat(SUBJECT_MAX + 1)), "ü".repeat(SUBJECT_MAX - 1) + "…");
        assert_eq!(one_line("a\r\nb\tc\0"), "a  b c ");
    }

    #[test]
    fn the_lines_of_a_text_end_in_one_way() {
        assert_eq!(plain_text("a\r\nb\rc\n\td\n\r\n"), "a\nb\nc\n\td");
        assert_eq!(plain_text("a\0b\u{1b}[31mc\u{7f}"), "a b [31mc ");
        let written = written(&Mail { text: "a\n.\r\n.\rb".to_owned(), ..mail() });
        assert!(written.ends_with("\r\n\r\na\r\n.\r\n.\r\nb"), "{written:?}");
    }
}
