//! Folding: the changes of older commits go, and of each record stays how it stood then.
//!
//! The commits themselves stay, with number, time, actor and digest, so that the chain of hashes
//! still fits; the folding is a commit too, with the digest of the base that it leaves. Nothing
//! else ever removes history.

use domain::history::{BaseDigest, Fold};
use domain::record::CommitNumber;
use domain::schema::Schema;

use super::commit::{CommitInfo, Committed, lock_register, write_history};
use super::cursors::cursor_lowest;
use super::tally::Tally;
use crate::engine::Writer;
use crate::error::StoreError;
use crate::names;
use crate::read::{base_each, folded_to};
use crate::statement::Statement;

/// What brings the base up to commit `$1`, one after the other.
const FOLD: [&str; 8] = [
    // Each record whose last change was not its deletion, as that change left it.
    "INSERT INTO base (type, id, commit_number, revision, created_at, updated_at, changed_by, \
     fields) \
     SELECT c.type, c.id, c.commit_number, c.revision, \
     coalesce((SELECT added.at FROM changes a JOIN commits added ON added.number = a.commit_number \
     WHERE a.type = c.type AND a.id = c.id AND a.before IS NULL AND a.commit_number <= $1 \
     ORDER BY a.revision DESC LIMIT 1), \
     (SELECT b.created_at FROM base b WHERE b.type = c.type AND b.id = c.id)), \
     m.at, m.actor, c.after \
     FROM changes c JOIN commits m ON m.number = c.commit_number \
     WHERE c.commit_number <= $1 AND c.after IS NOT NULL AND c.revision = (SELECT max(l.revision) \
     FROM changes l WHERE l.type = c.type AND l.id = c.id AND l.commit_number <= $1) \
     ON CONFLICT (type, id) DO UPDATE SET commit_number = excluded.commit_number, \
     revision = excluded.revision, created_at = excluded.created_at, \
     updated_at = excluded.updated_at, changed_by = excluded.changed_by, fields = excluded.fields",
    "DELETE FROM base WHERE EXISTS (SELECT 1 FROM changes c WHERE c.type = base.type \
     AND c.id = base.id AND c.commit_number <= $1 AND c.after IS NULL \
     AND c.revision > base.revision)",
    "DELETE FROM changes WHERE commit_number <= $1",
    "UPDATE commits SET token = NULL, origin = '', reason = NULL, request_id = NULL, \
     approved_by = NULL, is_bypass = 0, folded_to = NULL, base_digest = NULL WHERE number <= $1",
    // The last count before the base is the one that holds at it.
    "DELETE FROM counts WHERE commit_number <= $1 AND EXISTS (SELECT 1 FROM counts later \
     WHERE later.type = counts.type AND later.commit_number > counts.commit_number \
     AND later.commit_number <= $1)",
    // What was folded is counted no more: the quarter of an hour that the last of it lies in anew.
    "DELETE FROM activity WHERE quarter <= (SELECT at / 900000000 FROM commits WHERE number = $1)",
    "INSERT INTO activity (quarter, type, changes) \
     SELECT f.at / 900000000, c.type, count(*) FROM commits f \
     JOIN commits m ON m.number > f.number AND m.at >= f.at \
     AND m.at < (f.at / 900000000 + 1) * 900000000 \
     JOIN changes c ON c.commit_number = m.number \
     WHERE f.number = $1 GROUP BY f.at / 900000000, c.type",
    "UPDATE register SET folded_to = $1",
];

/// Folds all commits up to one; `None` when they are folded already, or a cursor has not passed them.
///
/// # Errors
/// When the database can't be asked; nothing may be kept of the transaction then.
pub fn fold(
    writer: &mut Writer<'_>,
    schema: &Schema,
    to: CommitNumber,
    info: &CommitInfo,
) -> Result<Option<Committed>, StoreError> {
    let last = lock_register(writer)?;
    if to <= folded_to(writer)? || to > last.number {
        return Ok(None);
    }
    // What was not told to the outside yet is not let go.
    if cursor_lowest(writer)?.is_some_and(|(_, passed)| to > passed) {
        return Ok(None);
    }
    for text in FOLD {
        writer.execute(&Statement::with(text, [to.0.into()]))?;
    }
    for of in schema.types() {
        let links = of.fields.iter().filter(|field| field.kind.is_refs());
        let links = links.map(|field| names::link_versions(of, field));
        for table in links.chain([names::versions(of)]) {
            let text = format!("DELETE FROM {table} WHERE to_commit <= $1");
            writer.execute(&Statement::with(&text, [to.0.into()]))?;
        }
    }
    let mut digest = BaseDigest::default();
    base_each(writer, |_, entries| {
        for entry in &entries {
            digest.add(entry);
        }
        Ok(())
    })?;
    let mut commit = info.after(&last);
    commit.fold = Some(Fold { to, base: digest.hash() });
    write_history(writer, &last, (&commit, &[]), &Tally::new(&|_| {})).map(Some)
}
