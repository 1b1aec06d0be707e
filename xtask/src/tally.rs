//! Counting what test runners report.

use std::collections::BTreeSet;
use std::ops::AddAssign;

use anyhow::{Context, Result};
use serde_json::Value;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// A check that counts no tests: it can only add a failure.
    pub(crate) fn of_check(passed: bool) -> Self {
        Self { passed: 0, failed: u64::from(!passed) }
    }

    /// The `test result:` lines of cargo's test programs. A run that failed without naming a failed
    /// test (it did not compile, it crashed) counts as one failure.
    pub(crate) fn of_cargo(log: &str, succeeded: bool) -> Self {
        let mut tally = Self::default();
        for line in log.lines().filter(|line| line.starts_with("test result: ")) {
            tally.passed += count_before(line, " passed");
            tally.failed += count_before(line, " failed");
        }
        tally.with_run(succeeded)
    }

    /// The operations in a report of schemathesis: each that it tested is one test.
    ///
    /// # Errors
    /// When the report is not one.
    pub(crate) fn of_schemathesis(report: &str, succeeded: bool) -> Result<Self> {
        let report: Value = serde_json::from_str(report).context("the report of schemathesis")?;
        let tested = report.pointer("/operations/tested").and_then(Value::as_u64);
        let tested = tested.context("the report of schemathesis counts no operations")?;
        let errored = report.pointer("/operations/errored").and_then(Value::as_u64).unwrap_or(0);
        let failures = report.get("failures").and_then(Value::as_array);
        let broken: BTreeSet<&str> = failures
            .into_iter()
            .flatten()
            .filter_map(|failure| failure.get("operations")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        // An undocumented method that answers wrongly is a failure of no tested operation.
        let failed = u64::try_from(broken.len()).unwrap_or(u64::MAX).saturating_add(errored);
        let tally = Self { passed: tested.saturating_sub(failed), failed };
        Ok(tally.with_run(succeeded && tested > 0))
    }

    /// The tests in a report of Playwright. One that only succeeds at a second try has failed.
    ///
    /// # Errors
    /// When the report is not one.
    pub(crate) fn of_playwright(report: &str, succeeded: bool) -> Result<Self> {
        let report: Value = serde_json::from_str(report).context("the report of Playwright")?;
        let count = |outcome: &str| {
            let number = report.get("stats").and_then(|stats| stats.get(outcome)?.as_u64());
            number.with_context(|| format!("the report of Playwright counts no {outcome} tests"))
        };
        let passed = count("expected")?;
        let failed = count("unexpected")?.saturating_add(count("flaky")?);
        Ok(Self { passed, failed }.with_run(succeeded && passed > 0))
    }

    /// What each run of Python's unittest says of itself at its end: between the lines before, the
    /// programs that it tests may write their own.
    pub(crate) fn of_unittest(log: &str, succeeded: bool) -> Self {
        let mut tally = Self::default();
        for line in log.lines() {
            if line.starts_with("Ran ") {
                tally.passed += count_before(line, " test");
            }
            for (what, number) in unittest_counts(line) {
                tally.passed = tally.passed.saturating_sub(number);
                if what != "skipped" {
                    tally.failed += number;
                }
            }
        }
        let is_run = succeeded && tally.passed > 0;
        tally.with_run(is_run)
    }

    fn with_run(mut self, succeeded: bool) -> Self {
        if !succeeded && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// What did not pass, from a line as `FAILED (failures=2, skipped=1)`.
fn unittest_counts(line: &str) -> impl Iterator<Item = (&str, u64)> {
    let counts = line.strip_prefix("FAILED (").or_else(|| line.strip_prefix("OK ("));
    let counts = counts.and_then(|rest| rest.strip_suffix(')')).unwrap_or_default();
    counts.split(", ").filter_map(|count| {
        let (what, number) = count.split_once('=')?;
        Some((what, number.parse().ok()?))
    })
}

/// The number that stands before a word; 0 where there is none.
fn count_before(line: &str, word: &str) -> u64 {
    let before = line.split_once(word).map(|(before, _)| before);
    let digits = before.and_then(|before| before.rsplit(' ').next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cargo(log: &str, succeeded: bool, passed: u64, failed: u64) {
        assert_eq!(Tally::of_cargo(log, succeeded), Tally { passed, failed }, "{log}");
    }

    #[test]
    fn cargo_counts_are_the_sum_of_all_test_programs() {
        let good = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let bad = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        check_cargo(good, true, 12, 0);
        check_cargo(&format!("{good}\nnoise 9 passed\n{bad}\n"), false, 15, 2);
    }

    #[test]
    fn a_run_that_fails_without_a_failed_test_counts_as_one() {
        check_cargo("error[E0308]: mismatched types", false, 0, 1);
        check_cargo("", true, 0, 0);
    }

    #[track_caller]
    fn check_unittest(log: &str, succeeded: bool, passed: u64, failed: u64) {
        assert_eq!(Tally::of_unittest(log, succeeded), Tally { passed, failed }, "{log}");
    }

    #[test]
    fn unittest_counts_its_runs() {
        let good = "test_a (t.T.test_a) ... noise\nok\nRan 8 tests in 2.065s\n\nOK\n";
        check_unittest(good, true, 8, 0);
        check_unittest(&format!("{good}Ran 1 test in 0.1s\n\nOK\n"), true, 9, 0);
        let bad = "Ran 9 tests in 1.0s\n\nFAILED (failures=2, errors=1, skipped=1)\n";
        check_unittest(bad, false, 5, 3);
        check_unittest("Ran 2 tests in 1.0s\n\nOK (skipped=1)\n", true, 1, 0);
        check_unittest("Ran 0 tests in 0.0s\n\nOK\n", true, 0, 1);
        check_unittest("ModuleNotFoundError", false, 0, 1);
    }

    #[track_caller]
    fn check_schemathesis(report: &str, succeeded: bool, passed: u64, failed: u64) {
        let tally = Tally::of_schemathesis(report, succeeded).unwrap();
        assert_eq!(tally, Tally { passed, failed }, "{report}");
    }

    #[test]
    fn schemathesis_counts_operations() {
        check_schemathesis(
            r#"{"operations": {"tested": 7, "errored": 0}, "failures": []}"#,
            true,
            7,
            0,
        );
        let twice = r#"{"operations": {"tested": 7, "errored": 1}, "failures": [
            {"operations": ["GET /api/", "GET /api/x/"]}, {"operations": ["GET /api/"]}]}"#;
        check_schemathesis(twice, false, 4, 3);
    }

    #[test]
    fn schemathesis_that_tests_nothing_or_stops_is_a_failure() {
        let nothing = r#"{"operations": {"tested": 0}, "failures": []}"#;
        check_schemathesis(nothing, true, 0, 1);
        check_schemathesis(r#"{"operations": {"tested": 2}}"#, false, 2, 1);
        assert!(Tally::of_schemathesis("{}", true).is_err());
    }

    #[track_caller]
    fn check_playwright(stats: &str, succeeded: bool, passed: u64, failed: u64) {
        let report = format!(r#"{{"suites": [], "errors": [], "stats": {stats}}}"#);
        let tally = Tally::of_playwright(&report, succeeded).unwrap();
        assert_eq!(tally, Tally { passed, failed }, "{report}");
    }

    #[test]
    fn playwright_counts_tests() {
        let stats = r#"{"expected": 9, "skipped": 1, "unexpected": 0, "flaky": 0}"#;
        check_playwright(stats, true, 9, 0);
        check_playwright(stats, false, 9, 1);
        let bad = r#"{"expected": 9, "skipped": 0, "unexpected": 2, "flaky": 1}"#;
        check_playwright(bad, false, 9, 3);
        let none = r#"{"expected": 0, "skipped": 0, "unexpected": 0, "flaky": 0}"#;
        check_playwright(none, true, 0, 1);
        assert!(Tally::of_playwright("{}", true).is_err());
    }
}
