//! A believable fleet of any size, as CSV in the form of the built-in schema's servers.
//!
//! The same size and seed give the same bytes, on every machine and in every version: the random
//! numbers are the cipher's own words, reduced here. What is kept while rows are written is one
//! counter for each data centre and component, so that a million rows take no more memory than
//! one.

mod words;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use crate::encode::write_cell;
use words::{
    COMPONENTS, CONTROLLERS, Component, DCS, ENVIRONMENTS, EXTRAS, GROUPS, RACK_ROWS, STATES,
    SYSTEMS, Weighted,
};

/// The type of the built-in schema that the rows are of.
pub const TYPE_NAME: &str = "server";

/// Of a thousand machines, those that are virtual; only the others have a management address of
/// their own, which makes 45 of a hundred rows.
const VIRTUAL_PER_MILLE: u64 = 182;
/// Of a thousand machines, those with an IPv6 address.
const V6_PER_MILLE: u64 = 150;
/// Of a thousand rows, those with a third tag.
const EXTRA_PER_MILLE: u64 = 400;
/// Of a thousand machines, those that somebody wrote a word about.
const DESCRIBED_PER_MILLE: u64 = 300;

/// The addresses that one row of racks has for one purpose: the usable ones of the /24 networks
/// in a /14.
const V4_IN_ROW: u32 = 1_024 * V4_IN_NETWORK;
/// The usable addresses of a /24 network.
const V4_IN_NETWORK: u32 = 254;

/// Writes a fleet of `rows` servers (machines and their management addresses) with a header.
///
/// # Errors
/// When `out` can't be written.
pub fn generate(rows: usize, seed: u64, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "name,ip,component,dc,environment,type,state,group,tags,description")?;
    let mut fleet = Fleet::new(seed);
    let mut line = String::new();
    let mut written = 0;
    while written < rows {
        let machine = fleet.next_machine();
        written += 1;
        let server = fleet.server(&machine);
        out.write_all(server.line(&mut line))?;
        if machine.is_managed && written < rows {
            written += 1;
            let controller = fleet.controller(&machine);
            out.write_all(controller.line(&mut line))?;
        }
    }
    Ok(())
}

/// What the fleet knows of the machines it has made so far: how many of each sort.
struct Fleet {
    random: ChaCha8Rng,
    machines: u32,
    /// For each data centre and component.
    serials: [[u32; COMPONENTS.len()]; DCS.len()],
    /// For each data centre, of machines and of their management.
    addresses: [[u32; 2]; DCS.len()],
}

/// One machine, before its addresses.
struct Machine {
    name: String,
    component: &'static Component,
    group: String,
    dc: usize,
    environment: &'static str,
    state: &'static str,
    is_managed: bool,
    rack_row: usize,
}

/// What an address is for.
#[derive(Clone, Copy)]
enum Purpose {
    Service,
    Management,
}

/// One row of the file.
struct Row<'a> {
    machine: &'a Machine,
    suffix: &'static str,
    ip: IpAddr,
    server_type: &'static str,
    system: &'static str,
    extra: Option<&'static str>,
    description: String,
}

