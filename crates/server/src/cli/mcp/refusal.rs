//! Why a tool does not do what it is asked, in words that say what to change.

use serde_json::Value;

use crate::cli::remote::Answered;

/// The most faults that are told one by one.
const FAULTS_MAX: usize = 50;

/// Why a tool does not do what it is asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(String);

impl Refusal {
    pub(super) fn new(told: impl Into<String>) -> Self {
        Self(told.into())
    }

    /// That of an argument.
    pub(super) fn of(argument: &str, told: &str) -> Self {
        Self(format!("{argument}: {told}"))
    }

    /// What a server refused, with each field that is wrong.
    pub(super) fn answered(answered: &Answered) -> Self {
        let mut lines = vec![answered.detail()];
        if let Some(problem) = answered.problem() {
            lines.extend(faults(&problem));
        }
        Self(lines.join("\n"))
    }
}

impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

/// A line for each fault: `- ip: Enter a valid IPv4 or IPv6 address.`
fn faults(problem: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(errors) = problem.get("errors") {
        gather("", errors, &mut lines);
    }
    let conflicts = problem.get("conflicts").and_then(Value::as_array);
    for conflict in conflicts.into_iter().flatten() {
        let text =
            |name: &str| conflict.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let message = text("message").unwrap_or_default();
        // Without a field it is the record as a whole.
        lines.push(format!("- {}: {message}", text("field").unwrap_or("record")));
    }
    let left_out = lines.len().saturating_sub(FAULTS_MAX);
    if left_out > 0 {
        lines.truncate(FAULTS_MAX);
        lines.push(format!("and {left_out} more"));
    }
    lines
}

/// Texts by fields; of a list, by the places of its items first.
fn gather(path: &str, found: &Value, lines: &mut Vec<String>) {
    if let Some(members) = found.as_object() {
        for (name, inside) in members {
            let separator = if path.is_empty() { "" } else { "." };
            gather(&format!("{path}{separator}{name}"), inside, lines);
        }
    } else if let Some(texts) = found.as_array() {
        let texts = texts.iter().filter_map(Value::as_str);
        lines.extend(texts.map(|text| format!("- {path}: {text}")));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(problem: &Value, expected: &[&str]) {
        assert_eq!(faults(problem), expected, "{problem}");
    }

    #[test]
    fn every_fault_is_told_with_its_field() {
        check(&json!({"detail": "x"}), &[]);
        check(
            &json!({"errors": {"nmae": ["Unknown field. Did you mean name?"], "ip": ["a", "b"]}}),
            &["- ip: a", "- ip: b", "- nmae: Unknown field. Did you mean name?"],
        );
        check(&json!({"errors": {"1": {"name": ["x"]}}}), &["- 1.name: x"]);
        check(
            &json!({"conflicts": [{"field": "", "message": "Change request 17 asks for it."}]}),
            &["- record: Change request 17 asks for it."],
        );
    }

    #[test]
    fn more_faults_than_anybody_reads_are_counted() {
        let many: Vec<String> = (0..=FAULTS_MAX).map(|place| place.to_string()).collect();
        let told = faults(&json!({"errors": {"name": many}}));
        assert_eq!(told.len(), FAULTS_MAX + 1);
        assert_eq!(told.last().map(String::as_str), Some("and 1 more"));
    }
}
