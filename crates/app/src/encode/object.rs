//! JSON objects, written member by member.

use domain::json::write_text;

/// An object on its way into a text.
pub(super) struct Object<'a> {
    out: &'a mut String,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    pub(super) fn member(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(',');
        }
        write_text(name, self.out);
        self.out.push(':');
        write(self.out);
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.member(name, |out| write_text(text, out));
    }

    pub(super) fn text_or_null(&mut self, name: &str, text: Option<&str>) {
        self.member(name, |out| match text {
            Some(text) => write_text(text, out),
            None => out.push_str("null"),
        });
    }

    pub(super) fn number(&mut self, name: &str, number: i64) {
        self.member(name, |out| out.push_str(&number.to_string()));
    }

    pub(super) fn number_or_null(&mut self, name: &str, number: Option<i64>) {
        match number {
            Some(number) => self.number(name, number),
            None => self.text_or_null(name, None),
        }
    }

    pub(super) fn truth(&mut self, name: &str, truth: bool) {
        self.member(name, |out| out.push_str(if truth { "true" } else { "false" }));
    }

    pub(super) fn texts(&mut self, name: &str, texts: &[String]) {
        self.member(name, |out| super::write_list(texts, out, |text, out| write_text(text, out)));
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }
}
