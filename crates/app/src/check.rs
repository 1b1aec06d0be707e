//! The checks of a proposal, with what each step needs to know gathered in between.

use domain::access::Access;
use domain::change::{
    Checked, Draft, Facts, Refused, deletions_to_follow, finish, needs, resolve, unique_claims,
};
use domain::schema::Schema;
use sql::{Reader, StoreError, read};

use crate::rights;
use crate::{Phase, Progress};

/// How many changes are looked up at once; what one statement looks for, so that progress is told
/// as often as can be without more statements.
const PIECE: usize = 1_000;

/// Checks drafts against the register as the transaction sees it, gathering between the steps what
/// the next one needs to know. Nearly all of the time goes into two rounds of look-ups: what the
/// changes name, and who holds the unique values that they want.
pub(crate) fn check(
    reader: &mut Reader<'_>,
    schema: &Schema,
    access: &Access,
    drafts: Vec<Draft>,
    progress: &Progress,
) -> Result<Result<Checked, Vec<Refused>>, StoreError> {
    let total = drafts.len();
    let protecting_max = total.saturating_add(10);
    let mut rounds = 0;
    let mut looked_up = |count: usize| {
        rounds += count;
        progress.tell(Phase::Checking, rounds / 2, total);
    };
    looked_up(0);
    let mut facts = Facts::default();
    for piece in drafts.chunks(PIECE) {
        facts.extend(read::gather(reader, schema, &needs(schema, piece))?);
        looked_up(piece.len());
    }
    rights::cut_down(reader, schema, access, &mut facts)?;
    let resolved = match resolve(schema, drafts, &facts) {
        Ok(resolved) => resolved,
        Err(refused) => return Ok(Err(refused)),
    };
    for piece in resolved.chunks(PIECE) {
        read::gather_holders(reader, schema, unique_claims(schema, piece), &mut facts)?;
        looked_up(piece.len());
    }
    loop {
        let deleted = deletions_to_follow(schema, &resolved, &facts);
        if deleted.is_empty() {
            break;
        }
        read::gather_referrers(reader, schema, &deleted, protecting_max, &mut facts)?;
    }
    Ok(finish(schema, resolved, &facts))
}
