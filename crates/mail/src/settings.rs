//! Where mail is handed over, and who we are there.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::{SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use rustls::pki_types::ServerName;
use url::{Host, Url};

use crate::account::Account;
use crate::{MailError, Secret};

/// Where mail is handed over, and who we are there.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// - `smtp://HOST:PORT` speaks without TLS to this machine itself, and to another with TLS where
    ///   it offers that (STARTTLS), whatever its certificate unless there is a `ca_file`. It takes
    ///   no account to another machine.
    /// - `smtp://HOST:PORT?tls=required` sends nothing without STARTTLS.
    /// - `smtps://HOST:PORT` has TLS from the start.
    ///
    /// Without a port it is 25, 587 or 465.
    pub url: String,
    /// The account that may send; `None` where everybody may.
    pub user: Option<String>,
    /// The account's password.
    pub password: Option<Secret>,
    /// Whom mail comes from: `domesday@example.org` or `Domesday <domesday@example.org>`.
    pub from: String,
    /// The authorities whose certificates the server may show, in PEM; `None` for the public ones.
    pub ca_file: Option<PathBuf>,
    /// How long sending a mail may take in all.
    pub timeout: Duration,
}

/// A server, and how to speak to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Server {
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) channel: Channel,
}

/// Who may listen on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// It does not leave this machine.
    Plain,
    /// TLS where the server offers it.
    Offered,
    /// TLS that we ask for before anything else is said, or nothing.
    Asked,
    /// TLS from the start.
    FromTheStart,
}

/// What the settings say, once they are known to be good.
pub(crate) struct Checked {
    pub(crate) server: Server,
    pub(crate) account: Option<Account>,
    pub(crate) from: Mailbox,
}

impl MailSettings {
    /// What the settings say.
    ///
    /// # Errors
    /// The first of them that can't be used.
    pub(crate) fn check(&self) -> Result<Checked, MailError> {
        let server = read_url(&self.url)?;
        let account = self.account()?;
        if account.is_some() && server.channel == Channel::Offered {
            return wrong(
                "the password would be readable on the way where the server offers no TLS: \
                 use smtps://, or ?tls=required",
            );
        }
        if self.from.chars().any(char::is_control) {
            return wrong("the address that mail comes from has control characters");
        }
        let from = self.from.parse().map_err(|error| {
            MailError::Settings(format!("the address that mail comes from is wrong: {error}"))
        })?;
        if self.timeout.is_zero() {
            return wrong("no mail is sent in no time: the time limit must be longer");
        }
        Ok(Checked { server, account, from })
    }

    fn account(&self) -> Result<Option<Account>, MailError> {
        match (&self.user, &self.password) {
            (None, None) => Ok(None),
            (Some(user), Some(password)) if user.is_empty() || password.expose().is_empty() => {
                wrong("the account needs a user and a password that are not empty")
            }
            // The mechanism PLAIN parts them by it: RFC 4616, section 2.
            (Some(user), Some(password)) if (user.clone() + password.expose()).contains('\0') => {
                wrong("the account's user or password has a character that none can have")
            }
            (Some(user), Some(password)) => {
                Ok(Some(Account { user: user.clone(), password: password.clone() }))
            }
            (Some(_), None) => wrong("the account has no password"),
            (None, Some(_)) => wrong("the password is of no user"),
        }
    }
}

fn wrong<T>(why: &str) -> Result<T, MailError> {
    Err(MailError::Settings(why.to_owned()))
}

/// The server that an address names. What is wrong with one is told without repeating it, for
/// somebody may have put a password there.
fn read_url(text: &str) -> Result<Server, MailError> {
    let url = Url::parse(text)
        .map_err(|error| MailError::Settings(format!("the server's address is wrong: {error}")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(
            "the server's address has a user or password: they have settings of their own",
        );
    }
    if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
        return wrong("the server's address goes on after the port");
    }
    let host = match url.host() {
        Some(Host::Domain(name)) if !name.is_empty() => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        Some(Host::Domain(_)) | None => return wrong("the server's address names no host"),
    };
    if ServerName::try_from(host.as_str()).is_err() {
        return wrong("the server's address names a host that no certificate can name");
    }
    let (channel, usual_port) = match (url.scheme(), url.query()) {
        ("smtps", None) => (Channel::FromTheStart, SUBMISSIONS_PORT),
        ("smtp", Some("tls=required")) => (Channel::Asked, SUBMISSION_PORT),
        ("smtp", None) if is_this_machine(&host) => (Channel::Plain, SMTP_PORT),
        ("smtp", None) => (Channel::Offered, SMTP_PORT),
        ("smtps", Some(_)) => return wrong("smtps has TLS already: nothing can be asked for"),
        ("smtp", Some(_)) => return wrong("only ?tls=required can be asked for"),
        _ => return wrong("the server's address must begin with smtp:// or smtps://"),
    };
    Ok(Server { host, port: url.port().unwrap_or(usual_port), channel })
}

