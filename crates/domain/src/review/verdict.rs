//! What becomes of changes that somebody asks for, by the strictest policy of all types that they
//! touch, cascades included.

use std::collections::BTreeSet;

use super::{Approved, Passage};
use crate::change::CheckedChange;
use crate::moment::Span;
use crate::schema::{Demand, Review, Schema, Type};

/// What somebody says of the review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// Nothing: what can go in at once goes in, and what can't waits.
    #[default]
    Whatever,
    /// That it be reviewed, even where it could go in at once.
    Review,
    /// That it go in at once, even where it should be reviewed.
    Bypass,
    /// As [`Self::Bypass`], by whoever holds the database and needs no right and no reason.
    System,
}

/// What somebody may do with all records that changes touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standpoint {
    /// Change them.
    pub may_write: bool,
    /// Propose changes of them.
    pub may_propose: bool,
    /// Pass by the review.
    pub may_bypass: bool,
}

/// What is to be done with changes.
#[derive(Debug)]
pub enum Verdict {
    /// They are written.
    Commit(Approved),
    /// They wait for a review.
    Park(Vec<CheckedChange>),
}

/// Why changes don't go in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Some of the types that they touch want a reason, and none was given.
    #[error("changes of {} need a reason", .types.join(", "))]
    NoReason {
        /// The names of those types.
        types: Vec<String>,
    },
    /// Whoever passes by a review says why.
    #[error("passing by the review needs a reason")]
    BypassNeedsReason,
    /// Changes of these types are never reviewed.
    #[error("changes of {} are not reviewed", .types.join(", "))]
    NotReviewed {
        /// The names of those types.
        types: Vec<String>,
    },
    /// The right to write is missing.
    #[error("the right to write is missing")]
    MayNotWrite,
    /// The rights to write and to propose are missing.
    #[error("the right to propose is missing")]
    MayNotPropose,
    /// The right to pass by the review is missing.
    #[error("the right to pass by the review is missing")]
    MayNotBypass,
}

/// The rules of all types that changes touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The strictest of what they say of reviews.
    pub review: Review,
    /// How many others must agree: the most that any of them asks for.
    pub approvals: u8,
    /// The groups that each of those must be in.
    pub groups: Vec<String>,
    /// How long a change request stays open: the shortest that any of them says.
    pub expires: Vec<Span>,
}

impl Rules {
    /// The rules of some types.
    pub fn of<'a>(types: impl IntoIterator<Item = &'a Type>) -> Self {
        let mut rules =
            Self { review: Review::Off, approvals: 1, groups: Vec::new(), expires: Vec::new() };
        for of in types {
            let policy = &of.review;
            rules.review = rules.review.max(policy.review);
            rules.approvals = rules.approvals.max(policy.approvals);
            rules.groups.extend(policy.group.iter().cloned());
            rules.expires.extend(policy.expires);
        }
        rules.groups.sort_unstable();
        rules.groups.dedup();
        rules
    }
}

/// Lets changes in that the register makes by itself, or whoever holds its database.
///
/// # Errors
/// [`Denied::NoReason`].
pub fn admit(
    schema: &Schema,
    reason: Option<&str>,
    changes: Vec<CheckedChange>,
) -> Result<Approved, Denied> {
    let types = types_of(schema, &changes);
    demand_reason(&types, reason)?;
    let is_bypass = Rules::of(types).review == Review::Required;
    Ok(Approved { changes, passage: Passage { approved_by: Vec::new(), is_bypass } })
}

fn types_of<'a>(schema: &'a Schema, changes: &[CheckedChange]) -> Vec<&'a Type> {
    let touched: BTreeSet<_> = changes.iter().map(|change| change.type_index).collect();
    touched.into_iter().map(|index| schema.get(index)).collect()
}

fn demand_reason(types: &[&Type], reason: Option<&str>) -> Result<(), Denied> {
    let has_reason = reason.is_some_and(|reason| !reason.is_empty());
    let types = named(types, |of| of.reason == Demand::Required && !has_reason);
    if types.is_empty() { Ok(()) } else { Err(Denied::NoReason { types }) }
}

/// Judges changes by what somebody says, may, and gives as a reason.
///
/// # Errors
/// [`Denied`].
pub fn judge(
    schema: &Schema,
    (ask, standpoint): (Ask, Standpoint),
    reason: Option<&str>,
    changes: Vec<CheckedChange>,
) -> Result<Verdict, Denied> {
    let types = types_of(schema, &changes);
    demand_reason(&types, reason)?;
    let has_reason = reason.is_some_and(|reason| !reason.is_empty());
    let review = Rules::of(types.iter().copied()).review;
    let Standpoint { may_write, may_propose, may_bypass } = standpoint;
    let commit = |changes, is_bypass| {
        let passage = Passage { approved_by: Vec::new(), is_bypass };
        Ok(Verdict::Commit(Approved { changes, passage }))
    };
    match ask {
        Ask::System => admit(schema, reason, changes).map(Verdict::Commit),
        Ask::Bypass if !may_bypass => Err(Denied::MayNotBypass),
        Ask::Bypass if !has_reason => Err(Denied::BypassNeedsReason),
        Ask::Bypass => commit(changes, true),
        Ask::Review => {
            let types = named(&types, |of| of.review.review == Review::Off);
            if !types.is_empty() {
                Err(Denied::NotReviewed { types })
            } else if may_write || may_propose {
                Ok(Verdict::Park(changes))
            } else {
                Err(Denied::MayNotPropose)
            }
        }
        Ask::Whatever if waits(review, standpoint)? => Ok(Verdict::Park(changes)),
        Ask::Whatever => commit(changes, false),
    }
}

