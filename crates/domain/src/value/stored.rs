//! How values lie in the databases: the three storage classes of [`Stored`], chosen so that both
//! compare and sort them alike without knowing what they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, NaiveDate};
use ipnet::IpNet;

use super::{Decimal, Value, fold};
use crate::query::{Stored, StoredRef};
use crate::schema::Kind;

impl Value {
    /// The value as it lies in its column; references have other columns and tables and are null
    /// here, except a `ref`, which is its id.
    pub fn to_stored(&self) -> Stored {
        match self {
            Self::Text(text) | Self::Json(text) => Stored::Text(text.clone()),
            Self::Integer(number) => Stored::Integer(*number),
            Self::Decimal(number) => Stored::Bytes(number.to_ordered_bytes()),
            Self::Boolean(truth) => Stored::Integer(i64::from(*truth)),
            Self::Date(day) => Stored::Integer(days_since_epoch(*day)),
            Self::Datetime(moment) => Stored::Integer(moment.timestamp_micros()),
            Self::Ip(address) => Stored::Bytes(ip_bytes(*address)),
            Self::Network(network) => {
                let mut bytes = ip_bytes(network.network());
                bytes.push(network.prefix_len());
                Stored::Bytes(bytes)
            }
            Self::Mac(bytes) => Stored::Bytes(bytes.to_vec()),
            Self::Ref(reference) => Stored::Integer(reference.id.0),
            Self::Refs(_) => Stored::Null,
        }
    }

    /// The value behind [`Self::to_stored`], for kinds other than references; `None` for null and
    /// for what such a kind never stores.
    pub fn from_stored(kind: &Kind, stored: StoredRef<'_>) -> Option<Self> {
        match (kind, stored) {
            (
                Kind::Text(_) | Kind::LongText(_) | Kind::Url(_) | Kind::Email(_) | Kind::Choice(_),
                StoredRef::Text(text),
            ) => Some(Self::Text(text.to_owned())),
            (Kind::Json, StoredRef::Text(text)) => Some(Self::Json(text.to_owned())),
            (Kind::Integer { .. }, StoredRef::Integer(number)) => Some(Self::Integer(number)),
            (Kind::Boolean, StoredRef::Integer(number)) => Some(Self::Boolean(number != 0)),
            (Kind::Date, StoredRef::Integer(days)) => day_from_epoch(days).map(Self::Date),
            (Kind::Datetime, StoredRef::Integer(micros)) => {
                DateTime::from_timestamp_micros(micros).map(Self::Datetime)
            }
            (Kind::Decimal { .. }, StoredRef::Bytes(bytes)) => {
                Decimal::from_ordered_bytes(bytes).map(Self::Decimal)
            }
            (Kind::Ip, StoredRef::Bytes(bytes)) => ip_from_bytes(bytes).map(Self::Ip),
            (Kind::Network, StoredRef::Bytes(bytes)) => {
                let (prefix, address) = bytes.split_last()?;
                IpNet::new(ip_from_bytes(address)?, *prefix).ok().map(Self::Network)
            }
            (Kind::Mac, StoredRef::Bytes(bytes)) => bytes.try_into().ok().map(Self::Mac),
            _ => None,
        }
    }

    /// The folded text that stands beside the value, for kinds that have one
    /// ([`Kind::has_text_form`]).
    pub fn folded_text(&self) -> String {
        if let Self::Text(text) = self { fold(text) } else { self.to_text() }
    }
}

/// The ordered bytes of an address: its family (4 or 6), then 16 bytes, so that v4 sorts before
/// v6 and a network is a range.
pub fn ip_bytes(address: IpAddr) -> Vec<u8> {
    let (family, octets) = match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            (4, [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        }
        IpAddr::V6(v6) => (6, v6.octets()),
    };
    let mut bytes = Vec::with_capacity(18);
    bytes.push(family);
    bytes.extend_from_slice(&octets);
    bytes
}

fn ip_from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    let (family, octets) = bytes.split_first()?;
    match family {
        4 => Some(IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(octets.get(..4)?).ok()?))),
        6 => Some(IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?))),
        _ => None,
    }
}

/// Days from 1970-01-01 to a day.
fn days_since_epoch(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn day_from_epoch(days: i64) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::Duration::try_days(days)?)
}

/// The least and the greatest ordered bytes of the addresses of a network, both included. For
/// networks inside a network, the greatest has a prefix length behind it, which sorts after.
pub fn network_range(network: IpNet) -> (Vec<u8>, Vec<u8>) {
    (ip_bytes(network.network()), ip_bytes(network.broadcast()))
}
