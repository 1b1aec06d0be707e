//! What must hold of a record for a write of it, as the request's headers say.
//!
//! *Source:* RFC 9110, section 13. A record's entity tag is `"{revision}.{digest}"`; of what a write
//! names, the revision counts alone, and `W/` before it, which proxies add, is passed over.

use axum::http::{HeaderMap, header};
use chrono::DateTime;
use domain::change::Preconditions;
use domain::record::{Revision, Timestamp};

use crate::error::ApiError;

/// Reads `If-Match`, `If-None-Match` and `If-Unmodified-Since`.
///
/// # Errors
/// When `If-None-Match` names tags, which means nothing for a write here.
pub(crate) fn preconditions(headers: &HeaderMap) -> Result<Preconditions, ApiError> {
    let mut preconditions = Preconditions::default();
    let tags = all(headers, header::IF_MATCH);
    match tags.as_deref() {
        None => preconditions.changed_before = unmodified_since(headers),
        Some("*") => preconditions.exists = Some(true),
        Some(tags) => {
            preconditions.revisions = Some(tags.split(',').filter_map(revision).collect());
        }
    }
    match all(headers, header::IF_NONE_MATCH).as_deref() {
        None => {}
        Some("*") => preconditions.exists = Some(false),
        Some(_) => {
            let told = "If-None-Match of a write takes * alone: there must be no such record.";
            return Err(ApiError::Unreadable(told.to_owned()));
        }
    }
    Ok(preconditions)
}

/// What a decision is on, by the tag in `If-Match`; `None` where there is none.
pub(crate) fn decided_on(headers: &HeaderMap) -> Option<String> {
    all(headers, header::IF_MATCH).map(|text| seen(&text))
}

/// What somebody saw, by the tag that it came with: its first two parts, without the digest of what
/// is no reason to decide anew. What is no tag of ours matches nothing that was ever shown.
pub(crate) fn seen(tag: &str) -> String {
    let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    let parts: Vec<&str> = tag.split('.').take(2).collect();
    parts.join(".")
}

/// All values of a header that is a list, as one.
pub(crate) fn all(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let values: Vec<&str> =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(",").trim().to_owned())
}

/// The revision in an entity tag; what is no tag of ours matches nothing.
fn revision(tag: &str) -> Option<Revision> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let inside = tag.strip_prefix('"')?.strip_suffix('"')?;
    let digits = inside.split_once('.').map_or(inside, |(revision, _)| revision);
    digits.parse().ok().map(Revision)
}

/// The moment of `If-Unmodified-Since`, in whole seconds: what changed in that second or later has
/// changed since. A date that is none is passed over, as RFC 9110 says.
fn unmodified_since(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::IF_UNMODIFIED_SINCE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|moment| moment.to_utc())
}

/// Whether an `If-None-Match` of a read names this entity tag; compared weakly.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    all(headers, header::IF_NONE_MATCH)
        .is_some_and(|tags| tags == "*" || tags.split(',').any(|tag| strong(tag) == strong(etag)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn a_write_names_revisions_by_their_tags() {
        let revisions = |value: &str| {
            let found = preconditions(&headers(&[(header::IF_MATCH, value)])).unwrap();
            found.revisions.map(|found| found.iter().map(|one| one.0).collect::<Vec<_>>())
        };
        assert_eq!(revisions("\"4.0f\""), Some(vec![4]));
        assert_eq!(revisions("W/\"4.0f\", \"5\""), Some(vec![4, 5]));
        assert_eq!(revisions("4"), Some(vec![]));
        assert_eq!(revisions("\"x.4\""), Some(vec![]));
        assert_eq!(revisions("*"), None);
    }

    #[test]
    fn a_write_may_want_a_record_or_none() {
        let exists = |name, value| preconditions(&headers(&[(name, value)])).map(|p| p.exists);
        assert_eq!(exists(header::IF_MATCH, "*").unwrap(), Some(true));
        assert_eq!(exists(header::IF_NONE_MATCH, "*").unwrap(), Some(false));
        assert!(exists(header::IF_NONE_MATCH, "\"4.0f\"").is_err());
    }

    #[test]
    fn a_date_counts_where_no_tag_does() {
        let date = (header::IF_UNMODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:37 GMT");
        let moment = preconditions(&headers(std::slice::from_ref(&date))).unwrap().changed_before;
        assert_eq!(moment.unwrap().timestamp(), 784_111_777);
        let both = [date, (header::IF_MATCH, "\"1.a\"")];
        assert_eq!(preconditions(&headers(&both)).unwrap().changed_before, None);
        let bad = headers(&[(header::IF_UNMODIFIED_SINCE, "yesterday")]);
        assert_eq!(preconditions(&bad).unwrap(), Preconditions::default());
    }

    #[test]
    fn a_read_compares_whole_tags_weakly() {
        let known = |value: &str| is_known(&headers(&[(header::IF_NONE_MATCH, value)]), "\"4.0f\"");
        assert!(known("\"4.0f\"") && known("\"1.a\", W/\"4.0f\"") && known("*"));
        assert!(!known("\"4.10\"") && !is_known(&HeaderMap::new(), "\"4.0f\""));
    }
}
