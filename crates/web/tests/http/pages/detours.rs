//! From a form to one of a record that it shall refer to, and back.

use super::filled::{attribute, filled, with};
use super::{HOSTILE, check_page, page, signed_in};
use crate::client::{clients, with_servers};
use crate::reviews::teams;

/// Where the form of a page is sent.
fn action(text: &str) -> String {
    let main = text.split_once("<main").unwrap().1;
    let tags = main.split("<form").skip(1).filter_map(|form| form.split('>').next());
    let form = tags.into_iter().find(|tag| tag.contains("method=\"post\"")).unwrap();
    attribute(form, "action").unwrap_or_default()
}

#[tokio::test]
async fn a_record_is_added_on_the_way_and_nothing_typed_is_lost() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let form = page(&browser, "/servers/add/").await.is(200);
        assert!(form.text.contains("data-new=\"/dcs/add/\" data-name=\"name\""), "{}", form.text);
        let typed = [
            ("name", HOSTILE),
            ("ip", "10.9.9.9"),
            ("dc", "drmrs"),
            ("component", "one"),
            ("environment", "one"),
            ("group", "one"),
            ("state", "active"),
            ("tags", "ssd | brandnew"),
            ("description", "two\r\nlines"),
            ("-reason", "a & b"),
        ];
        let fields = filled(&form.text);
        let led = [typed.as_slice(), &[("-new", "dc")]].concat();
        let other = browser.form("/servers/add/", &with(&fields, &led)).await.is(200);
        check_page(&other);
        assert_eq!(action(&other.text), "/dcs/add/");
        assert_eq!(filled(&other.text)["name"], "drmrs");
        // What is wrong there is told there, and the way back stays.
        let wrong = with_all(&other.text, &[("name", "eqiad")]);
        let told = browser.form("/dcs/add/", &pairs(&wrong)).await.is(409);
        let added = with_all(&told.text, &[("name", "drmrs")]);
        let back = browser.form("/dcs/add/", &pairs(&added)).await.is(200);
        check_page(&back);
        assert_eq!(action(&back.text), "/servers/add/");
        assert!(back.text.contains("Added and chosen"), "{}", back.text);
        let shown = filled(&back.text);
        for (name, expected) in typed {
            let expected = expected.replace("\r\n", "\n");
            assert_eq!(shown[name], expected, "{name}");
        }
        assert!(back.text.contains("data-ids=\"3\" data-label=\"drmrs\""), "{}", back.text);
        // Of several, the one that is not there yet.
        let led = with_all(&back.text, &[("-new", "tags")]);
        let other = browser.form("/servers/add/", &pairs(&led)).await.is(200);
        assert_eq!(filled(&other.text)["name"], "brandnew");
        let added = with_all(&other.text, &[("name", "newest")]);
        let back = browser.form("/tags/add/", &pairs(&added)).await.is(200);
        assert_eq!(filled(&back.text)["tags"], "ssd | newest");
        browser.form("/servers/add/", &pairs(&filled(&back.text))).await.is(303);
        let record = client.call("GET", "/api/servers/4/", "").await.json();
        assert_eq!((&record["dc"]["name"], &record["name"]), (&"drmrs".into(), &HOSTILE.into()));
        assert_eq!(record["tags"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn the_way_back_keeps_the_revision_and_goes_to_forms_alone() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let path = "/servers/1/edit/";
        let led = with_all(&page(&browser, path).await.text, &[("name", "db9"), ("-new", "dc")]);
        let other = browser.form(path, &pairs(&led)).await.is(200);
        assert_eq!(filled(&other.text)["name"], "", "what is there is not added");
        client.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
        let turned = with_all(&other.text, &[("-return", "1")]);
        let back = browser.form("/dcs/add/", &pairs(&turned)).await.is(200);
        assert_eq!(action(&back.text), path);
        assert_eq!(filled(&back.text)["name"], "db9");
        let late = browser.form(path, &pairs(&filled(&back.text))).await.is(412);
        assert_eq!(filled(&late.text)["state"], "failed");
        for to in ["-to=/servers/1/delete/", "-to=//evil.example/", "", "-to=/nothing/add/"] {
            let turned = with_all(&other.text, &[("-return", "1"), ("-back", to)]);
            browser.form("/dcs/add/", &pairs(&turned)).await.is(404);
        }
        let led = with_all(&late.text, &[("-new", "name")]);
        browser.form(path, &pairs(&led)).await.is(404);
    }
}

