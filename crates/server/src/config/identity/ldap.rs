//! `[[identity.ldap]]`: a directory of people.

use std::sync::Arc;

use identity::Secret;
use identity::ldap::{Ldap, LdapAccount, LdapGroups, LdapSettings};
use web::Directory;

use crate::config::table::TableReader;

const KEYS: [&str; 15] = [
    "name",
    "url",
    "start_tls",
    "ca_file",
    "bind_dn",
    "bind_password",
    "user_base",
    "user_filter",
    "user_attribute",
    "email_attribute",
    "display_attribute",
    "group_base",
    "group_filter",
    "group_attribute",
    "groups",
];

pub(super) fn directory(reader: &mut TableReader<'_>) -> Option<Directory> {
    reader.only(&KEYS);
    let (name, url) = (reader.name(), reader.required("url"));
    let user_base = reader.required("user_base");
    let groups = reader.groups();
    let account = reader.text("bind_dn").map(|dn| LdapAccount {
        dn,
        password: Secret::new(reader.required("bind_password").unwrap_or_default()),
    });
    let searched = reader.text("group_base").map(|base| {
        let mut groups = LdapGroups::new(&base);
        groups.filter = reader.text("group_filter").unwrap_or(groups.filter);
        groups.attribute = reader.text("group_attribute").unwrap_or(groups.attribute);
        groups
    });
    let (name, url, user_base) = (name?, url?, user_base?);
    let mut settings = LdapSettings::new(&name, &url, &user_base);
    settings.start_tls = reader.truth("start_tls");
    settings.ca_file = reader.path("ca_file");
    settings.account = account;
    settings.groups = searched;
    settings.user_filter = reader.text("user_filter").unwrap_or(settings.user_filter);
    settings.user_attribute = reader.text("user_attribute").unwrap_or(settings.user_attribute);
    settings.email_attribute = reader.text("email_attribute").unwrap_or(settings.email_attribute);
    settings.display_attribute =
        reader.text("display_attribute").unwrap_or(settings.display_attribute);
    let ldap = Ldap::new(settings).map_err(|error| reader.fault("url", &error.to_string()));
    Some(Directory { ldap: Arc::new(ldap.ok()?), groups })
}
