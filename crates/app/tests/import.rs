//! Files into the register and out of it, on both databases.
#![expect(clippy::unwrap_used, reason = "what tests share may fail as they do")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use app::export::ExportFormat;
use app::import::{ImportError, Mapping, ReadOptions, Report, RunOptions, read};
use app::schema_file::built_in;
use app::{Error, Phase, Progress};
use domain::schema::TypeIndex;
use testkit::{Hands, TestApp, test_apps, test_apps_with};

const MAKE: RunOptions = RunOptions {
    create_missing: true,
    skip_bad: false,
    dry_run: false,
    progress: Progress::NONE,
    samples_max: 10,
};

async fn register() -> Vec<TestApp> {
    test_apps_with(|| built_in().unwrap()).await
}

fn index_of(test: &TestApp, name: &str) -> TypeIndex {
    test.app.schema.named(name).unwrap().index
}

async fn import(
    test: &TestApp,
    name: &str,
    file: &[u8],
    how: (&ReadOptions, &RunOptions),
) -> Result<Report, ImportError> {
    let mut import = read(&test.app.schema, index_of(test, name), file, how.0)?;
    test.app.import(&test.writer(), &mut import, how.1).await
}

async fn servers(test: &TestApp, file: &str, how: &RunOptions) -> Result<Report, ImportError> {
    import(test, "server", file.as_bytes(), (&ReadOptions::default(), how)).await
}

/// A file of one server, and the same with another name and address.
const ONE: &str = "name,ip,component,dc,environment,group,state,tags\n\
                   db1,10.0.0.1,database,iad1,production,core,active,a|b\n";
const TWO: &str = "name,ip,component,dc,environment,group,state,tags\n\
                   db1,10.0.0.9,database,iad1,production,core,active,a|c\n\
                   db2,10.0.0.2,database,fra1,production,core,active,\n";

fn counts(report: &Report) -> (usize, usize, usize, usize) {
    let created = report.created.values().sum();
    (report.added, report.updated, report.unchanged, created)
}

#[tokio::test]
async fn a_file_is_one_commit_and_the_same_file_again_is_none() {
    for test in register().await {
        let first = servers(&test, ONE, &MAKE).await.unwrap();
        assert_eq!(counts(&first), (1, 0, 0, 6));
        assert_eq!(first.commit.unwrap().number.0, 1);
        let again = servers(&test, ONE, &MAKE).await.unwrap();
        assert_eq!(counts(&again), (0, 0, 1, 0));
        assert_eq!(again.commit, None);
        let second = servers(&test, TWO, &MAKE).await.unwrap();
        assert_eq!(counts(&second), (1, 1, 0, 2));
        assert_eq!(second.commit.unwrap().number.0, 2);
    }
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    for test in register().await {
        servers(&test, ONE, &MAKE).await.unwrap();
        let dry = RunOptions { dry_run: true, ..MAKE };
        let told = servers(&test, TWO, &dry).await.unwrap();
        assert_eq!(counts(&told), (1, 1, 0, 2));
        assert_eq!(told.commit, None);
        let sample = &told.samples[0];
        let differences: Vec<String> = sample
            .differences
            .iter()
            .map(|of| format!("{}: {} -> {}", of.field, of.before, of.after))
            .collect();
        assert_eq!((told.samples.len(), sample.label.as_str()), (1, "db1"));
        assert_eq!(sample.place.to_string(), "line 2");
        assert_eq!(differences, ["ip: 10.0.0.1 -> 10.0.0.9", "tags: a|b -> a|c"]);
        assert_eq!(servers(&test, ONE, &dry).await.unwrap().unchanged, 1);
    }
}

const THREE_BAD: &str = "name,ip,component,dc,environment,group,state\n\
                         db1,10.0.0.1,database,iad1,production,core,active\n\
                         db2,10.0.0.1,database,iad1,production,core,active\n\
                         db3,nonsense,database,iad1,production,core,broken\n\
                         ,10.0.0.4,database,iad1,production,core,active\n\
                         db5,10.0.0.5,database,iad1,production,core,active\n";

