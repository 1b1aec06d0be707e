//! All that can happen to change requests of one record, tried step by step: people read, decide
//! late, send again what no answer came to, edit, solve conflicts and give up, while others write
//! past the review and the register goes down between any two of their moments.
//!
//! The register takes one transaction after another, behind its lock. So a step is a transaction,
//! or somebody's look at a request; whatever lies between the look and the decision is other steps.
//! A page stays open until its decision is answered. One whose answer is lost is sent again at any
//! later moment, any number of times. What needs no page can be asked again anyway. Each reviewer
//! has one page at most: what becomes of a decision does not depend on other pages.
//!
//! The rules are the real ones, from [`domain::review`]; what they must bring about is said anew in
//! [`audit`]. Comments and assignments, which move nothing, are left out, and so are faults of the
//! record as it would be, groups, and changes of several records.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "all of it is a test, which tells how far it went"
)]

mod audit;
mod properties;
mod record;
mod register;

use std::collections::BTreeSet;

use domain::review::Event;
use stateright::{Checker as _, Model, Property};

use record::{Record, Solve, TAGS, Wish};
use register::{Asked, EDITOR, Page, Person, Policy, REVIEWERS, Register};

/// How much is tried: with the turns that things may take, all together, the states grow about
/// tenfold each.
struct Reviews {
    /// Writes past the review, edits, rebases, and a second request.
    turns: u8,
}

/// The register, and what people have before them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    register: Register,
    pages: BTreeSet<Page>,
    /// Turns that were taken.
    turns: u8,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The next who asks asks for something.
    Park(Wish),
    /// Somebody else writes past the review.
    Bypass(Record),
    /// A reviewer looks at a request.
    Read(Person, usize),
    /// Somebody asks something of a request that needs no page.
    Ask(Person, usize, Asked),
    /// A reviewer decides on what a page shows, and this comes of it.
    Decide(Event, Page, Fate),
}

/// How far something gets that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Whoever asked knows.
    Answered,
    /// The register goes down before the commit.
    CrashBefore,
    /// It goes down after the commit, or the answer is lost.
    CrashAfter,
}

/// What the record is at first: the list refers to one.
const START: Record = Record([0, 0, 0b001]);

/// What people ask for.
const WISHES: [Wish; 2] = [[Some(1), None, Some(0b010)], [Some(1), Some(1), None]];

/// What an edit makes of it.
const EDITED: Wish = [Some(2), None, None];

impl Model for Reviews {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        use Person::{Ann, Bob, Eve};
        let people = [[Ann, Bob], [Eve, Ann]];
        let policies = people
            .into_iter()
            .flat_map(|requesters| [1, 2].map(|approvals| Policy { approvals, requesters }));
        let register = policies.map(|policy| Register::new(policy, START));
        let world = |register| World { register, pages: BTreeSet::new(), turns: 0 };
        register.map(world).collect()
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        let register = &world.register;
        let may_turn = world.turns < self.turns;
        if register.requests.is_empty() || (register.requests.len() == 1 && may_turn) {
            steps.extend(WISHES.map(Step::Park));
        }
        if may_turn && !register.requests.is_empty() {
            steps.extend(bypasses(register.record).map(Step::Bypass));
        }
        for (place, request) in register.open() {
            for by in REVIEWERS {
                if world.pages.iter().all(|page| page.by != by) {
                    steps.push(Step::Read(by, place));
                }
            }
            let ask = |by, asked| Step::Ask(by, place, asked);
            steps.push(ask(request.requester, Asked::Do(Event::Withdraw)));
            steps.extend(REVIEWERS.map(|by| ask(by, Asked::Do(Event::Resume))));
            if may_turn {
                let people: BTreeSet<Person> = [request.requester, EDITOR].into();
                steps.extend(people.into_iter().map(|by| ask(by, Asked::Edit(EDITED))));
                let solves = [Solve::Not, Solve::Mine, Solve::Theirs, Solve::Digit(3)];
                steps.extend(solves.map(|how| ask(request.requester, Asked::Rebase(how))));
            }
        }
        for page in &world.pages {
            for event in [Event::Approve, Event::Reject, Event::Hold] {
                let fates = [Fate::Answered, Fate::CrashBefore, Fate::CrashAfter];
                steps.extend(fates.map(|fate| Step::Decide(event, *page, fate)));
            }
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        match step {
            Step::Park(wish) => {
                let place = next.register.requests.len();
                let requester = next.register.policy.requesters[place];
                next.register.park(requester, wish).ok()?;
                next.turns += u8::from(place > 0);
            }
            Step::Bypass(record) => {
                next.register.record = record;
                next.turns += 1;
            }
            Step::Read(by, place) => {
                next.pages.insert(next.register.read(by, place));
            }
            Step::Ask(by, place, asked) => {
                next.register.act(by, place, asked).ok()?;
                next.turns += u8::from(matches!(asked, Asked::Edit(_) | Asked::Rebase(_)));
            }
            // Nothing of it has happened, and the page is still open.
            Step::Decide(.., Fate::CrashBefore) => return None,
            Step::Decide(event, page, Fate::CrashAfter) => {
                next.register.act(page.by, page.request, Asked::Decide(event, page)).ok()?;
            }
            Step::Decide(event, page, Fate::Answered) => {
                // They know now, of a refusal too.
                next.register.act(page.by, page.request, Asked::Decide(event, page)).ok();
                next.pages.remove(&page);
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}

/// What others may make of the record at once.
fn bypasses(record: Record) -> impl Iterator<Item = Record> {
    let with = move |place: usize, value| {
        let mut fields = record.0;
        fields[place] = value;
        Record(fields)
    };
    let texts = [(0, 0), (0, 1), (0, 2), (1, 2)];
    let list = (TAGS, record.0[TAGS] ^ 0b100);
    let all = texts.into_iter().chain([list]).map(move |(place, value)| with(place, value));
    all.filter(move |other| *other != record)
}

#[test]
fn no_order_of_events_gets_past_the_review() {
    let full = std::env::var_os("DOMESDAY_PROVE").is_some();
    let reviews = Reviews { turns: if full { 3 } else { 2 } };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let checker = reviews.checker().threads(threads).spawn_bfs().join();
    let (states, steps) = (checker.unique_state_count(), checker.state_count());
    println!("{states} states, {steps} steps, at most {} in a row", checker.max_depth());
    checker.assert_properties();
}
