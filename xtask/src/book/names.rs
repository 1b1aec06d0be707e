//! Addresses as pages have them, and where they lead while the book is checked.

use std::net::SocketAddr;

/// Where a page's register is to its reader.
pub(crate) const PAGE: &str = "127.0.0.1:8080";
/// The second one of a page.
const SECOND: &str = "127.0.0.1:9000";
/// The same beside other machines; pages that are about more than one's own have this.
const PUBLIC: &str = "https://domesday.example.org";

/// The addresses of one page.
pub(crate) struct Names {
    first: String,
    second: String,
}

impl Names {
    pub(crate) fn new(first: SocketAddr, second: SocketAddr) -> Self {
        Self { first: first.to_string(), second: second.to_string() }
    }

    /// A command with the addresses that answer.
    pub(crate) fn in_command(&self, text: &str) -> String {
        let text = text.replace(PUBLIC, &format!("http://{}", self.first));
        let text = text.replace("localhost:8080", PAGE);
        text.replace(PAGE, &self.first).replace(SECOND, &self.second)
    }

    /// The command of a server that listens where the page expects it.
    pub(crate) fn listening(&self, text: &str) -> String {
        let is_told =
            ["--listen", "HTTP__LISTEN", "--config"].iter().any(|told| text.contains(told));
        if is_told {
            text.to_owned()
        } else {
            format!("DOMESDAY_HTTP__LISTEN={} {text}", self.first)
        }
    }

    /// An answer with the addresses of the page.
    pub(crate) fn in_page(&self, text: &str) -> String {
        text.replace(&self.first, PAGE).replace(&self.second, SECOND)
    }
}

/// What a page shows, with one name for its register.
pub(crate) fn as_shown(text: &str) -> String {
    text.replace(PUBLIC, &format!("http://{PAGE}")).replace("localhost:8080", PAGE)
}
