//! Who a provider of identities says that somebody is.

/// What a provider asserts of somebody who signed in with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// The name that they are known by: the register's user name.
    pub user: String,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// What people call them.
    pub display_name: Option<String>,
    /// The groups that the provider has them in, by the provider's own names.
    pub groups: Vec<String>,
}
