//! The life of a change request: one pure function of its state, of what happens, and of who acts.

use std::fmt::Write as _;

use super::{Approved, Passage};
use crate::change::CheckedChange;

/// Where a change request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It waits for a decision.
    Pending,
    /// It waits, and somebody has said what for.
    OnHold,
    /// It was agreed to, and is applied.
    Approved,
    /// It was turned down.
    Rejected,
    /// Whoever asked for it took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Pending,
        Self::OnHold,
        Self::Approved,
        Self::Rejected,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// The word for it, as it is kept and told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::OnHold => "on hold",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// The state of a word; `on-hold` and `on_hold` are taken, too.
    pub fn of_word(word: &str) -> Option<Self> {
        let word = word.replace(['-', '_'], " ");
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether it can still be decided.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::OnHold)
    }
}

/// A change request's state, and who has agreed to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Who agreed, in the order in which they did.
    pub approvals: Vec<Approval>,
}

/// Somebody's word, and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Approval {
    /// Who agreed.
    pub by: String,
    /// The tag of what they were shown: it counts for nothing else.
    pub seen: String,
}

impl Standing {
    /// That of a request that was just made.
    pub fn new() -> Self {
        Self { state: State::Pending, approvals: Vec::new() }
    }

    /// Who agreed to what is shown now; of what is decided, all who did.
    pub fn approved_by(&self, shown: &str) -> Vec<String> {
        let counts = |approval: &&Approval| !self.state.is_open() || approval.seen == shown;
        self.approvals.iter().filter(counts).map(|approval| approval.by.clone()).collect()
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self::new()
    }
}

/// What happens to a change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Somebody agrees.
    Approve,
    /// Somebody turns it down.
    Reject,
    /// Somebody wants something first.
    Hold,
    /// What was wanted is there.
    Resume,
    /// Whoever asked takes it back.
    Withdraw,
    /// Something else is asked for in its place.
    Edit,
    /// Conflicts with what others changed are solved.
    Rebase,
    /// Somebody says something.
    Comment,
    /// Somebody is asked to decide.
    Assign,
    /// Its time is over.
    Expire,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Approve,
        Self::Reject,
        Self::Hold,
        Self::Resume,
        Self::Withdraw,
        Self::Edit,
        Self::Rebase,
        Self::Comment,
        Self::Assign,
        Self::Expire,
    ];

    /// The word for it, as it stands in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Edit => "edit",
            Self::Rebase => "rebase",
            Self::Comment => "comment",
            Self::Assign => "assign",
            Self::Expire => "expire",
        }
    }

    /// The event of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.word() == word)
    }

    /// Whether it judges what was shown, so that whoever does it must have seen that.
    pub fn is_decision(self) -> bool {
        matches!(self, Self::Approve | Self::Reject | Self::Hold)
    }
}

/// What whoever acts is to a change request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Relation {
    /// They asked for it, themselves or by a token of theirs.
    pub is_requester: bool,
    /// They changed what is asked for.
    pub is_author: bool,
    /// They have the right to review each of its records.
    pub may_review: bool,
    /// They have the right to propose changes of each of its records.
    pub may_propose: bool,
    /// They are in all groups that reviewers must be in.
    pub is_in_groups: bool,
    /// It is the register itself.
    pub is_register: bool,
}

/// What whoever acts has seen and said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sight<'a> {
    /// The tag of what is shown now.
    pub shown: &'a str,
    /// The tag of what they were shown, as they say.
    pub said: Option<&'a str>,
    /// Others changed what it changes, so that it can't be applied as it is.
    pub has_conflict: bool,
    /// They gave a comment.
    pub has_comment: bool,
}

/// Why something can't happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// It is decided.
    #[error("the change request is closed")]
    Closed,
    /// It is on hold.
    #[error("the change request is on hold; resume it first")]
    OnHold,
    /// It is not on hold.
    #[error("the change request is not on hold")]
    NotOnHold,
    /// Nobody decides on what they ask for.
    #[error("nobody decides on their own change request, nor on one that they had a part in")]
    OwnRequest,
    /// The right to review is missing.
    #[error("the right to review is missing")]
    MayNotReview,
    /// Reviewers must be in a group.
    #[error("reviewers must be in another group")]
    NotInGroups,
    /// They have agreed already.
    #[error("you have approved this already; another person must, too")]
    ApprovedAlready,
    /// Only who asked may do that.
    #[error("only who asked for it may do that")]
    NotRequester,
    /// The right to propose is missing.
    #[error("the right to propose is missing")]
    MayNotPropose,
    /// This is the register's to do.
    #[error("only the register itself does that")]
    NotRegister,
    /// They must say why.
    #[error("say why, in a comment")]
    NoComment,
    /// They must say what they saw.
    #[error("say what you decide on: send the ETag that you were shown as If-Match")]
    Unsaid,
    /// What they saw is not what is there.
    #[error("the change request is not what you were shown")]
    Unseen,
    /// Others changed what it changes.
    #[error("others have changed what this changes; whoever asked must solve that first")]
    Conflict,
}

/// What became of a change request. Made by [`decide()`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    standing: Standing,
}

