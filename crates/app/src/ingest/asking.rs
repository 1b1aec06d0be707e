//! What messages want, put aside for a review: for each record one open change request of the source,
//! which says what the source said last.

use domain::change::{Proposal, Refusal, Refused, draft};
use domain::review::Ask;
use domain::schema::Type;
use sql::write::{self, Claimed};
use sql::{StoreError, Writer};

use super::MissingReferences;
use super::intake::{Intake, Why, change, key_text};
use super::rounds::Wanted;
use crate::carry_out::write_checked;
use crate::check::check;
use crate::import::{missing, refusal_text};
use crate::review::{Amended, Amendment, amend};
use crate::{Context, Error, Progress};

/// What became of what is wanted.
enum Asked {
    /// It waits in this change request.
    Waits(i64),
    /// The register says so already, or the request that waits does.
    Unchanged,
}

impl Intake<'_> {
    /// Has what is wanted of a record wait for a review.
    pub(super) fn ask(
        &mut self,
        writer: &mut Writer<'_>,
        wanted: Wanted,
    ) -> Result<(), StoreError> {
        let of = self.schema.get(self.source.type_index);
        let (source, key) = (self.source.name.clone(), key_text(wanted.key()));
        let asked = match change(of, &wanted) {
            Err(why) => Err(Why::Told(why)),
            Ok(change) => {
                let amendment = Amendment {
                    change,
                    makes_references: self.source.missing == MissingReferences::Create,
                };
                let of_record = (source.as_str(), of.name.as_str(), key.as_str());
                match write::source_request(writer, of_record)? {
                    Some(number) => self.ask_again(writer, (number, amendment))?,
                    None => self.ask_anew(writer, amendment)?,
                }
            }
        };
        let messages = wanted.messages();
        match asked {
            Ok(Asked::Waits(number)) => {
                self.tally.queued += messages;
                let of_record = (source.as_str(), of.name.as_str(), key.as_str());
                write::source_request_keep(writer, of_record, number)
            }
            Ok(Asked::Unchanged) => {
                self.tally.unchanged += messages;
                Ok(())
            }
            Err(why) => self.give_up(writer, wanted, why),
        }
    }

    /// Has a request that waits say what is wanted now.
    fn ask_again(
        &self,
        writer: &mut Writer<'_>,
        (number, amendment): (i64, Amendment),
    ) -> Result<Result<Asked, Why>, StoreError> {
        let ctx = self.asking();
        Ok(match amend(writer, self.schema, &ctx, (number, amendment.clone()))? {
            Ok(Amended::Changed) => Ok(Asked::Waits(number)),
            Ok(Amended::Same | Amended::Withdrawn) => Ok(Asked::Unchanged),
            Ok(Amended::Over) => return self.ask_anew(writer, amendment),
            Err(error) => Err(why(self.schema.get(self.source.type_index), &error)),
        })
    }

    /// Makes a request; where one of the source has claimed what it would, that asks for both.
    fn ask_anew(
        &self,
        writer: &mut Writer<'_>,
        amendment: Amendment,
    ) -> Result<Result<Asked, Why>, StoreError> {
        let of = self.schema.get(self.source.type_index);
        let ctx = self.asking();
        let changes = vec![amendment.change.clone()];
        let made = if amendment.makes_references {
            missing(self.schema, of.index, &changes)
        } else {
            Vec::new()
        };
        let proposal = Proposal { changes: made.into_iter().chain(changes).collect() };
        let drafts = draft(self.schema, proposal);
        let checked = match check(writer, self.schema, &ctx.access, drafts, &Progress::NONE)? {
            Ok(checked) => checked,
            Err(refused) => return Ok(Err(why(of, &Error::Refused(refused)))),
        };
        match write_checked(writer, self.schema, checked, &ctx, &Progress::NONE)? {
            Ok(written) => Ok(Ok(match written.request {
                Some(told) => Asked::Waits(told.request.number),
                None => Asked::Unchanged,
            })),
            Err(Error::Claimed(claimed)) => match self.own(writer, &claimed)? {
                Some(number) => self.ask_again(writer, (number, amendment)),
                None => Ok(Err(why(of, &Error::Claimed(claimed)))),
            },
            Err(error) => Ok(Err(why(of, &error))),
        }
    }

    /// The request of this source among those that have claimed something, where they are its alone.
    fn own(&self, writer: &mut Writer<'_>, claimed: &[Claimed]) -> Result<Option<i64>, StoreError> {
        let [first, rest @ ..] = claimed else {
            return Ok(None);
        };
        if rest.iter().any(|other| other.request != first.request) {
            return Ok(None);
        }
        let request = write::request_read(writer, first.request)?;
        let is_own = request.is_some_and(|request| request.requester == self.ctx.actor.name());
        Ok(is_own.then_some(first.request))
    }

    fn asking(&self) -> Context {
        Context { ask: Ask::Review, ..self.ctx.clone() }
    }
}

/// Why a request is not made, as the dead letter tells it.
fn why(of: &Type, error: &Error) -> Why {
    if let Error::Refused(refused) = error {
        if let [Refused { why: Refusal::NotFound, .. }] = refused.as_slice() {
            return Why::NotThere;
        }
        let texts = refused.iter().map(|refused| refusal_text(of, &refused.why));
        return Why::Told(texts.collect::<Vec<_>>().join("; "));
    }
    if let Error::Claimed(claimed) = error {
        let numbers: Vec<String> =
            claimed.iter().map(|one| format!("change request {}", one.request)).collect();
        return Why::Told(format!(
            "{} asks for something of it already: decide on that, then replay this",
            numbers.join(", ")
        ));
    }
    Why::Told(error.to_string())
}
