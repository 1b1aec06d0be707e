//! What Linux tells of this process; elsewhere nothing is told.
//!
//! *Source:* proc(5), and the names that Prometheus's own clients give.

use std::fs;
use std::time::Duration;

use metrics::{describe_gauge, gauge};

use super::exposition::Told;

/// In what `/proc` counts processor time, whatever the kernel does: `USER_HZ`.
const TICKS_A_SECOND: f64 = 100.0;

/// Records what the process has, and tells how long it has kept processors busy.
pub(super) fn record() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (status, stat) = (read("/proc/self/status"), read("/proc/self/stat"));
    set(
        ("process_resident_memory_bytes", "Memory that the process has."),
        kilobytes(&status, "VmRSS:"),
    );
    set(
        ("process_virtual_memory_bytes", "Addresses that the process has."),
        kilobytes(&status, "VmSize:"),
    );
    set(("process_threads", "Threads of the process."), field(&status, "Threads:"));
    let open = fs::read_dir("/proc/self/fd").map(Iterator::count);
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    set(
        ("process_open_fds", "Files and connections that are open."),
        open.ok().map(|open| open as f64),
    );
    set(
        ("process_max_fds", "The most that may be."),
        field(&read("/proc/self/limits"), "Max open files"),
    );
    set(
        ("process_start_time_seconds", "When the process began, since 1970."),
        started_at(&stat, &read("/proc/stat")),
    );
    let help = "How long processors have been busy with the process.";
    let mut told = Told::new("process_cpu_seconds_total", "counter", help);
    match busy(&stat) {
        Some(busy) => {
            told.seconds(&[], busy);
            told.text()
        }
        None => String::new(),
    }
}

fn set((name, help): (&'static str, &'static str), value: Option<f64>) {
    if let Some(value) = value {
        describe_gauge!(name, help);
        gauge!(name).set(value);
    }
}

/// The first number behind a word at the beginning of a line.
fn field(text: &str, word: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kilobytes(status: &str, word: &str) -> Option<f64> {
    field(status, word).map(|kilobytes| kilobytes * 1_024.0)
}

/// A field of `/proc/self/stat` by its number in proc(5). The second is a name, which may hold
/// spaces and parentheses.
fn stat_field(stat: &str, number: usize) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(number.checked_sub(3)?)?.parse().ok()
}

/// In our own code and in the kernel for us.
fn busy(stat: &str) -> Option<Duration> {
    let ticks = stat_field(stat, 14)? + stat_field(stat, 15)?;
    Duration::try_from_secs_f64(ticks / TICKS_A_SECOND).ok()
}

fn started_at(stat: &str, of_system: &str) -> Option<f64> {
    Some(field(of_system, "btime")? + stat_field(stat, 22)? / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a process whose name is made to mislead.
    const STAT: &str = "17 (a) (b c) S 1 17 17 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 1234 \
                        1000000 500";

    #[test]
    fn what_proc_says_is_read() {
        assert_eq!(busy(STAT), Some(Duration::from_secs(3)));
        assert_eq!(started_at(STAT, "cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_012.34));
        assert_eq!(kilobytes("Name: x\nVmRSS:\t    12 kB\n", "VmRSS:"), Some(12_288.0));
        let limits = "Limit  Soft Limit\nMax open files            1024  4096  files \n";
        assert_eq!(field(limits, "Max open files"), Some(1_024.0));
        assert_eq!(field("Max open files   unlimited", "Max open files"), None);
        assert_eq!(busy(""), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_very_process_is_told_of() {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        assert!(busy(&stat).is_some());
        let begun = started_at(&stat, &fs::read_to_string("/proc/stat").unwrap());
        assert!(begun.is_some_and(|begun| begun > 1.6e9), "{begun:?}");
    }
}
