//! The plot of the front page: how many changes there were on each day.

use app::people::{PeopleChange, StoredGrant};
use axum::body::Body;
use axum::http::header;
use chrono::DateTime;
use domain::record::Timestamp;

use crate::admin_pages::browser_of;
use crate::client::{Client, clients, with_servers};

fn moment(text: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// The days of the plot that have changes: label, address, count; and how many days there are.
fn days(page: &str) -> (Vec<(String, String, u64)>, usize) {
    let Some((_, plot)) = page.split_once("data-plot=\"days\"") else {
        return (Vec::new(), 0);
    };
    let rows = plot.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    let rows = rows.split("<tr>").skip(1).map(|row| {
        let href = row.split_once("href=\"").unwrap().1.split_once('"').unwrap();
        let label = href.1.trim_start_matches('>').split_once("</a>").unwrap().0;
        let count = row.split_once("<td>").unwrap().1.split_once("</td>").unwrap().0;
        (label.to_owned(), href.0.replace("&#38;", "&"), count.parse().unwrap())
    });
    let all: Vec<(String, String, u64)> = rows.collect();
    let count = all.len();
    (all.into_iter().filter(|(_, _, count)| *count > 0).collect(), count)
}

async fn front(client: &Client, token: Option<&str>) -> String {
    let mut request = Client::request("GET", "/");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    client.send(request.body(Body::empty()).unwrap()).await.is(200).text
}

#[tokio::test]
async fn the_front_page_counts_the_changes_of_each_day_and_leads_to_them() {
    for mut client in clients().await {
        assert_eq!(days(&front(&client, None).await).1, 0, "nothing to plot yet");
        for (at, name) in [
            ("2026-01-01T12:00:00Z", "old"),
            ("2026-03-28T23:30:00Z", "a"),
            ("2026-03-29T12:00:00Z", "b"),
            ("2026-04-01T09:00:00Z", "c"),
        ] {
            client.at(moment(at));
            client.add("dcs", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        client.add("tags", r#"{"name": "ssd"}"#).await;
        client.at(moment("2026-04-01T10:00:00Z"));
        let (counted, all) = days(&front(&client, None).await);
        assert_eq!(all, 90);
        let day = |day: &str, next: &str, count| {
            let href = format!("/-/history/?after={day}&before={next}");
            (day.to_owned(), href, count)
        };
        let expected = [
            day("2026-03-28", "2026-03-29", 1),
            day("2026-03-29", "2026-03-30", 1),
            day("2026-04-01", "2026-04-02", 2),
        ];
        assert_eq!(counted, expected);

        // By the days of a person's own zone; on the 29th the clocks were set forward there.
        let alice = browser_of(&client, "alice").await;
        let word = alice.word_of("/account/").await;
        let fields = [("csrf", word.as_str()), ("time_zone", "Europe/Berlin")];
        alice.form("/auth/preferences", &fields).await.is(303);
        let page = alice.get("/").await.is(200).text;
        assert!(page.contains("Day in Europe/Berlin"), "{page}");
        let (counted, _) = days(&page);
        let told: Vec<(&str, u64)> =
            counted.iter().map(|(day, _, count)| (day.as_str(), *count)).collect();
        assert_eq!(told, [("2026-03-29", 2), ("2026-04-01", 2)]);
        assert_eq!(
            counted[0].1,
            "/-/history/?after=2026-03-29T00%3A00%3A00%2B01%3A00&before=2026-03-30T00%3A00%3A00%2B02%3A00"
        );
        // What is counted is what the history shows there.
        for (_, href, count) in counted {
            let history = alice.get(&href).await.is(200).text;
            let entries = history.matches("<li><time").count();
            assert_eq!(entries as u64, count, "{href}");
        }
    }
}

#[tokio::test]
async fn only_changes_of_types_that_one_sees_all_of_are_counted() {
    for client in clients().await {
        client.add("dcs", r#"{"name": "eqiad"}"#).await;
        client.add("dcs", r#"{"name": "codfw"}"#).await;
        client.add("tags", r#"{"name": "ssd"}"#).await;
        let ctx = client.test.system();
        let people = client.test.app.people(&ctx).await.unwrap();
        let grant = |group: &str, of: &str, filter: Option<&str>| {
            PeopleChange::Grant(StoredGrant {
                id: 0,
                group: group.to_owned(),
                rights: "view".to_owned(),
                type_name: Some(of.to_owned()),
                filter: filter.map(str::to_owned),
            })
        };
        let group =
            |name: &str| PeopleChange::AddGroup { group: name.to_owned(), description: None };
        let anonymous = people.grants.iter().filter(|grant| grant.group == "anonymous");
        let mut changes: Vec<_> =
            anonymous.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
        changes.extend([
            group("some"),
            grant("some", "dc", Some("name=eqiad")),
            group("tags"),
            grant("tags", "tag", None),
            grant("tags", "dc", Some("name=eqiad")),
        ]);
        client.test.app.people_change(&ctx, changes).await.unwrap();
        for (user, group, expected) in
            [("vera", "viewers", Some(3)), ("sam", "some", None), ("tim", "tags", Some(1))]
        {
            let token = client.of(user, group).await.token;
            let (counted, _) = days(&front(&client, Some(&token)).await);
            let total = counted.first().map(|(_, _, count)| *count);
            assert_eq!(total, expected, "{user}");
        }
    }
}

#[tokio::test]
async fn plots_are_counted_once_and_never_stale() {
    for client in clients().await {
        with_servers(&client).await;
        let replica = client.at_replica().await;
        let has = async |client: &Client, row: &str, count: u64| {
            let row = format!("{row}</a></th><td>{count}</td>");
            let page = front(client, None).await;
            assert!(page.contains(&row), "{row}: {page}");
        };
        has(&client, "state=active\">active", 3).await;
        // Behind the register's back: what is kept is sent again.
        client.test.database.tamper("UPDATE r_server SET c_state = 'planned' WHERE id = 2").await;
        has(&client, "state=active\">active", 3).await;
        has(&replica, "state=active\">active", 2).await;
        // A write, here or elsewhere, of what is plotted or of what that names, has it counted anew.
        replica.call("PATCH", "/api/dcs/1/", r#"{"name": "iad"}"#).await.is(200);
        has(&client, "dc=1\">iad", 2).await;
        client.call("PATCH", "/api/servers/1/", r#"{"state": "failed"}"#).await.is(200);
        has(&replica, "state=failed\">failed", 1).await;
        // Who sees less has other plots, whoever looked before.
        let ctx = client.test.system();
        let grant = StoredGrant {
            id: 0,
            group: "codfw".to_owned(),
            rights: "view".to_owned(),
            type_name: Some("server".to_owned()),
            filter: Some("dc__name=codfw".to_owned()),
        };
        let group = PeopleChange::AddGroup { group: "codfw".to_owned(), description: None };
        let people = client.test.app.people(&ctx).await.unwrap();
        let anonymous = people.grants.iter().filter(|grant| grant.group == "anonymous");
        let mut changes: Vec<_> =
            anonymous.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
        changes.extend([group, PeopleChange::Grant(grant)]);
        client.test.app.people_change(&ctx, changes).await.unwrap();
        let token = client.of("hal", "codfw").await.token;
        let page = front(&client, Some(&token)).await;
        assert!(page.contains("state=active\">active</a></th><td>1</td>"), "{page}");
        assert!(!page.contains("failed") && !page.contains("iad"), "{page}");
    }
}
