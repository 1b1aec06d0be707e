//! What must hold of every request once the storm is over.

use std::fmt;

use serde_json::{Value, json};

use super::cases::{Case, Verb};
use super::fight::{Asked, Storm};

/// How requests ended.
#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    pub(crate) approved: usize,
    pub(crate) rejected: usize,
    pub(crate) withdrawn: usize,
    /// Deeds that took effect though no answer was heard.
    unheard: usize,
}

impl fmt::Display for Outcomes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { approved, rejected, withdrawn, unheard } = self;
        write!(
            out,
            "approved {approved}, rejected {rejected}, withdrawn {withdrawn}, \
             done though unheard {unheard}"
        )
    }
}

/// Looks at each request, its commit and its record.
pub(crate) fn check(storm: &Storm<'_>, asked: &[Asked]) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for asked in asked {
        let told = tell(storm, asked);
        let events = events(&told);
        check_ending(storm, asked, &told, &events);
        outcomes.unheard += check_heard(storm, asked, &events);
        check_commit(storm, asked, &told, &events);
        check_record(storm, asked, &told, &events);
        match told["state"].as_str().unwrap() {
            "approved" => outcomes.approved += 1,
            "rejected" => outcomes.rejected += 1,
            "withdrawn" => outcomes.withdrawn += 1,
            other => panic!("request {} is {other}", asked.number),
        }
    }
    outcomes
}

/// The request, which every replica tells alike.
fn tell(storm: &Storm<'_>, asked: &Asked) -> Value {
    let path = format!("/api/-/change-requests/{}/", asked.number);
    let tell = |place| storm.look(place, &path).is(200).json();
    let told = tell(0);
    for place in 1..storm.fleet.len() {
        let other = tell(place);
        for member in ["state", "commit", "revision", "approvals", "timeline"] {
            assert_eq!(told[member], other[member], "{member} at replica {place}");
        }
    }
    told
}

/// Who did what, in its order.
fn events(told: &Value) -> Vec<(&str, &str)> {
    let timeline = told["timeline"].as_array().unwrap().iter();
    timeline
        .map(|event| (event["actor"]["user"].as_str().unwrap(), event["event"].as_str().unwrap()))
        .collect()
}

/// It ended by one event, the last, of somebody whose it was to do.
fn check_ending(storm: &Storm<'_>, asked: &Asked, told: &Value, events: &[(&str, &str)]) {
    let requester = storm.people[asked.requester].name.as_str();
    assert_eq!(told["requester"]["user"], requester);
    assert_eq!(events[0], (requester, "made"));
    let (actor, last) = *events.last().unwrap();
    let ends = |event: &str| matches!(event, "reject" | "withdraw");
    let count = events.iter().filter(|(_, event)| ends(event)).count();
    let since = events.iter().rposition(|(_, event)| *event == "edit").unwrap_or(0);
    let approvers: Vec<&str> = events[since..]
        .iter()
        .filter(|(_, event)| *event == "approve")
        .map(|(actor, _)| *actor)
        .collect();
    assert_eq!(told["approvals"]["by"], json!(approvers), "{events:?}");
    let is_author = |who: &str| {
        who == requester || events.iter().any(|(actor, event)| (*actor, *event) == (who, "edit"))
    };
    assert!(!approvers.iter().any(|who| is_author(who)), "{events:?}");
    let (state, wanted) = (told["state"].as_str().unwrap(), asked.case.approvals());
    let fits = match state {
        "approved" => last == "approve" && count == 0 && approvers.len() == wanted,
        "rejected" => last == "reject" && count == 1 && !is_author(actor),
        "withdrawn" => last == "withdraw" && count == 1 && actor == requester,
        _ => false,
    };
    assert!(fits, "request {} is {state} by {events:?}", asked.number);
    assert!(state == "approved" || approvers.len() < wanted, "{state} by {events:?}");
}

