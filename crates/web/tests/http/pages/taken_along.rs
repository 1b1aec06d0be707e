//! Changes that touch records of other types than they are about: the strictest policy of all of them
//! decides, and pages say so beforehand.

use app::people::{PeopleChange, StoredGrant};
use domain::schema::Schema;
use serde_json::json;
use web::Settings;

use super::filled::{filled, with};
use super::import::{hidden, send};
use super::{page, signed_in};
use crate::client::{Answer, clients_with};
use crate::reviews::{Team, show, teams};

const AT_ONCE: &str = "It goes at once.";
const REVIEWED: &str = "Somebody else must agree before it goes.";
const ALONG: &str = "2 other records change or go with it.";
const DENIED: &str = "It touches records that you may neither change nor ask others to change.";

/// Whether a page has each of some texts.
fn has<const N: usize>(page: &Answer, texts: [&str; N]) -> [bool; N] {
    texts.map(|text| page.text.contains(text))
}

#[tokio::test]
async fn a_deletion_is_reviewed_where_a_record_that_it_touches_is() {
    for team in teams().await {
        let otto = signed_in(&team.alice, "otto").await;
        // Otto writes tags; servers, which lose the first one, are reviewed.
        let form = page(&otto, "/tags/1/delete/").await.is(200);
        assert_eq!(has(&form, [AT_ONCE, REVIEWED, ALONG]), [false, true, true], "{}", form.text);
        let fields = filled(&form.text);
        assert!(!fields.contains_key("-ask"), "there is no choice");
        for (name, may_decide) in [("bob", true), ("carl", true), ("otto", false), ("rita", false)]
        {
            let shown = form.text.contains(&format!("name=\"-reviewer.{name}\""));
            assert_eq!(shown, may_decide, "{name}");
        }
        let asked = [("-reviewer.carl", "1")];
        let sent = otto.form("/tags/1/delete/", &with(&fields, &asked)).await.is(303);
        assert_eq!(sent.header("location"), "/-/change-requests/1/");
        assert_eq!(show(&team.carl, 1).await.json()["reviewers"], json!(["carl"]));
        // A tag that nothing has goes at once, unless somebody asks for a review.
        let form = page(&otto, "/tags/2/delete/").await.is(200);
        assert_eq!(has(&form, [AT_ONCE, REVIEWED, "other record"]), [true, true, false]);
        let fields = filled(&form.text);
        assert_eq!(fields["-ask"], "now");
        let sent = otto.form("/tags/2/delete/", &with(&fields, &[])).await.is(303);
        assert_eq!(sent.header("location"), "/tags/");
        // Whoever may pass by reviews of all that is touched is offered that.
        let alice = signed_in(&team.alice, "alice").await;
        let form = page(&alice, "/tags/1/delete/").await.is(200);
        assert!(form.text.contains("value=\"bypass\""), "{}", form.text);
        assert_eq!(filled(&form.text)["-ask"], "review");
    }
}

#[tokio::test]
async fn the_deletion_of_many_is_reviewed_where_a_record_that_it_touches_is() {
    for team in teams().await {
        let otto = signed_in(&team.alice, "otto").await;
        let word = otto.word_of("/tags/add/").await;
        let reviewed = "All of it is one change request: somebody else must agree";
        let along = "2 other records change or go with them.";
        for (ids, count, is_reviewed) in [("1,3", "2", true), ("2,3", "2", false)] {
            let chosen =
                [("csrf", word.as_str()), ("ids", ids), ("expect_count", count), ("do", "delete")];
            let form = otto.form("/tags/bulk/", &chosen).await.is(200);
            assert_eq!(has(&form, [along]), [is_reviewed], "{}", form.text);
            let fields = filled(&form.text);
            assert_eq!(fields.contains_key("-ask"), !is_reviewed);
            if is_reviewed {
                assert_eq!(has(&form, [reviewed, "All of it is applied at once"]), [true, false]);
                assert_eq!(has(&form, ["name=\"-reviewer.bob\""]), [true]);
            }
            let sent = with(&fields, &[("-go", "delete")]);
            let next = otto.form("/tags/bulk/", &sent).await.is(303);
            let expected = if is_reviewed { "/-/change-requests/1/" } else { "/tags/" };
            assert_eq!(next.header("location"), expected);
            if is_reviewed {
                // The tag that is in the request is free again for the other deletion.
                let path = "/api/-/change-requests/1/withdraw/";
                team.otto.call("POST", path, "{}").await.is(200);
            }
        }
        // Fewer than were seen: it is said before anything is sent.
        let chosen = [("csrf", word.as_str()), ("ids", "1,2"), ("expect_count", "2")];
        let chosen = [chosen.as_slice(), &[("do", "delete")]].concat();
        let form = otto.form("/tags/bulk/", &chosen).await.is(200);
        assert!(form.text.contains("The filter matches 1 record."), "{}", form.text);
    }
}

