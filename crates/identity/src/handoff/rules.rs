//! What must hold of what a parameter says.

use chrono::DateTime;
use domain::record::Timestamp;

use super::fields::{Fields, GROUPS};
use super::{HandoffError, Limits, Opened};
use crate::Assertion;

/// The most groups of one person.
pub const GROUPS_MAX: usize = 500;

/// The longest user name, in characters.
const USER_MAX: usize = 100;

/// The longest address, display name or name of a group, in characters.
const TEXT_MAX: usize = 255;

/// How long a nonce is: 16 characters of 64 kinds are 96 random bits.
const NONCE_LENGTHS: std::ops::RangeInclusive<usize> = 16..=128;

/// How the names begin that the program gives itself.
const RESERVED: &str = "system:";

/// Checks all of it. The audience comes first, since the rest is none of our business without it.
pub(super) fn check(
    mut fields: Fields,
    audience: &str,
    limits: Limits,
    now: Timestamp,
) -> Result<Opened, HandoffError> {
    if fields.require("aud")? != audience {
        return Err(HandoffError::OtherAudience);
    }
    let expires_at = times(&mut fields, limits, now)?;
    let nonce = fields.require("nonce")?;
    ensure(is_nonce(&nonce), "nonce")?;
    let user = fields.require("userid")?;
    ensure(is_user(&user), "userid")?;
    let email = fields.require("mail")?;
    ensure(is_text(&email, TEXT_MAX), "mail")?;
    let display_name = fields.take("name");
    ensure(display_name.iter().all(|name| is_text(name, TEXT_MAX)), "name")?;
    let groups = fields.take_groups();
    ensure(groups.iter().all(|group| is_text(group, TEXT_MAX)), GROUPS)?;
    let assertion = Assertion { user, email: Some(email), display_name, groups };
    Ok(Opened { assertion, nonce, expires_at })
}

fn ensure(holds: bool, name: &'static str) -> Result<(), HandoffError> {
    if holds { Ok(()) } else { Err(HandoffError::Faulty(name)) }
}

/// Checks `iat` and `exp` and gives the moment from when on `exp` refuses by itself.
fn times(fields: &mut Fields, limits: Limits, now: Timestamp) -> Result<Timestamp, HandoffError> {
    let issued_at = moment("iat", &fields.require("iat")?)?;
    let expires_at = moment("exp", &fields.require("exp")?)?;
    if expires_at <= issued_at || expires_at - issued_at > limits.lifetime_max {
        return Err(HandoffError::Lifetime);
    }
    let later = |moment: Timestamp| moment.checked_add_signed(limits.leeway);
    if later(now).is_some_and(|now| issued_at > now) {
        return Err(HandoffError::NotYetIssued);
    }
    later(expires_at).filter(|end| now < *end).ok_or(HandoffError::Expired)
}

/// Whole seconds since 1970, in digits alone.
fn moment(name: &'static str, text: &str) -> Result<Timestamp, HandoffError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number { text.parse().ok() } else { None };
    let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    moment.ok_or(HandoffError::Faulty(name))
}

/// The unreserved characters of RFC 3986.
fn is_nonce(text: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    NONCE_LENGTHS.contains(&text.len()) && text.bytes().all(is_unreserved)
}

/// Blanks at the ends are refused: such a name would look like somebody else's.
fn is_user(text: &str) -> bool {
    is_text(text, USER_MAX) && text.trim() == text && !text.starts_with(RESERVED)
}

fn is_text(text: &str, length_max: usize) -> bool {
    text.chars().count() <= length_max && !text.chars().any(char::is_control)
}
