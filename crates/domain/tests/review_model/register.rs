//! The register: what one transaction does, behind the lock, with the very functions that the
//! application asks. Beside it is kept what each reviewer had before them, of which these functions
//! know nothing, so that [`audit`](crate::audit) can judge what they let pass.

use std::collections::BTreeSet;

use domain::review::{Event, Refusal, Relation, Sight, Standing, State, decide};

use crate::audit::{self, Breach};
use crate::record::{Content, Record, Shown, Solve, Wish};

/// Somebody who acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Person {
    Ann,
    Bob,
    Eve,
    Joe,
}

/// Who may do what, and how many others must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Policy {
    pub(crate) approvals: u8,
    /// Who asks: the first of them for the first request, the second for the next.
    pub(crate) requesters: [Person; 2],
}

/// Who may review.
pub(crate) const REVIEWERS: [Person; 2] = [Person::Eve, Person::Joe];

/// One who may review, and may propose too, and so have a part in what others ask for.
pub(crate) const EDITOR: Person = Person::Eve;

/// What somebody is shown of a request: the tag, and what the tag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Page {
    pub(crate) by: Person,
    /// The place of the request.
    pub(crate) request: usize,
    /// The tag: the revision of what is asked for, and the digest of the comparison.
    pub(crate) tag: (u8, u64),
    pub(crate) look: Look,
}

/// What somebody had before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Look {
    pub(crate) revision: u8,
    /// What the fields were that the request touches.
    pub(crate) touched: Wish,
}

/// What somebody asks of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A decision on what a page shows.
    Decide(Event, Page),
    /// Something that needs no page.
    Do(Event),
    Edit(Wish),
    Rebase(Solve),
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Decided(Refusal),
    /// Another request has the record.
    Claimed,
    /// It would change nothing.
    Nothing,
    /// Conflicts are left.
    Unsolved,
}

/// A change request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    pub(crate) requester: Person,
    pub(crate) content: Content,
    pub(crate) revision: u8,
    pub(crate) standing: Standing,
    /// Who edited or rebased it.
    pub(crate) authors: BTreeSet<Person>,
    /// Whether a conflict of it was solved.
    pub(crate) is_solved: bool,
    /// How often its changes were written.
    pub(crate) applied: u8,
    /// What those had before them who agreed to it as it is: kept for the audit, whatever the rules
    /// keep.
    pub(crate) looks: BTreeSet<(Person, Look)>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Register {
    pub(crate) policy: Policy,
    pub(crate) record: Record,
    pub(crate) requests: Vec<Request>,
    /// The request that has the record.
    pub(crate) claim: Option<usize>,
    /// What must not have happened, and did.
    pub(crate) breaches: BTreeSet<Breach>,
}

impl Person {
    fn name(self) -> &'static str {
        match self {
            Self::Ann => "ann",
            Self::Bob => "bob",
            Self::Eve => "eve",
            Self::Joe => "joe",
        }
    }
}

impl Asked {
    fn event(self) -> Event {
        match self {
            Self::Decide(event, _) | Self::Do(event) => event,
            Self::Edit(_) => Event::Edit,
            Self::Rebase(_) => Event::Rebase,
        }
    }
}

impl Request {
    pub(crate) fn is_open(&self) -> bool {
        self.standing.state.is_open()
    }

    pub(crate) fn has_part(&self, person: Person) -> bool {
        self.requester == person || self.authors.contains(&person)
    }

    pub(crate) fn look(&self, record: Record) -> Look {
        Look { revision: self.revision, touched: self.content.touched(record) }
    }

    fn tag(&self, shown: Shown) -> (u8, u64) {
        (self.revision, shown.seen)
    }

    fn relation(&self, person: Person, event: Event, policy: Policy) -> Relation {
        Relation {
            is_requester: self.requester == person,
            is_author: self.authors.contains(&person),
            may_review: REVIEWERS.contains(&person),
            may_propose: person == EDITOR || policy.requesters.contains(&person),
            is_in_groups: true,
            is_register: event == Event::Expire,
        }
    }
}

