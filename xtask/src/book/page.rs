//! A page of the book, read for its commands.
//!
//! A block fenced as `console` is what somebody types and sees: lines that begin with `$ ` are commands, what stands
//! below each is its answer. Comments say the rest: `<!-- run: … -->` has commands that the page does
//! not show, `<!-- not run: WHY -->` goes before a block that can't be run where the book is checked, and
//! `<!-- register: none -->` before a page that makes its own, and `<!-- needs: kafka -->` before one that speaks
//! to a broker, at `$KAFKA`.

use std::fmt;

/// What a page is made of, in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Whether the page wants a register that is there already.
    pub(crate) wants_register: bool,
    /// Whether the page speaks to an Apache Kafka.
    pub(crate) wants_kafka: bool,
    pub(crate) commands: Vec<Command>,
    /// Blocks that are not run, with why.
    pub(crate) excused: Vec<Excused>,
    /// Lines that look like commands, and are in no block that is run.
    pub(crate) unrun: Vec<usize>,
}

/// One command, with the answer that the page shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// The line in the page, from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
    /// What it answers; `None` where the page only tells to run it.
    pub(crate) shown: Option<String>,
}

/// Commands that are not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excused {
    pub(crate) line: usize,
    pub(crate) reason: String,
    pub(crate) commands: usize,
}

/// Beginnings of lines that are commands wherever they stand in a block.
const PROGRAMS: [&str; 12] = [
    "$ ",
    "domesday ",
    "curl ",
    "cargo ",
    "docker ",
    "kubectl ",
    "helm ",
    "systemctl ",
    "apt ",
    "apt-get ",
    "psql ",
    "ansible-inventory ",
];

impl Page {
    /// Reads a page.
    ///
    /// # Errors
    /// With the line of a block or a comment that never ends.
    pub(crate) fn read(text: &str) -> Result<Self, Unended> {
        let mut page = Self { wants_register: true, ..Self::default() };
        let mut lines = text.lines().enumerate();
        let mut excuse: Option<String> = None;
        while let Some((index, line)) = lines.next() {
            let indent = line.len() - line.trim_start().len();
            let trimmed = line.trim();
            if let Some(rest) = trimmed.strip_prefix("<!--") {
                let told = until(&mut lines, rest, "-->").ok_or(Unended(index + 1))?;
                page.comment(index + 1, told.trim(), &mut excuse);
            } else if let Some(kind) = trimmed.strip_prefix("```") {
                let body = fenced(&mut lines, indent).ok_or(Unended(index + 1))?;
                page.block(index + 2, kind.trim(), &body, excuse.take());
            } else if indent >= 4 && looks_like_a_command(trimmed) {
                page.unrun.push(index + 1);
            } else if !trimmed.is_empty() {
                excuse = None;
            }
        }
        Ok(page)
    }

    fn comment(&mut self, line: usize, told: &str, excuse: &mut Option<String>) {
        if let Some(reason) = told.strip_prefix("not run:") {
            *excuse = Some(reason.split_whitespace().collect::<Vec<_>>().join(" "));
        } else if let Some(text) = told.strip_prefix("run:") {
            self.commands.push(Command { line, text: text.trim().to_owned(), shown: None });
        } else if told == "register: none" {
            self.wants_register = false;
        } else if told == "needs: kafka" {
            self.wants_kafka = true;
        }
    }

    fn block(&mut self, first: usize, kind: &str, body: &[&str], excuse: Option<String>) {
        let commands = commands(first, body);
        let looks = |line: &&str| looks_like_a_command(line.trim());
        match (kind, excuse) {
            (_, Some(reason)) => {
                let commands = body.iter().filter(|line| looks(line)).count();
                self.excused.push(Excused { line: first, reason, commands });
            }
            ("console", None) => self.commands.extend(commands),
            (_, None) => {
                let lines = body.iter().zip(first..).filter(|(line, _)| looks(line));
                self.unrun.extend(lines.map(|(_, number)| number));
            }
        }
    }
}

/// A block or a comment has no end; it begins at this line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unended(usize);

impl fmt::Display for Unended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: what begins here never ends", self.0)
    }
}

/// What stands before an end, on this line and those behind.
fn until<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    first: &str,
    end: &str,
) -> Option<String> {
    let mut told = first.to_owned();
    while !told.contains(end) {
        told.push('\n');
        told.push_str(lines.next()?.1);
    }
    told.split_once(end).map(|(before, _)| before.to_owned())
}

/// The lines up to the end of a block, without its indentation.
fn fenced<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    indent: usize,
) -> Option<Vec<&'a str>> {
    let mut body = Vec::new();
    loop {
        let (_, line) = lines.next()?;
        if line.trim() == "```" {
            return Some(body);
        }
        let blanks = line.len() - line.trim_start().len();
        body.push(line.get(indent.min(blanks)..).unwrap_or_default());
    }
}

