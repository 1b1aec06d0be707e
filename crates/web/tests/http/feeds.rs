//! Records as other programs read them.

use axum::body::Body;
use serde_json::json;

use crate::client::{Client, clients, with_servers};

async fn feed(client: &Client, path: &str) -> String {
    client.call("GET", path, "").await.is(200).text
}

#[tokio::test]
async fn each_program_gets_its_own_form_of_the_same_hosts() {
    for client in clients().await {
        with_servers(&client).await;
        let list = client.call("GET", "/api/servers/?limit=1000&fields=name,ip", "").await.is(200);
        let names = list.column("name");
        let inventory = client.call("GET", "/integrations/ansible/?vars=state,dc", "").await;
        let inventory = inventory.is(200).json();
        let hosts = inventory["_meta"]["hostvars"].as_object().unwrap();
        assert_eq!(hosts.len(), names.len());
        let (name, first) = hosts.iter().next().unwrap();
        let address = first["ansible_host"].as_str().unwrap();
        assert!(first["domesday_dc"].is_string() && first["domesday_id"].is_number(), "{first}");
        let targets = client.call("GET", "/integrations/prometheus/?port=80&label=dc", "").await;
        let targets = targets.is(200).json();
        let targets = targets.as_array().unwrap();
        assert_eq!(targets.len(), names.len());
        let is_it =
            |target: &&serde_json::Value| target["labels"]["__meta_domesday_name"] == json!(name);
        let target = targets.iter().find(is_it).unwrap();
        assert_eq!(target["labels"]["dc"], first["domesday_dc"]);
        assert!(target["targets"][0].as_str().unwrap().contains(address), "{target}");
        assert!(feed(&client, "/integrations/hosts/servers/").await.contains(address));
        let ssh = feed(&client, "/integrations/ssh-config/?user=ops").await;
        assert!(ssh.contains(&format!("Host {name}\n    HostName {address}\n    User ops\n")));
        let zone = feed(&client, "/integrations/dns/?domain=example.org").await;
        assert!(zone.contains(&format!("{name}.example.org.\tIN\t")), "{zone}");
    }
}

#[tokio::test]
async fn feeds_take_filters_have_validators_and_tell_what_they_do_not_know() {
    for client in clients().await {
        with_servers(&client).await;
        let none = client.call("GET", "/integrations/prometheus/?name=nobody", "").await.is(200);
        assert_eq!(none.json(), json!([]));
        let none = client.call("GET", "/integrations/ansible/?name=nobody", "").await.is(200);
        assert_eq!(none.json(), json!({"_meta": {"hostvars": {}}}));
        for wrong in [
            "ansible/?group_by=nothing",
            "ansible/?nothing=1",
            "prometheus/?port=0",
            "prometheus/?label=nothing",
            "ssh-config/?user=a%20b",
            "dns/",
            "dns/?domain=a..b",
            "hosts/?limit=5",
            "hosts/dcs/",
        ] {
            client.call("GET", &format!("/integrations/{wrong}"), "").await.problem_is(400);
        }
        client.call("GET", "/integrations/nothing/", "").await.is(404);
        client.call("GET", "/integrations/hosts/nothing/", "").await.is(404);
        let first = client.call("GET", "/integrations/hosts/", "").await.is(200);
        let again = Client::request("GET", "/integrations/hosts/")
            .header("authorization", format!("Bearer {}", client.token))
            .header("if-none-match", first.header("etag"));
        client.send(again.body(Body::empty()).unwrap()).await.is(304);
    }
}
