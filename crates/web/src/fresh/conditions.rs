//! What a read says of the answer that its client has already, and how it wants the next one.
//!
//! *Source:* RFC 9110, sections 8.8 and 13. A tag of ours is `"{key}"`, and of one record
//! `"{revision}.{key}"`; the key follows from all that the answer shows. `If-None-Match` is compared
//! weakly: a proxy that compresses puts `W/` before a tag.

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use chrono::DateTime;
use domain::freshness::Key;
use domain::moment::Moment;
use domain::record::{Revision, Timestamp};

use super::coding::Coding;
use super::repeats::Words;
use crate::datatables::with_document;
use crate::extract::Parameters;
use crate::extract::preconditions::all;
use crate::measured::Trail;

/// The parameters that name moments.
const MOMENTS: [&str; 5] = ["as_of", "after", "before", "from", "to"];

/// What a read says of the answer that its client has, and of the next one.
pub(crate) struct Conditions {
    /// The path and the parameters.
    address: String,
    if_none_match: Option<String>,
    if_modified_since: Option<Timestamp>,
    pub(super) coding: Coding,
    words: Option<Words>,
    /// What is found out on the way of the request.
    pub(super) trail: Trail,
}

/// The moment of `If-Modified-Since`; a date that is none is passed over.
fn if_modified_since(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::IF_MODIFIED_SINCE)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(text).ok().map(|moment| moment.to_utc())
}

impl Conditions {
    /// Those of a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
        Self {
            address: address.to_owned(),
            if_none_match: all(&parts.headers, header::IF_NONE_MATCH),
            if_modified_since: if_modified_since(&parts.headers),
            coding: Coding::wanted(&parts.headers),
            words: parts.extensions.get().copied(),
            trail: parts.extensions.get().cloned().unwrap_or_default(),
        }
    }

    /// What stands for the request, where the next one in its words may be answered as it was.
    pub(super) fn words(&self) -> Option<Words> {
        self.words
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The moments that the address names, in microseconds since 1970; a commit's number for one
    /// that is named by it.
    pub(super) fn moments(&self, now: Timestamp) -> Vec<i64> {
        let query = self.address.split_once('?').map_or("", |(_, query)| query);
        // A name may be written in percents, and stand in a document.
        if !query.contains('%') && !MOMENTS.iter().any(|name| query.contains(name)) {
            return Vec::new();
        }
        let parameters = with_document(Parameters::parse(query));
        let named = parameters.pairs().iter().filter(|(name, _)| MOMENTS.contains(&name.as_str()));
        named
            .filter_map(|(_, text)| match Moment::parse(text, now).ok()? {
                Moment::Commit(number) => Some(number.0),
                Moment::At(time) => Some(time.timestamp_micros()),
            })
            .collect()
    }

    /// The tag among those that the client has which is of this key, as we sent it.
    pub(super) fn known_tag(&self, key: Key) -> Option<String> {
        known_tag(self.if_none_match.as_deref()?, &key.to_string()).map(str::to_owned)
    }

    /// Whether the client has the answer, which is there, by what it says of any or of its date;
    /// the date counts only where no tag is named.
    pub(super) fn has(&self, last_modified: Option<Timestamp>) -> bool {
        match (self.if_none_match.as_deref(), self.if_modified_since, last_modified) {
            (Some(tags), _, _) => tags.trim() == "*",
            (None, Some(since), Some(changed)) => changed <= since,
            (None, _, _) => false,
        }
    }
}

/// The tag among several which is of the key with these digits, as we sent it.
pub(super) fn known_tag<'a>(tags: &'a str, key: &str) -> Option<&'a str> {
    tags.split(',').find_map(|tag| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        let inside = tag.strip_prefix('"')?.strip_suffix('"')?;
        let digits = inside.rsplit_once('.').map_or(inside, |(_, digits)| digits);
        (digits == key).then_some(tag)
    })
}

/// The tag of an answer.
pub(super) fn tag(key: Key, revision: Option<Revision>) -> String {
    match revision {
        Some(revision) => format!("\"{revision}.{key}\""),
        None => format!("\"{key}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key([0xab; 16]);

    fn conditions(address: &str, if_none_match: Option<&str>) -> Conditions {
        Conditions {
            address: address.to_owned(),
            if_none_match: if_none_match.map(str::to_owned),
            if_modified_since: None,
            coding: Coding::Identity,
            words: None,
            trail: Trail::default(),
        }
    }

    #[test]
    fn tags_are_compared_weakly_and_by_their_keys() {
        let digits = "ab".repeat(16);
        for (sent, known) in [
            (format!("\"{digits}\""), true),
            (format!("W/\"{digits}\""), true),
            (format!("\"x\", W/\"3.{digits}\""), true),
            (format!("\"{digits}0\""), false),
            (digits.clone(), false),
            ("*".to_owned(), false),
            (String::new(), false),
        ] {
            let found = conditions("/", Some(&sent)).known_tag(KEY);
            assert_eq!(found.is_some(), known, "{sent}");
        }
        let sent = tag(KEY, Some(Revision(3)));
        assert_eq!(conditions("/", Some(&sent)).known_tag(KEY), Some(sent));
        assert!(conditions("/", Some("*")).has(None));
    }

    #[test]
    fn a_date_counts_where_no_tag_is_named() {
        let date = |seconds| Timestamp::from_timestamp(seconds, 0);
        let dated = |if_none_match| Conditions {
            if_modified_since: date(100),
            ..conditions("/", if_none_match)
        };
        assert!(dated(None).has(date(100)) && dated(None).has(date(99)));
        assert!(!dated(None).has(date(101)) && !dated(None).has(None));
        assert!(!dated(Some("\"x\"")).has(date(99)));
    }

    #[test]
    fn words_for_moments_are_told_as_times() {
        let now = Timestamp::from_timestamp(86_400 * 3 + 5, 0).unwrap();
        let day = 86_400 * 1_000_000;
        for (address, expected) in [
            ("/api/servers/", vec![]),
            ("/api/servers/?as_of=today", vec![3 * day]),
            ("/api/-/history/?after=1d&before=17", vec![2 * day + 5_000_000, 17]),
            ("/api/servers/?as%5Fof=today", vec![3 * day]),
            ("/api/servers/?%7B%22draw%22%3A4%2C%22as_of%22%3A%22today%22%7D", vec![3 * day]),
            ("/api/servers/?name=today", vec![]),
            ("/api/servers/?as_of=nonsense", vec![]),
        ] {
            assert_eq!(conditions(address, None).moments(now), expected, "{address}");
        }
    }
}
