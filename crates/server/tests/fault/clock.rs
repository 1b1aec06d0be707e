//! A clock that steps, by Debian's faketime: the time of day alone, as where somebody sets it or NTP
//! does; how much time passes is told as ever.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tempfile::TempDir;

use crate::crowd::{Crowd, http};

const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The clock of one replica.
pub(crate) struct Clock {
    library: PathBuf,
    folder: TempDir,
}

impl Clock {
    /// A clock that is right; none where faketime is not installed, which CI never takes.
    pub(crate) fn new() -> Option<Self> {
        let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        let library = folders.map(|folder| folder.path().join(LIBRARY)).find(|path| path.is_file());
        assert!(library.is_some() || std::env::var("CI").is_err(), "CI must have faketime");
        let clock = Self { library: library?, folder: tempfile::tempdir().unwrap() };
        clock.step("+0s");
        Some(clock)
    }

    /// What makes it the clock of a program.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().display().to_string()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            // It looks at the file that often.
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        ]
    }

    /// How far it is from what it should tell, such as `+3600s`.
    pub(crate) fn step(&self, by: &str) {
        // In one piece, since it is read at any moment.
        let written = self.folder.path().join("next");
        std::fs::write(&written, format!("{by}\n")).unwrap();
        std::fs::rename(written, self.file()).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }
}

/// Looks at the time of each commit, from the last one back; gives the last one's.
pub(crate) async fn times_never_go_back(crowd: &Crowd, base: &str) -> DateTime<Utc> {
    let mut next = Some(format!("{base}/api/-/history/?limit=1000"));
    let mut times: Vec<DateTime<Utc>> = Vec::new();
    while let Some(url) = next {
        let answer = crowd.signed(http().get(url)).send().await.unwrap();
        let page: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        for commit in page["results"].as_array().unwrap() {
            times.push(commit["at"].as_str().unwrap().parse().unwrap());
        }
        next = page["next"].as_str().map(str::to_owned);
    }
    assert!(times.is_sorted_by(|later, before| later >= before), "{times:?}");
    println!("the times of {} commits never go back", times.len());
    times[0]
}
