//! What is asked for, by whom, and how others take it.

use serde_json::{Value, json};

use super::fight::CLIENTS;
use testkit::Draw;

/// The types as they stand in addresses: zones want two approvals, hosts one.
pub(crate) const PLURALS: [(bool, &str); 2] = [(false, "hosts"), (true, "zones")];

/// A change that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) index: usize,
    pub(crate) is_zone: bool,
    pub(crate) is_add: bool,
    /// The record that it is about; none of one that is to be added.
    pub(crate) record: Option<i64>,
    /// Two clients who ask for it at once, in the words of the first.
    pub(crate) rivals: [usize; 2],
    pub(crate) mood: Mood,
}

/// How a request is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Liked,
    Disliked,
    Regretted,
}

/// What somebody does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verb {
    Approve,
    Reject,
    Edit,
    Withdraw,
}

impl Verb {
    pub(crate) const ALL: [Self; 4] = [Self::Approve, Self::Reject, Self::Edit, Self::Withdraw];

    /// As it stands in addresses and timelines.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Edit => "edit",
            Self::Withdraw => "withdraw",
        }
    }
}

impl Mood {
    /// What others try, in the measure in which they do. Taking it back is not theirs to do.
    pub(crate) fn of_others(self) -> &'static [Verb] {
        use Verb::{Approve, Edit, Reject, Withdraw};
        match self {
            Self::Liked => &[Approve, Approve, Approve, Approve, Approve, Edit, Reject],
            Self::Disliked => &[Reject, Reject, Approve, Edit, Withdraw],
            Self::Regretted => &[Edit, Edit, Edit, Withdraw, Withdraw, Withdraw, Approve, Reject],
        }
    }

    /// What who asked tries. Deciding on it is not theirs to do.
    pub(crate) fn of_requester(self) -> &'static [Verb] {
        use Verb::{Approve, Edit, Reject, Withdraw};
        match self {
            Self::Liked => &[Approve, Approve, Approve, Edit, Withdraw],
            Self::Disliked => &[Approve, Reject, Edit, Withdraw],
            Self::Regretted => &[Withdraw],
        }
    }
}

impl Case {
    /// So many cases.
    pub(crate) fn all(draw: &mut Draw, count: usize) -> Vec<Self> {
        let case = |index| {
            let first = draw.below(CLIENTS);
            Self {
                index,
                is_zone: draw.below(4) == 0,
                is_add: draw.below(3) == 0,
                record: None,
                rivals: [first, (first + 1 + draw.below(CLIENTS - 1)) % CLIENTS],
                mood: draw.of(&[Mood::Liked, Mood::Disliked, Mood::Regretted]),
            }
        };
        (0..count).map(case).collect()
    }

    pub(crate) fn type_name(&self) -> &'static str {
        if self.is_zone { "zone" } else { "host" }
    }

    pub(crate) fn plural(&self) -> &'static str {
        let found = PLURALS.into_iter().find(|(is_zone, _)| *is_zone == self.is_zone);
        found.unwrap().1
    }

    /// How many others must agree.
    pub(crate) fn approvals(&self) -> usize {
        if self.is_zone { 2 } else { 1 }
    }

    /// The record before anybody asks.
    pub(crate) fn before(&self) -> Value {
        json!({"name": format!("case-{}", self.index), "note": "before"})
    }

    /// What is asked for at first.
    pub(crate) fn asked(&self) -> Value {
        self.wanted(self.rivals[0])
    }

    /// What a client wants: a name that nobody else wants, and a note that tells who did.
    pub(crate) fn wanted(&self, client: usize) -> Value {
        let name = format!("case-{}-of-{client}", self.index);
        json!({"name": name, "note": format!("wanted by {client}")})
    }

    /// What an edit of a client asks for instead.
    pub(crate) fn edit(&self, client: usize) -> Value {
        let mut change = json!({"type": self.type_name(), "fields": self.wanted(client)});
        if let Some(id) = self.record {
            change["id"] = id.into();
        }
        json!({"changes": [change]})
    }

    /// The method and path by which it is asked for.
    pub(crate) fn address(&self) -> (&'static str, String) {
        match self.record {
            Some(id) => ("PATCH", format!("/api/{}/{id}/", self.plural())),
            None => ("POST", format!("/api/{}/", self.plural())),
        }
    }
}