impl Fleet {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        for (byte, of_seed) in bytes.iter_mut().zip(seed.to_le_bytes()) {
            *byte = of_seed;
        }
        Self {
            random: ChaCha8Rng::from_seed(bytes),
            machines: 0,
            serials: [[0; COMPONENTS.len()]; DCS.len()],
            addresses: [[0; 2]; DCS.len()],
        }
    }

    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        let scaled = (u128::from(self.random.next_u64()) * u128::from(end)) >> 64;
        u64::try_from(scaled).unwrap_or(0)
    }

    fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// One of a list, by weight, with its place in it.
    fn pick<T>(&mut self, list: &'static [Weighted<T>]) -> (usize, &'static T) {
        let total = list.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (place, (item, weight)) in list.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return (place, item),
            }
        }
        unreachable!("a number below the sum of the weights lies in one of them")
    }

    fn next_machine(&mut self) -> Machine {
        let (component_at, component, group) = self.component_and_group();
        let (dc, _) = self.pick(&DCS);
        let (rack_row, _) = self.pick(&RACK_ROWS);
        let (_, environment) = self.pick(&ENVIRONMENTS);
        let (_, state) = self.pick(&STATES);
        let serial =
            self.serials.get_mut(dc).and_then(|of_dc| of_dc.get_mut(component_at)).map_or(0, next);
        Machine {
            name: format!("{}{}{serial:03}", component.prefix, dc + 1),
            component,
            group: format!("{}-{group}", component.name),
            dc,
            environment,
            state,
            is_managed: !self.chance(VIRTUAL_PER_MILLE),
            rack_row,
        }
    }

    /// Each group once, so that small fleets have all of them; then by weight.
    fn component_and_group(&mut self) -> (usize, &'static Component, &'static str) {
        let machine = self.machines as usize;
        self.machines = self.machines.saturating_add(1);
        let in_turn =
            (COMPONENTS.get(machine % COMPONENTS.len()), GROUPS.get(machine / COMPONENTS.len()));
        if let (Some((component, _)), Some((group, _))) = in_turn {
            return (machine % COMPONENTS.len(), component, group);
        }
        let (component_at, component) = self.pick(&COMPONENTS);
        let (_, group) = self.pick(&GROUPS);
        (component_at, component, group)
    }

    /// The row of the machine itself.
    fn server<'a>(&mut self, machine: &'a Machine) -> Row<'a> {
        let wants_v6 = self.chance(V6_PER_MILLE);
        Row {
            machine,
            suffix: "",
            ip: self.address(machine, Purpose::Service, wants_v6),
            server_type: if machine.is_managed { "physical" } else { "virtual" },
            system: self.pick(&SYSTEMS).1,
            extra: self.extra(),
            description: self.description(machine),
        }
    }

    /// The row of the machine's management address.
    fn controller<'a>(&mut self, machine: &'a Machine) -> Row<'a> {
        Row {
            machine,
            suffix: ".mgmt",
            ip: self.address(machine, Purpose::Management, false),
            server_type: "management",
            system: self.pick(&CONTROLLERS).1,
            extra: self.extra(),
            description: String::new(),
        }
    }

    fn extra(&mut self) -> Option<&'static str> {
        self.chance(EXTRA_PER_MILLE).then(|| *self.pick(&EXTRAS).1)
    }

    fn description(&mut self, machine: &Machine) -> String {
        if !self.chance(DESCRIBED_PER_MILLE) {
            return String::new();
        }
        let number = self.below(40) + 1;
        match self.below(4) {
            0 => format!("Rack {number}, unit {}", self.below(42) + 1),
            1 => format!("On loan to the {} team", machine.component.name),
            2 => format!("Disk {number} replaced; watch it"),
            _ => format!("Purchased in lot {number}"),
        }
    }

    /// An address that no other row has, by a number that none of its data centre and purpose
    /// has. Behind the last v4 address that a row of racks could hold, v6 goes on.
    fn address(&mut self, machine: &Machine, purpose: Purpose, wants_v6: bool) -> IpAddr {
        let number = self
            .addresses
            .get_mut(machine.dc)
            .and_then(|of_dc| of_dc.get_mut(purpose as usize))
            .map_or(0, next);
        if wants_v6 || number > V4_IN_ROW {
            v6(machine, purpose, number)
        } else {
            v4(machine, purpose, number)
        }
    }
}

/// Counts one up.
fn next(counter: &mut u32) -> u32 {
    *counter = counter.saturating_add(1);
    *counter
}

/// An address of `10.0.0.0/8`: a /12 for each data centre and purpose, a /14 of it for each row of
/// racks.
fn v4(machine: &Machine, purpose: Purpose, number: u32) -> IpAddr {
    let network = (number - 1) / V4_IN_NETWORK;
    let host = (number - 1) % V4_IN_NETWORK + 1;
    let place = (purpose as u32) << 23 | low(machine.dc) << 20 | low(machine.rack_row) << 18;
    IpAddr::V4(Ipv4Addr::from_bits(10 << 24 | place | network << 8 | host))
}

/// An address of `2001:db8::/32`, which is kept for examples (RFC 3849).
fn v6(machine: &Machine, purpose: Purpose, number: u32) -> IpAddr {
    let place = low(machine.dc) << 8 | low(machine.rack_row) << 4 | purpose as u32;
    let network = u128::from(0x2001_0db8_u32) << 96 | u128::from(place) << 64;
    IpAddr::V6(Ipv6Addr::from_bits(network | u128::from(number)))
}

/// A place in one of the short lists, as a number to shift.
fn low(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(0)
}

