//! Notices that wait are sent by mail, a few seconds after they were kept.

use std::time::Duration;

use app::App;
use app::notices::Notice;
use mail::{Mail, Mailer};
use url::Url;

/// How often there is a look at what waits.
const EVERY: Duration = Duration::from_secs(5);

/// Sends mail for one replica.
pub(super) struct Relay {
    pub(super) app: App,
    pub(super) mailer: Mailer,
    /// What addresses in mails begin with.
    pub(super) base_url: String,
    pub(super) replica: String,
}

impl Relay {
    /// Sends what waits until the process ends. A round that fails is told in the log and tried
    /// again.
    pub(super) async fn run(self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "notices could not be sent; it is tried again");
            }
        }
    }

    async fn round(&self) -> Result<(), app::Error> {
        for notice in self.app.notices_due(&self.replica, &self.base_url).await? {
            match self.mailer.send(&self.mail(&notice)).await {
                Ok(()) => {
                    self.app.notice_done(&notice).await?;
                    tracing::info!(id = notice.id, "a notice was sent");
                }
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, id = notice.id, "a notice is tried again later");
                    self.app.notice_later(&notice).await?;
                }
                Err(error) => {
                    tracing::error!(%error, id = notice.id, "a notice can't be sent");
                    self.app.notice_done(&notice).await?;
                }
            }
        }
        Ok(())
    }

    fn mail(&self, notice: &Notice) -> Mail {
        let host = Url::parse(&self.base_url).ok();
        let host = host.as_ref().and_then(Url::domain).unwrap_or("domesday.invalid");
        Mail {
            to: notice.to.clone(),
            subject: notice.subject.clone(),
            text: notice.text.clone(),
            // The same at each try, so that one that comes twice can be known.
            message_id: format!("notice-{}-{}@{host}", notice.id, notice.at.timestamp_micros()),
            at: notice.at,
        }
    }
}