fn looks_like_a_command(line: &str) -> bool {
    PROGRAMS.iter().any(|program| line.starts_with(program))
}

/// The commands of a block that is run.
fn commands(first: usize, body: &[&str]) -> Vec<Command> {
    let mut commands: Vec<Command> = Vec::new();
    let mut goes_on = false;
    for (line, number) in body.iter().zip(first..) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (None, Some(command)) if goes_on => {
                command.text.push('\n');
                command.text.push_str(line);
                goes_on = is_open(&command.text);
            }
            (Some(text), _) if !goes_on => {
                goes_on = is_open(text);
                commands.push(Command { line: number, text: text.to_owned(), shown: None });
            }
            (_, Some(command)) => {
                let shown = command.shown.get_or_insert_default();
                shown.push_str(line);
                shown.push('\n');
            }
            (_, None) => {}
        }
    }
    let is_blank = |text: &String| text.trim().is_empty();
    for command in &mut commands {
        command.shown = command.shown.take().filter(|shown| !is_blank(shown));
    }
    commands
}

/// Whether a shell would wait for more: within quotes, behind a backslash, an operator, or in a here-document.
fn is_open(text: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    let mut last = ' ';
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            // What it stands before is passed over; a line that ends in one goes on.
            (None | Some('"'), '\\')
                if letters.next().is_none_or(|next| next == '\n' && letters.peek().is_none()) =>
            {
                return true;
            }
            (None, '\'' | '"') => quote = Some(letter),
            (None, '#') if before.is_whitespace() => {
                while letters.next_if(|next| *next != '\n').is_some() {}
            }
            (Some(begun), _) if begun == letter => quote = None,
            _ => {}
        }
        if !letter.is_whitespace() {
            last = letter;
        }
        before = letter;
    }
    quote.is_some() || last == '|' || text.trim_end().ends_with("&&") || in_document(text)
}

/// Whether a here-document has begun and not ended.
fn in_document(text: &str) -> bool {
    let Some((_, behind)) = text.split_once("<<") else {
        return false;
    };
    let word: String = behind
        .chars()
        .skip_while(|letter| matches!(letter, '\'' | '"' | '-'))
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    !word.is_empty() && !behind.lines().skip(1).any(|line| line == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Page {
        Page::read(text).unwrap()
    }

    #[test]
    fn a_block_has_commands_and_what_they_answer() {
        let page = read("Look:\n\n```console\n$ a 'b\n  c'\nd\n  e\n$ f \\\n  g\n```\n");
        let [first, second] = page.commands.as_slice() else { panic!("{page:?}") };
        assert_eq!((first.line, first.text.as_str()), (4, "a 'b\n  c'"));
        assert_eq!(first.shown.as_deref(), Some("d\n  e\n"));
        assert_eq!((second.line, second.text.as_str()), (8, "f \\\n  g"));
        assert_eq!(second.shown, None);
    }

    #[test]
    fn comments_run_unseen_and_excuse_the_block_behind() {
        let page = read(
            "<!-- register: none -->\n<!-- needs: kafka -->\n<!-- run: one\ntwo -->\n\n<!-- not run: needs root -->\n\n```console\n\
             $ systemctl start it\n```\n\n```console\n$ three\n```\n",
        );
        assert!(!page.wants_register && page.wants_kafka);
        let texts: Vec<_> = page.commands.iter().map(|command| command.text.as_str()).collect();
        assert_eq!(texts, ["one\ntwo", "three"]);
        let excused = Excused { line: 9, reason: "needs root".to_owned(), commands: 1 };
        assert_eq!(page.excused, [excused]);
    }

    #[test]
    fn commands_elsewhere_are_found() {
        let page = read(
            "    $ one\n\n```sh\ncurl two\n  x\n```\n\nText `curl` domesday\n\n    domesday x\n",
        );
        assert_eq!(page.unrun, [1, 4, 10]);
    }

    #[test]
    fn what_never_ends_is_told() {
        assert_eq!(Page::read("a\n```console\n$ x\n"), Err(Unended(2)));
        assert_eq!(Page::read("<!-- run: x\n"), Err(Unended(1)));
    }

    #[test]
    fn a_command_goes_on_as_a_shell_has_it() {
        for open in [
            "a '",
            "a \"b\nc",
            "a \\",
            "a |",
            "a &&",
            "cat <<'EOF'\nx",
            "a \"\\\"",
            "cat > x <<END",
        ] {
            assert!(is_open(open), "{open}");
        }
        for whole in
            ["a 'b'", "a # it's", "a \"it's\"", "cat <<'EOF'\nx\nEOF", "a 'b \\'", "a \\\n b"]
        {
            assert!(!is_open(whole), "{whole}");
        }
    }
}