#[tokio::test]
async fn bad_rows_refuse_the_file_and_are_told_together() {
    for test in register().await {
        let refused = servers(&test, THREE_BAD, &MAKE).await;
        let Err(ImportError::BadRows(bad)) = refused else { panic!("{refused:?}") };
        let told: Vec<String> =
            bad.iter().map(|bad| format!("{}: {}", bad.place, bad.why())).collect();
        assert_eq!(
            told,
            [
                "line 4: ip: Enter a valid IPv4 or IPv6 address.; state: \"broken\" is not a valid \
                 choice. Choose one of: planned, active, maintenance, failed, retired.",
                "line 5: name: a server needs one, or an id",
            ]
        );
        assert_eq!(test.export("dc", ExportFormat::JsonLines).await, b"");
    }
}

#[tokio::test]
async fn bad_rows_can_be_left_out_until_nothing_is_refused() {
    for test in register().await {
        let skip = RunOptions { skip_bad: true, ..MAKE };
        // The second address is only found to be taken when the rows that can't be read are gone.
        let report = servers(&test, THREE_BAD, &skip).await.unwrap();
        let skipped: Vec<String> = report.skipped.iter().map(|bad| bad.place.to_string()).collect();
        assert_eq!(skipped, ["line 3", "line 4", "line 5"]);
        assert_eq!(report.skipped[0].why(), "ip: server with this ip already exists.");
        assert_eq!(report.added, 2);
    }
}

