//! A template, compiled in a sandbox: it has no files, no other templates, no clock and no environment,
//! only what it is handed.

use std::fmt;

use domain::history::hex;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use sha2::{Digest, Sha256};

/// The media type of what a template makes when nobody says.
pub const MEDIA_TYPE_DEFAULT: &str = "text/plain; charset=utf-8";
/// The longest media type.
const MEDIA_TYPE_LENGTH_MAX: usize = 100;
/// Macros that call each other, loops within loops and the like, within each other.
const DEPTH_MAX: usize = 100;

/// A template as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateText {
    /// Its name, as it stands in addresses.
    pub name: String,
    /// The media type of what it makes.
    pub media_type: String,
    /// The names of the types that it is for; none for all.
    pub types: Vec<String>,
    /// It.
    pub text: String,
}

impl TemplateText {
    /// Whether it is for records of a type.
    pub fn is_for(&self, type_name: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|name| name == type_name)
    }
}

/// A template that can be rendered.
#[derive(Clone, Debug)]
pub struct CompiledTemplate {
    /// As it was written.
    pub text: TemplateText,
    pub(super) environment: Environment<'static>,
    digest: String,
}

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What.
    pub why: String,
}

impl fmt::Display for TemplateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl From<&minijinja::Error> for TemplateFault {
    fn from(error: &minijinja::Error) -> Self {
        let why = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        Self { line: error.line(), why }
    }
}

impl CompiledTemplate {
    /// What answers that it makes are kept under, beside what was asked: another for every other text.
    pub fn form(&self) -> String {
        format!("export {}", self.digest)
    }

    /// Whether it is for records of a type.
    pub fn is_for(&self, type_name: &str) -> bool {
        self.text.is_for(type_name)
    }

    /// The name of the file that it makes of a list: `servers-hosts.txt`.
    pub fn file_name(&self, plural: &str) -> String {
        format!("{plural}-{}.{}", self.text.name, extension(&self.text.media_type))
    }
}

/// Compiles a template.
///
/// # Errors
/// The first fault of its text.
pub fn compile(text: TemplateText) -> Result<CompiledTemplate, TemplateFault> {
    compiled(&text)
        .map(|environment| CompiledTemplate { digest: digest(&text), environment, text })
        .map_err(|error| TemplateFault::from(&error))
}

fn compiled(text: &TemplateText) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_debug(false);
    // It writes out all that there is, without anybody counting it.
    environment.remove_global("debug");
    // A name that is mistyped is told; that of something which may be missing can be asked for.
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_recursion_limit(DEPTH_MAX);
    // Lines with nothing but a statement leave nothing behind, as those who write files expect.
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()?;
    environment.set_syntax(syntax);
    let escape = auto_escape(&text.media_type);
    environment.set_auto_escape_callback(move |_name| escape.clone());
    environment.add_template_owned(text.name.clone(), text.text.clone())?;
    Ok(environment)
}

fn digest(text: &TemplateText) -> String {
    let types = text.types.join(",");
    let mut digest = Sha256::new();
    for part in [&text.name, &text.media_type, &types, &text.text] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize().into())
}

/// A media type as it is sent; of texts, with their encoding.
///
/// # Errors
/// What is wrong with it.
pub(super) fn media_type(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let is_one = essence(text)
        .split_once('/')
        .is_some_and(|(family, member)| is_word(family) && is_word(member));
    let is_sendable = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !is_one || !is_sendable || text.len() > MEDIA_TYPE_LENGTH_MAX {
        return Err("Give a media type such as text/plain.");
    }
    let is_text = text.to_ascii_lowercase().starts_with("text/");
    let has_charset = text.to_ascii_lowercase().contains("charset=");
    Ok(if is_text && !has_charset { format!("{text}; charset=utf-8") } else { text.to_owned() })
}

/// A media type without parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// How values are written where a template writes them: so that they mean themselves in the form that
/// it makes. YAML takes what JSON writes.
fn auto_escape(media_type: &str) -> AutoEscape {
    let essence = essence(media_type).to_ascii_lowercase();
    let (_, member) = essence.split_once('/').unwrap_or_default();
    match member {
        "html" | "xml" => AutoEscape::Html,
        member if member.ends_with("+xml") => AutoEscape::Html,
        "json" | "yaml" | "x-yaml" => AutoEscape::Json,
        member if member.ends_with("+json") || member.ends_with("+yaml") => AutoEscape::Json,
        _ => AutoEscape::None,
    }
}

fn extension(media_type: &str) -> &'static str {
    match essence(media_type).to_ascii_lowercase().as_str() {
        "text/html" => "html",
        "text/csv" => "csv",
        "text/markdown" => "md",
        "text/xml" | "application/xml" => "xml",
        "application/json" => "json",
        "application/yaml" | "application/x-yaml" | "text/yaml" => "yaml",
        "application/toml" => "toml",
        _ => "txt",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, media_type: &str) -> TemplateText {
        TemplateText {
            name: "t".to_owned(),
            media_type: media_type.to_owned(),
            types: Vec::new(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        let told = |source: &str| compile(text(source, "text/plain")).unwrap_err().to_string();
        assert!(
            told("a\n{% for x in y %}\n").starts_with("line "),
            "{}",
            told("a\n{% for x in y %}\n")
        );
        assert!(
            told("a\nb {{ x }\n").starts_with("line 2: syntax error"),
            "{}",
            told("a\nb {{ x }\n")
        );
        // There are no files, and no other templates.
        for source in ["{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}"] {
            assert!(
                told(source).starts_with("line 1: syntax error: unknown statement"),
                "{source}"
            );
        }
    }

    #[test]
    fn another_text_type_or_media_type_is_another_form() {
        let form = |one: TemplateText| compile(one).unwrap().form();
        let first = form(text("a", "text/plain"));
        assert_eq!(first, form(text("a", "text/plain")));
        assert_ne!(first, form(text("b", "text/plain")));
        assert_ne!(first, form(text("a", "text/html")));
        let of_server =
            TemplateText { types: vec!["server".to_owned()], ..text("a", "text/plain") };
        assert!(!compile(of_server.clone()).unwrap().is_for("dc"));
        assert_ne!(first, form(of_server));
    }

    #[test]
    fn media_types_say_how_values_are_written_and_files_end() {
        for (sent, taken, escape, file) in [
            ("text/plain", "text/plain; charset=utf-8", AutoEscape::None, "servers-t.txt"),
            ("text/html", "text/html; charset=utf-8", AutoEscape::Html, "servers-t.html"),
            ("application/json", "application/json", AutoEscape::Json, "servers-t.json"),
            ("image/svg+xml", "image/svg+xml", AutoEscape::Html, "servers-t.txt"),
            (
                " Text/YAML; charset=utf-8",
                "Text/YAML; charset=utf-8",
                AutoEscape::Json,
                "servers-t.yaml",
            ),
        ] {
            assert_eq!(media_type(sent).as_deref(), Ok(taken));
            assert_eq!(auto_escape(taken), escape, "{taken}");
            assert_eq!(compile(text("", taken)).unwrap().file_name("servers"), file);
        }
        for bad in ["", "text", "/x", "text/", "te xt/x", "text/pl\u{e4}in", "text/x\r\nX-Y: z"] {
            assert!(media_type(bad).is_err(), "{bad:?}");
        }
    }
}
