//! YAML 1.2 to a table: documents that are lists of mappings, or mappings one after the other.
//!
//! A plain scalar is a number, a truth or null only where JSON would have it so too; every other is the
//! text that stands there. So `no`, `007` and `2026-01-31` stay what was written, and the field's kind
//! says what they mean. The parser gives events; the trees are made here, where what an alias repeats
//! can be counted, and how deep they grow.

use std::collections::{BTreeMap, HashMap};

use domain::json::Json;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::table::{Format, JsonTable};
use super::{ImportError, Place, Table};

/// As deep as JSON may be, in a record in a list.
const DEPTH_MAX: usize = 130;
/// The most that aliases may repeat, in bytes: a few thousand records that share their values, and no
/// bomb.
const REPEATED_MAX: usize = 16 << 20;
/// What a node counts beside its text.
const NODE_WEIGHT: usize = 64;
/// What the names of YAML's own tags begin with.
const TAGS: &str = "tag:yaml.org,2002:";

/// Whether a text without a name begins as YAML does: with the mark of a document, or with an item of a
/// list that is a mapping. Comments may stand before it.
pub(super) fn is_one(text: &str) -> bool {
    let is_content = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let Some(line) = text.lines().find(is_content) else {
        return false;
    };
    let is_mark = |mark: &str| {
        line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    let item = line.strip_prefix("- ").unwrap_or_default().trim_end();
    is_mark("---") || is_mark("%YAML") || item.ends_with(':') || item.contains(": ")
}

/// Reads a text's rows.
///
/// # Errors
/// [`ImportError::BadYaml`] with the line.
pub(super) fn read(text: &str) -> Result<Table, ImportError> {
    // The parser takes it for the end.
    if let Some((before, _)) = text.split_once('\0') {
        let line = super::text::line_after(before);
        return Err(ImportError::BadYaml { line, why: "there is a null character".to_owned() });
    }
    let mut loader = Loader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| ImportError::BadYaml {
            line: error.marker().line() as u64,
            why: error.info().to_owned(),
        })?;
        let line = span.start.line() as u64;
        loader.take(event, line).map_err(|why| ImportError::BadYaml { line, why })?;
    }
    Ok(loader.table.finish(Format::Yaml))
}

/// A value, with what it counts where an alias repeats it.
#[derive(Clone)]
struct Node {
    tree: Json,
    weight: usize,
    /// How many levels it has; 1 for a scalar.
    depth: usize,
}

/// A list or a mapping that is not at its end.
struct Open {
    held: Held,
    /// The number of its anchor; 0 for none.
    anchor: usize,
    /// Where it begins.
    line: u64,
    weight: usize,
    depth: usize,
}

enum Held {
    List(Vec<Json>),
    /// The members, and the key whose value comes next.
    Map(BTreeMap<String, Json>, Option<String>),
}

#[derive(Default)]
struct Loader {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    /// What has been repeated, or kept to be.
    repeated: usize,
    table: JsonTable,
}

