//! Random changes of records, rights and the cache, and behind each the same questions, asked where
//! answers are kept and where none are: they never differ, one tag is never of two answers, and a tag
//! moves whenever its answer does.

use std::collections::HashMap;
use std::sync::Arc;

use app::people::{PeopleChange, StoredGrant};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::get;
use crate::client::{Client, clients, with_servers};

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Step {
    State { server: u8, state: &'static str },
    Move { server: u8, dc: u8 },
    Tags { server: u8, tags: Vec<u8> },
    Rename { plural: &'static str, id: u8, name: u8 },
    Uri { name: u8 },
    Limit { dc: Option<u8> },
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let states = prop::sample::select(vec!["active", "failed", "planned"]);
    prop_oneof![
        (1..4_u8, states).prop_map(|(server, state)| Step::State { server, state }),
        (1..4_u8, 1..3_u8).prop_map(|(server, dc)| Step::Move { server, dc }),
        (1..4_u8, prop::collection::vec(1..3_u8, 0..3))
            .prop_map(|(server, tags)| Step::Tags { server, tags }),
        (prop::sample::select(vec!["dcs", "tags", "components"]), 1..3_u8, 0..3_u8)
            .prop_map(|(plural, id, name)| Step::Rename { plural, id, name }),
        (0..3_u8).prop_map(|name| Step::Uri { name }),
        proptest::option::of(1..3_u8).prop_map(|dc| Step::Limit { dc }),
        Just(Step::Clear),
    ]
}

impl Step {
    /// Does it; what the rules refuse is no matter.
    async fn take(&self, client: &Client) {
        let patch = async |path: String, body: String| {
            client.call("PATCH", &path, &body).await;
        };
        match self {
            Self::State { server, state } => {
                patch(format!("/api/servers/{server}/"), format!(r#"{{"state": "{state}"}}"#))
                    .await;
            }
            Self::Move { server, dc } => {
                patch(format!("/api/servers/{server}/"), format!(r#"{{"dc": {dc}}}"#)).await;
            }
            Self::Tags { server, tags } => {
                patch(format!("/api/servers/{server}/"), format!(r#"{{"tags": {tags:?}}}"#)).await;
            }
            Self::Rename { plural, id, name } => {
                patch(format!("/api/{plural}/{id}/"), format!(r#"{{"name": "n{id}{name}"}}"#))
                    .await;
            }
            Self::Uri { name } => {
                let body = format!(r#"{{"name": "u{name}", "url": "https://u{name}.example"}}"#);
                client.call("POST", "/api/uris/", &body).await;
            }
            Self::Limit { dc } => limit(client, *dc).await,
            Self::Clear => {
                client.call("DELETE", "/api/-/cache/", "").await.is(204);
            }
        }
    }
}

/// Lets those of `some` see the servers of one data centre alone, or none.
async fn limit(client: &Client, dc: Option<u8>) {
    let ctx = client.test.system();
    let people = client.test.app.people(&ctx).await.unwrap();
    let theirs = people.grants.iter().filter(|grant| grant.group == "some");
    let mut changes: Vec<_> = theirs.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
    changes.extend(dc.map(|dc| {
        PeopleChange::Grant(StoredGrant {
            id: 0,
            group: "some".to_owned(),
            rights: "view".to_owned(),
            type_name: Some("server".to_owned()),
            filter: Some(format!("dc={dc}")),
        })
    }));
    client.test.app.people_change(&ctx, changes).await.unwrap();
}

const QUESTIONS: [&str; 10] = [
    "/api/servers/",
    "/api/servers/?dc=1&ordering=-name",
    "/api/servers/?tags__name=n10",
    "/api/servers/1/",
    "/api/servers/2/?fields=name,dc",
    "/api/servers.csv",
    "/api/servers/?as_of=8",
    "/api/dcs/",
    "/api/uris/",
    "/api/-/history/?type=server",
];

/// The three who ask: of each one where answers are kept, and one where none are.
struct People {
    kept: Vec<Client>,
    plain: Vec<Client>,
}

/// What has been seen: of each tag its answer, and of each person and question the last tag.
#[derive(Default)]
struct Seen {
    bodies: HashMap<String, String>,
    last: HashMap<(usize, &'static str), (String, String)>,
}

impl Seen {
    async fn ask_all(&mut self, people: &People, only_of_uris: bool) {
        for (person, (kept, plain)) in people.kept.iter().zip(&people.plain).enumerate() {
            for question in QUESTIONS {
                let (answer, truth) =
                    (get(kept, question, &[]).await, get(plain, question, &[]).await);
                assert_eq!(answer.status, truth.status, "{question}");
                if !answer.status.is_success() {
                    self.last.remove(&(person, question));
                    continue;
                }
                assert_eq!(answer.text, truth.text, "{question} of {person}");
                let tag = answer.header("etag").to_owned();
                assert_eq!(tag, truth.header("etag"), "{question} of {person}");
                let of_tag = self.bodies.entry(tag.clone()).or_insert_with(|| answer.text.clone());
                assert_eq!(*of_tag, answer.text, "one tag of two answers");
                let last = self.last.insert((person, question), (tag.clone(), answer.text.clone()));
                let Some((last_tag, last_text)) = last else {
                    continue;
                };
                assert!(last_text == answer.text || last_tag != tag, "{question}: it must move");
                let rests = question.starts_with("/api/servers") && !question.contains("as_of")
                    || question == "/api/dcs/";
                assert!(!(only_of_uris && rests) || last_tag == tag, "{question}: it must rest");
                get(kept, question, &[("if-none-match", &tag)]).await.is(304);
            }
        }
    }
}

async fn people(client: Client) -> People {
    with_servers(&client).await;
    let ctx = client.test.system();
    let group = PeopleChange::AddGroup { group: "some".to_owned(), description: None };
    let everybody = client.test.app.people(&ctx).await.unwrap().grants;
    let everybody = everybody.iter().filter(|grant| grant.group == "anonymous");
    let mut changes: Vec<_> =
        everybody.map(|grant| PeopleChange::Revoke { id: grant.id }).collect();
    changes.push(group);
    client.test.app.people_change(&ctx, changes).await.unwrap();
    let (vera, some) = (client.of("vera", "viewers").await, client.of("some", "some").await);
    let mut plain = Vec::new();
    for person in [&client, &vera, &some] {
        plain.push(person.at_replica_that_keeps_nothing().await);
    }
    People { kept: vec![client, vera, some], plain }
}

#[test]
fn an_answer_that_is_kept_is_what_is_there_and_its_tag_is_its_own() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let runtime = Arc::new(runtime);
    let config = ProptestConfig {
        cases: testkit::scale(2, 60).try_into().unwrap(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let steps = prop::collection::vec(step(), 6..14);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(async {
            for client in clients().await {
                let people = people(client).await;
                let mut seen = Seen::default();
                seen.ask_all(&people, false).await;
                for step in &steps {
                    step.take(&people.kept[0]).await;
                    seen.ask_all(&people, matches!(step, Step::Uri { .. })).await;
                }
            }
        });
        Ok(())
    });
    outcome.unwrap();
}
