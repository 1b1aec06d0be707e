//! What a form of a change says beside its fields: why, who shall decide, and whether it goes past the
//! review. What it offers and what is made of it follow from all that the change touches, by the rules
//! that judge the change itself.

use std::collections::BTreeMap;

use app::Context;
use app::foresee::Foreseen;
use domain::access::Right;
use domain::fault::{Faults, FieldFault};
use domain::review::{Ask, Denied, Rules, Standpoint, waits};
use domain::schema::{Demand, Review, Type, TypeIndex};

use crate::edge::Edge;
use crate::error::ApiError;
use crate::extract::caller::REASON_LENGTH_MAX;
use crate::extract::parameters::bad;

/// The field that tells why.
const REASON: &str = "-reason";
/// The field that says what shall become of it.
const WAY: &str = "-ask";
/// What the names of the boxes begin with that name who shall decide.
const REVIEWER: &str = "-reviewer.";
/// What is wrong with those.
const REVIEWERS: &str = "-reviewers";

/// What can become of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is applied at once.
    Now,
    /// Others agree to it first.
    Review,
    /// It is applied at once, past those who should agree.
    Bypass,
}

impl Way {
    const ALL: [Self; 3] = [Self::Now, Self::Review, Self::Bypass];

    fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Review => "review",
            Self::Bypass => "bypass",
        }
    }
}

/// What decides on what becomes of a change: the types of all records that it touches, and what
/// somebody may do with those.
pub(super) struct Touched<'a> {
    types: Vec<&'a Type>,
    standpoint: Standpoint,
}

impl<'a> Touched<'a> {
    /// Some records of these types, as far as rights on the types tell.
    pub(super) fn of(
        edge: &'a Edge,
        ctx: &Context,
        types: impl IntoIterator<Item = TypeIndex>,
    ) -> Self {
        let types: Vec<&Type> = types.into_iter().map(|of| edge.schema().get(of)).collect();
        let may = |right| types.iter().all(|of| ctx.must(right, edge.schema(), of.index).is_ok());
        let standpoint = Standpoint {
            may_write: may(Right::Write),
            may_propose: may(Right::Propose),
            may_bypass: may(Right::Bypass),
        };
        Self { types, standpoint }
    }

    /// The records of a change that was foreseen.
    pub(super) fn foreseen(edge: &'a Edge, foreseen: &Foreseen) -> Self {
        let types = foreseen.types.iter().map(|of| edge.schema().get(*of)).collect();
        Self { types, standpoint: foreseen.standpoint }
    }

    /// Whether others must agree.
    pub(super) fn is_reviewed(&self) -> bool {
        // Of what is denied, what would be if it were not.
        self.waits().unwrap_or(self.review() != Review::Off)
    }

    /// Whether it is refused, whatever somebody says of it.
    pub(super) fn is_denied(&self) -> bool {
        self.waits().is_err() && !self.standpoint.may_bypass
    }

    /// Whether one must say why.
    pub(super) fn needs_reason(&self) -> bool {
        self.types.iter().any(|of| of.reason == Demand::Required)
    }

    fn waits(&self) -> Result<bool, Denied> {
        waits(self.review(), self.standpoint)
    }

    fn review(&self) -> Review {
        Rules::of(self.types.iter().copied()).review
    }

    /// What becomes of it, unless somebody chooses something else.
    fn usual(&self) -> Way {
        if self.is_reviewed() { Way::Review } else { Way::Now }
    }

    /// What somebody may have become of it: the usual way first.
    fn ways(&self) -> Vec<Way> {
        let usual = self.usual();
        let mut ways = vec![usual];
        let is_ever_reviewed = self.types.iter().all(|of| of.review.review != Review::Off);
        if usual == Way::Now && is_ever_reviewed {
            ways.push(Way::Review);
        } else if usual == Way::Review && self.standpoint.may_bypass {
            ways.push(Way::Bypass);
        }
        ways
    }
}

/// What somebody said beside the fields.
#[derive(Default)]
pub(crate) struct Said {
    reason: String,
    way: Option<Way>,
    reviewers: Vec<String>,
}

/// One of several things that can become of a change.
pub(crate) struct ShownWay {
    pub(crate) word: &'static str,
    pub(crate) is_chosen: bool,
}

/// Somebody who may decide.
pub(crate) struct Person {
    /// The name of their box.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) is_chosen: bool,
}

/// What a form asks beside the fields.
pub(crate) struct Asking {
    pub(crate) reason: String,
    pub(crate) needs_reason: bool,
    pub(crate) reason_error: String,
    /// What can become of it, where there is a choice.
    pub(crate) ways: Vec<ShownWay>,
    /// Whether others must agree, as long as nobody chooses something else.
    pub(crate) is_reviewed: bool,
    pub(crate) people: Vec<Person>,
    pub(crate) has_chosen: bool,
    pub(crate) people_error: String,
}

