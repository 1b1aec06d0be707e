-- What the chain is over when folding has let a commit's changes go.
ALTER TABLE commits ADD COLUMN digest BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
-- Of a commit that folds: the last commit that it folded, and the digest of the base it left.
ALTER TABLE commits ADD COLUMN folded_to INTEGER;
ALTER TABLE commits ADD COLUMN base_digest BLOB;
ALTER TABLE register ADD COLUMN folded_to INTEGER NOT NULL DEFAULT 0;

CREATE INDEX commits_at ON commits (at);
CREATE INDEX commits_of_actor ON commits (actor, number);
CREATE INDEX commits_of_origin ON commits (origin, number);
CREATE INDEX commits_of_request ON commits (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX changes_of_type ON changes (type, commit_number, place);

-- How many records a type had after each commit that changed their number.
CREATE TABLE counts (
    type TEXT NOT NULL,
    commit_number INTEGER NOT NULL,
    records INTEGER NOT NULL,
    PRIMARY KEY (type, commit_number)
) WITHOUT ROWID;
INSERT INTO counts (type, commit_number, records)
SELECT type, commit_number, sum(sum((before IS NULL) - (after IS NULL)))
    OVER (PARTITION BY type ORDER BY commit_number)
FROM changes GROUP BY type, commit_number;

-- Where replay begins when older changes have been folded: each record as it stood then.
CREATE TABLE base (
    type TEXT NOT NULL,
    id INTEGER NOT NULL,
    commit_number INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;

-- What happened that is no change of a record; nothing here is ever altered.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    token TEXT,
    origin TEXT NOT NULL,
    request_id TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX audit_at ON audit (at, number);

-- Answers to writes that carried an idempotency key.
CREATE TABLE answers (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (actor, key)
) WITHOUT ROWID;
CREATE INDEX answers_at ON answers (at);
