//! Records as other programs read them: `/integrations/`.

pub(crate) mod get;
mod wanted;

/// The address of all of them.
pub(crate) const PATH: &str = "/integrations/";

/// A feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    /// An inventory of Ansible.
    Ansible,
    /// Targets of Prometheus.
    Prometheus,
    /// A file of hosts.
    Hosts,
    /// A configuration of ssh.
    SshConfig,
    /// Lines of a zone.
    Dns,
}

impl Feed {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Ansible, Self::Prometheus, Self::Hosts, Self::SshConfig, Self::Dns];

    /// The word for it, as it stands in addresses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ansible => "ansible",
            Self::Prometheus => "prometheus",
            Self::Hosts => "hosts",
            Self::SshConfig => "ssh-config",
            Self::Dns => "dns",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feed| feed.word() == word)
    }
}