impl Said {
    /// What a form that was sent says.
    pub(crate) fn of(sent: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| sent.get(name).map(|text| text.trim()).unwrap_or_default();
        let chosen = sent.iter().filter(|(_, value)| !value.is_empty());
        let names = chosen.filter_map(|(name, _)| name.strip_prefix(REVIEWER));
        Self {
            reason: text(REASON).to_owned(),
            way: Way::ALL.into_iter().find(|way| way.word() == text(WAY)),
            reviewers: names.map(str::to_owned).collect(),
        }
    }

    /// Whoever changes something, with what they say of it.
    ///
    /// # Errors
    /// What is wrong with that.
    pub(super) fn context(&self, ctx: &Context, touched: &Touched<'_>) -> Result<Context, Faults> {
        let usual = touched.usual();
        let way = self.way.unwrap_or(usual);
        let mut faults = Faults::default();
        if self.reason.chars().count() > REASON_LENGTH_MAX {
            faults.add(REASON, FieldFault::TooLong { max: REASON_LENGTH_MAX });
        }
        if self.reason.chars().any(char::is_control) {
            faults.add(REASON, FieldFault::ControlCharacter);
        }
        if way == Way::Bypass && self.reason.is_empty() {
            faults.add(REASON, bad("Say why this goes past the review."));
        }
        let is_reviewed = way == Way::Review;
        faults.or_ok(Context {
            reason: Some(self.reason.clone()).filter(|reason| !reason.is_empty()),
            ask: match way {
                Way::Bypass => Ask::Bypass,
                Way::Review if usual == Way::Now => Ask::Review,
                Way::Review | Way::Now => Ask::Whatever,
            },
            reviewers: if is_reviewed { self.reviewers.clone() } else { Vec::new() },
            ..ctx.clone()
        })
    }

    /// What of an error is about what was said beside the fields.
    pub(crate) fn faults(error: &app::Error) -> Option<Faults> {
        if let app::Error::NoReason { types } = error {
            let told = format!("Say why: changes of {} need a reason.", types.join(", "));
            return Some(Faults::one(REASON, bad(told)));
        }
        let app::Error::BadRequest(faults) = error else {
            return None;
        };
        let (_, told) = faults.iter().find(|(name, _)| *name == "reviewers")?;
        let texts: Vec<String> = told.iter().map(ToString::to_string).collect();
        Some(Faults::one(REVIEWERS, bad(texts.join(" "))))
    }
}

/// Whether a fault is shown beside what is asked beside the fields.
pub(crate) fn is_shown(name: &str) -> bool {
    [REASON, REVIEWERS].contains(&name)
}

impl Asking {
    /// What a form asks somebody, with what they said, and what was wrong with it.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub(super) async fn of(
        edge: &Edge,
        ctx: &Context,
        touched: &Touched<'_>,
        (said, faults): (&Said, &Faults),
    ) -> Result<Self, ApiError> {
        let (ways, usual) = (touched.ways(), touched.usual());
        let way = said.way.filter(|way| ways.contains(way)).unwrap_or(usual);
        let people = if ways.contains(&Way::Review) && touched.waits().is_ok() {
            let types: Vec<TypeIndex> = touched.types.iter().map(|of| of.index).collect();
            edge.app.reviewers(ctx, &types).await?
        } else {
            Vec::new()
        };
        let told = |name: &str| {
            let own = faults.iter().filter(|(of, _)| *of == name);
            let texts = own.flat_map(|(_, faults)| faults.iter().map(ToString::to_string));
            texts.collect::<Vec<_>>().join(" ")
        };
        let shown = |one: &Way| ShownWay { word: one.word(), is_chosen: *one == way };
        let mut ways: Vec<ShownWay> = ways.iter().map(shown).collect();
        if ways.len() < 2 {
            ways.clear();
        }
        let people = people.into_iter().map(|person| Person {
            is_chosen: said.reviewers.contains(&person.name),
            label: match person.display_name.filter(|called| *called != person.name) {
                Some(called) => format!("{called} ({})", person.name),
                None => person.name.clone(),
            },
            name: format!("{REVIEWER}{}", person.name),
        });
        Ok(Self {
            reason: said.reason.clone(),
            needs_reason: touched.needs_reason(),
            reason_error: told(REASON),
            ways,
            is_reviewed: usual == Way::Review,
            people: people.collect(),
            has_chosen: !said.reviewers.is_empty(),
            people_error: told(REVIEWERS),
        })
    }
}
