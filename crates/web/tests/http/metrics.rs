//! What is measured of requests, as Prometheus reads it.

use axum::body::Body;

use crate::client::{Client, clients, with_servers};

const LIST: &str = "/api/{plural}/";

/// How many requests of a route were answered so.
fn count(told: &str, (method, route): (&str, &str), (status, cache): (&str, &str)) -> u64 {
    let line = format!(
        "domesday_http_requests_total{{method=\"{method}\",route=\"{route}\",\
         status=\"{status}\",cache=\"{cache}\"}} "
    );
    let found = told.lines().find_map(|told| told.strip_prefix(&line));
    found.map_or(0, |count| count.parse().unwrap())
}

async fn told(client: &Client) -> String {
    client.call("GET", "/metrics", "").await.is(200).text
}

#[tokio::test]
async fn requests_are_told_by_route_status_and_whether_the_answer_was_kept() {
    for client in clients().await {
        with_servers(&client).await;
        let first = client.call("GET", "/api/servers/?dc__name=eqiad", "").await.is(200);
        client.call("GET", "/api/servers/?dc__name=eqiad", "").await.is(200);
        // By the short way, and so is the next.
        client.call("GET", "/api/servers/?dc__name=eqiad", "").await.is(200);
        let known = Client::request("GET", "/api/servers/?dc__name=eqiad")
            .header("authorization", format!("Bearer {}", client.token))
            .header("content-type", "application/json")
            .header("if-none-match", first.header("etag"));
        client.send(known.body(Body::empty()).unwrap()).await.is(304);
        client.call("GET", "/api/servers/17000/", "").await.is(404);
        for path in ["/a/b/c/d/e/f", "/api/servers/1/no/such/thing"] {
            client.call("GET", path, "").await.is(404);
        }
        let told = told(&client).await;
        assert_eq!(count(&told, ("GET", LIST), ("200", "miss")), 1, "{told}");
        assert_eq!(count(&told, ("GET", LIST), ("200", "hit")), 2, "{told}");
        assert_eq!(count(&told, ("GET", LIST), ("304", "hit")), 1, "{told}");
        assert_eq!(count(&told, ("GET", "/api/{plural}/{id}/"), ("404", "none")), 1, "{told}");
        assert_eq!(count(&told, ("GET", "none"), ("404", "none")), 2, "{told}");
        assert_eq!(count(&told, ("POST", LIST), ("201", "none")), 10, "{told}");
        assert!(!told.contains("/a/b") && !told.contains("17000"), "{told}");
        let took = format!(
            "domesday_http_request_duration_seconds_count{{method=\"GET\",route=\"{LIST}\"}} 4"
        );
        assert!(told.lines().any(|line| line == took), "{told}");
        assert!(told.lines().any(|line| line == "domesday_http_requests_in_flight 1"), "{told}");
    }
}

#[tokio::test]
async fn transactions_and_commits_are_told() {
    for client in clients().await {
        with_servers(&client).await;
        let told = told(&client).await;
        let number = |name: &str| -> u64 {
            let found = told.lines().find_map(|line| line.strip_prefix(name));
            found.unwrap_or_else(|| panic!("{name}: {told}")).trim().parse().unwrap()
        };
        assert_eq!(number("domesday_last_commit "), 10);
        let of = |kind, outcome| {
            number(&format!(
                "domesday_database_transactions_total{{kind=\"{kind}\",outcome=\"{outcome}\"}} "
            ))
        };
        assert!(of("write", "committed") >= 10 && of("read", "committed") > 0);
        for kind in ["read", "write"] {
            let took =
                number(&format!("domesday_database_transaction_seconds_count{{kind=\"{kind}\"}} "));
            assert_eq!(took, of(kind, "committed") + of(kind, "rolled_back"), "{kind}");
            assert_eq!(number(&format!("domesday_database_waiting{{kind=\"{kind}\"}} ")), 0);
        }
        assert_eq!(number("domesday_change_requests_open{state=\"pending\"} "), 0);
    }
}
