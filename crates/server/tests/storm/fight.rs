//! Clients who fight over requests, each until it is over, while replicas are killed.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::cases::{Case, Verb};
use super::http::{Answer, Message, receive, send};
use crate::replicas::Fleet;
use testkit::Draw;

/// Clients at once, each somebody else.
pub(crate) const CLIENTS: usize = 16;
/// Of so many requests a client hangs up on one before the answer, and the answers to some get lost
/// on their way.
const CARELESS_ONE_IN: usize = 20;
const ANSWERS_LOST: usize = 3;
/// Moments of a wave at which a replica may die: sent requests and heard answers. The first are
/// those of asking.
const MOMENTS: usize = 160;
const MOMENTS_OF_ASKING: usize = 16;
/// Answers that tell to try again, above which something is wrong.
const BUSY_MAX: usize = 2_000;

/// Somebody with a token.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) token: String,
}

/// A case that was asked for.
pub(crate) struct Asked {
    pub(crate) number: i64,
    /// Whose request it is: that of the rivals who was quicker.
    pub(crate) requester: usize,
    pub(crate) case: Case,
}

/// What somebody did with a request: its number, the client, and what.
pub(crate) type Deed = (i64, usize, Verb);

/// The clients, the replicas, and what is kept of what they said to each other.
pub(crate) struct Storm<'a> {
    pub(crate) fleet: Fleet<'a>,
    pub(crate) people: Vec<Person>,
    seed: u64,
    pub(crate) tally: Mutex<Tally>,
    /// Moments of this wave until now, and those at which a replica dies.
    moment: AtomicUsize,
    strikes: Mutex<Vec<usize>>,
}

/// What was heard.
#[derive(Default)]
pub(crate) struct Tally {
    /// Deeds that were answered with success, and how often.
    pub(crate) heard: BTreeMap<Deed, usize>,
    /// Deeds whose answer was not heard, and how often.
    pub(crate) lost: BTreeMap<Deed, usize>,
    /// Requests whose answer was not heard: hung up on, lost on its way, or cut off by a death.
    cut: usize,
    /// Answers that told to try again.
    busy: usize,
    /// Decisions on what was shown no more.
    stale: usize,
    /// Deeds that came too late.
    late: usize,
    /// Deeds that were not theirs to do.
    forbidden: usize,
}

/// What a client has to do with a request.
struct Part<'a> {
    asked: &'a Asked,
    /// The tag of what they were shown last; none before they look.
    tag: Option<String>,
    has_edited: bool,
}

impl<'a> Storm<'a> {
    pub(crate) fn new(fleet: Fleet<'a>, people: Vec<Person>, seed: u64) -> Self {
        Self {
            fleet,
            people,
            seed,
            tally: Mutex::default(),
            moment: AtomicUsize::new(0),
            strikes: Mutex::default(),
        }
    }

    /// Asks for some cases at once, and fights over them until all are closed.
    pub(crate) fn wave(&self, number: usize, cases: &[Case]) -> Vec<Asked> {
        let draw = |purpose: usize| {
            let purpose = (number + 1) * 1_000 + purpose;
            Draw::new(self.seed, u64::try_from(purpose).unwrap())
        };
        let mut fate = draw(0);
        let mut strikes = vec![MOMENTS_OF_ASKING + fate.below(MOMENTS)];
        if fate.below(3) == 0 {
            strikes.push(fate.below(MOMENTS_OF_ASKING));
        }
        *self.strikes.lock().unwrap() = strikes;
        self.moment.store(0, Ordering::Relaxed);
        let wishes: Vec<(&Case, usize)> =
            cases.iter().flat_map(|case| case.rivals.map(|rival| (case, rival))).collect();
        let answers = all_at_once(&wishes, |place, (case, rival)| {
            self.ask(&mut draw(100 + place), case, *rival)
        });
        let asked: Vec<Asked> =
            cases.iter().zip(answers.chunks(2)).map(|(case, answers)| won(case, answers)).collect();
        all_at_once(&self.people, |client, _| self.fight(&mut draw(200 + client), client, &asked));
        asked
    }