impl Row<'_> {
    /// The row as a line of CSV, written into a buffer that the next row uses again.
    fn line<'a>(&self, line: &'a mut String) -> &'a [u8] {
        line.clear();
        let machine = self.machine;
        let (dc, _) = DCS.get(machine.dc).copied().unwrap_or_default();
        let (rack_row, _) = RACK_ROWS.get(machine.rack_row).copied().unwrap_or_default();
        let extra = self.extra.map(|tag| format!("|{tag}")).unwrap_or_default();
        let cells = [
            &format!("{}{}", machine.name, self.suffix),
            &self.ip.to_string(),
            machine.component.name,
            dc,
            machine.environment,
            self.server_type,
            machine.state,
            &machine.group,
            &format!("{}|row-{rack_row}{extra}", self.system),
            &self.description,
        ];
        for (place, cell) in cells.into_iter().enumerate() {
            if place > 0 {
                line.push(',');
            }
            write_cell(cell, line);
        }
        line.push('\n');
        line.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use sha2::{Digest as _, Sha256};

    use super::*;

    fn fleet(rows: usize, seed: u64) -> String {
        let mut out = Vec::new();
        generate(rows, seed, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn column(fleet: &str, name: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_reader(fleet.as_bytes());
        let headers = reader.headers().unwrap();
        let place = headers.iter().position(|header| header == name).unwrap();
        let rows = reader.records().map(Result::unwrap);
        rows.map(|row| row[place].to_owned()).collect()
    }

    fn count(values: &[String]) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for value in values {
            *counts.entry(value.as_str()).or_default() += 1;
        }
        counts
    }

    fn digest(text: &str) -> String {
        let number = u128::from_be_bytes(Sha256::digest(text)[..16].try_into().unwrap());
        format!("{number:032x}")
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_for_ever() {
        assert_eq!(digest(&fleet(5_000, 1)), "fa9235c4387e4a824d6a7dd6ee6a6bf7");
        assert_ne!(fleet(10, 1), fleet(10, 2));
    }

    #[test]
    fn there_are_as_many_rows_as_asked_for() {
        for rows in [0, 1, 2, 3, 999] {
            assert_eq!(fleet(rows, 7).lines().count(), rows + 1, "{rows}");
        }
    }

    #[test]
    fn names_and_addresses_are_unique_and_short_enough() {
        let fleet = fleet(20_000, 3);
        for name in ["name", "ip"] {
            let values = column(&fleet, name);
            assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), 20_000, "{name}");
        }
        assert!(column(&fleet, "name").iter().all(|name| name.len() <= 50));
    }

    #[test]
    fn prefixes_tell_components_apart() {
        let prefixes: BTreeSet<&str> = COMPONENTS.iter().map(|(of, _)| of.prefix).collect();
        assert_eq!(prefixes.len(), COMPONENTS.len());
        assert!(prefixes.iter().all(|prefix| !prefix.contains(|c: char| c.is_ascii_digit())));
    }

    #[test]
    fn a_fleet_of_five_thousand_has_everything_and_few_have_most() {
        let fleet = fleet(5_000, 1);
        let distinct = |name: &str| count(&column(&fleet, name)).len();
        assert_eq!(distinct("dc"), 8);
        assert_eq!(distinct("component"), 40);
        assert_eq!(distinct("group"), 200);
        assert_eq!(distinct("state"), 5);
        let groups = column(&fleet, "group");
        let mut sizes: Vec<usize> = count(&groups).into_values().collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        assert!(sizes[..20].iter().sum::<usize>() > 2_500, "{sizes:?}");
        assert!(sizes[100] < 20, "{sizes:?}");
        let states = column(&fleet, "state");
        assert!(count(&states)["active"] > 4_000);
    }

    #[test]
    fn rows_are_managed_addressed_and_tagged_in_the_real_shares() {
        let fleet = fleet(5_000, 1);
        let share = |name: &str, of: fn(&str) -> bool| {
            column(&fleet, name).iter().filter(|cell| of(cell)).count() * 100 / 5_000
        };
        assert!((43..=47).contains(&share("name", |name| name.contains(".mgmt"))));
        assert!((5..=12).contains(&share("ip", |ip| ip.contains(':'))));
        let counts: BTreeSet<usize> = column(&fleet, "tags")
            .iter()
            .map(|tags| tags.split('|').collect::<BTreeSet<_>>().len())
            .collect();
        assert_eq!(counts, BTreeSet::from([2, 3]));
    }

    #[test]
    fn v6_goes_on_where_v4_ends() {
        let mut fleet = Fleet::new(1);
        let machine = fleet.next_machine();
        fleet.addresses[machine.dc][0] = V4_IN_ROW - 1;
        let last = fleet.address(&machine, Purpose::Service, false);
        let beyond = fleet.address(&machine, Purpose::Service, false);
        assert!(last.is_ipv4() && beyond.is_ipv6(), "{last} {beyond}");
    }
}
