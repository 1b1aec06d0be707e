//! What the `metrics` crate has no words for, written by hand: histograms that were counted elsewhere,
//! and counters of parts of seconds.
//!
//! *Source:* Prometheus's text format, version 0.0.4.

use std::fmt::Write as _;
use std::time::Duration;

use domain::histogram::Spread;

/// Labels with their values.
pub(super) type Labels<'a> = [(&'a str, &'a str)];

/// A metric, as it is told.
pub(super) struct Told {
    name: &'static str,
    text: String,
}

impl Told {
    /// A metric of a name, of a type, and what it is.
    pub(super) fn new(name: &'static str, kind: &str, help: &str) -> Self {
        Self { name, text: format!("# HELP {name} {help}\n# TYPE {name} {kind}\n") }
    }

    /// Tells how long things took.
    pub(super) fn spread(&mut self, labels: &Labels<'_>, spread: &Spread) {
        for (step, count) in &spread.steps {
            let step = step.as_secs_f64().to_string();
            let labels: Vec<_> = labels.iter().copied().chain([("le", step.as_str())]).collect();
            self.sample("_bucket", &labels, count);
        }
        let labels_of_all: Vec<_> = labels.iter().copied().chain([("le", "+Inf")]).collect();
        self.sample("_bucket", &labels_of_all, &spread.count);
        self.sample("_sum", labels, &spread.sum.as_secs_f64());
        self.sample("_count", labels, &spread.count);
    }

    /// Tells a time.
    pub(super) fn seconds(&mut self, labels: &Labels<'_>, time: Duration) {
        self.sample("", labels, &time.as_secs_f64());
    }

    fn sample(&mut self, suffix: &str, labels: &Labels<'_>, value: &dyn std::fmt::Display) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (place, (label, word)) in labels.iter().enumerate() {
            let opening = if place == 0 { '{' } else { ',' };
            write!(self.text, "{opening}{label}=\"{}\"", escaped(word)).unwrap_or_default();
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        writeln!(self.text, " {value}").unwrap_or_default();
    }

    /// The text, and room behind it.
    pub(super) fn text(mut self) -> String {
        self.text.push('\n');
        self.text
    }
}

fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::histogram::Histogram;

    #[test]
    fn a_histogram_is_told_as_prometheus_reads_it() {
        let histogram = Histogram::default();
        histogram.add(Duration::from_micros(1_500));
        histogram.add(Duration::from_mins(1));
        let mut told = Told::new("t_seconds", "histogram", "How long.");
        told.spread(&[("route", "/a\"b")], &histogram.spread());
        let text = told.text();
        for line in [
            "# HELP t_seconds How long.",
            "# TYPE t_seconds histogram",
            r#"t_seconds_bucket{route="/a\"b",le="0.001"} 0"#,
            r#"t_seconds_bucket{route="/a\"b",le="0.0025"} 1"#,
            r#"t_seconds_bucket{route="/a\"b",le="10"} 1"#,
            r#"t_seconds_bucket{route="/a\"b",le="+Inf"} 2"#,
            r#"t_seconds_sum{route="/a\"b"} 60.0015"#,
            r#"t_seconds_count{route="/a\"b"} 2"#,
        ] {
            assert!(text.lines().any(|told| told == line), "{line}: {text}");
        }
    }

    #[test]
    fn what_has_no_labels_has_no_braces() {
        let mut told = Told::new("t_seconds_total", "counter", "How long.");
        told.seconds(&[], Duration::from_millis(1_500));
        assert!(told.text().ends_with("t_seconds_total 1.5\n\n"));
    }
}