/// What was answered with success is there, as often; what is there besides had no answer that was
/// heard. Gives how many of those there are.
fn check_heard(storm: &Storm<'_>, asked: &Asked, events: &[(&str, &str)]) -> usize {
    let tally = storm.tally.lock().unwrap();
    let mut unheard = 0;
    for (client, person) in storm.people.iter().enumerate() {
        for verb in Verb::ALL {
            let deed = (asked.number, client, verb);
            let is_it = |event: &&(&str, &str)| **event == (person.name.as_str(), verb.word());
            let done = events.iter().filter(is_it).count();
            let heard = tally.heard.get(&deed).copied().unwrap_or(0);
            let lost = tally.lost.get(&deed).copied().unwrap_or(0);
            let fits = (heard..=heard + lost).contains(&done);
            assert!(fits, "{deed:?}: done {done}, heard {heard}, lost {lost}: {events:?}");
            unheard += done - heard;
        }
    }
    unheard
}

/// Its commit is there exactly where it is approved, with those who agreed, and once.
fn check_commit(storm: &Storm<'_>, asked: &Asked, told: &Value, events: &[(&str, &str)]) {
    let origin = format!("review:{}", asked.number);
    let place = asked.case.index % storm.fleet.len();
    let history = storm.look(place, &format!("/api/-/history/?origin={origin}")).is(200).json();
    let entries = history["results"].as_array().unwrap();
    if told["state"] != "approved" {
        assert_eq!((&told["commit"], entries.len()), (&Value::Null, 0), "{origin}: {events:?}");
        return;
    }
    assert_eq!(entries.len(), 1, "{origin}: {history}");
    let number = told["commit"].as_i64().unwrap();
    assert_eq!(entries[0]["commit"], number);
    let commit = storm.look(place, &format!("/api/-/commits/{number}/")).is(200).json();
    assert_eq!(commit["origin"], origin);
    assert_eq!(commit["changes"], 1);
    assert_eq!(commit["actor"]["user"], storm.people[asked.requester].name);
    assert_eq!(commit["approved_by"], told["approvals"]["by"]);
    assert_eq!(commit["results"][0]["type"], asked.case.type_name());
    assert_eq!(commit["bypass"], false);
}

/// The record has what was approved, written once; else it is as it was, or not there.
fn check_record(storm: &Storm<'_>, asked: &Asked, told: &Value, events: &[(&str, &str)]) {
    let (case, place) = (&asked.case, asked.case.index % storm.fleet.len());
    let path = |at: &str| format!("/api/{}/{at}/", case.plural());
    let wanted = last_wanted(storm, asked, events);
    let by_name = path(&format!("by/{}", wanted["name"].as_str().unwrap()));
    if told["state"] != "approved" {
        storm.look(place, &by_name).is(404);
    }
    let (record, expected, revision) = match (told["state"] == "approved", case.record) {
        (true, Some(id)) => (storm.look(place, &path(&id.to_string())), wanted, 2),
        (true, None) => (storm.look(place, &by_name), wanted, 1),
        (false, Some(id)) => (storm.look(place, &path(&id.to_string())), case.before(), 1),
        (false, None) => return,
    };
    let record = record.is(200).json();
    for member in ["name", "note"] {
        assert_eq!(record[member], expected[member], "request {}: {events:?}", asked.number);
    }
    assert_eq!(record["revision"], revision, "request {}: {events:?}", asked.number);
}

/// What was asked for in the end.
fn last_wanted(storm: &Storm<'_>, asked: &Asked, events: &[(&str, &str)]) -> Value {
    match events.iter().rev().find(|(_, event)| *event == "edit") {
        None => asked.case.asked(),
        Some((author, _)) => {
            let client = storm.people.iter().position(|person| person.name == *author);
            asked.case.wanted(client.unwrap())
        }
    }
}

/// What closed requests claimed is free: the same names and records can be asked for.
pub(crate) fn ask_again(storm: &Storm<'_>, asked: &[Asked]) {
    for asked in asked {
        let told = tell(storm, asked);
        let mut fields = last_wanted(storm, asked, &events(&told));
        fields["note"] = "after the storm".into();
        let added = (told["state"] == "approved").then(|| {
            let path = format!("/api/-/commits/{}/", told["commit"]);
            storm.look(0, &path).is(200).json()["results"][0]["id"].as_i64().unwrap()
        });
        let case = Case { record: asked.case.record.or(added), ..asked.case.clone() };
        let again = storm.ask_once(&case, &fields).is(202).json();
        assert!(again["number"].as_i64().unwrap() > asked.number);
    }
}
