//! Why a mail was not sent, and whether trying again is of use.

use lettre::transport::smtp::Error as SmtpError;

use crate::TrustError;

/// The most characters of what a server says that are kept. Servers add addresses of web pages.
const SAID_MAX: usize = 500;

/// Only who has signed in may send. *Source:* RFC 4954, section 6.
const AUTHENTICATION_REQUIRED: u16 = 530;

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The settings can't be used.
    #[error("{0}")]
    Settings(String),
    /// No connection with TLS can be made.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// Something in the mail can't be sent as it is.
    #[error("the mail's {part} can't be sent: {why}")]
    Unfit {
        /// What it is of the mail.
        part: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The server refuses the mail, or whom it is for, for good.
    #[error("the server refuses the mail: {code} {said}")]
    Refused {
        /// The code of its answer, 500 to 599.
        code: u16,
        /// What it says.
        said: String,
    },
    /// The server refuses us, whatever we send: by our account, for want of one, or altogether.
    #[error("the server does not let us in: {code} {said}")]
    NotLetIn {
        /// The code of its answer, 500 to 599.
        code: u16,
        /// What it says, without a password.
        said: String,
    },
    /// The server can't take the mail now.
    #[error("the server does not take the mail now: {code} {said}")]
    Deferred {
        /// The code of its answer, 400 to 499.
        code: u16,
        /// What it says, without a password.
        said: String,
    },
    /// The server lacks what the mail or the settings ask for: STARTTLS, a way to sign in,
    /// addresses that are not ASCII.
    #[error("the server can't do what is needed: {0}")]
    Unsupported(#[source] SmtpError),
    /// The server can't be reached or shows a certificate that we don't believe, or the connection
    /// broke. Where it broke at the very end, the mail may have been taken all the same.
    #[error("no connection to the server: {0}")]
    Connection(#[source] SmtpError),
    /// It took longer than the settings let it; the mail may have been taken all the same.
    #[error("the server took too long")]
    TookTooLong,
}

impl MailError {
    /// Whether the same mail may be taken later: the server is away, too busy, or lets strangers
    /// wait (greylisting). For anything else somebody must change the mail or the settings first.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Deferred { .. } | Self::Connection(_) | Self::TookTooLong => true,
            Self::Settings(_)
            | Self::Trust(_)
            | Self::Unfit { .. }
            | Self::Refused { .. }
            | Self::NotLetIn { .. }
            | Self::Unsupported(_) => false,
        }
    }

    /// What went wrong before the mail was spoken of.
    pub(crate) fn at_the_door(error: SmtpError) -> Self {
        Self::of(error, |code, said| Self::NotLetIn { code, said })
    }

    /// What went wrong with the mail.
    pub(crate) fn with_the_mail(error: SmtpError) -> Self {
        Self::of(error, |code, said| match code {
            AUTHENTICATION_REQUIRED => Self::NotLetIn { code, said },
            _ => Self::Refused { code, said },
        })
    }

    fn of(error: SmtpError, refused: impl FnOnce(u16, String) -> Self) -> Self {
        match error.status() {
            Some(code) if error.is_permanent() => refused(code.into(), said(&error)),
            Some(code) => Self::Deferred { code: code.into(), said: said(&error) },
            None if error.is_client() => Self::Unsupported(error),
            None => Self::Connection(error),
        }
    }

    /// The same, with another text in place of what the server said.
    pub(crate) fn map_said(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Refused { code, said } => Self::Refused { code, said: change(said) },
            Self::NotLetIn { code, said } => Self::NotLetIn { code, said: change(said) },
            Self::Deferred { code, said } => Self::Deferred { code, said: change(said) },
            Self::Settings(_)
            | Self::Trust(_)
            | Self::Unfit { .. }
            | Self::Unsupported(_)
            | Self::Connection(_)
            | Self::TookTooLong => self,
        }
    }
}

/// What the server says, fit for a line of a log.
fn said(error: &SmtpError) -> String {
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    text.chars().filter(|character| !character.is_control()).take(SAID_MAX).collect()
}
