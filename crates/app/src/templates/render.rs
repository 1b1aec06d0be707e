//! A template on its way through the records: every step that it takes is counted, and so is every
//! byte that it makes.

use std::fmt;
use std::io;

use minijinja::{ErrorKind, Value};

use super::compile::{CompiledTemplate, TemplateFault};

/// What a template may take. Steps are minijinja's: an instruction, 64 bytes made, two items looked at
/// by a filter. A million of them are some hundredths of a second, and make 64 MB at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps for whatever it is handed.
    pub steps: u64,
    /// Further steps for each record.
    pub steps_per_record: u64,
    /// The most bytes that it makes.
    pub output: usize,
    /// The most records that it is handed.
    pub records: u64,
    /// The most bytes of their texts.
    pub input: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            steps_per_record: 300,
            output: 32 << 20,
            records: 50_000,
            input: 64 << 20,
        }
    }
}

/// Why a template made nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RenderFault {
    /// It took more steps than it may.
    OutOfSteps(u64),
    /// It made more bytes than it may.
    TooLong(usize),
    /// It could not go on.
    Failed(TemplateFault),
}

/// As it goes on behind the name of the template.
impl fmt::Display for RenderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfSteps(steps) => {
                write!(
                    f,
                    "takes more than {steps} steps; ask for fewer records, or have it do less"
                )
            }
            Self::TooLong(bytes) => {
                write!(f, "makes more than {bytes} bytes; ask for fewer records")
            }
            Self::Failed(fault) => write!(f, "fails, {fault}"),
        }
    }
}

/// What a template makes of so many records.
pub(super) fn render(
    template: &CompiledTemplate,
    limits: Limits,
    records: u64,
    values: Value,
) -> Result<Vec<u8>, RenderFault> {
    let failed = |error: &minijinja::Error| RenderFault::Failed(TemplateFault::from(error));
    let steps = limits.steps.saturating_add(limits.steps_per_record.saturating_mul(records));
    let mut environment = template.environment.clone();
    environment.set_fuel(Some(steps));
    let ready = environment.get_template(&template.text.name).map_err(|error| failed(&error))?;
    let mut out = Bounded { bytes: Vec::new(), max: limits.output, is_over: false };
    let rendered = ready.render_captured_to(values, &mut out).map(drop);
    match rendered {
        Ok(()) => Ok(out.bytes),
        Err(_) if out.is_over => Err(RenderFault::TooLong(limits.output)),
        Err(error) if is_out_of_steps(&error) => Err(RenderFault::OutOfSteps(steps)),
        Err(error) => Err(failed(&error)),
    }
}

/// Whether this is why, or what led to it.
fn is_out_of_steps(error: &minijinja::Error) -> bool {
    let source = std::error::Error::source(error);
    error.kind() == ErrorKind::OutOfFuel
        || source.and_then(|source| source.downcast_ref()).is_some_and(is_out_of_steps)
}

/// Takes so many bytes, and then no more.
struct Bounded {
    bytes: Vec<u8>,
    max: usize,
    is_over: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.max {
            self.is_over = true;
            return Err(io::Error::other("too many bytes"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile::{TemplateText, compile};
    use super::*;

    const LIMITS: Limits =
        Limits { steps: 20_000, steps_per_record: 10, output: 1_000, records: 10, input: 1_000 };

    fn rendered(text: &str) -> Result<String, RenderFault> {
        let template = compile(TemplateText {
            name: "t".to_owned(),
            media_type: "text/plain".to_owned(),
            types: Vec::new(),
            text: text.to_owned(),
        });
        let values = Value::from_pairs([("n", Value::from(3)), ("word", Value::from("<a>"))]);
        render(&template.unwrap(), LIMITS, 0, values).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_template_makes_lines_of_lines() {
        let text = "{% for i in range(n) %}\n  {{ i }} {{ word|upper }}\n{% endfor %}\nend\n";
        assert_eq!(rendered(text).unwrap(), "  0 <A>\n  1 <A>\n  2 <A>\nend\n");
    }

    #[test]
    fn what_goes_on_for_ever_ends() {
        for text in [
            "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
            "{% set x = range(100000)|list %}{{ x|length }}",
            "{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}\
             {% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
        ] {
            assert_eq!(rendered(text), Err(RenderFault::OutOfSteps(20_000)), "{text}");
        }
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_refused() {
        let told = |text: &str| match rendered(text) {
            Err(RenderFault::Failed(fault)) => fault.to_string(),
            other => panic!("{text}: {other:?}"),
        };
        let many = told("{% for i in range(1000000000) %}x{% endfor %}");
        assert!(many.contains("range has too many elements"), "{many}");
        let deep = told("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}");
        assert!(deep.contains("recursion limit exceeded"), "{deep}");
    }

    #[test]
    fn so_many_bytes_are_made_and_no_more() {
        assert_eq!(rendered(&"x".repeat(1_000)).unwrap().len(), 1_000);
        assert_eq!(rendered(&"x".repeat(1_001)), Err(RenderFault::TooLong(1_000)));
        let bomb = "{% for i in range(101) %}0123456789{% endfor %}";
        assert_eq!(rendered(bomb), Err(RenderFault::TooLong(1_000)));
    }

    #[test]
    fn what_there_is_not_is_told_with_its_line() {
        let fault = rendered("a\n{{ nothing }}\n").unwrap_err();
        assert!(fault.to_string().starts_with("fails, line 2: undefined value"), "{fault}");
        let fault = rendered("\n\n{{ word|nothing }}").unwrap_err();
        assert!(fault.to_string().starts_with("fails, line 3: unknown filter"), "{fault}");
        // What may be missing can be asked for.
        assert_eq!(rendered("{% if nothing %}x{% endif %}").unwrap(), "");
        // Nothing of the machine is there.
        for text in ["{{ debug() }}", "{{ env('HOME') }}", "{{ now() }}", "{{ open('x') }}"] {
            assert!(rendered(text).is_err(), "{text}");
        }
    }
}
