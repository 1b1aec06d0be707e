//! A register that an earlier program made, as it is after the steps that came since.

use testkit::{TestApp, TestDatabase, databases, every_kind};

/// The steps that a program without time zones and plots of days had carried out.
const SQLITE: [&str; 6] = [
    include_str!("../src/migrations/sqlite/0001_register.sql"),
    include_str!("../src/migrations/sqlite/0002_history.sql"),
    include_str!("../src/migrations/sqlite/0003_people.sql"),
    include_str!("../src/migrations/sqlite/0004_reviews.sql"),
    include_str!("../src/migrations/sqlite/0005_notices.sql"),
    include_str!("../src/migrations/sqlite/0006_freshness.sql"),
];
const POSTGRES: [&str; 6] = [
    include_str!("../src/migrations/postgres/0001_register.sql"),
    include_str!("../src/migrations/postgres/0002_history.sql"),
    include_str!("../src/migrations/postgres/0003_people.sql"),
    include_str!("../src/migrations/postgres/0004_reviews.sql"),
    include_str!("../src/migrations/postgres/0005_notices.sql"),
    include_str!("../src/migrations/postgres/0006_freshness.sql"),
];

/// Somebody who has signed in, somebody who never has, and a change on the last day of 2025 and on
/// the day before.
const CONTENT: &str = "
    INSERT INTO users (name, created_at, last_sign_in_at) VALUES ('ada', 1, 2), ('nora', 1, NULL);
    INSERT INTO commits (number, at, actor, origin, hash) SELECT 1, 1767096000000000, 'ada', 'api',
        last_hash FROM register;
    INSERT INTO commits (number, at, actor, origin, hash) SELECT 2, 1767182400000000, 'ada', 'api',
        last_hash FROM register;
    INSERT INTO changes (commit_number, place, type, id, revision, after)
        VALUES (1, 0, 'place', 1, 1, '{}'), (1, 1, 'place', 2, 1, '{}'), (2, 0, 'label', 1, 1, '{}');
    UPDATE register SET last_commit = 2, last_at = 1767182400000000;";

async fn before(database: &TestDatabase) {
    let steps = if database.is_postgres() { POSTGRES } else { SQLITE };
    database.tamper("CREATE TABLE migrations (number BIGINT PRIMARY KEY)").await;
    for (number, step) in (1..).zip(steps) {
        let done = format!("INSERT INTO migrations (number) VALUES ({number});");
        database.tamper(&format!("{step}\n{done}")).await;
    }
    database.tamper(CONTENT).await;
}

#[tokio::test]
async fn what_happened_before_days_were_plotted_is_counted_and_nobody_is_new_who_was_here() {
    for database in databases().await {
        before(&database).await;
        let test = TestApp::open(database, every_kind()).await;
        let ctx = test.system();
        let days = test.app.activity(&ctx, domain::zone::Zone::default(), 3).await.unwrap();
        let counts: Vec<_> = days.iter().map(|day| (day.day.to_string(), day.changes)).collect();
        let expected = [("2025-12-30", 2), ("2025-12-31", 1), ("2026-01-01", 0)];
        assert_eq!(counts, expected.map(|(day, count)| (day.to_owned(), count)));
        let people = test.app.people(&ctx).await.unwrap();
        let tours: Vec<_> = people
            .users
            .iter()
            .map(|user| (user.name.as_str(), user.preferences.tour_taken))
            .collect();
        assert_eq!(tours, [("ada", true), ("nora", false)]);
    }
}
