//! Signing in and out with a browser: pages of plain forms, which work without scripts.
//!
//! What a form sends carries a word that only the page had ([`csrf`]); where a browser goes after
//! is checked by [`domain::sign_in::local_path`].

pub(crate) mod account;
pub(crate) mod cookie;
pub(crate) mod csrf;
pub(crate) mod elsewhere;
pub(crate) mod first;
pub(crate) mod form;
pub(crate) mod handoff;
pub(crate) mod header;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod oidc;
pub(crate) mod preferences;
