//! A file as a page carries it on to the next step: packed, and written so that a form sends it back
//! exactly, which a text field would not.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

const LEVEL: i32 = 3;

/// A file as a form has it.
pub(super) fn pack(file: &Bytes) -> String {
    // What can't be packed, for want of memory alone, is asked for again.
    zstd::encode_all(file.as_ref(), LEVEL).map(|packed| STANDARD.encode(packed)).unwrap_or_default()
}

/// The file again; none where the form has something else, or a file of more bytes than a limit.
pub(super) fn unpack(content: &str, limit: usize) -> Option<Bytes> {
    let packed = STANDARD.decode(content).ok()?;
    let mut file = Vec::new();
    let one_more = u64::try_from(limit).ok()?.checked_add(1)?;
    let reader = zstd::stream::read::Decoder::new(packed.as_slice()).ok()?;
    reader.take(one_more).read_to_end(&mut file).ok()?;
    (file.len() <= limit).then(|| Bytes::from(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_was_and_no_larger_than_it_may_be() {
        for file in [&b""[..], b"name\r\nx\n", &[0, 255, b'"', b'<']] {
            let file = Bytes::from_static(file);
            assert_eq!(unpack(&pack(&file), file.len()), Some(file));
        }
        let large = pack(&Bytes::from(vec![b'x'; 1_000_000]));
        assert!(large.len() < 1_000, "{}", large.len());
        assert!(unpack(&large, 1_000_000).is_some());
        assert_eq!(unpack(&large, 999_999), None);
        assert_eq!(unpack("no base64!", 10), None);
        assert_eq!(unpack("bm90IHBhY2tlZA==", 100), None);
    }
}
