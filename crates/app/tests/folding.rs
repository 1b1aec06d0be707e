//! Never more of the history is folded than was said.

use chrono::TimeDelta;
use domain::moment::Moment;
use domain::record::CommitNumber;
use testkit::{Hands, test_apps};

#[tokio::test]
async fn no_more_is_folded_than_lies_before_a_moment() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        for name in ["a", "b", "c"] {
            hands.add("place", &format!(r#"{{"name": "{name}"}}"#)).await;
        }
        let second = test.app.commit(&test.writer(), CommitNumber(2)).await.unwrap().unwrap();
        for (before, expected) in [
            (Moment::Commit(CommitNumber(0)), None),
            (Moment::Commit(CommitNumber(1)), None),
            (Moment::Commit(CommitNumber(3)), Some((2, 2, None))),
            (Moment::Commit(CommitNumber(99)), Some((3, 3, None))),
            (Moment::At(second.kept.commit.at), Some((1, 1, None))),
            (Moment::At(second.kept.commit.at + TimeDelta::microseconds(1)), Some((2, 2, None))),
        ] {
            let plan = test.app.fold_plan(before).await.unwrap();
            assert_eq!(
                plan.map(|plan| (plan.to.0, plan.changes, plan.held_by)),
                expected,
                "{before:?}"
            );
        }
    }
}
