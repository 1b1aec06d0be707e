//! `[[identity.header]]`: proxies that sign people in, and say who they are with every request.

use identity::header::HeaderSettings;
use web::HeaderProvider;

use crate::config::table::TableReader;

const KEYS: [&str; 8] = [
    "name",
    "networks",
    "user_header",
    "email_header",
    "display_header",
    "groups_header",
    "sign_out_url",
    "groups",
];

pub(super) fn provider(reader: &mut TableReader<'_>) -> Option<HeaderProvider> {
    reader.only(&KEYS);
    let (name, networks) = (reader.name(), reader.networks("networks"));
    let user = reader.required("user_header").and_then(|_| reader.header("user_header"));
    let email = reader.header("email_header");
    let display_name = reader.header("display_header");
    let theirs = reader.header("groups_header");
    let is_said = reader.text("sign_out_url").is_some();
    let sign_out_url = is_said.then(|| reader.address("sign_out_url")).flatten();
    let groups = reader.groups();
    let settings = HeaderSettings {
        name: name?,
        networks: networks?,
        user: user?,
        email,
        display_name,
        groups: theirs,
    };
    Some(HeaderProvider { settings, sign_out_url, groups })
}

impl TableReader<'_> {
    /// The name of a header.
    fn header(&mut self, key: &str) -> Option<String> {
        let name = self.text(key)?;
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if name.bytes().all(is_plain) {
            return Some(name.to_ascii_lowercase());
        }
        self.fault(key, "takes the name of a header such as Remote-User");
        None
    }
}
