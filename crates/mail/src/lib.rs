//! Mail that the register sends: handed to one server by SMTP, which takes it from there.
//!
//! [`Mailer::new`] checks all that can be known without connecting; [`Mailer::send`] makes a
//! connection for each mail. It keeps no mail and tries nothing twice: [`MailError::is_transient`]
//! tells the caller, who knows the time, whether trying again later is of use.

mod account;
mod error;
mod mailer;
mod message;
mod settings;
mod tls;

pub use domain::secret::Secret;
pub use error::MailError;
pub use mailer::Mailer;
pub use message::Mail;
pub use settings::MailSettings;
pub use tls::TrustError;
