//! Where a page of the past begins, as it stands in an address: opaque, and checked, since nobody
//! signs it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::fault::Faults;

use super::Parameters;
use super::parameters::bad;

/// The parameter that holds one.
pub(crate) const CURSOR: &str = "cursor";

/// Parts as a cursor; none of them has a dot.
pub(crate) fn text<const N: usize>(of: &str, parts: &[String; N]) -> String {
    URL_SAFE_NO_PAD.encode(format!("{of}.{}", parts.join(".")))
}

/// Takes a cursor of some list out of the parameters, if `read` can make something of its parts.
pub(crate) fn take<const N: usize, T>(
    of: &str,
    parameters: &mut Parameters,
    faults: &mut Faults,
    read: impl FnOnce([&str; N]) -> Option<T>,
) -> Option<T> {
    let text = parameters.take(CURSOR, faults)?;
    let decoded =
        URL_SAFE_NO_PAD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let found = decoded.as_deref().and_then(|decoded| {
        let mut parts = decoded.split('.');
        let is_ours = parts.next() == Some(of);
        let parts: Vec<&str> = parts.collect();
        read(<[&str; N]>::try_from(parts).ok().filter(|_| is_ours)?)
    });
    if found.is_none() {
        faults.add(CURSOR, bad("Invalid cursor"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(of: &str, query: &str) -> Result<Option<i64>, String> {
        let (mut parameters, mut faults) = (Parameters::parse(query), Faults::default());
        let found = take(of, &mut parameters, &mut faults, |[one, two]: [&str; 2]| {
            Some(one.parse::<i64>().ok()? + two.parse::<i64>().ok()?)
        });
        faults.or_ok(found).map_err(|faults| faults.to_string())
    }

    #[test]
    fn a_cursor_is_read_back_by_its_own_list_alone() {
        let query = format!("cursor={}", text("h", &["17".to_owned(), "-2".to_owned()]));
        assert_eq!(read("h", &query), Ok(Some(15)));
        assert_eq!(read("h", ""), Ok(None));
        let short = format!("cursor={}", text("h", &["17".to_owned()]));
        let word = format!("cursor={}", text("h", &["17".to_owned(), "x".to_owned()]));
        for (of, query) in [
            ("a", query.as_str()),
            ("h", &short),
            ("h", &word),
            ("h", "cursor=!"),
            ("h", "cursor="),
        ] {
            assert_eq!(read(of, query), Err("cursor: Invalid cursor".to_owned()), "{of} {query}");
        }
    }
}
