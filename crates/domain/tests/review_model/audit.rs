//! What must hold whenever a request's changes are written, said anew and without the rules that
//! are tried: who agreed is taken from what they sent, and what they saw from their screens.

use domain::review::{Event, Standing, State};

use crate::record::{Content, Record, TAGS};
use crate::register::{Look, Page, Policy, Request};

/// Something that must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Breach {
    /// Fewer people agreed to what is written than are wanted.
    TooFew,
    /// Somebody agreed who had a part in it.
    OwnHand,
    /// The last who agreed saw something else than what is there.
    Unseen,
    /// A value is written over that somebody who agreed was never shown.
    Overwritten,
    /// A field that is asked for becomes something else, or another one changes.
    Unasked,
    /// A request was written that did not wait for that.
    NotPending,
    /// What was closed is not, or is closed in another way.
    Reopened,
}

/// What is wrong with writing a request's changes, which make one record of another.
pub(crate) fn applied(
    request: &Request,
    policy: Policy,
    last: Option<Page>,
    [before, after]: [Record; 2],
) -> Vec<Breach> {
    // Only who saw what is written over has agreed to it; the word of others is worth nothing here.
    let now = request.look(before);
    let looks: Vec<_> = request.looks.iter().filter(|(_, look)| *look == now).collect();
    let places = 0..before.0.len();
    let has_all_seen = looks.iter().all(|(_, look)| {
        places.clone().all(|place| has_seen(request.content, *look, place, [before, after]))
    });
    let is_all_as_asked =
        places.clone().all(|place| is_as_asked(request.content, place, [before, after]));
    let wrong = [
        (looks.len() < usize::from(policy.approvals), Breach::TooFew),
        (looks.iter().any(|(by, _)| request.has_part(*by)), Breach::OwnHand),
        (last.map(|page| page.look) != Some(request.look(before)), Breach::Unseen),
        (!has_all_seen, Breach::Overwritten),
        (!is_all_as_asked, Breach::Unasked),
        (request.standing.state != State::Pending, Breach::NotPending),
    ];
    wrong.into_iter().filter_map(|(is_so, breach)| is_so.then_some(breach)).collect()
}

/// Whether somebody was shown what a field loses: as it was when that was asked for, or as it was
/// when they looked. Of the list, it is what is taken off it.
fn has_seen(content: Content, look: Look, place: usize, [before, after]: [Record; 2]) -> bool {
    let (was, is, base) = (before.0[place], after.0[place], content.base.0[place]);
    let shown = look.touched[place].unwrap_or(base);
    if place == TAGS {
        was & !is & !(base | shown) == 0
    } else {
        was == is || [base, shown].contains(&was)
    }
}

/// Whether a field becomes what was asked for, and stays as it is where nothing was. Of the list, it
/// is what is put on it, and taken off: the rest of it is others'.
fn is_as_asked(content: Content, place: usize, [before, after]: [Record; 2]) -> bool {
    let (was, is, base) = (before.0[place], after.0[place], content.base.0[place]);
    match content.proposed[place] {
        None => is == was,
        Some(asked) if place == TAGS => {
            let (put, taken) = (asked & !base, base & !asked);
            is == (was & !taken) | put
        }
        Some(asked) => is == asked,
    }
}

/// What is wrong with asking for something else: a rebase touches no other fields.
pub(crate) fn again(request: &Request, event: Event, content: Content) -> Option<Breach> {
    let touches = |content: Content| content.proposed.map(|value| value.is_some());
    let mut fields = touches(request.content).into_iter().zip(touches(content));
    (event == Event::Rebase && fields.any(|(old, new)| new && !old)).then_some(Breach::Unasked)
}

/// What is wrong with how a request stands next: what is closed stays as it is.
pub(crate) fn moved(request: &Request, next: &Standing) -> Option<Breach> {
    (!request.is_open() && request.standing != *next).then_some(Breach::Reopened)
}
