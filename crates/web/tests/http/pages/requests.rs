//! Change requests as pages: many changes folded, conflicts solved, the queue cut down.

use serde_json::json;

use super::filled::{filled, with};
use super::{check_page, page, signed_in};
use crate::reviews::{Team, act, ask, server, show, teams};

/// Adds servers past the review, numbered from 3 on.
async fn with_many(team: &Team, count: usize) {
    let bodies: Vec<String> = (0..count)
        .map(|number| {
            server(&format!("m{number}"), &format!("10.1.{}.{}", number / 250, number % 250))
        })
        .collect();
    let path = "/api/servers/?bypass=1&reason=many";
    team.alice.call("POST", path, &format!("[{}]", bodies.join(","))).await.is(201);
}

#[tokio::test]
async fn forty_servers_that_get_the_same_are_one_card() {
    for team in teams().await {
        with_many(&team, 40).await;
        let all = "/api/servers/?name__startswith=m";
        let body = r#"{"fields": {"state": "maintenance"}, "expect_count": 40}"#;
        let number = ask(&team.rita, "PATCH", all, body).await;
        let bob = signed_in(&team.alice, "bob").await;
        let path = format!("/-/change-requests/{number}/");
        let shown = page(&bob, &path).await.is(200);
        check_page(&shown);
        assert!(shown.text.contains("<h2>Change 40 servers</h2>"), "{}", shown.text);
        assert_eq!(shown.text.matches("<table class=\"comparison\">").count(), 1);
        assert!(shown.text.contains("<td>active</td>\n<td>maintenance</td>"), "{}", shown.text);
        for id in 3..43 {
            assert!(shown.text.contains(&format!("<a href=\"/servers/{id}/\">m{}</a>", id - 3)));
        }
        let agreed = [("event", "approve")];
        bob.form(&path, &with(&filled(&shown.text), &agreed)).await.is(303);
        let servers = team.alice.get("/api/servers/?state=maintenance").await.json();
        assert_eq!(servers["count"], 40);
        let number = ask(&team.rita, "DELETE", all, r#"{"expect_count": 40}"#).await;
        let path = format!("/-/change-requests/{number}/");
        let shown = page(&bob, &path).await.is(200);
        assert!(shown.text.contains("<h2>Delete 40 servers</h2>"), "{}", shown.text);
    }
}

#[tokio::test]
async fn what_comes_and_goes_is_the_same_whatever_else_stands_in_a_list() {
    for team in teams().await {
        with_many(&team, 4).await;
        team.bypass("/api/servers/3/", r#"{"tags": ["spare"]}"#).await;
        let body = r#"[{"id": 3, "tags": ["spare", "old"]}, {"id": 4, "tags": ["ssd", "old"]},
            {"id": 5, "tags": ["ssd", "old"], "state": "failed"}]"#;
        let number = ask(&team.rita, "PATCH", "/api/servers/", body).await;
        let bob = signed_in(&team.alice, "bob").await;
        let shown = page(&bob, &format!("/-/change-requests/{number}/")).await.is(200);
        assert!(shown.text.contains("<h2>Change 2 servers</h2>"), "{}", shown.text);
        assert!(shown.text.contains("Change server <a href=\"/servers/5/\">m2</a>"));
        assert_eq!(shown.text.matches("<ins class=\"chip added\">old</ins>").count(), 2);
    }
}

#[tokio::test]
async fn many_changes_stay_readable_and_light() {
    for team in teams().await {
        with_many(&team, 600).await;
        let bodies: Vec<String> = (3..603)
            .map(|id| match id {
                3..103 => format!(r#"{{"id": {id}, "description": "about {id}"}}"#),
                _ => format!(r#"{{"id": {id}, "state": "failed"}}"#),
            })
            .collect();
        let body = format!("[{}]", bodies.join(","));
        let number = ask(&team.rita, "PATCH", "/api/servers/", &body).await;
        let bob = signed_in(&team.alice, "bob").await;
        let path = format!("/-/change-requests/{number}/");
        let shown = page(&bob, &path).await.is(200);
        assert!(shown.text.contains("600 records in all; 1 to 40 of 101 kinds of changes."));
        assert_eq!(shown.text.matches("<details class=\"card change\">").count(), 40);
        assert!(shown.text.len() < 100_000, "{}", shown.text.len());
        let next = page(&bob, &format!("{path}?from=80")).await.is(200);
        assert!(next.text.contains("81 to 101 of 101") && next.text.contains("Change 500 servers"));
        assert!(next.text.contains("value=\"approve\""), "it can be decided on from there, too");
        let only = page(&bob, &format!("{path}?card=100")).await.is(200);
        assert!(!only.text.contains("about 3"), "{}", only.text);
        assert_eq!(only.text.matches("<li><a href=\"/servers/").count(), 500);
        page(&bob, &format!("{path}?from=x")).await.is(400);
        page(&bob, &format!("{path}?form=1")).await.is(400);
        page(&bob, &format!("{path}?card=9999")).await.is(200);
    }
}

#[tokio::test]
async fn more_than_a_card_has_room_for_are_on_pages_of_their_own() {
    for team in teams().await {
        with_many(&team, 620).await;
        let body = r#"{"fields": {"state": "failed"}, "expect_count": 620}"#;
        let number = ask(&team.rita, "PATCH", "/api/servers/?name__startswith=m", body).await;
        let bob = signed_in(&team.alice, "bob").await;
        let path = format!("/-/change-requests/{number}/");
        let shown = page(&bob, &path).await.is(200);
        assert!(shown.text.contains("<a href=\"?card=0\">All 620 of them</a>"), "{}", shown.text);
        let rest = page(&bob, &format!("{path}?card=0&from=500")).await.is(200);
        assert_eq!(rest.text.matches("<li><a href=\"/servers/").count(), 120);
        assert!(rest.text.contains("501 to 620 of 620 records"), "{}", rest.text);
    }
}

#[tokio::test]
async fn a_conflict_is_solved_by_another_value() {
    for team in teams().await {
        team.alice.add("dcs", r#"{"name": "drmrs"}"#).await;
        let body = r#"{"description": "rita's", "dc": "codfw", "ip": "10.0.0.9"}"#;
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", body).await;
        let body = r#"{"description": "alice's", "dc": "drmrs", "ip": "10.0.0.8"}"#;
        team.bypass("/api/servers/1/", body).await;
        let path = format!("/-/change-requests/{number}/");
        // Who decides sees it, and solves nothing.
        let bob = signed_in(&team.alice, "bob").await;
        let seen = page(&bob, &path).await.is(200);
        assert!(
            seen.text.contains("alice&#39;s") && !seen.text.contains("other.0."),
            "{}",
            seen.text
        );
        let rita = signed_in(&team.alice, "rita").await;
        let shown = page(&rita, &path).await.is(200);
        check_page(&shown);
        let fields = filled(&shown.text);
        assert_eq!(fields["other.0.description"], "rita's");
        assert!(shown.text.contains("data-ids=\"2\" data-label=\"codfw\""), "{}", shown.text);
        let wrong = [
            ("event", "rebase"),
            ("solve.0.description", "other"),
            ("other.0.description", "both\r\nof them"),
            ("solve.0.dc", "other"),
            ("other.0.dc", "eqiad"),
            ("solve.0.ip", "other"),
            ("other.0.ip", "300.1.1.1"),
            ("comment", "as we said"),
        ];
        let told = rita.form(&path, &with(&fields, &wrong)).await.is(400);
        let kept = filled(&told.text);
        for (name, value) in [
            ("solve.0.ip", "other"),
            ("other.0.ip", "300.1.1.1"),
            ("other.0.description", "both\nof them"),
            ("comment", "as we said"),
        ] {
            assert_eq!(kept[name].replace("\r\n", "\n"), value, "{name}");
        }
        let right = [("event", "rebase"), ("other.0.ip", "10.0.0.7"), ("solve.0.dc", "theirs")];
        rita.form(&path, &with(&kept, &right)).await.is(303);
        let request = show(&team.bob, number).await.json();
        let fields = &request["changes"][0]["fields"];
        assert_eq!(fields["description"]["proposed"], "both\nof them");
        assert_eq!(fields["ip"]["proposed"], "10.0.0.7");
        assert_eq!(
            (&request["changes"][0]["conflict"], &fields["dc"]),
            (&json!(false), &json!(null))
        );
        act(&team.bob, number, "approve", "").await.is(200);
        let record = team.server(1).await;
        assert_eq!((&record["ip"], &record["dc"]["name"]), (&json!("10.0.0.7"), &json!("drmrs")));
    }
}

#[tokio::test]
async fn another_value_of_a_reference_is_kept_with_its_name() {
    for team in teams().await {
        team.alice.add("dcs", r#"{"name": "drmrs"}"#).await;
        let number = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"dc": "codfw"}"#).await;
        team.bypass("/api/servers/1/", r#"{"dc": "drmrs"}"#).await;
        let solved = r#"{"resolve": {"dc": {"value": "eqiad"}}}"#;
        let request = act(&team.rita, number, "rebase", solved).await.is(200).json();
        let dc = &request["changes"][0]["fields"]["dc"];
        assert_eq!(dc["proposed"], json!({"id": 1, "name": "eqiad"}));
        // What is there already is kept so, too.
        team.bypass("/api/servers/1/", r#"{"dc": "codfw"}"#).await;
        let solved = r#"{"resolve": {"dc": {"value": 2}}}"#;
        let request = act(&team.rita, number, "rebase", solved).await.is(200).json();
        let dc = &request["changes"][0]["fields"]["dc"];
        assert_eq!(dc["proposed"], json!({"id": 2, "name": "codfw"}));
    }
}

#[tokio::test]
async fn the_queue_is_cut_down_on_its_page() {
    for team in teams().await {
        let one = ask(&team.rita, "PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await;
        let two = ask(&team.rolf, "PATCH", "/api/tags/1/", r#"{"description": "x"}"#).await;
        act(&team.bob, two, "reject", r#"{"comment": "no"}"#).await.is(200);
        let three =
            ask(&team.rolf, "PATCH", "/api/tags/2/?reviewers=carl", r#"{"description": "x"}"#);
        let three = three.await;
        let bob = signed_in(&team.alice, "bob").await;
        for (query, expected) in [
            ("", vec![one]),
            ("?queue=all", vec![three, two, one]),
            ("?queue=open&type=tag", vec![three]),
            ("?queue=all&type=&state=rejected&requester=&reviewer=", vec![two]),
            ("?queue=all&requester=rita", vec![one]),
            ("?queue=open&reviewer=carl", vec![three]),
            ("?queue=mine", vec![]),
            ("?queue=awaiting&type=tag", vec![]),
        ] {
            let shown = page(&bob, &format!("/-/change-requests/{query}")).await.is(200);
            let numbers = [three, two, one].into_iter();
            let has = |number: &i64| {
                shown.text.contains(&format!("<a href=\"/-/change-requests/{number}/\">{number}:"))
            };
            assert_eq!(numbers.filter(has).collect::<Vec<_>>(), expected, "{query}");
        }
        let shown = page(&bob, "/-/change-requests/?queue=all&type=tag").await.is(200);
        check_page(&shown);
        assert!(shown.text.contains("href=\"?queue=open&#38;type=tag\""), "{}", shown.text);
        assert!(shown.text.contains("<option value=\"tag\" selected>"), "{}", shown.text);
        page(&bob, "/-/change-requests/?type=nothing").await.is(400);
        page(&bob, "/-/change-requests/?typ=tag").await.is(400);
    }
}
