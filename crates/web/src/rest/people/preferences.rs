//! How somebody wants to see pages, as it is sent and told.

use domain::preferences::{Density, Preferences, PreferencesChange, Theme};
use domain::zone::Zone;
use serde_json::{Map, Value, json};

use super::members::Members;

/// Reads what of it shall change; null is as the browser has it.
pub(crate) fn change(members: &mut Members) -> PreferencesChange {
    let mut change = PreferencesChange::default();
    if members.has("time_zone") {
        let expected = "There is no such time zone. Give one such as Europe/Berlin.";
        change.time_zone = Some(one(members, "time_zone", Zone::named, expected));
    }
    if members.has("theme") {
        let expected = format!("There are {}.", Theme::ALL.map(Theme::word).join(" and "));
        change.theme = Some(one(members, "theme", Theme::of_word, &expected));
    }
    if members.has("density") {
        let expected = format!("There are {}.", Density::ALL.map(Density::word).join(" and "));
        change.density = Some(one(members, "density", Density::of_word, &expected));
    }
    change.tour_taken = members.truth("tour_taken");
    change
}

fn one<T>(
    members: &mut Members,
    name: &str,
    read: impl Fn(&str) -> Option<T>,
    expected: &str,
) -> Option<T> {
    let text = members.text(name)?;
    let found = read(&text);
    if found.is_none() {
        members.fault(name, expected);
    }
    found
}

/// Tells it as members of an object.
pub(super) fn told(preferences: Preferences) -> Map<String, Value> {
    let members = [
        ("time_zone", json!(preferences.time_zone.map(Zone::name))),
        ("theme", json!(preferences.theme.map(Theme::word))),
        ("density", json!(preferences.density.map(Density::word))),
        ("tour_taken", json!(preferences.tour_taken)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
