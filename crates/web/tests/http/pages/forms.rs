//! What forms ask beside the fields: who shall decide, whether it goes past the review, and why.

use serde_json::json;

use super::filled::{filled, with};
use super::{check_page, page, signed_in};
use crate::reviews::{show, teams};

#[tokio::test]
async fn somebody_chooses_who_shall_decide() {
    for team in teams().await {
        let rita = signed_in(&team.alice, "rita").await;
        let form = page(&rita, "/servers/1/edit/").await.is(200);
        check_page(&form);
        for (name, may_decide) in
            [("bob", true), ("carl", true), ("alice", true), ("rita", false), ("rolf", false)]
        {
            let shown = form.text.contains(&format!("name=\"-reviewer.{name}\""));
            assert_eq!(shown, may_decide, "{name}");
        }
        assert!(!form.text.contains("value=\"bypass\""), "rita may not pass by");
        assert!(form.text.contains("Somebody else must agree"));
        let fields = filled(&form.text);
        let wrong = [("description", "moved"), ("-reason", "rack 7"), ("-reviewer.nobody", "1")];
        let told = rita.form("/servers/1/edit/", &with(&fields, &wrong)).await.is(400);
        assert!(told.text.contains("There is no user nobody"), "{}", told.text);
        assert_eq!(filled(&told.text)["description"], "moved");
        assert_eq!(filled(&told.text)["-reason"], "rack 7");
        let asked = [("description", "moved"), ("-reason", "rack 7"), ("-reviewer.carl", "1")];
        let sent = rita.form("/servers/1/edit/", &with(&fields, &asked)).await.is(303);
        assert_eq!(sent.header("location"), "/-/change-requests/1/");
        let request = show(&team.rita, 1).await.json();
        assert_eq!(
            (&request["reviewers"], &request["reason"]),
            (&json!(["carl"]), &json!("rack 7"))
        );
        let shown = page(&rita, "/-/change-requests/1/").await.is(200);
        assert!(shown.text.contains("carl asked to decide"), "{}", shown.text);
        for (who, count) in [(&team.carl, 1), (&team.bob, 0)] {
            let queue = who.call("GET", "/api/-/change-requests/?awaiting_me=1", "").await.json();
            assert_eq!(queue["count"], count);
        }
    }
}

