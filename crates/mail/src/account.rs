//! Whom the server knows us as.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::Credentials;

use crate::Secret;

/// Whom the server knows us as.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: Secret,
}

impl Account {
    /// What signs us in.
    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(self.user.clone(), self.password.expose().to_owned())
    }

    /// What a server said, unless it repeats the password: some quote the line that they don't
    /// take, and what they say goes to logs.
    pub(crate) fn without_password(&self, said: String) -> String {
        let password = self.password.expose();
        // As it is sent by the mechanisms PLAIN (RFC 4616) and LOGIN.
        let plain = STANDARD.encode(format!("\0{}\0{password}", self.user));
        let login = STANDARD.encode(password);
        let is_repeated = [password, plain.trim_end_matches('='), login.trim_end_matches('=')]
            .iter()
            .any(|form| said.contains(form));
        if is_repeated { "(it repeats the password)".to_owned() } else { said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(said: &str, is_kept: bool) {
        let account = Account { user: "alice".to_owned(), password: Secret::new("swordfish") };
        let kept = account.without_password(said.to_owned());
        assert_eq!(kept == said, is_kept, "{said} became {kept}");
        assert!(!format!("{account:?}").contains("swordfish"));
    }

    #[test]
    fn what_repeats_the_password_is_not_kept() {
        check("5.7.8 bad credentials for alice", true);
        check("bad password: swordfish", false);
        // The bytes of NUL alice NUL swordfish, and those of the password alone.
        check("unknown command: AUTH PLAIN AGFsaWNlAHN3b3JkZmlzaA==", false);
        check("unknown command: AGFsaWNlAHN3b3JkZmlzaA", false);
        check("unknown command: c3dvcmRmaXNo", false);
    }
}