/// Whether a host is this machine by its name or address.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_url(url: &str, expect: (&str, u16, Channel)) {
        let (host, port, channel) = expect;
        let server = Server { host: host.to_owned(), port, channel };
        assert_eq!(read_url(url).unwrap(), server, "{url}");
    }

    #[test]
    fn an_address_tells_the_host_and_who_may_listen() {
        check_url("smtp://mail.example.org", ("mail.example.org", 25, Channel::Offered));
        check_url("smtp://mail.example.org:2525/", ("mail.example.org", 2525, Channel::Offered));
        check_url("smtp://10.0.0.1", ("10.0.0.1", 25, Channel::Offered));
        check_url("smtp://mail?tls=required", ("mail", 587, Channel::Asked));
        check_url("smtp://mail:25?tls=required", ("mail", 25, Channel::Asked));
        check_url("smtp://localhost?tls=required", ("localhost", 587, Channel::Asked));
        check_url("smtps://mail.example.org", ("mail.example.org", 465, Channel::FromTheStart));
        check_url("smtps://[2001:db8::1]:4650", ("2001:db8::1", 4650, Channel::FromTheStart));
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        check_url("smtp://localhost", ("localhost", 25, Channel::Plain));
        check_url("smtp://LOCALHOST:2525", ("LOCALHOST", 2525, Channel::Plain));
        check_url("smtp://127.0.0.1:2525", ("127.0.0.1", 2525, Channel::Plain));
        check_url("smtp://127.9.9.9", ("127.9.9.9", 25, Channel::Plain));
        check_url("smtp://[::1]:2525", ("::1", 2525, Channel::Plain));
        for other in ["localhost.example.org", "127.0.0.1.example.org", "0.0.0.0"] {
            check_url(&format!("smtp://{other}"), (other, 25, Channel::Offered));
        }
    }

    fn good() -> MailSettings {
        MailSettings {
            url: "smtps://mail.example.org".to_owned(),
            user: Some("register".to_owned()),
            password: Some(Secret::new("swordfish")),
            from: "Domesday <domesday@example.org>".to_owned(),
            ca_file: None,
            timeout: Duration::from_secs(10),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut MailSettings), told: Option<&str>) {
        let mut settings = good();
        change(&mut settings);
        let error = settings.check().err().map(|error| error.to_string());
        match (&error, told) {
            (None, None) => {}
            (Some(error), Some(part)) => assert!(error.contains(part), "{error}"),
            _ => panic!("{error:?} for {settings:?}"),
        }
        let told = format!("{error:?} {settings:?}");
        assert!(!told.contains("swordfish"), "{told}");
    }

    #[test]
    fn an_address_is_a_server_and_nothing_else() {
        let url = |url: &'static str| move |settings: &mut MailSettings| settings.url = url.into();
        check(url("smtps://mail.example.org"), None);
        check(url("mail.example.org"), Some("address is wrong"));
        check(url("https://mail.example.org"), Some("begin with smtp"));
        check(url("smtp:///x"), Some("goes on after"));
        check(url("smtp://"), Some("names no host"));
        check(url("smtp:mail"), Some("goes on after"));
        check(url("smtp://a%20b"), Some("no certificate can name"));
        check(url("smtp://mail:99999"), Some("address is wrong"));
        check(url("smtp://mail/inbox"), Some("goes on after"));
        check(url("smtp://mail#x"), Some("goes on after"));
        check(url("smtp://mail?tls=maybe"), Some("only ?tls=required"));
        check(url("smtp://mail?tls=required&x=y"), Some("only ?tls=required"));
        check(url("smtps://mail?tls=required"), Some("TLS already"));
        check(url("smtp://alice@mail"), Some("settings of their own"));
    }

    #[test]
    fn a_password_in_the_address_is_refused_and_not_repeated() {
        let settings = MailSettings { url: "smtps://a:swordfish@mail".to_owned(), ..good() };
        let error = settings.check().err().unwrap().to_string();
        assert!(error.contains("settings of their own"), "{error}");
        assert!(!error.contains("swordfish"), "{error}");
    }

    #[test]
    fn a_password_goes_where_nobody_listens() {
        let url = |url: &'static str| move |settings: &mut MailSettings| settings.url = url.into();
        check(url("smtp://mail.example.org:587"), Some("readable on the way"));
        check(url("smtp://mail.example.org:587?tls=required"), None);
        check(url("smtp://localhost"), None);
        let open = |settings: &mut MailSettings| {
            settings.url = "smtp://mail.example.org".into();
            (settings.user, settings.password) = (None, None);
        };
        check(open, None);
    }

    #[test]
    fn an_account_is_whole() {
        check(|settings| settings.password = None, Some("has no password"));
        check(|settings| settings.user = None, Some("of no user"));
        check(|settings| settings.user = Some(String::new()), Some("not empty"));
        check(|settings| settings.password = Some(Secret::new("")), Some("not empty"));
        check(|settings| settings.user = Some("a\0b".into()), Some("none can have"));
        check(|settings| settings.password = Some(Secret::new("a\0b")), Some("none can have"));
    }

    #[test]
    fn mail_comes_from_one_address() {
        let from =
            |from: &'static str| move |settings: &mut MailSettings| settings.from = from.into();
        check(from("domesday@example.org"), None);
        check(from("Grundbuch für Geräte <domesday@example.org>"), None);
        check(from(""), Some("comes from is wrong"));
        check(from("domesday"), Some("comes from is wrong"));
        check(from("a@example.org, b@example.org"), Some("comes from is wrong"));
        check(from("a@example.org\r\nBcc: b@example.org"), Some("control characters"));
        check(from("A\nB <a@example.org>"), Some("control characters"));
        check(|settings| settings.timeout = Duration::ZERO, Some("in no time"));
    }
}
