//! Two questions share a key only where nothing that an answer follows from differs.

use proptest::prelude::*;

use super::*;
use crate::access::{Access, Grant, Limits, Preset, Scope};
use crate::filter::fixture;
use crate::record::{CommitNumber, Timestamp};

const SERVER: TypeIndex = TypeIndex(0);
const DC: TypeIndex = TypeIndex(1);
const REGION: TypeIndex = TypeIndex(2);
const TAG: TypeIndex = TypeIndex(3);

fn audience(scope: Scope) -> Audience {
    let grants = vec![Grant { rights: Preset::Viewer.rights(), scope }];
    Access::new(grants, Limits::default()).audience(&fixture::schema())
}

fn mark(commit: i64) -> Mark {
    let at = Timestamp::from_timestamp(commit, 0).unwrap();
    Mark { commit: CommitNumber(commit), at, hash: [u8::try_from(commit).unwrap(); 32] }
}

fn question(depends: Depends) -> Question<'static> {
    Question {
        depends,
        audience: audience(Scope::Everything),
        base_url: "https://d.example",
        address: "/api/servers/?limit=2",
        moments: &[],
        form: "json",
        coding: "",
    }
}

fn maker() -> Maker {
    Maker::new(&fixture::schema(), &["0.1.0"])
}

#[test]
fn a_type_reaches_what_it_refers_to_and_what_that_does() {
    let reach = Reach::of(&fixture::schema());
    assert_eq!(reach.from(SERVER), [SERVER, DC, REGION, TAG]);
    assert_eq!(reach.from(DC), [DC, REGION]);
    assert_eq!(reach.from(TAG), [TAG]);
    assert!(reach.from(TypeIndex(99)).is_empty());
}

#[test]
fn a_key_moves_with_the_heads_that_it_depends_on_alone() {
    let (maker, before) = (maker(), Heads::empty(4));
    for (depends, moved) in [
        (Depends::Type(SERVER), [true, true, true, true]),
        (Depends::Type(DC), [false, true, true, false]),
        (Depends::Type(TAG), [false, false, false, true]),
        (Depends::Everything, [false; 4]),
    ] {
        let question = question(depends);
        for (of, moved) in [SERVER, DC, REGION, TAG].into_iter().zip(moved) {
            let mut after = before.clone();
            after.set_type(of, mark(7));
            let is_moved = maker.key(&before, &question) != maker.key(&after, &question);
            assert_eq!(is_moved, moved, "{depends:?} {of:?}");
        }
        let mut after = before.clone();
        after.last = mark(7);
        let is_moved = maker.key(&before, &question) != maker.key(&after, &question);
        assert_eq!(is_moved, depends == Depends::Everything);
    }
}

#[test]
fn a_page_moves_with_all_that_stands_around_records() {
    let (maker, before) = (maker(), Heads::empty(4));
    let moved = [
        Heads { last: mark(7), ..before.clone() },
        Heads { people: 1, ..before.clone() },
        Heads { pages: 1, ..before.clone() },
        Heads { rules_changed_at: mark(7).at, ..before.clone() },
        Heads { cleared: 1, ..before.clone() },
    ];
    let page = question(Depends::Page);
    for after in &moved {
        assert_ne!(maker.key(&before, &page), maker.key(after, &page), "{after:?}");
    }
    // Of these, what tells of the past alone follows from the commits, and the epoch.
    let past = question(Depends::Everything);
    let found = moved.each_ref().map(|after| maker.key(&before, &past) != maker.key(after, &past));
    assert_eq!(found, [true, false, false, false, true]);
}

#[test]
fn a_commit_of_the_same_number_and_another_past_is_another() {
    let (maker, mut one) = (maker(), Heads::empty(4));
    one.set_type(TAG, mark(7));
    let mut other = one.clone();
    other.set_type(TAG, Mark { hash: [9; 32], ..mark(7) });
    let question = question(Depends::Type(TAG));
    assert_ne!(maker.key(&one, &question), maker.key(&other, &question));
}

#[test]
fn a_key_follows_from_all_that_is_asked_and_by_what_it_is_made() {
    let heads = Heads::empty(4);
    let asked = question(Depends::Type(SERVER));
    let keys = [
        maker().key(&heads, &asked),
        maker().key(&heads, &Question { audience: audience(Scope::Type(SERVER)), ..asked }),
        maker().key(&heads, &Question { base_url: "https://e.example", ..asked }),
        maker().key(&heads, &Question { address: "/api/servers/?limit=3", ..asked }),
        maker().key(&heads, &Question { moments: &[1], ..asked }),
        maker().key(&heads, &Question { moments: &[1, 2], ..asked }),
        maker().key(&heads, &Question { form: "csv", ..asked }),
        maker().key(&heads, &Question { coding: "gzip", ..asked }),
        maker().key(&Heads { cleared: 1, ..heads.clone() }, &asked),
        maker().key(&Heads { folded_to: CommitNumber(1), ..heads.clone() }, &asked),
        Maker::new(&fixture::schema(), &["0.1.1"]).key(&heads, &asked),
        Maker::new(&Schema::from_types(Vec::new()), &["0.1.0"]).key(&heads, &asked),
    ];
    for (place, key) in keys.iter().enumerate() {
        assert!(keys.iter().skip(place + 1).all(|other| other != key), "{place}");
    }
    // Who somebody is, when rights last changed, and which types it does not reach, are no part.
    let same = Heads { people: 5, rules_changed_at: mark(5).at, ..heads };
    assert_eq!(maker().key(&same, &asked), keys[0]);
}

#[test]
fn what_last_changed_is_the_last_of_all_that_is_shown() {
    let mut heads = Heads::empty(4);
    heads.set_type(DC, mark(5));
    heads.set_type(TAG, mark(3));
    heads.last = mark(9);
    for (depends, last) in [
        (Depends::Type(SERVER), mark(5)),
        (Depends::Type(TAG), mark(3)),
        (Depends::Type(REGION), Mark::default()),
        (Depends::Everything, mark(9)),
    ] {
        assert_eq!(maker().last_change(&heads, depends), last, "{depends:?}");
    }
}

fn key_of(texts: &[String; 4], moments: &[i64]) -> Key {
    let [base_url, address, form, coding] = texts.each_ref().map(String::as_str);
    let general = question(Depends::Type(TAG));
    let asked = Question { base_url, address, moments, form, coding, ..general };
    maker().key(&Heads::empty(4), &asked)
}

proptest! {
    /// Texts that follow one another can't be taken for each other: `a` and `bc` are not `ab` and `c`.
    #[test]
    fn no_two_questions_share_a_key(
        one in prop::array::uniform4("[ab/]{0,3}"),
        two in prop::array::uniform4("[ab/]{0,3}"),
        moments in prop::array::uniform2(prop::collection::vec(0..3_i64, 0..3)),
    ) {
        let first = key_of(&one, &moments[0]);
        let second = key_of(&two, &moments[1]);
        let is_same = one == two && moments[0] == moments[1];
        prop_assert_eq!(first == second, is_same);
    }
}
