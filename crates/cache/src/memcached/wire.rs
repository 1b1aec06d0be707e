//! How a body lies in memcached: one line of JSON that tells of it, and behind it the body; one too
//! large for an item in parts of their own, of which the line tells the number. The line has the
//! body's digest, so that whatever came to an item or a part, no other body is taken for it.

use std::sync::Arc;

use app::ports::KeptBody;
use bytes::Bytes;
use domain::record::Revision;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The most bytes of a part: memcached's own limit, 1 MiB unless its operator says otherwise, less
/// what it writes down beside an item.
pub(super) const PART_BYTES: usize = 1_000_000;
/// More parts than any limit on bodies leaves are none of ours.
const PARTS_MAX: usize = 1_000;

/// What is told of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    media_type: Arc<str>,
    coding: Option<Arc<str>>,
    disposition: Option<Arc<str>>,
    revision: Option<i64>,
    digest: String,
    /// The bytes of the body.
    pub(super) size: usize,
    /// The parts that it lies in; 0 for right behind the line.
    pub(super) parts: usize,
}

impl Head {
    pub(super) fn of(body: &KeptBody, parts: usize) -> Self {
        Self {
            media_type: body.media_type.clone(),
            coding: body.coding.clone(),
            disposition: body.disposition.clone(),
            revision: body.revision.map(|revision| revision.0),
            digest: digest(&body.bytes),
            size: body.bytes.len(),
            parts,
        }
    }

    /// The line, and the rest behind it.
    pub(super) fn written(&self, rest: &[u8]) -> Vec<u8> {
        let line = json!({
            "type": &*self.media_type,
            "coding": self.coding.as_deref(),
            "disposition": self.disposition.as_deref(),
            "revision": self.revision,
            "digest": self.digest,
            "size": self.size,
            "parts": self.parts,
        });
        let mut out = line.to_string().into_bytes();
        out.push(b'\n');
        out.extend_from_slice(rest);
        out
    }

    /// Reads the line, and gives the rest; `None` where it is none.
    pub(super) fn read(mut item: Bytes) -> Option<(Self, Bytes)> {
        let end = item.iter().position(|byte| *byte == b'\n')?;
        let line = item.split_to(end);
        let rest = item.slice(1..);
        let line: Value = serde_json::from_slice(&line).ok()?;
        let text = |name: &str| line.get(name)?.as_str().map(Arc::<str>::from);
        let number = |name: &str| line.get(name)?.as_u64().and_then(|n| usize::try_from(n).ok());
        let head = Self {
            media_type: text("type")?,
            coding: text("coding"),
            disposition: text("disposition"),
            revision: line.get("revision")?.as_i64(),
            digest: text("digest")?.to_string(),
            size: number("size")?,
            parts: number("parts")?,
        };
        let is_sound = head.parts <= PARTS_MAX && head.size <= PARTS_MAX * PART_BYTES;
        is_sound.then_some((head, rest))
    }

    /// The body, if these are its bytes.
    pub(super) fn body(self, bytes: Bytes) -> Option<KeptBody> {
        let is_it = bytes.len() == self.size && digest(&bytes) == self.digest;
        is_it.then(|| KeptBody {
            media_type: self.media_type,
            coding: self.coding,
            disposition: self.disposition,
            revision: self.revision.map(Revision),
            bytes,
        })
    }
}

fn digest(bytes: &[u8]) -> String {
    domain::history::hex(&Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(bytes: Vec<u8>, revision: Option<i64>, coding: Option<Arc<str>>) -> KeptBody {
        KeptBody {
            media_type: "application/json".into(),
            coding,
            disposition: Some("attachment; filename=\"a.csv\"".into()),
            revision: revision.map(Revision),
            bytes: bytes.into(),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            revision in any::<Option<i64>>(),
            coding in "[a-z]{0,5}",
        ) {
            let kept = body(bytes, revision, (!coding.is_empty()).then(|| coding.into()));
            let (head, rest) = Head::read(Head::of(&kept, 0).written(&kept.bytes).into()).unwrap();
            prop_assert_eq!(head.body(rest), Some(kept));
        }

        #[test]
        fn whatever_else_is_read_is_nothing_and_no_panic(
            noise in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            if let Some((head, rest)) = Head::read(noise.clone().into()) {
                prop_assert_eq!(head.body(rest), None);
            }
            let kept = body(noise, Some(1), None);
            let mut item = Head::of(&kept, 0).written(&kept.bytes);
            let at = at.index(item.len());
            item[at] = item[at].wrapping_add(1);
            if let Some((head, rest)) = Head::read(item.into())
                && let Some(read) = head.body(rest)
            {
                prop_assert_eq!(read.bytes, kept.bytes);
            }
        }
    }

    #[test]
    fn more_parts_than_can_be_are_none() {
        let kept = body(Vec::new(), None, None);
        assert!(Head::read(Head::of(&kept, PARTS_MAX).written(&[]).into()).is_some());
        assert!(Head::read(Head::of(&kept, PARTS_MAX + 1).written(&[]).into()).is_none());
    }
}
