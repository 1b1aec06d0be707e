//! What of a Rust file is code, and what is the text of its string literals. Comments are neither.
//!
//! A reader of tokens, not of grammar: enough to tell words in code from words in strings.

/// A piece of a Rust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Code between strings and comments, and the line where it begins.
    Code(usize, String),
    /// What a string literal holds, as written, and the line where it begins.
    Text(usize, String),
}

/// Splits a Rust file.
pub(crate) fn split(source: &str) -> Vec<Piece> {
    let mut reader = Reader { rest: source, line: 1, code: String::new(), pieces: Vec::new() };
    while !reader.rest.is_empty() {
        reader.step();
    }
    reader.end_code();
    reader.pieces
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    code: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        if rest.starts_with("//") {
            self.take(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.take(block_comment(rest));
        } else if let Some(hashes) = raw_string(rest).filter(|_| !self.is_inside_word()) {
            self.raw_string(hashes);
        } else if rest.starts_with('"') {
            self.string();
        } else {
            let length = character(rest).or_else(|| Some(rest.chars().next()?.len_utf8()));
            let taken = self.take(length.unwrap_or(rest.len()));
            self.code.push_str(&taken);
        }
    }

    /// Moves on by so many bytes and gives them.
    fn take(&mut self, bytes: usize) -> String {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += taken.matches('\n').count();
        taken.to_owned()
    }

    /// `r`, `br` or `cr` may end a longer name before a string of a macro's.
    fn is_inside_word(&self) -> bool {
        self.code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    fn raw_string(&mut self, hashes: usize) {
        self.end_code();
        let line = self.line;
        let open = self.rest.find('"').map_or(0, |at| at + 1);
        self.take(open);
        let close = format!("\"{}", "#".repeat(hashes));
        let text = self.take(self.rest.find(&close).unwrap_or(self.rest.len()));
        self.take(close.len());
        self.pieces.push(Piece::Text(line, text));
    }

    fn string(&mut self) {
        self.end_code();
        let line = self.line;
        self.take(1);
        let text = self.take(quoted(self.rest, '"'));
        self.take(1);
        self.pieces.push(Piece::Text(line, text));
    }

    fn end_code(&mut self) {
        if !self.code.trim().is_empty() {
            let line = self.line - self.code.trim_start().matches('\n').count();
            self.pieces.push(Piece::Code(line, self.code.trim().to_owned()));
        }
        self.code.clear();
    }
}

/// The number of hashes of the raw string that begins here, if one does.
fn raw_string(rest: &str) -> Option<usize> {
    let after = ["br", "cr", "r"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after.trim_start_matches('#').starts_with('"').then_some(hashes)
}

/// The bytes up to the quote that closes; a backslash hides what follows it.
fn quoted(rest: &str, quote: char) -> usize {
    let mut hidden = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            c if c == quote => return at,
            _ => {}
        }
    }
    rest.len()
}

/// The bytes of the character literal that begins here; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\'')?;
    let mut chars = after.chars();
    let first = chars.next()?;
    if first == '\\' || chars.next() == Some('\'') {
        return Some(quoted(after, '\'') + 2);
    }
    None
}

/// The bytes of the block comment that begins here; they nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, _) in rest.char_indices() {
        let here = rest.split_at_checked(at).map_or("", |(_, here)| here);
        if here.starts_with("/*") {
            depth += 1;
        } else if here.starts_with("*/") {
            depth -= 1;
            if depth == 0 {
                return at + 2;
            }
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, texts: &[(usize, &str)], code: &str) {
        let pieces = split(source);
        let mut found_texts = Vec::new();
        let mut found_code = Vec::new();
        for piece in &pieces {
            match piece {
                Piece::Text(line, text) => found_texts.push((*line, text.as_str())),
                Piece::Code(_, code) => found_code.push(code.as_str()),
            }
        }
        assert_eq!((found_texts.as_slice(), found_code.concat().as_str()), (texts, code));
    }

    #[test]
    fn strings_of_all_forms_are_found() {
        check(r#"a("b", b"c")"#, &[(1, "b"), (1, "c")], "a(, b)");
        check("x\nr#\"a\"b\"#", &[(2, "a\"b")], "x");
        check(r#""a\"b\\""#, &[(1, r#"a\"b\\"#)], "");
        check("\"a\nb\" \"c\"", &[(1, "a\nb"), (2, "c")], "");
    }

    #[test]
    fn comments_are_left_out() {
        check("a // \"b\"\nc", &[], "a \nc");
        check("a /* \"b\" /* c */ d */ e", &[], "a  e");
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_open_no_string() {
        check(r#"'"' "a""#, &[(1, "a")], r#"'"'"#);
        check(r#"'\'' '\\' "a""#, &[(1, "a")], r"'\'' '\\'");
        check(r#"&'a str, "b""#, &[(1, "b")], "&'a str,");
    }

    #[test]
    fn code_knows_its_line() {
        assert_eq!(split("\n\nStatusCode"), [Piece::Code(3, "StatusCode".to_owned())]);
        assert_eq!(split("\na\nb \"\"")[0], Piece::Code(2, "a\nb".to_owned()));
    }
}