impl Loader {
    fn take(&mut self, event: Event<'_>, line: u64) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if self.is_key_next() {
                    return self.key(text.into_owned());
                }
                let tree = scalar(&text, style, tag.as_deref())?;
                let weight = NODE_WEIGHT.saturating_add(text.len());
                self.put(Node { tree, weight, depth: 1 }, (anchor, line))
            }
            Event::Alias(anchor) => {
                let told = "an alias stands inside of what it repeats, or before it";
                let node = self.anchors.get(&anchor).cloned().ok_or(told)?;
                self.repeat(node.weight)?;
                if self.is_key_next() {
                    return match node.tree {
                        Json::Text(text) => self.key(text),
                        Json::Null
                        | Json::Bool(_)
                        | Json::Number(_)
                        | Json::List(_)
                        | Json::Object(_) => Err("a key is a text".to_owned()),
                    };
                }
                self.put(node, (0, line))
            }
            Event::SequenceStart(anchor, tag) => {
                collection(tag.as_deref(), "seq")?;
                self.begin(Held::List(Vec::new()), (anchor, line))
            }
            Event::MappingStart(anchor, tag) => {
                collection(tag.as_deref(), "map")?;
                self.begin(Held::Map(BTreeMap::new(), None), (anchor, line))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn is_key_next(&self) -> bool {
        matches!(self.open.last(), Some(Open { held: Held::Map(_, None), .. }))
    }

    fn key(&mut self, name: String) -> Result<(), String> {
        if let Some(Open { held: Held::Map(members, key), .. }) = self.open.last_mut() {
            if members.contains_key(&name) {
                return Err(format!("the key {name:?} stands there twice"));
            }
            *key = Some(name);
        }
        Ok(())
    }

    fn begin(&mut self, held: Held, (anchor, line): (usize, u64)) -> Result<(), String> {
        if self.is_key_next() {
            return Err("a key is a text".to_owned());
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep());
        }
        self.open.push(Open { held, anchor, line, weight: NODE_WEIGHT, depth: 1 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Some(Open { held, anchor, line, weight, depth }) = self.open.pop() else {
            return Ok(());
        };
        let tree = match held {
            // Its items are rows already.
            Held::List(_) if self.open.is_empty() => return Ok(()),
            Held::List(items) => Json::List(items),
            Held::Map(members, _) => Json::Object(members),
        };
        self.put(Node { tree, weight, depth }, (anchor, line))
    }

    /// Puts a whole value where it belongs, and keeps it where an alias may name it.
    fn put(&mut self, node: Node, (anchor, line): (usize, u64)) -> Result<(), String> {
        if self.open.len().saturating_add(node.depth) > DEPTH_MAX {
            return Err(too_deep());
        }
        if anchor != 0 {
            self.repeat(node.weight)?;
            self.anchors.insert(anchor, node.clone());
        }
        let is_row = match self.open.as_slice() {
            // An empty document.
            [] if node.tree == Json::Null => return Ok(()),
            [] | [Open { held: Held::List(_), .. }] => true,
            _ => false,
        };
        if is_row {
            self.table.add(Place::Line(line), node.tree);
            return Ok(());
        }
        let Some(open) = self.open.last_mut() else {
            return Ok(());
        };
        open.weight = open.weight.saturating_add(node.weight);
        open.depth = open.depth.max(node.depth.saturating_add(1));
        match &mut open.held {
            Held::List(items) => items.push(node.tree),
            Held::Map(members, key) => {
                if let Some(key) = key.take() {
                    open.weight = open.weight.saturating_add(key.len());
                    members.insert(key, node.tree);
                }
            }
        }
        Ok(())
    }

    fn repeat(&mut self, weight: usize) -> Result<(), String> {
        self.repeated = self.repeated.saturating_add(weight);
        if self.repeated > REPEATED_MAX {
            return Err("aliases repeat more than is taken".to_owned());
        }
        Ok(())
    }
}

fn too_deep() -> String {
    format!("there are more than {DEPTH_MAX} levels")
}

/// What a scalar means.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Json, String> {
    let own = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
    match own.as_deref().map(|name| name.strip_prefix(TAGS).unwrap_or(name)) {
        None if style == ScalarStyle::Plain => Ok(plain(text)),
        None | Some("str" | "!") => Ok(Json::text(text)),
        Some("null" | "bool" | "int" | "float") => Ok(plain(text)),
        Some(other) => Err(format!("the tag {other:?} is not known here")),
    }
}

/// A list or a mapping takes no tag but its own.
fn collection(tag: Option<&Tag>, own: &str) -> Result<(), String> {
    let name = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix));
    match name.as_deref().map(|name| name.strip_prefix(TAGS).unwrap_or(name)) {
        None | Some("!") => Ok(()),
        Some(name) if name == own => Ok(()),
        Some(other) => Err(format!("the tag {other:?} is not known here")),
    }
}

fn plain(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        number if is_number(number) => Json::Number(number.to_owned()),
        text => Json::text(text),
    }
}

/// Whether JSON has such a number (RFC 8259, section 6).
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let zero = unsigned.strip_prefix('0');
    let has_leading_zero = zero.is_some_and(|rest| behind_digits(rest).is_some());
    let Some(rest) = behind_digits(unsigned).filter(|_| !has_leading_zero) else {
        return false;
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => behind_digits(fraction),
        None => Some(rest),
    };
    match rest.map(|rest| (rest, rest.strip_prefix(['e', 'E']))) {
        None => false,
        Some((rest, None)) => rest.is_empty(),
        Some((_, Some(exponent))) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            behind_digits(exponent) == Some("")
        }
    }
}

