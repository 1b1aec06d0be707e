//! What holds in each state, and what happens in some.

use domain::review::{Event, Refusal, State};
use stateright::Property;

use crate::audit::Breach;
use crate::record::{Solve, TAGS};
use crate::register::{Asked, Page, REVIEWERS, Refused, Register, Request};
use crate::{Reviews, WISHES, World};

pub(crate) fn all() -> Vec<Property<Reviews>> {
    [safe(), live(), met(), refused()].into_iter().flatten().collect()
}

/// Nothing is written that should not be.
fn safe() -> Vec<Property<Reviews>> {
    fn has(world: &World, breach: Breach) -> bool {
        world.register.breaches.contains(&breach)
    }
    vec![
        Property::always("a request is applied once at most", |_, world: &World| {
            world.register.requests.iter().all(|request| request.applied <= 1)
        }),
        Property::always("as many as are wanted agreed to what is applied", |_, world: &World| {
            !has(world, Breach::TooFew)
        }),
        Property::always("nobody agrees to what they had a part in", |_, world: &World| {
            !has(world, Breach::OwnHand)
        }),
        Property::always("the last who agrees has seen what is there", |_, world: &World| {
            !has(world, Breach::Unseen)
        }),
        Property::always("all who agree have seen what is written over", |_, world: &World| {
            !has(world, Breach::Overwritten)
        }),
        Property::always("what is asked for is written, and nothing else", |_, world: &World| {
            !has(world, Breach::Unasked)
        }),
        Property::always("only what waits is applied", |_, world: &World| {
            !has(world, Breach::NotPending)
        }),
        Property::always("closed stays closed", |_, world: &World| !has(world, Breach::Reopened)),
        Property::always("the record is claimed by the one open request", |_, world: &World| {
            let open: Vec<usize> = world.register.open().map(|(place, _)| place).collect();
            open.len() <= 1 && open.first().copied() == world.register.claim
        }),
    ]
}

/// No request is stuck.
fn live() -> Vec<Property<Reviews>> {
    vec![
        Property::always("who asked can take it back", |_, world: &World| {
            each_open(world, |register, place, request| {
                let asked = Asked::Do(Event::Withdraw);
                register.act(request.requester, place, asked).is_ok() && register.claim.is_none()
            })
        }),
        Property::always("its time can be over", |_, world: &World| {
            each_open(world, |register, place, request| {
                register.act(request.requester, place, Asked::Do(Event::Expire)).is_ok()
            })
        }),
        Property::always("whoever may review can turn it down", |_, world: &World| {
            each_open(world, |register, place, request| {
                REVIEWERS.iter().filter(|by| !request.has_part(**by)).all(|by| {
                    let asked = Asked::Decide(Event::Reject, register.read(*by, place));
                    register.clone().act(*by, place, asked).is_ok()
                })
            })
        }),
        Property::always("who asked can solve a conflict", |_, world: &World| {
            each_open(world, solve)
        }),
        Property::always("it can be agreed to where enough people may", |_, world: &World| {
            each_open(world, |register, place, request| {
                let may = || REVIEWERS.into_iter().filter(|by| !request.has_part(*by));
                if may().count() < usize::from(register.policy.approvals) {
                    return true;
                }
                for by in may().take(1) {
                    // Of one that is not on hold, that is refused.
                    register.act(by, place, Asked::Do(Event::Resume)).ok();
                }
                solve(register, place, request);
                for by in may() {
                    let page = register.read(by, place);
                    register.act(by, place, Asked::Decide(Event::Approve, page)).ok();
                }
                register.is_approved(place)
            })
        }),
    ]
}

/// Looked at where no page is open: what can be done with a request is the same where some are.
fn each_open(world: &World, holds: fn(&mut Register, usize, &Request) -> bool) -> bool {
    let mut open = world.register.open().filter(|_| world.pages.is_empty());
    open.all(|(place, request)| holds(&mut world.register.clone(), place, request))
}

/// Whether no conflict is left, once whoever asked has solved them.
fn solve(register: &mut Register, place: usize, request: &Request) -> bool {
    if !has_conflict(register, place) {
        return true;
    }
    register.act(request.requester, place, Asked::Rebase(Solve::Mine)).is_ok()
        && !has_conflict(register, place)
}

fn has_conflict(register: &Register, place: usize) -> bool {
    register.requests[place].content.show(register.record).has_conflict
}

/// What the model gets to, so that what always holds says something.
fn met() -> Vec<Property<Reviews>> {
    fn has(world: &World, is_so: fn(&Request) -> bool) -> bool {
        world.register.requests.iter().any(is_so)
    }
    vec![
        Property::sometimes("two agree, and it is applied", |_, world: &World| {
            has(world, |it| it.applied == 1 && it.standing.approvals.len() == 2)
        }),
        Property::sometimes("a conflict is solved, and it is applied", |_, world: &World| {
            has(world, |it| it.applied == 1 && it.is_solved)
        }),
        Property::sometimes("others brought all of it about", |_, world: &World| {
            has(world, |it| it.applied == 0 && it.standing.state == State::Approved)
        }),
        Property::sometimes("a list that moved is merged", |_, world: &World| {
            world.register.open().any(|(_, request)| {
                let merged = request.content.show(world.register.record).outcome.0[TAGS];
                request.content.proposed[TAGS].is_some_and(|asked| asked != merged)
            })
        }),
        Property::sometimes("another request can't begin", |_, world: &World| {
            let mut register = world.register.clone();
            let [_, next] = register.policy.requesters;
            world.pages.is_empty() && register.park(next, WISHES[0]) == Err(Refused::Claimed)
        }),
        Property::sometimes("another request begins", |_, world: &World| {
            world.register.open().any(|(place, _)| place == 1)
        }),
    ]
}

/// Approvals that are refused, of what is on a reviewer's page.
fn refused() -> Vec<Property<Reviews>> {
    vec![
        Property::sometimes("it was edited meanwhile", |_, world: &World| {
            is_met(world, Refusal::Unseen, |request, page| page.tag.0 != request.revision)
        }),
        Property::sometimes("a field moved meanwhile", |_, world: &World| {
            is_met(world, Refusal::Unseen, |request, page| page.tag.0 == request.revision)
        }),
        Property::sometimes("the answer was lost, and it is closed", |_, world: &World| {
            is_met(world, Refusal::Closed, has_agreed)
        }),
        Property::sometimes("the answer was lost, and others must agree", |_, world: &World| {
            is_met(world, Refusal::ApprovedAlready, has_agreed)
        }),
        Property::sometimes("they asked for it", |_, world: &World| {
            is_met(world, Refusal::OwnRequest, |request, page| request.requester == page.by)
        }),
        Property::sometimes("they had it before them, and edited it", |_, world: &World| {
            is_met(world, Refusal::OwnRequest, |request, page| request.authors.contains(&page.by))
        }),
        Property::sometimes("a conflict stands in the way", |_, world: &World| {
            is_met(world, Refusal::Conflict, |_, _| true)
        }),
    ]
}

fn has_agreed(request: &Request, page: &Page) -> bool {
    request.looks.contains(&(page.by, page.look))
}

fn is_met(world: &World, refusal: Refusal, is_so: fn(&Request, &Page) -> bool) -> bool {
    world.pages.iter().any(|page| {
        let asked = Asked::Decide(Event::Approve, *page);
        is_so(&world.register.requests[page.request], page)
            && world.register.clone().act(page.by, page.request, asked)
                == Err(Refused::Decided(refusal))
    })
}
