//! Those who write, and those who look whether they see it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::ledger::{Ledger, Seen};
use testkit::Draw;

/// Records of each type.
pub(crate) const HOSTS: usize = 12;
pub(crate) const SITES: usize = 3;

/// Reads, at most, between two writes of one who writes: some answers are asked for again before they
/// are past, and some are not.
const REST: usize = 300;

/// The place of the hunt.
pub(crate) struct Field {
    /// The addresses of the replicas.
    pub(crate) replicas: Vec<String>,
    pub(crate) ledger: Ledger,
    pub(crate) is_over: AtomicBool,
    pub(crate) counts: Counts,
}

/// What was done.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) reads: AtomicU64,
    pub(crate) unchanged: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) writes: AtomicU64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |of: &AtomicU64| of.load(Ordering::Relaxed);
        let (reads, unchanged) = (count(&self.reads), count(&self.unchanged));
        let (refused, writes) = (count(&self.refused), count(&self.writes));
        write!(f, "{reads} reads, of them {unchanged} 304 and {refused} refused; {writes} writes")
    }
}

pub(crate) fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl Field {
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Waits until so many more reads have been done, or the hunt is over.
    pub(crate) async fn until_read(&self, more: u64) {
        let enough = self.counts.reads.load(Ordering::Relaxed) + more;
        while !self.is_over() && self.counts.reads.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn replica(&self, draw: &mut Draw) -> &str {
        &self.replicas[draw.below(self.replicas.len())]
    }

    /// Gives one host a new number, again and again, through any replica.
    pub(crate) async fn count_up(&self, client: &Client, host: usize, mut draw: Draw) {
        let mut number = 0;
        while !self.is_over() {
            number += 1;
            let url = format!("{}/api/hosts/{}/", self.replica(&mut draw), host + 1);
            self.patch(client, &url, &json!({"number": number})).await;
            self.ledger.host_acknowledged(host, number);
            self.until_read(draw.below(REST) as u64).await;
        }
    }

    /// Gives a site a new name, which the hosts there show.
    pub(crate) async fn rename(&self, client: &Client, site: usize, mut draw: Draw) {
        let mut number = 0;
        while !self.is_over() {
            number += 1;
            let url = format!("{}/api/sites/{}/", self.replica(&mut draw), site + 1);
            self.patch(client, &url, &json!({"name": format!("site{site}-{number}")})).await;
            self.ledger.site_acknowledged(site, number);
            self.until_read(draw.below(REST) as u64).await;
        }
    }

    /// Takes the guest out of the only group that may look, and lets them in again.
    pub(crate) async fn turn_away(&self, client: &Client, mut draw: Draw) {
        let mut is_in = true;
        while !self.is_over() {
            self.ledger.guest_begun.fetch_add(1, Ordering::SeqCst);
            let replica = self.replica(&mut draw);
            let url = format!("{replica}/api/-/groups/lookers/members/guest/");
            let method = if is_in { Method::DELETE } else { Method::PUT };
            let (status, told) = client.write(method, &url, &Value::Null).await.unwrap();
            assert_eq!(status, 204, "{told}");
            is_in = !is_in;
            self.ledger.guest_done.fetch_add(1, Ordering::SeqCst);
            add(&self.counts.writes);
            self.until_read(draw.below(REST) as u64).await;
        }
    }

    async fn patch(&self, client: &Client, url: &str, change: &Value) {
        let (status, told) = client.write(Method::PATCH, url, change).await.unwrap();
        assert_eq!(status, 200, "{url}: {told}");
        add(&self.counts.writes);
    }

    /// Reads whatever there is, until so many reads are done by all.
    pub(crate) async fn look(&self, client: &mut Client, reads: u64, mut draw: Draw) {
        while !self.is_over() && self.counts.reads.fetch_add(1, Ordering::SeqCst) < reads {
            let replica = self.replica(&mut draw).to_owned();
            let host = draw.below(HOSTS);
            let seen = self.ledger.now();
            let (path, what) = question(&mut draw, host, &seen);
            let answer = client.read(&format!("{replica}{path}"), draw.below(2) == 0).await;
            self.judge(&path, &answer, &seen, what);
        }
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// Reads as the guest, who may look at some times and not at others.
    pub(crate) async fn look_as_guest(&self, client: &mut Client, mut draw: Draw) {
        let count = |of: &std::sync::atomic::AtomicI64| of.load(Ordering::SeqCst);
        while !self.is_over() {
            let (before, seen) = (count(&self.ledger.guest_done), self.ledger.now());
            let replica = self.replica(&mut draw);
            let answer = client.read(&format!("{replica}/api/hosts/"), draw.below(2) == 0).await;
            let after = count(&self.ledger.guest_begun);
            add(&self.counts.reads);
            if answer.status == 403 {
                add(&self.counts.refused);
            } else {
                self.judge("/api/hosts/", &answer, &seen, What::All);
            }
            // Where nothing began meanwhile, there is but one right answer.
            if before == after {
                let expected = if before % 2 == 0 { [200, 304] } else { [403, 403] };
                let told = "rights that were changed before";
                assert!(expected.contains(&answer.status), "{told}: {} {before}", answer.status);
            }
        }
    }

    fn judge(&self, path: &str, answer: &Answer, seen: &Seen, what: What) {
        assert!([200, 304].contains(&answer.status), "{path}: {answer:?}");
        if answer.is_unchanged {
            add(&self.counts.unchanged);
        }
        let one = [answer.shown.clone()];
        let rows = match what {
            What::One => one.as_slice(),
            What::All | What::Found(_) => answer.shown["results"].as_array().unwrap(),
        };
        if let What::Found(host) = what {
            let is_there = rows.iter().any(|row| row["id"] == host + 1);
            assert!(is_there, "STALE {path}: what was acknowledged is not found: {answer:?}");
        }
        for row in rows {
            let host = usize::try_from(row["id"].as_i64().unwrap() - 1).unwrap();
            let number = row["number"].as_i64().unwrap();
            assert!(
                number >= seen.hosts[host],
                "STALE {path}: host {host} was {} and is shown with {number}",
                seen.hosts[host]
            );
            let name = row["site"]["name"].as_str().unwrap();
            let (site, number) = name.strip_prefix("site").unwrap().split_once('-').unwrap();
            let (site, number): (usize, i64) = (site.parse().unwrap(), number.parse().unwrap());
            assert!(
                number >= seen.sites[site],
                "STALE {path}: site {site} was {} and is shown as {name}",
                seen.sites[site]
            );
        }
    }
}

/// What an answer shows.
#[derive(Clone, Copy)]
enum What {
    /// One host.
    One,
    /// A page of all hosts.
    All,
    /// Hosts, with this one among them.
    Found(usize),
}

fn question(draw: &mut Draw, host: usize, seen: &Seen) -> (String, What) {
    match draw.below(5) {
        0 => (format!("/api/hosts/{}/", host + 1), What::One),
        1 => ("/api/hosts/".to_owned(), What::All),
        2 => (format!("/api/hosts/by/host{host}/"), What::One),
        3 => (format!("/api/hosts/?name=host{host}"), What::Found(host)),
        _ => {
            let number = seen.hosts[host];
            (format!("/api/hosts/?number__gte={number}&ordering=-number"), What::Found(host))
        }
    }
}