impl Register {
    pub(crate) fn new(policy: Policy, record: Record) -> Self {
        Self { policy, record, requests: Vec::new(), claim: None, breaches: BTreeSet::new() }
    }

    /// Puts a change aside for a review.
    pub(crate) fn park(&mut self, requester: Person, wish: Wish) -> Result<(), Refused> {
        let content = Content::of(wish, self.record).ok_or(Refused::Nothing)?;
        if self.claim.is_some() {
            return Err(Refused::Claimed);
        }
        self.claim = Some(self.requests.len());
        self.requests.push(Request {
            requester,
            content,
            revision: 1,
            standing: Standing::new(),
            authors: BTreeSet::new(),
            is_solved: false,
            applied: 0,
            looks: BTreeSet::new(),
        });
        Ok(())
    }

    /// Shows a request to somebody.
    pub(crate) fn read(&self, by: Person, place: usize) -> Page {
        let request = &self.requests[place];
        let tag = request.tag(request.content.show(self.record));
        Page { by, request: place, tag, look: request.look(self.record) }
    }

    /// Does what somebody asks of a request, in one transaction, or nothing of it.
    pub(crate) fn act(&mut self, by: Person, place: usize, asked: Asked) -> Result<(), Refused> {
        let request = &self.requests[place];
        let shown = request.content.show(self.record);
        let event = asked.event();
        let page = match asked {
            Asked::Decide(_, page) => Some(page),
            Asked::Do(_) | Asked::Edit(_) | Asked::Rebase(_) => None,
        };
        let text = |(revision, digest): (u8, u64)| format!("{revision}.{digest:x}");
        let (now, said) = (text(request.tag(shown)), page.map(|page| text(page.tag)));
        let sight = Sight {
            shown: &now,
            said: said.as_deref(),
            has_conflict: shown.has_conflict,
            has_comment: true,
        };
        let actor = (by.name(), request.relation(by, event, self.policy));
        let decision = decide(&request.standing, event, actor, self.policy.approvals, sight);
        let decision = decision.map_err(Refused::Decided)?;
        let again = match asked {
            Asked::Edit(wish) => Some(Content::of(wish, self.record).ok_or(Refused::Nothing)?),
            Asked::Rebase(solve) => {
                let rebased = request.content.rebase(self.record, solve);
                Some(rebased.ok_or(Refused::Unsolved)?)
            }
            Asked::Decide(..) | Asked::Do(_) => None,
        };
        let is_approval = event == Event::Approve;
        if let Some(page) = page.filter(|_| is_approval) {
            self.agree(place, page);
        }
        // Nobody but the rules can make this.
        if is_approval && decision.approve(Vec::new()).is_some() {
            self.apply(place, page, shown.outcome);
        }
        let request = &mut self.requests[place];
        if let Some(content) = again {
            self.breaches.extend(audit::again(request, event, content));
            request.content = content;
            request.revision += 1;
            request.is_solved |= event == Event::Rebase && shown.has_conflict;
            request.authors.insert(by);
            request.looks.clear();
        }
        self.breaches.extend(audit::moved(request, decision.standing()));
        request.standing = decision.standing().clone();
        if !request.is_open() {
            self.claim = None;
        }
        Ok(())
    }

    fn agree(&mut self, place: usize, page: Page) {
        let looks = &mut self.requests[place].looks;
        looks.retain(|(by, _)| *by != page.by);
        looks.insert((page.by, page.look));
    }

    fn apply(&mut self, place: usize, last: Option<Page>, outcome: Record) {
        let request = &mut self.requests[place];
        let found = audit::applied(request, self.policy, last, [self.record, outcome]);
        self.breaches.extend(found);
        if outcome != self.record {
            self.record = outcome;
            request.applied += 1;
        }
    }

    /// How an open request stands, for who asks.
    pub(crate) fn open(&self) -> impl Iterator<Item = (usize, &Request)> {
        self.requests.iter().enumerate().filter(|(_, request)| request.is_open())
    }

    /// Whether a request was agreed to.
    pub(crate) fn is_approved(&self, place: usize) -> bool {
        self.requests[place].standing.state == State::Approved
    }
}