/// What stands behind the digits that a text begins with; `None` where it begins with none.
fn behind_digits(text: &str) -> Option<&str> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    (behind.len() < text.len()).then_some(behind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml::{write_flow, write_text};

    /// Rows as `place: column=value ...`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let table = read(text).unwrap();
        let show = |row: &super::super::table::TableRow| {
            let values = row.values.iter();
            let values = values.map(|(at, value)| format!("{}={value}", table.columns[*at]));
            let shown: Vec<String> = values.chain(row.fault.clone()).collect();
            format!("{}: {}", row.place, shown.join(" "))
        };
        let rows: Vec<String> = table.rows.iter().map(show).collect();
        assert_eq!(rows, expected, "{text}");
    }

    #[track_caller]
    fn check_bad(text: &str, told: &str) {
        assert_eq!(read(text).unwrap_err().to_string(), format!("the YAML can't be read: {told}"));
    }

    #[test]
    fn lists_and_documents_give_rows_with_their_lines() {
        check(
            "# servers\n- name: db1\n  tags: [a, b]\n\n- name: db2\n",
            &[r#"line 2: name="db1" tags=["a","b"]"#, r#"line 5: name="db2""#],
        );
        check(
            "name: db1\n---\nname: db2\n---\n",
            &[r#"line 1: name="db1""#, r#"line 3: name="db2""#],
        );
        check("{name: db1}", &[r#"line 1: name="db1""#]);
        check("[]\n", &[]);
        check("", &[]);
        check("- 7\n", &["line 1: this is of type number; a record is an object"]);
    }

    #[test]
    fn plain_scalars_are_what_json_would_have_and_else_what_was_written() {
        check(
            "- {a: no, b: 007, c: 1e3, d: 2026-01-31, e: true, f: ~, g: -1.50, h: 0x1f, i: 12:30, j: .5}",
            &[
                r#"line 1: a="no" b="007" c=1e3 d="2026-01-31" e=true f=null g=-1.50 h="0x1f" i="12:30" j=".5""#,
            ],
        );
        check(
            "- {a: 'no', b: \"1\", c: !!str 1, d: \"null\", yes: 1, e: '', f: }",
            &[r#"line 1: a="no" b="1" c="1" d="null" e="" f=null yes=1"#],
        );
    }

    #[test]
    fn aliases_repeat_what_they_name() {
        check(
            "- name: db1\n  tags: &t [a, b]\n- name: db2\n  tags: *t\n",
            &[r#"line 1: name="db1" tags=["a","b"]"#, r#"line 3: name="db2" tags=["a","b"]"#],
        );
    }

    #[test]
    fn what_is_no_such_yaml_is_told_with_its_line() {
        check_bad("- a: 1\n  a: 2\n", "line 2: the key \"a\" stands there twice");
        check_bad("- a: 1\n- !thing {}\n", "line 2: the tag \"!thing\" is not known here");
        check_bad("- {[1]: 2}\n", "line 1: a key is a text");
        check_bad("a\0b", "line 1: there is a null character");
        let told = read("- a: [1\n- b\n").unwrap_err().to_string();
        assert!(told.starts_with("the YAML can't be read: line "), "{told}");
    }

    #[test]
    fn bombs_and_depths_end_early() {
        let mut bomb = "- a: &a0 [xxxxxxxxxxxxxxxx]\n".to_owned();
        for level in 1..30 {
            let before = format!("*a{}", level - 1);
            let nine = [before.as_str(); 9].join(", ");
            bomb = format!("{bomb}- a: &a{level} [{nine}]\n");
        }
        let told = read(&bomb).unwrap_err().to_string();
        assert!(told.ends_with("aliases repeat more than is taken"), "{told}");
        for text in ["- ".repeat(100_000), format!("a: {}", "[".repeat(200))] {
            let told = read(&text).unwrap_err().to_string();
            assert!(told.contains("levels"), "{told}");
        }
        assert!(read("a: &a [*a]").is_err());
    }

    #[test]
    fn a_text_is_known_for_yaml_by_its_beginning() {
        for (text, expected) in [
            ("- name: db1\n", true),
            ("# ours\n\n- id: 3\n", true),
            ("---\nname: db1\n", true),
            ("%YAML 1.2\n---\n", true),
            ("- tags:\n  - a\n", true),
            ("name,ip\n", false),
            ("#name,ip\ndb1,10.0.0.1\n", false),
            ("- name;ip\n", false),
            ("---x\n", false),
            ("[{\"name\": \"db1\"}]", false),
            ("", false),
        ] {
            assert_eq!(is_one(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(
            text in "[\\[{}\\]\":,;a1&*!|>%?'#~\n\r\t \\-\\\\\u{0}\u{e9}\u{feff}]{0,60}"
        ) {
            let _table = read(&text);
        }

        #[test]
        fn every_text_comes_back_as_it_was_written(text in "[^\0]{0,30}", place in 0..3_usize) {
            let mut yaml = "- a: ".to_owned();
            match place {
                0 => write_text(&text, 4, &mut yaml),
                1 => {
                    "- a:\n  - ".clone_into(&mut yaml);
                    write_text(&text, 4, &mut yaml);
                }
                _ => write_flow(&Json::List(vec![Json::text(text.as_str())]), &mut yaml),
            }
            yaml.push_str("\n  z: 1\n");
            let table = read(&yaml).unwrap();
            let row = table.rows.first().unwrap();
            let (_, found) = row.values.first().unwrap();
            let expected = Json::text(text.as_str());
            if place == 0 {
                prop_assert_eq!(found, &expected, "{}", yaml);
            } else {
                prop_assert_eq!(found, &Json::List(vec![expected]), "{}", yaml);
            }
        }

        #[test]
        fn what_would_be_a_number_stays_a_text(text in "[0-9eE+.:_xa\\-]{1,8}") {
            let mut yaml = "- a: ".to_owned();
            write_text(&text, 4, &mut yaml);
            let table = read(&yaml).unwrap();
            prop_assert_eq!(&table.rows[0].values[0].1, &Json::text(text.as_str()), "{}", yaml);
        }
    }
}
