//! `[mail]`: how notices are sent.

use std::path::PathBuf;

use ::mail::{MailSettings, Mailer, Secret};

use super::Reader;

impl Reader<'_> {
    /// The settings, where there is a server to send by; one that can't be used is a fault.
    pub(super) fn mail(&mut self) -> Option<MailSettings> {
        let timeout = self.duration("mail.timeout")?;
        let text = |key| self.optional(key).map(str::to_owned);
        let url = text("mail.url")?;
        let (user, password) = (text("mail.user"), text("mail.password"));
        let (from, ca_file) = (text("mail.from"), text("mail.ca_file").map(PathBuf::from));
        let Some(from) = from else {
            self.fault("mail.url", "needs mail.from beside it");
            return None;
        };
        let password = password.map(Secret::new);
        let settings = MailSettings { url, user, password, from, ca_file, timeout };
        if let Err(error) = Mailer::new(&settings) {
            self.fault("mail.url", &format!("can't be used: {error}"));
            return None;
        }
        Some(settings)
    }

    /// Tells what is wrong with a key, and where it stands.
    fn fault(&mut self, key: &str, why: &str) {
        if let Some(setting) = self.settings.get(key) {
            let origin = setting.origin.clone();
            self.faults.push(format!("{origin}: {key} {why}"));
        }
    }
}