/// Has a group that only writes tags.
async fn with_taggers(team: &Team) {
    let grant = |rights: &str, type_name: Option<&str>| {
        PeopleChange::Grant(StoredGrant {
            id: 0,
            group: "taggers".to_owned(),
            rights: rights.to_owned(),
            type_name: type_name.map(str::to_owned),
            filter: None,
        })
    };
    let changes = vec![
        PeopleChange::AddGroup { group: "taggers".to_owned(), description: None },
        grant("view", None),
        grant("write", Some("tag")),
    ];
    let test = &team.alice.test;
    test.app.people_change(&test.system(), changes).await.unwrap();
    team.alice.of("tara", "taggers").await;
}

#[tokio::test]
async fn whoever_may_not_touch_what_goes_along_is_told_before_they_send_anything() {
    for team in teams().await {
        with_taggers(&team).await;
        let tara = signed_in(&team.alice, "tara").await;
        for (path, is_denied, status) in
            [("/tags/1/delete/", true, 403), ("/tags/2/delete/", false, 303)]
        {
            let form = page(&tara, path).await.is(200);
            assert_eq!(has(&form, [DENIED]), [is_denied], "{}", form.text);
            tara.form(path, &with(&filled(&form.text), &[])).await.is(status);
        }
    }
}

/// Data centres are reviewed, and servers are not.
fn dcs_reviewed() -> Schema {
    let (strict, free) = ("review = \"required\"", "review = \"optional\"");
    let text = app::schema_file::BUILT_IN.replace(strict, free);
    let (before, dcs) = text.split_once("[types.dc]").unwrap();
    let text = format!("{before}[types.dc]{}", dcs.replacen(free, strict, 1));
    app::schema_file::read("infra.toml", &text).unwrap()
}

#[tokio::test]
async fn an_import_is_reviewed_where_a_record_is_that_it_makes_on_the_way() {
    for client in clients_with(dcs_reviewed, &Settings::default()).await {
        for plural in ["components", "environments", "groups"] {
            client.add(plural, r#"{"name": "one"}"#).await;
        }
        let path = "/api/dcs/?bypass=1&reason=set-up";
        client.call("POST", path, r#"{"name": "eqiad"}"#).await.is(201);
        let alice = signed_in(&client, "alice").await;
        let path = "/servers/import/";
        let word = hidden(&page(&alice, path).await.is(200), "csrf");
        for (dc, is_reviewed) in [("eqiad", false), ("drmrs", true)] {
            let rows = format!(
                "name,ip,dc,component,environment,group,state\n\
                 new1,10.0.0.9,{dc},one,one,one,active\n"
            );
            let fields =
                [("csrf", &*word), ("pasted", &*rows), ("create_missing", "1"), ("do", "try")];
            let shown = send(&alice, path, &fields).await.is(200);
            let texts = ["Send for review", "All of it is applied at once"];
            assert_eq!(has(&shown, texts), [is_reviewed, !is_reviewed], "{}", shown.text);
        }
    }
}