#[tokio::test]
async fn without_create_missing_a_missing_reference_is_the_rows_fault() {
    for test in register().await {
        let refused = servers(&test, ONE, &RunOptions::default()).await;
        let Err(ImportError::BadRows(bad)) = refused else { panic!("{refused:?}") };
        assert!(bad[0].why().contains("dc: Object with name=iad1 does not exist."), "{bad:?}");
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_is_the_rows_fault() {
    for test in register().await {
        let refused = servers(&test, "id,name\n7,db1\n", &MAKE).await;
        let Err(ImportError::BadRows(bad)) = refused else { panic!("{refused:?}") };
        assert_eq!(bad[0].why(), "there is no server with this id");
    }
}

#[tokio::test]
async fn who_may_not_write_may_not_import() {
    for test in register().await {
        let mut import = read(
            &test.app.schema,
            index_of(&test, "server"),
            ONE.as_bytes(),
            &ReadOptions::default(),
        )
        .unwrap();
        let nobody = test.nobody();
        let refused = test.app.import(&nobody, &mut import, &MAKE).await;
        assert!(matches!(refused, Err(ImportError::App(Error::Unauthenticated))), "{refused:?}");
    }
}

/// Exports a type in both forms and imports what came out: nothing changes.
async fn check_round_trip(test: &TestApp, name: &str, rows: usize) {
    for format in [ExportFormat::Csv, ExportFormat::JsonLines] {
        let file = test.export(name, format).await;
        let how = (&ReadOptions::default(), &MAKE);
        let report = import(test, name, &file, how).await.unwrap();
        assert_eq!(counts(&report), (0, 0, rows, 0), "{format:?}");
        assert_eq!(report.commit, None);
        assert_eq!(test.export(name, format).await, file);
    }
}

#[tokio::test]
async fn an_export_of_every_kind_imports_as_nothing_new() {
    for test in test_apps().await {
        let hands = Hands { test: &test };
        hands.add("place", r#"{"name": "here"}"#).await;
        hands.add("label", r#"{"name": "a|b"}"#).await;
        hands.add("label", r#"{"name": "c\\d"}"#).await;
        hands.add("label", r#"{"name": "=1+1"}"#).await;
        hands.add("label", r#"{"name": "'@SUM(1)"}"#).await;
        hands
            .add(
                "thing",
                r#"{"name": "ein, \"Ding\"", "note": "Straße", "story": " two\n\"lines\"\r\n",
                "units": 9223372036854775807, "amount": 12345678901234567890.123456789012345678,
                "active": "no", "born": "2026-02-28", "moment": "2026-02-28T23:59:59.123456+01:00",
                "ip": "2001:DB8::1", "network": "10.0.0.0/8", "mac": "00-1B-44-11-3A-B7",
                "url": "https://example.org/x?y=z", "email": "a@example.org", "state": "used",
                "place": "here", "labels": ["a|b", "c\\d"], "data": {"b": [1, 2.50, null], "a": "é"}}"#,
            )
            .await;
        check_round_trip(&test, "thing", 1).await;
        check_round_trip(&test, "label", 4).await;
        let labels = test.export("label", ExportFormat::Csv).await;
        let labels = String::from_utf8(labels).unwrap();
        assert!(labels.contains(",'=1+1") && labels.contains(",''@SUM(1)"), "{labels}");
    }
}

#[tokio::test]
async fn a_generated_fleet_imports_whole_and_its_export_as_nothing_new() {
    for test in register().await {
        let mut fleet = Vec::new();
        app::fleet::generate(500, 1, &mut fleet).unwrap();
        let how = (&ReadOptions::default(), &MAKE);
        let report = import(&test, "server", &fleet, how).await.unwrap();
        assert_eq!(report.added, 500);
        check_round_trip(&test, "server", 500).await;
    }
}

#[tokio::test]
async fn rows_refer_to_rows_further_down_to_themselves_and_in_circles() {
    const PLACES: &str = "name,inside\ntown,land\nland,world\nworld,\na,b\nb,a\nself,self\n";
    for how in [RunOptions::default(), MAKE] {
        for test in test_apps().await {
            let options = ReadOptions::default();
            let report = import(&test, "place", PLACES.as_bytes(), (&options, &how)).await;
            assert_eq!(counts(&report.unwrap()), (6, 0, 0, 0));
            let out = String::from_utf8(test.export("place", ExportFormat::Csv).await).unwrap();
            assert!(
                out.ends_with("1,town,land\n2,land,world\n3,world,\n4,a,b\n5,b,a\n6,self,self\n")
            );
            // By their ids, too, with other names and turned round.
            let turned = "id,name,inside\n3,earth,land\n2,land,city\n1,city,\n";
            let report = import(&test, "place", turned.as_bytes(), (&options, &how)).await;
            assert_eq!(counts(&report.unwrap()), (0, 3, 0, 0));
            let out = String::from_utf8(test.export("place", ExportFormat::Csv).await).unwrap();
            assert!(out.contains("1,city,\n2,land,city\n3,earth,land\n"), "{out}");
            let by_id = "id,inside\n1,a\n4,\n";
            let report = import(&test, "place", by_id.as_bytes(), (&options, &how)).await;
            assert_eq!(counts(&report.unwrap()), (0, 2, 0, 0));
            test.app
                .store
                .write({
                    let schema = Arc::clone(&test.app.schema);
                    move |writer| sql::write::rebuild(writer, &schema, &mut |_, _| {})
                })
                .await
                .unwrap();
            let again = String::from_utf8(test.export("place", ExportFormat::Csv).await).unwrap();
            assert!(
                again.contains("1,city,a\n2,land,city\n3,earth,land\n4,a,\n5,b,a\n"),
                "{again}"
            );
        }
    }
}

#[tokio::test]
async fn a_row_that_refers_to_a_bad_row_is_left_out_with_it() {
    for test in test_apps().await {
        let skip = RunOptions { skip_bad: true, ..RunOptions::default() };
        let file = format!("name,inside\na,b\nb,{}\nc,\n", "x".repeat(41));
        let how = (&ReadOptions::default(), &skip);
        let report = import(&test, "place", file.as_bytes(), how).await.unwrap();
        let skipped: Vec<String> = report.skipped.iter().map(|bad| bad.place.to_string()).collect();
        assert_eq!((report.added, skipped), (1, vec!["line 2".to_owned(), "line 3".to_owned()]));
    }
}

/// What a progress was told, one entry for each phase: the last count, and how often.
type Told = Arc<Mutex<Vec<(Phase, usize, usize)>>>;

fn watched() -> (Progress, Told) {
    let told = Told::default();
    let noted = Arc::clone(&told);
    let progress = Progress::new(move |phase, done, total| {
        assert!(done <= total, "{phase:?}: {done} of {total}");
        noted.lock().unwrap().push((phase, done, total));
    });
    (progress, told)
}

#[tokio::test]
async fn an_import_tells_how_far_it_is_in_each_phase() {
    let mut fleet = Vec::new();
    app::fleet::generate(3_000, 1, &mut fleet).unwrap();
    for test in register().await {
        let (progress, told) = watched();
        let options = ReadOptions { progress: progress.clone(), ..ReadOptions::default() };
        let how = RunOptions { progress, ..MAKE };
        import(&test, "server", &fleet, (&options, &how)).await.unwrap();
        let told = told.lock().unwrap();
        for (phase, times_min) in [(Phase::Reading, 3), (Phase::Checking, 6), (Phase::Writing, 6)] {
            let of_phase: Vec<usize> =
                told.iter().filter(|told| told.0 == phase).map(|told| told.1).collect();
            assert!(of_phase.is_sorted() && of_phase.len() >= times_min, "{phase:?} {of_phase:?}");
            assert_eq!(of_phase.first(), Some(&0), "{phase:?}");
        }
        let mut phases: Vec<Phase> = told.iter().map(|told| told.0).collect();
        phases.dedup();
        assert_eq!(phases, [Phase::Reading, Phase::Checking, Phase::Writing]);
        let (_, done, total) = *told.last().unwrap();
        assert!(total >= 3_000 && done == total, "{done} of {total}");
    }
}

#[tokio::test]
async fn what_others_write_while_an_import_is_checked_is_checked_again() {
    for test in register().await {
        // Another writes the same name just when all rows have been checked.
        let other = (test.app.clone(), test.writer(), index_of(&test, "tag"));
        let runtime = tokio::runtime::Handle::current();
        let has_written = Arc::new(Mutex::new(false));
        let progress = Progress::new(move |phase, done, total| {
            let mut has_written = has_written.lock().unwrap();
            if phase == Phase::Checking
                && done == total
                && !std::mem::replace(&mut has_written, true)
            {
                let (app, ctx, tag) = other.clone();
                let handle = runtime.clone();
                std::thread::spawn(move || {
                    let mut tags =
                        read(&app.schema, tag, b"name\nb\n", &ReadOptions::default()).unwrap();
                    handle.block_on(app.import(&ctx, &mut tags, &RunOptions::default())).unwrap();
                })
                .join()
                .unwrap();
            }
        });
        let how = RunOptions { progress, ..RunOptions::default() };
        let report = import(&test, "tag", b"name\na\nb\n", (&ReadOptions::default(), &how)).await;
        let report = report.unwrap();
        assert_eq!(counts(&report), (1, 0, 1, 0));
        assert_eq!(report.commit.unwrap().number.0, 2);
    }
}

/// A file of the real fleets, which are no part of the project; they lie in `shared/data` beside
/// some folder above it.
fn real(name: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().map(|folder| folder.join("shared/data").join(name)).find(|path| path.exists())
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that can't do its work says so")]
async fn the_real_fleet_imports_whole_and_its_export_as_nothing_new() {
    let Some(path) = real("wikimedia.csv") else {
        eprintln!("shared/data/wikimedia.csv is not there: the real fleet was not imported");
        return;
    };
    let file = std::fs::read(path).unwrap();
    let defaults = [
        ("component", "unknown"),
        ("dc", "unknown"),
        ("environment", "production"),
        ("state", "active"),
        ("group", "unknown"),
    ];
    let options = ReadOptions {
        // The source states it for 86 rows, by a word that the schema does not have.
        columns: Mapping::ByName([("state".to_owned(), String::new())].into()),
        defaults: defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..ReadOptions::default()
    };
    for test in register().await {
        let report = import(&test, "server", &file, (&options, &MAKE)).await;
        let report = report.unwrap();
        assert_eq!(report.added, 3_711);
        check_round_trip(&test, "server", 3_711).await;
    }
}
