//! Passwords, kept as argon2id hashes (RFC 9106) in the PHC form, which names its own costs.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

/// The fewest characters of a password. NIST SP 800-63B-4 asks for 15 where it is the only factor
/// and for no rules of composition.
pub const PASSWORD_LENGTH_MIN: usize = 12;
/// The most characters: more would only cost time.
pub const PASSWORD_LENGTH_MAX: usize = 1_000;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// OWASP's first choice for argon2id.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2 }
    }
}

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Too short.
    #[error("a password has at least {PASSWORD_LENGTH_MIN} characters")]
    TooShort,
    /// Too long.
    #[error("a password has at most {PASSWORD_LENGTH_MAX} characters")]
    TooLong,
    /// It can't be hashed at this cost.
    #[error("the cost of passwords is out of bounds")]
    Cost,
}

/// A password on its way, which no log shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What comes of a password that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verified {
    /// It is another.
    No,
    /// It is the one.
    Yes,
    /// It is the one, and its hash costs less than it should by now.
    YesCheaply,
}

/// Hashes a new password.
///
/// # Errors
/// [`PasswordFault`].
pub(crate) fn hash(
    password: &str,
    salt: [u8; 16],
    cost: PasswordCost,
) -> Result<String, PasswordFault> {
    match password.chars().count() {
        length if length < PASSWORD_LENGTH_MIN => return Err(PasswordFault::TooShort),
        length if length > PASSWORD_LENGTH_MAX => return Err(PasswordFault::TooLong),
        _ => {}
    }
    hash_any(password, salt, cost)
}

fn hash_any(password: &str, salt: [u8; 16], cost: PasswordCost) -> Result<String, PasswordFault> {
    let hasher = hasher(cost).ok_or(PasswordFault::Cost)?;
    let hash = hasher.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash: PasswordHash| hash.to_string()).map_err(|_error| PasswordFault::Cost)
}

/// Checks a password against the hash that is kept. Without one, as much time is spent on another,
/// so that nobody learns from the clock who is known here.
pub(crate) fn verify(password: &str, kept: Option<&str>, cost: PasswordCost) -> Verified {
    let password: String = password.chars().take(PASSWORD_LENGTH_MAX.saturating_add(1)).collect();
    let Some(parsed) = kept.and_then(|kept| PasswordHash::new(kept).ok()) else {
        let spent = hash_any(&password, [0; 16], cost);
        tracing::trace!(is_ok = spent.is_ok(), "a password of nobody");
        return Verified::No;
    };
    if Argon2::default().verify_password(password.as_bytes(), &parsed).is_err() {
        return Verified::No;
    }
    let is_cheap = Params::try_from(&parsed)
        .is_ok_and(|params| params.m_cost() < cost.memory_kib || params.t_cost() < cost.passes);
    if is_cheap { Verified::YesCheaply } else { Verified::Yes }
}

fn hasher(cost: PasswordCost) -> Option<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    #[test]
    fn a_password_is_known_again_and_no_other_is() {
        let kept = hash("correct horse battery", [7; 16], CHEAP).unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        for (password, kept, expected) in [
            ("correct horse battery", Some(kept.as_str()), Verified::Yes),
            ("correct horse batterz", Some(&kept), Verified::No),
            ("", Some(&kept), Verified::No),
            ("correct horse battery", None, Verified::No),
            ("correct horse battery", Some("no hash"), Verified::No),
        ] {
            assert_eq!(verify(password, kept, CHEAP), expected, "{password} {kept:?}");
        }
    }

    /// The nanoseconds for which this thread has had a processor, to some milliseconds: what else the
    /// machine does counts for nothing.
    #[cfg(target_os = "linux")]
    fn worked() -> u64 {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        told.split_whitespace().next().unwrap().parse().unwrap()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_that_nobody_has_costs_as_much() {
        let cost = PasswordCost { memory_kib: 4_096, passes: 2 };
        let kept = hash("correct horse battery", [7; 16], cost).unwrap();
        let cost_of_thirty = |kept: Option<&str>| {
            let before = worked();
            for _ in 0..30 {
                assert_eq!(verify("wrong password", kept, cost), Verified::No);
            }
            worked() - before
        };
        // The first take longer, whatever they are of: they get the memory.
        cost_of_thirty(None);
        let (known, unknown) = (cost_of_thirty(Some(&kept)), cost_of_thirty(None));
        assert!(unknown < known * 2 && known < unknown * 2, "{known} and {unknown} ns");
    }

    #[test]
    fn a_hash_that_costs_too_little_is_told() {
        let kept = hash("correct horse battery", [7; 16], CHEAP).unwrap();
        let dearer = PasswordCost { passes: 2, ..CHEAP };
        assert_eq!(verify("correct horse battery", Some(&kept), dearer), Verified::YesCheaply);
    }

    #[test]
    fn a_password_is_long_enough_and_not_too_long() {
        for (length, fault) in [
            (11, Some(PasswordFault::TooShort)),
            (12, None),
            (1_000, None),
            (1_001, Some(PasswordFault::TooLong)),
        ] {
            assert_eq!(hash(&"é".repeat(length), [0; 16], CHEAP).err(), fault, "{length}");
        }
    }
}