impl Decision {
    /// How the request stands from now on.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// The changes as they may be written; `None` where they have not been agreed to.
    pub fn approve(&self, changes: Vec<CheckedChange>) -> Option<Approved> {
        let approvals = self.standing.approvals.iter();
        let approved_by = approvals.map(|approval| approval.by.clone()).collect();
        let passage = Passage { approved_by, is_bypass: false };
        (self.standing.state == State::Approved).then_some(Approved { changes, passage })
    }
}

/// Decides what an event makes of a change request, of which `approvals` are wanted.
///
/// # Errors
/// Why it can't happen; the first of what stands in the way, so that nobody learns about a request
/// what is not theirs to know.
pub fn decide(
    standing: &Standing,
    event: Event,
    (actor, relation): (&str, Relation),
    approvals: u8,
    sight: Sight<'_>,
) -> Result<Decision, Refusal> {
    may(event, relation)?;
    let state = follow(standing.state, event)?;
    if matches!(event, Event::Reject | Event::Hold | Event::Comment) && !sight.has_comment {
        return Err(Refusal::NoComment);
    }
    if event.is_decision() {
        match sight.said {
            None => return Err(Refusal::Unsaid),
            Some(said) if said != sight.shown => return Err(Refusal::Unseen),
            Some(_) => {}
        }
    }
    let counts = |approval: &Approval| approval.seen == sight.shown;
    let mut given = standing.approvals.clone();
    match event {
        Event::Approve if given.iter().any(|one| one.by == actor && counts(one)) => {
            return Err(Refusal::ApprovedAlready);
        }
        Event::Approve if sight.has_conflict => return Err(Refusal::Conflict),
        Event::Approve => {
            given.retain(|approval| approval.by != actor);
            given.push(Approval { by: actor.to_owned(), seen: sight.shown.to_owned() });
        }
        // What was agreed to is no more.
        Event::Edit | Event::Rebase => given.clear(),
        Event::Reject
        | Event::Hold
        | Event::Resume
        | Event::Withdraw
        | Event::Comment
        | Event::Assign
        | Event::Expire => {}
    }
    let is_enough = given.iter().filter(|one| counts(one)).count() >= usize::from(approvals.max(1));
    let state = if event == Event::Approve && is_enough {
        // Whoever agreed to something else has no part in what is applied.
        given.retain(counts);
        State::Approved
    } else {
        state
    };
    Ok(Decision { standing: Standing { state, approvals: given } })
}

/// Whether whoever acts may do that at all.
#[expect(clippy::match_same_arms, reason = "each case stands for itself")]
fn may(event: Event, relation: Relation) -> Result<(), Refusal> {
    let Relation { is_requester, is_author, may_review, may_propose, is_in_groups, .. } = relation;
    match event {
        Event::Approve | Event::Reject | Event::Hold | Event::Resume => {
            if is_requester || is_author {
                Err(Refusal::OwnRequest)
            } else if !may_review {
                Err(Refusal::MayNotReview)
            } else if is_in_groups {
                Ok(())
            } else {
                Err(Refusal::NotInGroups)
            }
        }
        Event::Withdraw | Event::Rebase if is_requester => Ok(()),
        Event::Withdraw | Event::Rebase => Err(Refusal::NotRequester),
        Event::Edit if may_propose => Ok(()),
        Event::Edit => Err(Refusal::MayNotPropose),
        Event::Comment | Event::Assign if is_requester || may_propose || may_review => Ok(()),
        Event::Comment | Event::Assign => Err(Refusal::MayNotPropose),
        Event::Expire if relation.is_register => Ok(()),
        Event::Expire => Err(Refusal::NotRegister),
    }
}

/// The state that follows; of an approval, the one where others must still agree.
#[expect(clippy::match_same_arms, reason = "each case stands for itself")]
fn follow(state: State, event: Event) -> Result<State, Refusal> {
    match (state, event) {
        // What is decided can still be talked about.
        (_, Event::Comment) => Ok(state),
        // Closed stays closed.
        (State::Approved | State::Rejected | State::Withdrawn | State::Expired, _) => {
            Err(Refusal::Closed)
        }
        (State::Pending, Event::Approve) => Ok(State::Pending),
        (State::OnHold, Event::Approve | Event::Hold) => Err(Refusal::OnHold),
        (State::Pending | State::OnHold, Event::Reject) => Ok(State::Rejected),
        (State::Pending, Event::Hold) => Ok(State::OnHold),
        (State::OnHold, Event::Resume) => Ok(State::Pending),
        (State::Pending, Event::Resume) => Err(Refusal::NotOnHold),
        (State::Pending | State::OnHold, Event::Withdraw) => Ok(State::Withdrawn),
        (State::Pending | State::OnHold, Event::Expire) => Ok(State::Expired),
        (State::Pending | State::OnHold, Event::Edit | Event::Rebase | Event::Assign) => Ok(state),
    }
}

/// The states and what leads from one to another, as a drawing for Mermaid, from the very function
/// that decides.
pub fn diagram() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> Pending\n");
    let name = |state: State| format!("{state:?}");
    for state in State::ALL {
        for event in Event::ALL {
            let Ok(next) = follow(state, event) else {
                continue;
            };
            if next != state {
                writeln!(out, "    {} --> {}: {}", name(state), name(next), event.word())
                    .unwrap_or_default();
            }
        }
        if state == State::Pending {
            out.push_str("    Pending --> Approved: approve (the last one wanted)\n");
        }
        if !state.is_open() {
            writeln!(out, "    {} --> [*]", name(state)).unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests;