    /// Asks for a case, and again with the same key until an answer is heard.
    fn ask(&self, draw: &mut Draw, case: &Case, client: usize) -> Answer {
        let (method, path) = case.address();
        let message = Message {
            method,
            path,
            token: &self.people[client].token,
            headers: vec![("Idempotency-Key", format!("case-{}", case.index))],
            body: case.asked().to_string(),
        };
        loop {
            let answer = self.say(draw, &message, || {});
            // The killed replica's transaction has the key until the database notices.
            if answer.status != 409 || !answer.text.contains("still at work") {
                return answer;
            }
            self.count_busy(&answer);
        }
    }

    /// Does one thing after the other, in turn with each request, until all are over.
    fn fight(&self, draw: &mut Draw, client: usize, asked: &[Asked]) {
        let mut open: Vec<Part<'_>> =
            asked.iter().map(|asked| Part { asked, tag: None, has_edited: false }).collect();
        while !open.is_empty() {
            open.retain_mut(|part| !self.is_over_after_turn(draw, client, part));
        }
    }

    /// Does something with a request; whether it is over, at least for this client.
    ///
    /// Who asked goes on to the end, and may take it back: so there is one.
    fn is_over_after_turn(&self, draw: &mut Draw, client: usize, part: &mut Part<'_>) -> bool {
        let is_own = part.asked.requester == client;
        let mood = part.asked.case.mood;
        let verbs = if is_own { mood.of_requester() } else { mood.of_others() };
        let drawn = draw.of(verbs);
        let is_second_edit = drawn == Verb::Edit && part.has_edited;
        let verb = if is_second_edit { Verb::Approve } else { drawn };
        let answer = self.act(draw, client, (part, verb));
        part.has_edited |= verb == Verb::Edit;
        let is_decision = matches!(verb, Verb::Approve | Verb::Reject);
        let mut tally = self.tally.lock().unwrap();
        match answer.status {
            200 => {
                *tally.heard.entry((part.asked.number, client, verb)).or_default() += 1;
                answer.json()["state"] != "pending"
            }
            403 => {
                tally.forbidden += 1;
                let is_author = is_own || part.has_edited;
                let is_rightly = if is_decision { is_author } else { !is_own };
                assert!(is_rightly && verb != Verb::Edit, "{verb:?}: {}", answer.text);
                is_decision && !is_own
            }
            409 => {
                tally.late += 1;
                let is_closed = answer.text.contains("is closed");
                let has_approved = answer.text.contains("approved this already");
                assert!(is_closed || has_approved, "{verb:?}: {}", answer.text);
                true
            }
            _ => panic!("{verb:?}: {answer:?}"),
        }
    }

