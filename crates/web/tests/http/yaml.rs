//! Lists as YAML.

use axum::body::Body;
use axum::http::header;

use crate::client::{Client, clients, with_servers};

const SERVERS: &str = "\
- id: 1
  name: db1001
  ip: 10.0.0.1
  dc: eqiad
  tags:
  - ssd
  - spare
- id: 2
  name: db1002
  ip: 10.0.0.2
  dc: eqiad
  tags:
  - ssd
";

#[tokio::test]
async fn a_list_is_written_as_yaml_however_it_is_asked_for() {
    for client in clients().await {
        with_servers(&client).await;
        let query = "dc__name=eqiad&fields=id,name,ip,dc,tags";
        for (path, accept) in [
            (format!("/api/servers/?format=yaml&{query}"), "*/*"),
            (format!("/api/servers.yaml?{query}"), "*/*"),
            (format!("/api/servers/?{query}"), "application/yaml"),
        ] {
            let request = || Client::request("GET", &path).header(header::ACCEPT, accept);
            let answer = client.send(request().body(Body::empty()).unwrap()).await.is(200);
            assert_eq!(answer.text, SERVERS, "{path}");
            assert_eq!(answer.header("content-type"), "application/yaml");
            let file = "attachment; filename=\"servers.yaml\"";
            assert_eq!(answer.header("content-disposition"), file);
            let again = request().header(header::IF_NONE_MATCH, answer.header("etag"));
            client.send(again.body(Body::empty()).unwrap()).await.is(304);
        }
        assert_eq!(client.get("/api/servers.yaml?name=nobody").await.is(200).text, "[]\n");
        client.get("/api/servers.yaml?limit=3").await.is(400);
        client.get("/api/servers/1/?format=yaml").await.is(406);
    }
}
