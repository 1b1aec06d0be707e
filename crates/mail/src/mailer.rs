//! Handing a mail over: one connection for each.
//!
//! Connections are not kept for the next mail. One that was left in the middle of a dialogue, by a
//! time limit, could answer the next mail with what it had to say about the last.

use std::time::Duration;

use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use crate::account::Account;
use crate::settings::{Checked, Server};
use crate::{Mail, MailError, MailSettings, message, tls};

/// How long a server may take to say goodbye. It has the mail by then.
const FAREWELL: Duration = Duration::from_secs(1);

/// Sends mail by one server.
#[derive(Clone, Debug)]
pub struct Mailer {
    server: Server,
    tls: Tls,
    account: Option<Account>,
    /// What we call ourselves: this machine's name.
    hello: ClientId,
    from: Mailbox,
    timeout: Duration,
}

impl Mailer {
    /// Prepares to send mail; connects to nobody yet.
    ///
    /// # Errors
    /// [`MailError::Settings`] when an address, the account or the time limit can't be used, or the
    /// password would go to another machine without TLS; [`MailError::Trust`] when the `ca_file`
    /// can't be.
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        let Checked { server, account, from } = settings.check()?;
        let tls = tls::prepare(&server, settings.ca_file.as_deref())?;
        let (hello, timeout) = (ClientId::default(), settings.timeout);
        Ok(Self { server, tls, account, hello, from, timeout })
    }

    /// Hands a mail over. Once it is the server's, it counts as sent.
    ///
    /// # Errors
    /// [`MailError::Unfit`] when the mail can't be sent as it is, without connecting; else what the
    /// server says, or why there is none. Whether trying again later is of use,
    /// [`MailError::is_transient`] tells.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = message::compose(&self.from, mail)?;
        let mut connection = match timeout(self.timeout, self.hand_over(&message)).await {
            Ok(handed_over) => handed_over?,
            Err(_elapsed) => return Err(MailError::TookTooLong),
        };
        // Whatever becomes of it: the mail is sent.
        drop(timeout(FAREWELL, connection.quit()).await);
        Ok(())
    }

    async fn hand_over(&self, message: &Message) -> Result<AsyncSmtpConnection, MailError> {
        let mut connection = self.connect().await.map_err(MailError::at_the_door)?;
        if let Some(account) = &self.account {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, &account.credentials()).await;
            signed_in.map_err(|error| {
                MailError::at_the_door(error).map_said(|said| account.without_password(said))
            })?;
        }
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        sent.map_err(MailError::with_the_mail)?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let from_the_start = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            Tls::None | Tls::Opportunistic(_) | Tls::Required(_) => None,
        };
        let address = (self.server.host.as_str(), self.server.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(self.timeout),
            &self.hello,
            from_the_start,
            None,
        )
        .await?;
        match &self.tls {
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            Tls::Required(parameters) => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            Tls::None | Tls::Opportunistic(_) | Tls::Wrapper(_) => {}
        }
        Ok(connection)
    }
}