    /// Does something with a request as it was shown last, and once more whenever it is another by
    /// now.
    fn act(&self, draw: &mut Draw, client: usize, (part, verb): (&mut Part<'_>, Verb)) -> Answer {
        let token = self.people[client].token.as_str();
        let number = part.asked.number;
        let path = format!("/api/-/change-requests/{number}/");
        loop {
            let tag = part.tag.take().unwrap_or_else(|| {
                let shown = self.say(draw, &Message::get(path.clone(), token), || {}).is(200);
                shown.headers["etag"].clone()
            });
            let message = Message {
                method: "POST",
                path: format!("{path}{}/", verb.word()),
                token,
                headers: vec![("If-Match", tag.clone())],
                body: match verb {
                    Verb::Approve | Verb::Withdraw => String::new(),
                    Verb::Reject => r#"{"comment": "no"}"#.to_owned(),
                    Verb::Edit => part.asked.case.edit(client).to_string(),
                },
            };
            let answer = self.say(draw, &message, || {
                let mut tally = self.tally.lock().unwrap();
                *tally.lost.entry((number, client, verb)).or_default() += 1;
            });
            if answer.status == 200 && matches!(verb, Verb::Approve | Verb::Reject) {
                // Decided on as it was shown: after as many edits.
                let revision = answer.json()["revision"].to_string();
                assert!(tag.starts_with(&format!("\"{revision}.")), "{tag}: {}", answer.text);
            }
            part.tag = Some(answer.headers.get("etag").cloned().unwrap_or(tag));
            if answer.status != 412 {
                return answer;
            }
            self.tally.lock().unwrap().stale += 1;
        }
    }

    /// Says something to some replica, and again for as long as no answer is heard.
    fn say(&self, draw: &mut Draw, message: &Message<'_>, lost: impl Fn()) -> Answer {
        loop {
            match self.try_to_say(draw, message) {
                Ok(answer) if answer.status == 503 => self.count_busy(&answer),
                Ok(answer) => return answer,
                Err(_cut) => {
                    self.tally.lock().unwrap().cut += 1;
                    lost();
                }
            }
        }
    }

    fn try_to_say(&self, draw: &mut Draw, message: &Message<'_>) -> io::Result<Answer> {
        let (place, address) = self.fleet.address(draw.below(self.fleet.len()));
        let stream = send(&address, message)?;
        self.pass_moment(place);
        let fate = draw.below(CARELESS_ONE_IN);
        if fate == 0 {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let answer = receive(stream)?;
        assert!(
            answer.status < 500 || answer.status == 503,
            "{answer:?}\n{}",
            self.fleet.end_of_log(place)
        );
        self.pass_moment(place);
        if fate <= ANSWERS_LOST {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(answer)
    }

    /// One moment more; where it is a replica's last, whoever lives it kills the replica.
    fn pass_moment(&self, place: usize) {
        let moment = self.moment.fetch_add(1, Ordering::Relaxed);
        let is_last = self.strikes.lock().unwrap().contains(&moment);
        if is_last {
            self.fleet.strike(place);
        }
    }

    fn count_busy(&self, answer: &Answer) {
        let mut tally = self.tally.lock().unwrap();
        tally.busy += 1;
        assert!(tally.busy < BUSY_MAX, "busy for ever: {}", answer.text);
    }

    /// What is at a path, of the replica at a place. Only once the storm is over.
    pub(crate) fn look(&self, place: usize, path: &str) -> Answer {
        let (_, address) = self.fleet.address(place);
        let message = Message::get(path.to_owned(), &self.people[0].token);
        receive(send(&address, &message).unwrap()).unwrap()
    }

    /// Asks once for something else of a case, outside the storm.
    pub(crate) fn ask_once(&self, case: &Case, fields: &Value) -> Answer {
        let (method, path) = case.address();
        let token = &self.people[case.rivals[0]].token;
        let message =
            Message { method, path, token, headers: Vec::new(), body: fields.to_string() };
        let (_, address) = self.fleet.address(0);
        receive(send(&address, &message).unwrap()).unwrap()
    }

    /// Adds records at once, before the storm.
    pub(crate) fn add(&self, person: &Person, path: String, body: String) -> Value {
        let (_, address) = self.fleet.address(0);
        let (method, token) = ("POST", &person.token);
        let message = Message { method, path, token, headers: Vec::new(), body };
        receive(send(&address, &message).unwrap()).unwrap().is(201).json()
    }

    /// What happened, in a line.
    pub(crate) fn told(&self) -> String {
        let Tally { cut, busy, stale, late, forbidden, .. } = *self.tally.lock().unwrap();
        let kills = self.fleet.kills();
        format!(
            "kills {kills}, retries: cut off {cut}, told to wait {busy}, shown anew {stale}; \
             too late {late}, forbidden {forbidden}"
        )
    }
}

/// Of two who asked at once, one has the request; the other is told which.
fn won(case: &Case, answers: &[Answer]) -> Asked {
    let wins: Vec<usize> = (0..answers.len()).filter(|at| answers[*at].status == 202).collect();
    assert_eq!(wins.len(), 1, "{answers:?}");
    let (winner, loser) = (&answers[wins[0]], &answers[1 - wins[0]]);
    let number = winner.json()["number"].as_i64().unwrap();
    assert_eq!(loser.status, 409, "{loser:?}");
    assert!(loser.text.contains(&format!(": {number}.")), "{loser:?}");
    Asked { number, requester: case.rivals[wins[0]], case: case.clone() }
}

/// Has a thread for each of these.
fn all_at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let started: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(place, item)| {
                let work = &work;
                scope.spawn(move || work(place, item))
            })
            .collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
