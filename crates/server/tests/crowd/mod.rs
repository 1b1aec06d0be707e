//! People who read and write all the time, through whatever they are given the address of, and note
//! what they saw: what every answer was, how long it took, and what was acknowledged.
#![allow(dead_code, reason = "each test program uses its own part")]

mod books;
mod samples;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use testkit::Draw;
use tokio::task::JoinSet;

pub(crate) use books::{Books, Findings};
pub(crate) use samples::{Came, Kind, Sample};

use crate::shell::{Shell, json as read_json};

/// Those who read at once, and those who write.
const READERS: u64 = 5;
pub(crate) const WRITERS: usize = 3;
/// When somebody gives an answer up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// What people do between two requests.
const PAUSE: Duration = Duration::from_millis(4);
/// What they wait before they ask again what was not answered.
const AGAIN: Duration = Duration::from_millis(50);

/// What the replicas serve.
pub(crate) const SCHEMA: &str = r#"
[types.host]
review = "off"

[types.host.fields]
name = { kind = "text", required = true, unique = true }
number = { kind = "integer", required = true }

[types.site]
review = "off"

[types.site.fields]
name = { kind = "text", required = true, unique = true }

[types.entry]
plural = "entries"
key = ["name"]
review = "off"

[types.entry.fields]
name = { kind = "text", required = true }
"#;

/// The people.
pub(crate) struct Crowd {
    /// Which crowd it is, where there are several: each has records of its own.
    number: usize,
    /// Where they send requests, in turn.
    bases: RwLock<Vec<String>>,
    token: String,
    pub(crate) books: Books,
    samples: Mutex<Vec<Sample>>,
    /// When each request was made that waits for its answer.
    under_way: Mutex<Vec<Instant>>,
    is_over: AtomicBool,
}

/// What everybody does, each on their own.
pub(crate) struct Lives {
    crowd: Arc<Crowd>,
    lives: JoinSet<()>,
}

impl Lives {
    /// Ends it; what somebody saw that must not be seen comes out here at the latest.
    pub(crate) async fn end(mut self) {
        self.crowd.is_over.store(true, Ordering::SeqCst);
        while let Some(lived) = self.lives.join_next().await {
            lived.unwrap();
        }
    }
}

/// Who asks, and what they have.
struct Person {
    http: reqwest::Client,
    draw: Draw,
    /// The last answer of each path, by its tag.
    kept: std::collections::HashMap<String, (String, Value)>,
}

/// What fills the register of a folder, beside a token.
pub(crate) const PREPARED_BY: [&str; 3] =
    ["user add root --group administrators", "import host hosts.csv", "import site sites.csv"];

/// Writes the files that so many crowds need.
pub(crate) fn write_files(shell: &Shell, crowds: usize) {
    shell.write("crowd.toml", SCHEMA);
    let hosts = (0..crowds).flat_map(|crowd| (0..WRITERS).map(move |host| (crowd, host)));
    let rows: Vec<String> = hosts.map(|(crowd, host)| format!("c{crowd}-{host},0\n")).collect();
    shell.write("hosts.csv", &format!("name,number\n{}", rows.concat()));
    shell.write("sites.csv", "name\nhere\n");
}

/// Fills the register that a folder is configured for with what so many crowds need, and gives the
/// token that they have.
pub(crate) fn prepare(shell: &Shell, crowds: usize) -> String {
    write_files(shell, crowds);
    for line in PREPARED_BY {
        shell.ok(line);
    }
    let created = read_json(&shell.ok("token create --user root --json"));
    created["token"].as_str().unwrap().to_owned()
}

pub(crate) fn http() -> reqwest::Client {
    let tls = identity::tls::client_config(None).unwrap();
    reqwest::Client::builder().tls_backend_preconfigured(tls).timeout(PATIENCE).build().unwrap()
}

impl Crowd {
    pub(crate) fn new(number: usize, bases: Vec<String>, token: String) -> Arc<Self> {
        Arc::new(Self {
            number,
            bases: RwLock::new(bases),
            token,
            books: Books::new(WRITERS),
            samples: Mutex::default(),
            under_way: Mutex::default(),
            is_over: AtomicBool::new(false),
        })
    }

    /// Everybody does what they do until it is over.
    pub(crate) fn live(self: &Arc<Self>, seed: u64) -> Lives {
        let person = |purpose| Person {
            http: http(),
            draw: Draw::new(seed, purpose),
            kept: std::collections::HashMap::new(),
        };
        let mut lives = JoinSet::new();
        for reader in 0..READERS {
            let (crowd, person) = (Arc::clone(self), person(reader));
            lives.spawn(async move { crowd.read(person).await });
        }
        for writer in 0..WRITERS {
            let (crowd, person) = (Arc::clone(self), person(100 + writer as u64));
            lives.spawn(async move { crowd.write(person, writer).await });
        }
        Lives { crowd: Arc::clone(self), lives }
    }

    /// Sends them elsewhere from now on.
    pub(crate) fn send_to(&self, bases: Vec<String>) {
        *self.bases.write().unwrap() = bases;
    }

    /// What was seen of requests that were made at a moment or later.
    pub(crate) fn seen_since(&self, since: Instant) -> Vec<Sample> {
        let samples = self.samples.lock().unwrap();
        samples.iter().filter(|sample| sample.ended() >= since).cloned().collect()
    }