#[tokio::test]
async fn the_api_takes_who_shall_decide_with_the_change() {
    for team in teams().await {
        let path = "/api/servers/1/?reviewers=carl,bob";
        let asked = team.rita.call("PATCH", path, r#"{"state": "failed"}"#).await.is(202);
        assert_eq!(asked.json()["reviewers"], json!(["bob", "carl"]));
        let path = "/api/servers/2/?reviewers=nobody";
        let body = r#"{"state": "failed"}"#;
        let told = team.rita.call("PATCH", path, body).await.problem(400, "reviewers");
        assert_eq!(told, "There is no user nobody.");
        let path = "/api/servers/2/?reviewers=bob%00";
        team.rita.call("PATCH", path, body).await.problem(400, "reviewers");
        let many: Vec<String> = (0..21).map(|number| format!("user{number}")).collect();
        let path = format!("/api/servers/2/?reviewers={}", many.join(","));
        let told = team.rita.call("PATCH", &path, body).await.problem(400, "reviewers");
        assert_eq!(told, "Ask at most 20 people.");
    }
}

#[tokio::test]
async fn who_may_passes_by_the_review_and_says_why() {
    for team in teams().await {
        let alice = signed_in(&team.alice, "alice").await;
        let form = page(&alice, "/servers/1/edit/").await.is(200);
        let fields = filled(&form.text);
        assert_eq!(fields["-ask"], "review");
        let quietly = [("description", "now"), ("-ask", "bypass"), ("-reason", "")];
        let told = alice.form("/servers/1/edit/", &with(&fields, &quietly)).await.is(400);
        assert!(told.text.contains("Say why this goes past the review."), "{}", told.text);
        assert_eq!(filled(&told.text)["-ask"], "bypass");
        let aloud = [("description", "now"), ("-ask", "bypass"), ("-reason", "on fire")];
        let sent = alice.form("/servers/1/edit/", &with(&fields, &aloud)).await.is(303);
        assert_eq!(sent.header("location"), "/servers/1/");
        let history = team.alice.call("GET", "/api/servers/1/history/", "").await.json();
        let last = &history["results"][0];
        assert_eq!((&last["bypass"], &last["reason"]), (&json!(true), &json!("on fire")));
        // The right is asked for, whatever a form says.
        let rita = signed_in(&team.alice, "rita").await;
        let fields = filled(&page(&rita, "/servers/2/edit/").await.text);
        rita.form("/servers/2/edit/", &with(&fields, &aloud)).await.is(403);
        // Deleting one, and many.
        let fields = filled(&page(&alice, "/servers/2/delete/").await.text);
        alice.form("/servers/2/delete/", &with(&fields, &quietly)).await.is(400);
        alice.form("/servers/2/delete/", &with(&fields, &aloud)).await.is(303);
        let chosen = [("csrf", fields["csrf"].as_str()), ("ids", "1"), ("expect_count", "1")];
        let form = alice.form("/servers/bulk/", &chosen).await.is(200);
        let fields = filled(&form.text);
        let asked = [("-set.state", "1"), ("state", "failed"), ("-ask", "bypass"), ("-go", "edit")];
        let told = alice.form("/servers/bulk/", &with(&fields, &asked)).await.is(400);
        assert!(told.text.contains("Say why this goes past the review."), "{}", told.text);
        let asked = [asked.as_slice(), &[("-reason", "on fire")]].concat();
        alice.form("/servers/bulk/", &with(&fields, &asked)).await.is(303);
        let servers = team.alice.get("/api/servers/").await;
        assert_eq!(servers.column("state"), ["failed"]);
    }
}

#[tokio::test]
async fn what_could_go_in_at_once_can_be_reviewed_all_the_same() {
    for team in teams().await {
        let otto = signed_in(&team.alice, "otto").await;
        let fields = filled(&page(&otto, "/tags/1/edit/").await.is(200).text);
        assert_eq!(fields["-ask"], "now");
        let asked = [("description", "x"), ("-ask", "review"), ("-reviewer.bob", "1")];
        let sent = otto.form("/tags/1/edit/", &with(&fields, &asked)).await.is(303);
        assert_eq!(sent.header("location"), "/-/change-requests/1/");
        assert_eq!(show(&team.bob, 1).await.json()["reviewers"], json!(["bob"]));
        // Of a record that is open to a request, the form says whose.
        let told = otto.form("/tags/1/edit/", &with(&fields, &asked)).await.is(409);
        assert!(told.text.contains("An open change request asks for the same: 1."));
        let long = "x".repeat(1_001);
        let fields = filled(&page(&otto, "/tags/2/edit/").await.text);
        let told = otto.form("/tags/2/edit/", &with(&fields, &[("-reason", &long)])).await.is(400);
        assert!(told.text.contains("id=\"e--reason\">Ensure this"), "{}", told.text);
        otto.form("/tags/2/edit/", &with(&fields, &[("description", "y")])).await.is(303);
    }
}

#[tokio::test]
async fn a_record_that_changed_is_not_deleted_unseen() {
    for team in teams().await {
        let alice = signed_in(&team.alice, "alice").await;
        let fields = filled(&page(&alice, "/servers/1/delete/").await.text);
        team.bypass("/api/servers/1/", r#"{"state": "failed"}"#).await;
        let asked = [("-reason", "old")];
        let told = alice.form("/servers/1/delete/", &with(&fields, &asked)).await.is(412);
        assert!(told.text.contains("has changed"), "{}", told.text);
        let fields = filled(&told.text);
        assert_eq!(fields["-reason"], "old");
        alice.form("/servers/1/delete/", &with(&fields, &[])).await.is(303);
    }
}
