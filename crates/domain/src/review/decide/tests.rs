//! Every state × every event × everything that somebody can be to a change request, as a table.

use super::*;

const NOBODY: Relation = Relation {
    is_requester: false,
    is_author: false,
    may_review: false,
    may_propose: false,
    is_in_groups: true,
    is_register: false,
};
const SEEN: Sight<'_> =
    Sight { shown: "1.a", said: Some("1.a"), has_conflict: false, has_comment: true };

fn approval(by: &str, seen: &str) -> Approval {
    Approval { by: by.to_owned(), seen: seen.to_owned() }
}

/// What somebody can be to a request, by a word.
fn relation(word: &str) -> Relation {
    let reviewer = Relation { may_review: true, may_propose: true, ..NOBODY };
    match word {
        "viewer" => NOBODY,
        "proposer" => Relation { may_propose: true, ..NOBODY },
        "requester" => Relation { is_requester: true, ..reviewer },
        "co-author" => Relation { is_author: true, ..reviewer },
        "reviewer" | "approver" => reviewer,
        "outsider" => Relation { is_in_groups: false, ..reviewer },
        "register" => Relation { is_register: true, ..NOBODY },
        other => panic!("{other}"),
    }
}

/// What comes of it, where one approval is wanted; of who has agreed, where another must, too.
fn outcome(state: State, event: Event, who: &str) -> String {
    let has_approved = who == "approver";
    let approvals = if has_approved { vec![approval("eve", "1.a")] } else { Vec::new() };
    let wanted = if has_approved { 2 } else { 1 };
    let standing = Standing { state, approvals };
    let relation = relation(who);
    match decide(&standing, event, ("eve", relation), wanted, SEEN) {
        Ok(decision) if decision.standing().state == state => "stays".to_owned(),
        Ok(decision) => decision.standing().state.word().to_owned(),
        Err(refusal) => format!("{refusal:?}"),
    }
}

