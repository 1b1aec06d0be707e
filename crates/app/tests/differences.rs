//! What differs is found page by page, whether little has changed or nearly everything.

use app::diff::DiffRequest;
use domain::change::Action;
use domain::query::Expr;
use domain::record::CommitNumber;
use testkit::{Hands, fields, test_apps};

/// More than are read for each page.
const LABELS: i64 = 2_500;

#[tokio::test]
async fn many_differences_come_once_each() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        let label = |number: i64| {
            let fields = fields(&format!(r#"{{"name": "label {number}"}}"#));
            hands.change("label", Action::Add { fields })
        };
        hands.submit((1..=LABELS).map(label).collect()).await.unwrap();
        let renamed = (1..=LABELS).step_by(5);
        let rename = |id| hands.update_of("label", id, &format!(r#"{{"name": "other {id}"}}"#));
        hands.submit(renamed.clone().map(rename).collect()).await.unwrap();
        let all: Vec<i64> = (1..=LABELS).collect();
        for (from, to, expected) in [(0, 2, all), (1, 2, renamed.collect()), (2, 2, Vec::new())] {
            let mut request = DiffRequest {
                types: vec![hands.of("label").index],
                filter: Expr::all(),
                from: CommitNumber(from),
                to: CommitNumber(to),
                behind: None,
                limit: 700,
            };
            let mut told = Vec::new();
            loop {
                let page = hands.app().diff(&hands.ctx(), request.clone()).await.unwrap();
                told.extend(page.differences.iter().map(|difference| difference.id.0));
                request.behind = page.next;
                if page.next.is_none() {
                    break;
                }
            }
            assert_eq!(told, expected, "{from} to {to}");
        }
    }
}
