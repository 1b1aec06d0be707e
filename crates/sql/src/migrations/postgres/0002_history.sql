-- What the chain is over when folding has let a commit's changes go.
ALTER TABLE commits ADD COLUMN digest BYTEA NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000';
-- Of a commit that folds: the last commit that it folded, and the digest of the base it left.
ALTER TABLE commits ADD COLUMN folded_to BIGINT;
ALTER TABLE commits ADD COLUMN base_digest BYTEA;
ALTER TABLE register ADD COLUMN folded_to BIGINT NOT NULL DEFAULT 0;

CREATE INDEX commits_at ON commits (at);
CREATE INDEX commits_of_actor ON commits (actor, number);
CREATE INDEX commits_of_origin ON commits (origin, number);
CREATE INDEX commits_of_request ON commits (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX changes_of_type ON changes (type, commit_number, place);

-- How many records a type had after each commit that changed their number.
CREATE TABLE counts (
    type TEXT COLLATE "C" NOT NULL,
    commit_number BIGINT NOT NULL,
    records BIGINT NOT NULL,
    PRIMARY KEY (type, commit_number)
);
INSERT INTO counts (type, commit_number, records)
SELECT type, commit_number, sum(sum((before IS NULL)::int - (after IS NULL)::int))
    OVER (PARTITION BY type ORDER BY commit_number)
FROM changes GROUP BY type, commit_number;

-- Where replay begins when older changes have been folded: each record as it stood then.
CREATE TABLE base (
    type TEXT COLLATE "C" NOT NULL,
    id BIGINT NOT NULL,
    commit_number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (type, id)
);

-- What happened that is no change of a record; nothing here is ever altered.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    token TEXT COLLATE "C",
    origin TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C"
);
CREATE INDEX audit_at ON audit (at, number);

-- Answers to writes that carried an idempotency key.
CREATE TABLE answers (
    actor TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX answers_at ON answers (at);