#[tokio::test]
async fn what_many_records_shall_refer_to_is_added_on_the_way() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let word = browser.word_of("/servers/add/").await;
        let chosen = [("csrf", word.as_str()), ("ids", "1,3"), ("expect_count", "2")];
        let form = browser.form("/servers/bulk/", &chosen).await.is(200);
        assert!(form.text.contains("data-new=\"/dcs/add/\" data-name=\"name\""), "{}", form.text);
        let typed = [
            ("-set.description", "1"),
            ("description", HOSTILE),
            ("dc", "drmrs"),
            ("tags", "ssd | newest"),
            ("-reason", "a & b"),
        ];
        let led = with_all(&form.text, &[typed.as_slice(), &[("-new", "dc")]].concat());
        let other = browser.form("/servers/bulk/", &pairs(&led)).await.is(200);
        check_page(&other);
        assert_eq!(action(&other.text), "/dcs/add/");
        assert_eq!(filled(&other.text)["name"], "drmrs");
        // Back without one, nothing is set that was not.
        let turned = with_all(&other.text, &[("-return", "1")]);
        let back = browser.form("/dcs/add/", &pairs(&turned)).await.is(200);
        assert_eq!(action(&back.text), "/servers/bulk/");
        assert!(!filled(&back.text).contains_key("-set.dc"), "{}", back.text);
        let back = browser.form("/dcs/add/", &pairs(&filled(&other.text))).await.is(200);
        check_page(&back);
        assert!(back.text.contains("Added and chosen"), "{}", back.text);
        assert!(back.text.contains("Change 2 servers"), "{}", back.text);
        let shown = filled(&back.text);
        for (name, expected) in typed {
            assert_eq!(shown[name], expected, "{name}");
        }
        for (name, expected) in [("-set.dc", "1"), ("ids", "1,3"), ("expect_count", "2")] {
            assert_eq!(shown[name], expected, "{name}");
        }
        let made = with_all(&back.text, &[("-go", "edit")]);
        browser.form("/servers/bulk/", &pairs(&made)).await.is(303);
        let servers = client.get("/api/servers/?ordering=id&fields=dc").await.json();
        let dcs = servers["results"].as_array().unwrap().iter();
        let dcs: Vec<_> = dcs.map(|one| one["dc"]["name"].as_str().unwrap()).collect();
        assert_eq!(dcs, ["drmrs", "eqiad", "drmrs"]);
        // The tags were typed, and not ticked.
        assert_eq!(client.get("/api/tags/?name=newest").await.json()["count"], 0);
        // A deletion refers to nothing.
        let chosen = [&chosen[..], &[("do", "delete")]].concat();
        let form = browser.form("/servers/bulk/", &chosen).await.is(200);
        assert!(!form.text.contains("name=\"-new\""), "{}", form.text);
    }
}

#[tokio::test]
async fn what_must_be_reviewed_first_is_said_plainly() {
    for team in teams().await {
        let rita = signed_in(&team.alice, "rita").await;
        let form = page(&rita, "/servers/add/").await.is(200);
        let led = with_all(&form.text, &[("name", "new1"), ("dc", "drmrs"), ("-new", "dc")]);
        let other = rita.form("/servers/add/", &pairs(&led)).await.is(200);
        assert!(other.text.contains("can choose this only once somebody has agreed"));
        let back = rita.form("/dcs/add/", &pairs(&filled(&other.text))).await.is(200);
        assert!(back.text.contains("Somebody else must agree to the new"), "{}", back.text);
        assert!(back.text.contains("href=\"/-/change-requests/1/\""), "{}", back.text);
        let shown = filled(&back.text);
        assert_eq!((shown["name"].as_str(), shown["dc"].as_str()), ("new1", "drmrs"));
        // Who may not even ask for one is not led there.
        let vera = signed_in(&team.alice, "vera").await;
        page(&vera, "/dcs/add/").await.is(403);
    }
}

#[tokio::test]
async fn a_link_begins_a_record_with_the_names_of_others() {
    for client in clients().await {
        with_servers(&client).await;
        let browser = signed_in(&client, "alice").await;
        let form = page(&browser, "/servers/add/?name=db7&dc=eqiad&tags=ssd,nothing").await.is(200);
        assert!(form.text.contains("data-ids=\"1\" data-label=\"eqiad\""), "{}", form.text);
        let rest = "data-ids=\"1\" data-label=\"ssd\" data-rest=\"nothing\"";
        assert!(form.text.contains(rest), "{}", form.text);
        assert_eq!(filled(&form.text)["tags"], "ssd,nothing");
    }
}

type Fields = std::collections::BTreeMap<String, String>;

/// The fields of a page's form with others in their place.
fn with_all(page: &str, others: &[(&str, &str)]) -> Fields {
    let fields = filled(page);
    let all = with(&fields, others).into_iter();
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn pairs(fields: &Fields) -> Vec<(&str, &str)> {
    with(fields, &[])
}
