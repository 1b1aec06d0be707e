//! The schema that was applied last is read as it was, whatever a later program says of new ones.

use testkit::{Hands, every_kind, test_apps};

#[tokio::test]
async fn a_schema_whose_address_the_program_took_can_be_left() {
    for test in test_apps().await {
        Hands { test: &test }.add("place", r#"{"name": "a"}"#).await;
        // As it was applied by a program without such a page of its own.
        let taken = r#"UPDATE schemas SET text = replace(text, '"places"', '"metrics"')"#;
        test.database.tamper(taken).await;
        let found = "SELECT count(*) FROM schemas WHERE text LIKE '%\"metrics\"%'";
        assert_eq!(test.database.count(found).await, 1);
        let again = test.again(every_kind(), &[]).await;
        let place = Hands { test: &again }.get("place", 1).await.unwrap();
        assert_eq!(Hands { test: &again }.text("place", &place, "name"), "a");
    }
}
