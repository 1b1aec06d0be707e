//! What an answer depends on, and the one number that follows from it.
//!
//! A [`Key`] is the digest of all that an answer follows from: the heads of the types that it
//! shows, the schema, what its reader may see, and what was asked. A write moves a head inside its
//! own transaction, so what was kept under the key before it is never asked for again. Two requests
//! share a key only where their answers are equal; so it is what bodies are kept under, and the
//! entity tag (RFC 9110, section 8.8.3) at once.

mod heads;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

pub use heads::{Heads, Mark};

use crate::access::Audience;
use crate::schema::{Schema, TypeIndex};

/// What an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depends {
    /// On the records of a type, and of all types that it reaches through references.
    Type(TypeIndex),
    /// On every commit: what tells of the past.
    Everything,
    /// On every commit, on whatever else is shown around records, and on what who may do.
    Page,
}

/// For each type, the types that it reaches through references, itself among them.
#[derive(Clone, Debug)]
pub struct Reach(Vec<Vec<TypeIndex>>);

impl Reach {
    /// The reach of every type of a schema.
    pub fn of(schema: &Schema) -> Self {
        Self(schema.types().iter().map(|of| reached(schema, of.index)).collect())
    }

    /// The types that a type reaches, itself among them, in the order of the schema.
    pub fn from(&self, of: TypeIndex) -> &[TypeIndex] {
        self.0.get(of.0).map_or(&[], Vec::as_slice)
    }
}

fn reached(schema: &Schema, from: TypeIndex) -> Vec<TypeIndex> {
    let mut reached = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(at) = waiting.pop() {
        let targets = schema.get(at).fields.iter().filter_map(|field| field.kind.target());
        waiting.extend(targets.filter(|target| reached.insert(*target)));
    }
    reached.into_iter().collect()
}

/// What was asked, beside who asked: all that may change an answer and is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// What the answer depends on.
    pub depends: Depends,
    /// What the reader may see.
    pub audience: Audience,
    /// What the addresses in the answer begin with: `https://domesday.example.org`.
    pub base_url: &'a str,
    /// The path and the parameters, as they were sent.
    pub address: &'a str,
    /// Moments that words of the address stand for, in microseconds since 1970: `today` is another
    /// one tomorrow.
    pub moments: &'a [i64],
    /// The form of the answer, where the address leaves it open: `json`.
    pub form: &'a str,
    /// The coding that it is sent in: `gzip`, or nothing.
    pub coding: &'a str,
}

/// What answers are made with: the same for all that one program gives.
#[derive(Clone, Debug)]
pub struct Maker {
    seed: [u8; 32],
    reach: Reach,
}

impl Maker {
    /// Answers of a schema. `words` are whatever else they follow from: the program's version,
    /// settings.
    pub fn new(schema: &Schema, words: &[&str]) -> Self {
        let mut digest = Sha256::new();
        part(&mut digest, format!("{schema:?}").as_bytes());
        for word in words {
            part(&mut digest, word.as_bytes());
        }
        Self { seed: digest.finalize().into(), reach: Reach::of(schema) }
    }

    /// The key of an answer, as the register stands by these heads.
    pub fn key(&self, heads: &Heads, question: &Question<'_>) -> Key {
        let mut digest = Sha256::new();
        digest.update(self.seed);
        digest.update(heads.cleared.to_le_bytes());
        digest.update(heads.folded_to.0.to_le_bytes());
        match question.depends {
            Depends::Everything => mark(&mut digest, heads.last),
            Depends::Page => {
                mark(&mut digest, heads.last);
                let rules = heads.rules_changed_at.timestamp_micros();
                for head in [heads.people, heads.pages, rules] {
                    digest.update(head.to_le_bytes());
                }
            }
            Depends::Type(of) => {
                for of in self.reach.from(of) {
                    mark(&mut digest, heads.of_type(*of));
                }
            }
        }
        digest.update(question.audience.bytes());
        for text in [question.base_url, question.address, question.form, question.coding] {
            part(&mut digest, text.as_bytes());
        }
        for moment in question.moments {
            digest.update(moment.to_le_bytes());
        }
        let mut key = [0; KEY_BYTES];
        key.iter_mut().zip(digest.finalize()).for_each(|(byte, of)| *byte = of);
        Key(key)
    }

    /// The last commit that changed what an answer depends on; [`Mark::default`] for none.
    pub fn last_change(&self, heads: &Heads, depends: Depends) -> Mark {
        match depends {
            Depends::Everything | Depends::Page => heads.last,
            Depends::Type(of) => {
                let marks = self.reach.from(of).iter().map(|of| heads.of_type(*of));
                marks.max_by_key(|mark| mark.commit).unwrap_or_default()
            }
        }
    }
}

/// With its length before it, so that what follows can't be taken for a part of it.
fn part(digest: &mut Sha256, bytes: &[u8]) {
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(bytes);
}

/// By its hash in the chain rather than by its number: a database that was restored and went on in
/// another way has other commits of the same numbers.
fn mark(digest: &mut Sha256, mark: Mark) {
    digest.update(mark.commit.0.to_le_bytes());
    digest.update(mark.hash);
}

/// So many that nobody finds two questions with one key on purpose.
const KEY_BYTES: usize = 16;

/// Names one answer. Shown as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; KEY_BYTES]);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // At once, since it is written with every answer.
        let mut digits = [0; KEY_BYTES * 2];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            for (digit, of) in pair.iter_mut().zip([byte >> 4, byte & 0xf]) {
                *digit = of + if of < 10 { b'0' } else { b'a' - 10 };
            }
        }
        f.write_str(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}