/// Whether changes of which nothing is said wait for a review, by the strictest policy of all types
/// that they touch.
///
/// # Errors
/// [`Denied`], where they neither go in nor wait.
#[expect(clippy::match_same_arms, reason = "each case stands for itself")]
pub fn waits(review: Review, standpoint: Standpoint) -> Result<bool, Denied> {
    let Standpoint { may_write, may_propose, .. } = standpoint;
    match (review, may_write, may_propose) {
        (Review::Off | Review::Optional, true, _) => Ok(false),
        (Review::Off, false, _) => Err(Denied::MayNotWrite),
        (Review::Required, true, _) | (Review::Optional | Review::Required, _, true) => Ok(true),
        // Either right would do; most who ask have the one in mind.
        (Review::Optional, false, false) => Err(Denied::MayNotWrite),
        (Review::Required, false, false) => Err(Denied::MayNotPropose),
    }
}

fn named(types: &[&Type], is_it: impl Fn(&Type) -> bool) -> Vec<String> {
    types.iter().filter(|of| is_it(of)).map(|of| of.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::fixture::schema;
    use crate::record::{Fields, RecordId, Revision};
    use crate::schema::{ReviewPolicy, TypeIndex};

    /// What becomes of a change of a type with this policy: `commit`, `bypass`, `park`, or why not.
    fn judged(review: Review, ask: Ask, rights: &str, reason: Option<&str>) -> String {
        let mut types = schema().types().to_vec();
        for of in &mut types {
            of.review = ReviewPolicy::from(review);
        }
        let schema = Schema::from_types(types);
        let change = CheckedChange {
            type_index: TypeIndex(1),
            id: RecordId(1),
            revision: Revision(1),
            before: None,
            after: Some(Fields::empty(2)),
        };
        let has = |letter| rights.contains(letter);
        let standpoint =
            Standpoint { may_write: has('w'), may_propose: has('p'), may_bypass: has('b') };
        match judge(&schema, (ask, standpoint), reason, vec![change]) {
            Ok(Verdict::Park(_)) => "park".to_owned(),
            Ok(Verdict::Commit(approved)) if approved.passage().is_bypass => "bypass".to_owned(),
            Ok(Verdict::Commit(_)) => "commit".to_owned(),
            Err(denied) => format!("{denied:?}").split([' ', '{']).next().unwrap().to_owned(),
        }
    }

    #[test]
    fn policy_rights_and_what_is_said_decide_together() {
        use Ask::{Bypass, System, Whatever};
        for (ask, rights, off, optional, required) in [
            (Whatever, "", "MayNotWrite", "MayNotWrite", "MayNotPropose"),
            (Whatever, "p", "MayNotWrite", "park", "park"),
            (Whatever, "w", "commit", "commit", "park"),
            (Whatever, "wp", "commit", "commit", "park"),
            (Whatever, "wpb", "commit", "commit", "park"),
            (Ask::Review, "", "NotReviewed", "MayNotPropose", "MayNotPropose"),
            (Ask::Review, "p", "NotReviewed", "park", "park"),
            (Ask::Review, "w", "NotReviewed", "park", "park"),
            (Bypass, "wp", "MayNotBypass", "MayNotBypass", "MayNotBypass"),
            (Bypass, "b", "bypass", "bypass", "bypass"),
            (System, "", "commit", "commit", "bypass"),
        ] {
            for (review, expected) in
                [(Review::Off, off), (Review::Optional, optional), (Review::Required, required)]
            {
                let found = judged(review, ask, rights, Some("why"));
                assert_eq!(found, expected, "{ask:?} {rights:?} {review:?}");
            }
        }
        assert_eq!(judged(Review::Off, Bypass, "b", None), "BypassNeedsReason");
        assert_eq!(judged(Review::Off, Bypass, "b", Some("")), "BypassNeedsReason");
        assert_eq!(judged(Review::Required, System, "", None), "bypass");
    }

    #[test]
    fn the_strictest_of_all_rules_holds() {
        let mut types = schema().types().to_vec();
        types.truncate(2);
        types[0].review = ReviewPolicy {
            review: Review::Required,
            approvals: 1,
            group: Some("dba".to_owned()),
            expires: Span::parse("30d"),
        };
        types[1].review = ReviewPolicy {
            review: Review::Optional,
            approvals: 3,
            group: Some("net".to_owned()),
            expires: Span::parse("2d"),
        };
        let rules = Rules::of(&types);
        assert_eq!((rules.review, rules.approvals), (Review::Required, 3));
        assert_eq!(rules.groups, ["dba", "net"]);
        assert_eq!(rules.expires.len(), 2);
    }
}
