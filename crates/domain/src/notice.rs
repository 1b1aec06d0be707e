//! Whom a step of a change request is told to, and who wants to hear of it.

use std::collections::BTreeSet;

use crate::review::Event;

/// What people want to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A request that they may decide on was made.
    New,
    /// They are asked to decide on one.
    Assigned,
    /// Something was decided on one that they have a part in.
    Decided,
    /// Something was said of one that they have a part in, or it was changed.
    Discussed,
    /// A task came to nothing, for those who administer.
    Tasks,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::New, Self::Assigned, Self::Decided, Self::Discussed, Self::Tasks];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Assigned => "assigned",
            Self::Decided => "decided",
            Self::Discussed => "discussed",
            Self::Tasks => "tasks",
        }
    }

    /// The topic of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.word() == word)
    }

    /// What people are told of who have not said what they want: what is meant for them, and not
    /// everything that anybody asks for.
    pub fn by_default() -> BTreeSet<Self> {
        [Self::Assigned, Self::Decided, Self::Discussed, Self::Tasks].into()
    }

    /// The topics of a text that [`Self::write`] made; what is no word is passed over.
    pub fn read(text: &str) -> BTreeSet<Self> {
        text.split(',').filter_map(Self::of_word).collect()
    }

    /// Topics as they are kept.
    pub fn write(topics: &BTreeSet<Self>) -> String {
        let words: Vec<&str> = topics.iter().map(|topic| topic.word()).collect();
        words.join(",")
    }

    /// What a step is about for those who have a part in the request; `None` for its beginning.
    pub fn of_event(event: Event) -> Self {
        match event {
            Event::Approve
            | Event::Reject
            | Event::Hold
            | Event::Resume
            | Event::Withdraw
            | Event::Expire => Self::Decided,
            Event::Assign => Self::Assigned,
            Event::Edit | Event::Rebase | Event::Comment => Self::Discussed,
        }
    }
}

/// A step of a change request, as far as it says who is told.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// What happened; `None` where the request was made.
    pub event: Option<Event>,
    /// Who did it: nobody is told of what they did themselves.
    pub actor: &'a str,
    /// Who asked for it.
    pub requester: &'a str,
    /// Who is asked to decide.
    pub reviewers: &'a [String],
    /// Who did something with it before.
    pub took_part: &'a [String],
}

/// The users who are told of a step, beside those who want to hear of all new requests, and under
/// which topic.
pub fn told<'a>(step: &Step<'a>) -> (Topic, BTreeSet<&'a str>) {
    let Some(event) = step.event else {
        return (Topic::New, BTreeSet::new());
    };
    let topic = Topic::of_event(event);
    let reviewers = step.reviewers.iter().map(String::as_str);
    let mut users: BTreeSet<&str> = reviewers.collect();
    if topic != Topic::Assigned {
        users.insert(step.requester);
        users.extend(step.took_part.iter().map(String::as_str));
    }
    users.remove(step.actor);
    (topic, users)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: Option<Event>, actor: &str, expected: (Topic, &[&str])) {
        let reviewers = ["bob".to_owned()];
        let took_part = ["rita".to_owned(), "carl".to_owned()];
        let step =
            Step { event, actor, requester: "rita", reviewers: &reviewers, took_part: &took_part };
        let (topic, users) = told(&step);
        let users: Vec<&str> = users.into_iter().collect();
        assert_eq!((topic, users.as_slice()), expected, "{event:?} by {actor}");
    }

    #[test]
    fn who_has_a_part_in_it_is_told_and_not_who_did_it() {
        check(None, "rita", (Topic::New, &[]));
        check(Some(Event::Assign), "rita", (Topic::Assigned, &["bob"]));
        check(Some(Event::Assign), "bob", (Topic::Assigned, &[]));
        check(Some(Event::Approve), "bob", (Topic::Decided, &["carl", "rita"]));
        check(Some(Event::Withdraw), "rita", (Topic::Decided, &["bob", "carl"]));
        check(Some(Event::Comment), "carl", (Topic::Discussed, &["bob", "rita"]));
        check(Some(Event::Expire), "system:cli", (Topic::Decided, &["bob", "carl", "rita"]));
    }

    #[test]
    fn topics_are_read_as_they_are_written() {
        for topics in [BTreeSet::new(), Topic::by_default(), Topic::ALL.into()] {
            assert_eq!(Topic::read(&Topic::write(&topics)), topics);
        }
        assert_eq!(Topic::read("new,nothing"), [Topic::New].into());
    }
}