/// Who, what, and what comes of it where the request is pending, on hold, and closed.
const TABLE: &[(&str, &str, [&str; 3])] = &[
    ("viewer", "approve", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("viewer", "reject", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("viewer", "hold", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("viewer", "resume", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("viewer", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("viewer", "edit", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("viewer", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("viewer", "comment", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("viewer", "assign", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("viewer", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("proposer", "approve", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("proposer", "reject", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("proposer", "hold", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("proposer", "resume", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("proposer", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("proposer", "edit", ["stays", "stays", "Closed"]),
    ("proposer", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("proposer", "comment", ["stays", "stays", "stays"]),
    ("proposer", "assign", ["stays", "stays", "Closed"]),
    ("proposer", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("requester", "approve", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("requester", "reject", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("requester", "hold", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("requester", "resume", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("requester", "withdraw", ["withdrawn", "withdrawn", "Closed"]),
    ("requester", "edit", ["stays", "stays", "Closed"]),
    ("requester", "rebase", ["stays", "stays", "Closed"]),
    ("requester", "comment", ["stays", "stays", "stays"]),
    ("requester", "assign", ["stays", "stays", "Closed"]),
    ("requester", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("co-author", "approve", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("co-author", "reject", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("co-author", "hold", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("co-author", "resume", ["OwnRequest", "OwnRequest", "OwnRequest"]),
    ("co-author", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("co-author", "edit", ["stays", "stays", "Closed"]),
    ("co-author", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("co-author", "comment", ["stays", "stays", "stays"]),
    ("co-author", "assign", ["stays", "stays", "Closed"]),
    ("co-author", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("reviewer", "approve", ["approved", "OnHold", "Closed"]),
    ("reviewer", "reject", ["rejected", "rejected", "Closed"]),
    ("reviewer", "hold", ["on hold", "OnHold", "Closed"]),
    ("reviewer", "resume", ["NotOnHold", "pending", "Closed"]),
    ("reviewer", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("reviewer", "edit", ["stays", "stays", "Closed"]),
    ("reviewer", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("reviewer", "comment", ["stays", "stays", "stays"]),
    ("reviewer", "assign", ["stays", "stays", "Closed"]),
    ("reviewer", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("outsider", "approve", ["NotInGroups", "NotInGroups", "NotInGroups"]),
    ("outsider", "reject", ["NotInGroups", "NotInGroups", "NotInGroups"]),
    ("outsider", "hold", ["NotInGroups", "NotInGroups", "NotInGroups"]),
    ("outsider", "resume", ["NotInGroups", "NotInGroups", "NotInGroups"]),
    ("outsider", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("outsider", "edit", ["stays", "stays", "Closed"]),
    ("outsider", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("outsider", "comment", ["stays", "stays", "stays"]),
    ("outsider", "assign", ["stays", "stays", "Closed"]),
    ("outsider", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("approver", "approve", ["ApprovedAlready", "OnHold", "Closed"]),
    ("approver", "reject", ["rejected", "rejected", "Closed"]),
    ("approver", "hold", ["on hold", "OnHold", "Closed"]),
    ("approver", "resume", ["NotOnHold", "pending", "Closed"]),
    ("approver", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("approver", "edit", ["stays", "stays", "Closed"]),
    ("approver", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("approver", "comment", ["stays", "stays", "stays"]),
    ("approver", "assign", ["stays", "stays", "Closed"]),
    ("approver", "expire", ["NotRegister", "NotRegister", "NotRegister"]),
    ("register", "approve", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("register", "reject", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("register", "hold", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("register", "resume", ["MayNotReview", "MayNotReview", "MayNotReview"]),
    ("register", "withdraw", ["NotRequester", "NotRequester", "NotRequester"]),
    ("register", "edit", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("register", "rebase", ["NotRequester", "NotRequester", "NotRequester"]),
    ("register", "comment", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("register", "assign", ["MayNotPropose", "MayNotPropose", "MayNotPropose"]),
    ("register", "expire", ["expired", "expired", "Closed"]),
];

#[test]
fn every_state_event_and_relation_is_tabled() {
    let relations: std::collections::BTreeSet<&str> = TABLE.iter().map(|(who, ..)| *who).collect();
    assert_eq!(TABLE.len(), relations.len() * Event::ALL.len());
    for (who, word, expected) in TABLE {
        let event = Event::of_word(word).unwrap();
        for state in State::ALL {
            let [pending, on_hold, closed] = expected;
            let expected = match state {
                State::Pending => pending,
                State::OnHold => on_hold,
                State::Approved | State::Rejected | State::Withdrawn | State::Expired => closed,
            };
            assert_eq!(outcome(state, event, who), *expected, "{who} {word} {state:?}");
        }
    }
}

#[track_caller]
fn check(event: Event, sight: Sight<'_>, expected: Result<State, Refusal>) {
    let by = ("bob", relation("reviewer"));
    let decided = decide(&Standing::new(), event, by, 1, sight);
    assert_eq!(decided.map(|decision| decision.standing().state), expected, "{event:?} {sight:?}");
}

#[test]
fn a_decision_is_of_what_was_shown() {
    for event in [Event::Approve, Event::Reject, Event::Hold] {
        check(event, Sight { said: None, ..SEEN }, Err(Refusal::Unsaid));
        check(event, Sight { said: Some("1.b"), ..SEEN }, Err(Refusal::Unseen));
    }
    check(Event::Comment, Sight { said: None, ..SEEN }, Ok(State::Pending));
}

#[test]
fn whoever_turns_down_or_waits_says_why() {
    let silent = Sight { has_comment: false, ..SEEN };
    check(Event::Reject, silent, Err(Refusal::NoComment));
    check(Event::Hold, silent, Err(Refusal::NoComment));
    check(Event::Comment, silent, Err(Refusal::NoComment));
    check(Event::Approve, silent, Ok(State::Approved));
}

#[test]
fn a_conflict_can_be_turned_down_and_not_agreed_to() {
    let conflict = Sight { has_conflict: true, ..SEEN };
    check(Event::Approve, conflict, Err(Refusal::Conflict));
    check(Event::Reject, conflict, Ok(State::Rejected));
}

#[test]
fn as_many_agree_as_are_wanted_each_of_them_once() {
    let mut standing = Standing::new();
    for (name, expected) in
        [("bob", State::Pending), ("carl", State::Pending), ("dora", State::Approved)]
    {
        let by = (name, relation("reviewer"));
        let decision = decide(&standing, Event::Approve, by, 3, SEEN).unwrap();
        assert_eq!(decision.standing().state, expected);
        assert_eq!(decision.approve(Vec::new()).is_some(), expected == State::Approved);
        standing = decision.standing().clone();
    }
    let approved = Decision { standing }.approve(Vec::new()).unwrap();
    assert_eq!(approved.passage().approved_by, ["bob", "carl", "dora"]);
}

#[test]
fn whoever_agreed_to_something_else_does_not_count() {
    let approvals = vec![approval("bob", "1.old"), approval("carl", "1.a")];
    let standing = Standing { state: State::Pending, approvals };
    assert_eq!(standing.approved_by("1.a"), ["carl"]);
    let agree = |name: &str, wanted| {
        decide(&standing, Event::Approve, (name, relation("reviewer")), wanted, SEEN).unwrap()
    };
    // bob, having seen what is there now; dora, whom bob's old word does not help.
    assert_eq!(agree("bob", 2).standing().approved_by(""), ["carl", "bob"]);
    assert_eq!(agree("dora", 3).standing().state, State::Pending);
    let decision = agree("dora", 2);
    let approved = decision.approve(Vec::new()).unwrap();
    assert_eq!(approved.passage().approved_by, ["carl", "dora"], "and not bob");
}

#[test]
fn what_was_agreed_to_is_no_more_once_it_is_another() {
    let standing = Standing { state: State::Pending, approvals: vec![approval("bob", "1.a")] };
    for event in Event::ALL {
        let by = ("alice", relation("requester"));
        if let Ok(decision) = decide(&standing, event, by, 2, SEEN) {
            let is_cleared = decision.standing().approvals.is_empty();
            assert_eq!(is_cleared, matches!(event, Event::Edit | Event::Rebase), "{event:?}");
        }
    }
}

#[test]
fn words_are_read_as_they_are_written() {
    for state in State::ALL {
        assert_eq!(State::of_word(state.word()), Some(state));
    }
    assert_eq!(State::of_word("on-hold"), Some(State::OnHold));
    for event in Event::ALL {
        assert_eq!(Event::of_word(event.word()), Some(event));
    }
}

/// The drawing in the documentation is made from the function that decides.
#[test]
fn the_drawing_is_the_one_in_the_documentation() {
    let docs = include_str!("../../../../../docs/reviews.md");
    assert!(docs.contains(&diagram()), "put this into docs/reviews.md:\n{}", diagram());
}