    /// Whether everything has come to an end that was asked before a moment.
    pub(crate) fn is_answered_before(&self, moment: Instant) -> bool {
        self.under_way.lock().unwrap().iter().all(|made| *made >= moment)
    }

    /// Looks whether what was acknowledged is there, once.
    pub(crate) async fn audit(&self, base: &str) -> Findings {
        let acknowledged = self.books.acknowledged();
        let url = format!("{base}/api/entries.jsonl");
        let answer = self.signed(http().get(url)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        self.books.compare(&acknowledged, &answer.text().await.unwrap())
    }

    pub(crate) fn signed(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.token)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn base(&self, draw: &mut Draw) -> String {
        let bases = self.bases.read().unwrap();
        bases[draw.below(bases.len())].clone()
    }

    /// Sends a request, and notes what came of it.
    async fn ask(
        &self,
        kind: Kind,
        request: RequestBuilder,
    ) -> Option<(u16, Option<String>, String)> {
        let began = Instant::now();
        self.under_way.lock().unwrap().push(began);
        let answered = async {
            let answer = self.signed(request).send().await?;
            let status = answer.status().as_u16();
            let tag = answer.headers().get(header::ETAG);
            let tag = tag.and_then(|tag| tag.to_str().ok()).map(str::to_owned);
            Ok::<_, reqwest::Error>((status, tag, answer.text().await?))
        }
        .await;
        let (came, answer) = match answered {
            Ok((status, tag, text)) => (Came::of_answer(status, &text), Some((status, tag, text))),
            Err(error) if error.is_timeout() => (Came::Late, None),
            Err(error) => (Came::Broken(samples::cause(&error)), None),
        };
        let kind =
            if matches!(came, Came::Answer { status: 304, .. }) { Kind::Unchanged } else { kind };
        let sample = Sample { kind, began, took: began.elapsed(), came };
        self.samples.lock().unwrap().push(sample);
        let mut under_way = self.under_way.lock().unwrap();
        let place = under_way.iter().position(|made| *made == began).unwrap();
        under_way.swap_remove(place);
        answer
    }

    async fn read(&self, mut person: Person) {
        while !self.is_over() {
            let host = person.draw.below(WRITERS);
            let path = match person.draw.below(4) {
                0 => format!("/api/hosts/?name__startswith=c{}-", self.number),
                // What never changes is 304 from the second time on.
                1 => "/api/sites/1/".to_owned(),
                _ => format!("/api/hosts/{}/", self.id(host)),
            };
            let numbers = self.books.numbers();
            let url = format!("{}{path}", self.base(&mut person.draw));
            let mut request = person.http.get(url);
            if let Some((tag, _)) = person.kept.get(&path).filter(|_| person.draw.below(2) == 0) {
                request = request.header(header::IF_NONE_MATCH, tag);
            }
            let answer = self.ask(Kind::Read, request).await;
            let shown = match answer {
                Some((304, ..)) => person.kept[&path].1.clone(),
                Some((200, tag, text)) => {
                    let shown: Value = serde_json::from_str(&text).unwrap();
                    person.kept.insert(path, (tag.unwrap(), shown.clone()));
                    shown
                }
                _ => {
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
            };
            if !shown["url"].as_str().is_some_and(|url| url.contains("/sites/")) {
                self.judge(&shown, &numbers);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Adds an entry and counts a host up, in turn, each again until it is acknowledged.
    async fn write(&self, mut person: Person, writer: usize) {
        let mut number = 0;
        while !self.is_over() {
            number += 1;
            let name = format!("{}-{writer}-{number}", self.number);
            let entry = (Method::POST, "/api/entries/".to_owned(), json!({ "name": name }));
            if self.until_acknowledged(&mut person, &format!("entry-{name}"), entry).await {
                self.books.entry_acknowledged(name.clone());
            }
            let path = format!("/api/hosts/{}/", self.id(writer));
            let count = (Method::PATCH, path, json!({ "number": number }));
            if self.until_acknowledged(&mut person, &format!("count-{name}"), count).await {
                self.books.number_acknowledged(writer, number);
            }
            tokio::time::sleep(PAUSE * 4).await;
        }
    }

    /// Whether it was, before all was over.
    async fn until_acknowledged(
        &self,
        person: &mut Person,
        key: &str,
        (method, path, body): (Method, String, Value),
    ) -> bool {
        while !self.is_over() {
            let url = format!("{}{path}", self.base(&mut person.draw));
            let request = person.http.request(method.clone(), url);
            let request = request
                .header("Idempotency-Key", key)
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
            match self.ask(Kind::Write, request).await {
                Some((200 | 201, ..)) => return true,
                // The name is taken: by the same write, made before.
                Some((400, _, text)) => {
                    self.books.made_twice(format!("{key}: {text}"));
                    return false;
                }
                _ => tokio::time::sleep(AGAIN).await,
            }
        }
        false
    }

    /// The id of a host of theirs.
    fn id(&self, host: usize) -> usize {
        self.number * WRITERS + host + 1
    }

    /// No host may be shown with a smaller number than was acknowledged before it was asked for.
    fn judge(&self, shown: &Value, numbers: &[i64]) {
        let one = std::slice::from_ref(shown);
        for host in shown["results"].as_array().map_or(one, Vec::as_slice) {
            let id = usize::try_from(host["id"].as_i64().unwrap()).unwrap();
            let least = numbers[id - self.id(0)];
            let number = host["number"].as_i64().unwrap();
            assert!(number >= least, "STALE: {number} of host {id}, behind {least}");
        }
    }
}
