//! The codings that bodies are sent in (RFC 9110, section 8.4.1): which one a client wants, and
//! putting a body into it piece by piece.

use std::io::{self, Write};

use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use flate2::write::GzEncoder;

/// Bodies below this are sent as they are: they fit a packet anyway.
pub(super) const WORTH_CODING: usize = 1_000;
/// Levels at which a body of 25 KB takes well under a millisecond.
const GZIP_LEVEL: u32 = 5;
const BROTLI_QUALITY: u32 = 4;
const BROTLI_WINDOW: u32 = 22;
const ZSTD_LEVEL: i32 = 3;
const BROTLI_BUFFER: usize = 4096;

/// A coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// Those that cost something, the best first.
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// The word for it; none for what is sent as it is.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The coding that a client wants most, by its `Accept-Encoding`; of several alike, the best.
    /// Who takes nothing that we have gets the body as it is (RFC 9110, section 12.5.3).
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter();
        let mut weights: Vec<(&str, u16)> = Vec::new();
        for item in values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','))
        {
            let (word, parameters) = item.split_once(';').unwrap_or((item, ""));
            weights.push((word.trim(), weight(parameters)));
        }
        let weight_of = |word: &str| {
            let named = weights.iter().find(|(other, _)| {
                other.eq_ignore_ascii_case(word) || (word == "gzip" && *other == "x-gzip")
            });
            named.or_else(|| weights.iter().find(|(other, _)| *other == "*"))
        };
        let mut best = (Self::Identity, 0);
        for coding in Self::ALL {
            let weight = coding.word().and_then(weight_of).map_or(0, |(_, weight)| *weight);
            if weight > best.1 {
                best = (coding, weight);
            }
        }
        // Somebody may like best what costs us nothing.
        let identity = weights.iter().find(|(word, _)| word.eq_ignore_ascii_case("identity"));
        if identity.is_some_and(|(_, weight)| *weight > best.1) { Self::Identity } else { best.0 }
    }
}

/// A `q` in thousandths; 1 where none is said, 0 where it is none.
fn weight(parameters: &str) -> u16 {
    let text = parameters.trim();
    let Some(number) = text.strip_prefix("q=").or_else(|| text.strip_prefix("Q=")) else {
        return 1_000;
    };
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, thousandths.parse::<u16>()) {
        ("0", Ok(thousandths)) => thousandths,
        ("1", Ok(0)) => 1_000,
        _ => 0,
    }
}

/// A whole body in a coding.
///
/// # Errors
/// When there is no memory for it.
pub(crate) fn coded(bytes: Bytes, coding: Coding) -> io::Result<Bytes> {
    let mut coder = Coder::new(coding)?;
    let mut out = BytesMut::from(coder.push(bytes)?);
    out.extend_from_slice(&coder.finish()?);
    Ok(out.freeze())
}

/// Puts a body into a coding, piece by piece.
pub(super) enum Coder {
    Identity,
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Coder {
    /// # Errors
    /// When there is no memory for it.
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Identity => Self::Identity,
            Coding::Gzip => {
                Self::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL)))
            }
            Coding::Brotli => Self::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
            Coding::Zstd => Self::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?),
        })
    }

    /// Takes a piece, and gives what has come out by now.
    pub(super) fn push(&mut self, piece: Bytes) -> io::Result<Bytes> {
        let out = match self {
            Self::Identity => return Ok(piece),
            Self::Gzip(coder) => {
                coder.write_all(&piece)?;
                coder.get_mut()
            }
            Self::Brotli(coder) => {
                coder.write_all(&piece)?;
                coder.get_mut()
            }
            Self::Zstd(coder) => {
                coder.write_all(&piece)?;
                coder.get_mut()
            }
        };
        Ok(std::mem::take(out).into())
    }

    /// Gives the rest.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        Ok(match self {
            Self::Identity => Bytes::new(),
            Self::Gzip(coder) => coder.finish()?.into(),
            Self::Brotli(coder) => coder.into_inner().into(),
            Self::Zstd(coder) => coder.finish()?.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use std::io::Read;

    #[track_caller]
    fn check(accepted: &str, expected: Coding) {
        let value = HeaderValue::from_str(accepted).unwrap();
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value)]);
        assert_eq!(Coding::wanted(&headers), expected, "{accepted:?}");
    }

    #[test]
    fn a_client_gets_the_coding_that_it_wants_most() {
        check("gzip, deflate, br, zstd", Coding::Zstd);
        check("gzip, deflate, br", Coding::Brotli);
        check("gzip, deflate", Coding::Gzip);
        check("x-gzip", Coding::Gzip);
        check("GZIP;q=0.5, br;q=0.25", Coding::Gzip);
        check("br;q=1.0, gzip;q=0.999", Coding::Brotli);
        check("*", Coding::Zstd);
        check("*;q=0.1, zstd;q=0", Coding::Brotli);
        check("gzip;q=0", Coding::Identity);
        check("gzip;q=0.5, identity", Coding::Identity);
        check("gzip;q=nonsense", Coding::Identity);
        check("deflate", Coding::Identity);
        check("", Coding::Identity);
        assert_eq!(Coding::wanted(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn what_goes_in_in_pieces_comes_out_whole() {
        let text = "server db1001.example.org\n".repeat(20_000);
        for coding in [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let mut coder = Coder::new(coding).unwrap();
            let mut out = Vec::new();
            for piece in text.as_bytes().chunks(7_919) {
                out.extend(coder.push(piece.to_vec().into()).unwrap());
            }
            out.extend(coder.finish().unwrap());
            let mut read = String::new();
            match coding {
                Coding::Identity => read = String::from_utf8(out).unwrap(),
                Coding::Gzip => {
                    flate2::read::GzDecoder::new(&*out)
                        .read_to_string(&mut read)
                        .map(drop)
                        .unwrap();
                }
                Coding::Brotli => {
                    brotli::Decompressor::new(&*out, 4096)
                        .read_to_string(&mut read)
                        .map(drop)
                        .unwrap();
                }
                Coding::Zstd => {
                    read = String::from_utf8(zstd::decode_all(&*out).unwrap()).unwrap();
                }
            }
            assert!(read == text, "{coding:?}");
        }
    }
}
