//! Cookies: that of a session, and that of a sign-in on its way.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::settings::Settings;

/// How long a sign-in may take, in seconds.
pub(crate) const SIGN_IN_SECONDS: u32 = 600;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Who is signed in.
    Session,
    /// What the forms of somebody who is not signed in carry, and a provider gives back.
    SignIn,
}

impl Purpose {
    /// Behind TLS browsers keep names with this prefix to this very host (RFC 6265bis, 4.1.3.2).
    fn name(self, settings: &Settings) -> &'static str {
        match (self, settings.is_behind_tls()) {
            (Self::Session, true) => "__Host-domesday_session",
            (Self::Session, false) => "domesday_session",
            (Self::SignIn, true) => "__Host-domesday_sign_in",
            (Self::SignIn, false) => "domesday_sign_in",
        }
    }

    fn of(self, headers: &HeaderMap, settings: &Settings) -> Option<String> {
        let name = self.name(settings);
        let lines = headers.get_all(header::COOKIE).iter();
        lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(found, value)| *found == name && is_secret(value))
            .map(|(_, value)| value.to_owned())
    }

    /// The header that sets it: for the browser's life, or for so many seconds; 0 removes it.
    pub(crate) fn set(
        self,
        value: &str,
        seconds: Option<u32>,
        settings: &Settings,
    ) -> Option<HeaderValue> {
        let secure = if settings.is_behind_tls() { "; Secure" } else { "" };
        let life = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let name = self.name(settings);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}");
        let mut header = HeaderValue::try_from(text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

/// Our secrets are hexadecimal.
fn is_secret(value: &str) -> bool {
    (32..=128).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The secret of a session.
pub(crate) fn session(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    Purpose::Session.of(headers, settings)
}

/// The secret of a sign-in on its way.
pub(crate) fn sign_in(headers: &HeaderMap, settings: &Settings) -> Option<String> {
    Purpose::SignIn.of(headers, settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_kept_to_tls_where_there_is_any() {
        let secret = "a1".repeat(32);
        let plain = Settings::default();
        let public_url = Some("https://d.example".to_owned());
        let tls = Settings { public_url, ..Settings::default() };
        for (line, settings, is_found) in [
            (format!("a=b; domesday_session={secret}"), &plain, true),
            (format!("domesday_session={secret}"), &tls, false),
            (format!("__Host-domesday_session={secret}"), &tls, true),
            ("domesday_session=short".to_owned(), &plain, false),
            (format!("domesday_session={secret}g"), &plain, false),
        ] {
            let headers = HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]);
            assert_eq!(session(&headers, settings).is_some(), is_found, "{line}");
        }
        let set = Purpose::Session.set(&secret, None, &tls).unwrap();
        let expected =
            format!("__Host-domesday_session={secret}; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set.to_str().unwrap(), expected);
    }
}
