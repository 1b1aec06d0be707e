//! Identity by headers that a proxy adds, which signs people in itself (oauth2-proxy, Authelia, an
//! mTLS gateway): taken from the networks that are named, and from nobody else.

use std::net::IpAddr;

use domain::identity::Assertion;
use ipnet::IpNet;

use crate::user_name;

/// Who is believed, and in which headers.
#[derive(Clone, Debug)]
pub struct HeaderSettings {
    /// What the provider is called.
    pub name: String,
    /// The networks that the proxies are in.
    pub networks: Vec<IpNet>,
    /// The header that names the user.
    pub user: String,
    /// The header with their e-mail address.
    pub email: Option<String>,
    /// The header with the name that people read.
    pub display_name: Option<String>,
    /// The header with their groups, parted by commas.
    pub groups: Option<String>,
}

/// Why the headers of a proxy that is believed are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The proxy added its own beside one that a client sent.
    #[error("a header is there twice: the proxy must remove what clients send")]
    Twice,
    /// Nobody could be told from others by it.
    #[error("the user's name can't be read")]
    BadName,
}

/// A header's values, one for each line: `None` for one that is no text.
pub type Lines<'a> = &'a dyn Fn(&str) -> Vec<Option<&'a str>>;

impl HeaderSettings {
    /// Who somebody is by the headers of a request that came from `peer`; `None` where that is not
    /// believed, or says nothing.
    ///
    /// # Errors
    /// [`HeaderError`] where a proxy that is believed lets something through that can't be.
    pub fn identify(
        &self,
        peer: IpAddr,
        lines: Lines<'_>,
    ) -> Result<Option<Assertion>, HeaderError> {
        if !self.networks.iter().any(|network| network.contains(&peer.to_canonical())) {
            return Ok(None);
        }
        let Some(user) = one(lines, &self.user)? else {
            return Ok(None);
        };
        let optional = |header: &Option<String>| match header {
            Some(header) => one(lines, header),
            None => Ok(None),
        };
        let groups = optional(&self.groups)?.unwrap_or_default();
        let groups = groups.split(',').map(str::trim).filter(|group| !group.is_empty());
        Ok(Some(Assertion {
            user: user_name::accept(&user).ok_or(HeaderError::BadName)?,
            email: optional(&self.email)?,
            display_name: optional(&self.display_name)?,
            groups: groups.map(str::to_owned).collect(),
        }))
    }
}

/// The value of a header that is there once; `None` where it is not, or is empty.
fn one(lines: Lines<'_>, header: &str) -> Result<Option<String>, HeaderError> {
    let lines = lines(header);
    match lines.as_slice() {
        [] => Ok(None),
        [None] => Err(HeaderError::BadName),
        [Some(text)] => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        [_, _, ..] => Err(HeaderError::Twice),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> HeaderSettings {
        HeaderSettings {
            name: "gateway".to_owned(),
            networks: vec!["10.0.0.0/24".parse().unwrap(), "2001:db8::/64".parse().unwrap()],
            user: "Remote-User".to_owned(),
            email: Some("Remote-Email".to_owned()),
            display_name: None,
            groups: Some("Remote-Groups".to_owned()),
        }
    }

    #[track_caller]
    fn check(
        peer: &str,
        sent: &[(&str, Option<&'static str>)],
        expected: Result<Option<&str>, HeaderError>,
    ) {
        let lines = |header: &str| {
            sent.iter().filter(|(name, _)| *name == header).map(|(_, value)| *value).collect()
        };
        let found = settings().identify(peer.parse().unwrap(), &lines);
        let user = found.map(|found| found.map(|assertion| assertion.user));
        assert_eq!(user, expected.map(|user| user.map(str::to_owned)), "{peer} {sent:?}");
    }

    #[test]
    fn only_the_networks_that_are_named_are_believed() {
        let alice = [("Remote-User", Some("alice"))];
        for (peer, is_believed) in [
            ("10.0.0.7", true),
            ("::ffff:10.0.0.7", true),
            ("2001:db8::7", true),
            ("10.0.1.7", false),
            ("127.0.0.1", false),
            ("2001:db8:0:1::7", false),
        ] {
            check(peer, &alice, Ok(is_believed.then_some("alice")));
        }
    }

    #[test]
    fn what_can_have_come_from_a_client_is_not_taken() {
        let peer = "10.0.0.7";
        check(peer, &[], Ok(None));
        check(peer, &[("Remote-User", Some("  "))], Ok(None));
        check(peer, &[("Remote-Email", Some("a@example.org"))], Ok(None));
        check(peer, &[("Remote-User", Some(" alice "))], Ok(Some("alice")));
        check(peer, &[("Remote-User", None)], Err(HeaderError::BadName));
        check(peer, &[("Remote-User", Some("a\u{85}b"))], Err(HeaderError::BadName));
        let twice = [("Remote-User", Some("alice")), ("Remote-User", Some("admin"))];
        check(peer, &twice, Err(HeaderError::Twice));
        let groups = ("Remote-Groups", Some("ops"));
        check(peer, &[("Remote-User", Some("alice")), groups, groups], Err(HeaderError::Twice));
    }

    #[test]
    fn groups_are_parted_by_commas() {
        let lines = |header: &str| match header {
            "Remote-User" => vec![Some("alice")],
            "Remote-Groups" => vec![Some("ops, dba,,")],
            "Remote-Email" => vec![Some("alice@example.org")],
            _ => Vec::new(),
        };
        let found = settings().identify("10.0.0.7".parse().unwrap(), &lines).unwrap().unwrap();
        assert_eq!(found.groups, ["ops", "dba"]);
        assert_eq!(found.email.as_deref(), Some("alice@example.org"));
    }
}
