//! PostgreSQL knows how small the tables of sites and environments are, at which it never looks by
//! itself.

use sql::write::refresh_statistics;
use testkit::{Hands, test_apps};

#[tokio::test]
async fn small_tables_are_looked_at_too_and_only_where_they_changed() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        for name in ["a", "b", "c"] {
            hands.add("place", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        test.app.store.write(refresh_statistics).await.unwrap();
        if !test.database.is_postgres() {
            continue;
        }
        let rows = "SELECT reltuples::BIGINT FROM pg_class WHERE relname = 'r_place'";
        assert_eq!(test.database.count(rows).await, 3);
        let system = "SELECT count(*) FROM pg_class WHERE relname IN ('register', 'commits') AND reltuples < 0";
        assert_eq!(test.database.count(system).await, 2, "an idle register is left alone");
    }
}
