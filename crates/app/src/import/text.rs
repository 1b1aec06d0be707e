//! From the bytes of a file to text: by its encoding mark, by what the caller says, else UTF-8.

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use super::ImportError;

/// How much text is decoded at a time.
const PIECE: usize = 64 * 1024;

/// Decodes a file. A mark (UTF-8, UTF-16 in either order) is believed before `label`, which is a
/// name of the WHATWG Encoding Standard such as `windows-1252`.
///
/// # Errors
/// [`ImportError::UnknownEncoding`] for the label, [`ImportError::NotText`] with the line of the
/// first bytes that are no text.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Result<String, ImportError> {
    let told = match label {
        None => UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes())
            .ok_or_else(|| ImportError::UnknownEncoding(label.to_owned()))?,
    };
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((told, 0));
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes.get(mark..).unwrap_or_default();
    loop {
        text.reserve(PIECE);
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                return Err(ImportError::NotText {
                    line: line_after(&text),
                    encoding: encoding.name(),
                });
            }
        }
    }
}

/// The number of the line that follows a text, or goes on behind it.
pub(super) fn line_after(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], label: Option<&str>, text: &str) {
        assert_eq!(decode(bytes, label).unwrap(), text);
    }

    #[test]
    fn marks_tell_the_encoding() {
        check("na\u{ef}ve".as_bytes(), None, "naïve");
        check(b"\xef\xbb\xbfname", None, "name");
        check(&utf16("näme\n𝄞", u16::to_le_bytes), None, "näme\n𝄞");
        check(&utf16("näme\n𝄞", u16::to_be_bytes), None, "näme\n𝄞");
        check(b"", None, "");
    }

    #[test]
    fn without_a_mark_the_caller_tells() {
        check(b"n\xe4me", Some("windows-1252"), "näme");
        check("\u{feff}näme".as_bytes(), Some("windows-1252"), "näme");
        assert!(matches!(decode(b"", Some("klingon")), Err(ImportError::UnknownEncoding(_))));
    }

    #[test]
    fn a_long_text_comes_out_whole() {
        let long = "ä€𝄞x".repeat(100_000);
        check(&utf16(&long, u16::to_le_bytes), None, &long);
    }

    #[test]
    fn what_is_no_text_is_told_with_its_line() {
        let cases: [(&[u8], u64); 4] = [
            (b"a\nb\nc\xff", 3),
            (b"\xff\xfea\0\n\0\x00\xd8b\0", 2),
            (b"ok\n\xc3", 2),
            (b"\xff\xfea", 1),
        ];
        for (bytes, line) in cases {
            match decode(bytes, None) {
                Err(ImportError::NotText { line: found, .. }) => assert_eq!(found, line),
                other => panic!("{other:?}"),
            }
        }
    }
}
