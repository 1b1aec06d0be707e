//! The configuration as an administrator looks at it: plain data that the program hands over, without
//! secrets.

/// A setting, and where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredSetting {
    /// `http.listen`
    pub key: String,
    /// Its value.
    pub value: ConfiguredValue,
    /// `default`, `domesday.toml:3`, `DOMESDAY_HTTP__LISTEN`, `--listen`.
    pub origin: String,
    /// What it is, for people.
    pub help: String,
}

/// The value of a setting, as far as it may be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfiguredValue {
    /// There is none.
    Nothing,
    /// As it is, any password in it masked.
    Text(String),
    /// A secret, of which nobody is told more than that there is one.
    Secret {
        /// Whether there is one.
        is_set: bool,
    },
}
