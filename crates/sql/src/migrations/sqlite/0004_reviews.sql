-- How a commit came past the review: who agreed to it, a line each, or that a right took it past.
ALTER TABLE commits ADD COLUMN approved_by TEXT;
ALTER TABLE commits ADD COLUMN is_bypass INTEGER NOT NULL DEFAULT 0;

-- Changes that wait for a review, or waited. `content` is what is asked for, as JSON.
CREATE TABLE requests (
    number INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    reason TEXT,
    state TEXT NOT NULL,
    is_open INTEGER NOT NULL,
    requester TEXT NOT NULL,
    token TEXT,
    origin TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    -- 1 when it is made, one more whenever something else is asked for.
    revision INTEGER NOT NULL,
    content TEXT NOT NULL,
    -- The commit that applied it.
    commit_number INTEGER
);
CREATE INDEX requests_open ON requests (number) WHERE is_open = 1;
CREATE INDEX requests_in_state ON requests (state, number);
CREATE INDEX requests_of ON requests (requester, number);
CREATE INDEX requests_expire ON requests (expires_at) WHERE is_open = 1;

-- The records that a request is about; those that it adds have no id.
CREATE TABLE request_records (
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    type TEXT NOT NULL,
    id INTEGER,
    PRIMARY KEY (request, place)
) WITHOUT ROWID;
CREATE INDEX request_records_about ON request_records (type, id, request);

-- Who is asked to decide.
CREATE TABLE request_reviewers (
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    PRIMARY KEY (request, user_name)
) WITHOUT ROWID;
CREATE INDEX request_reviewers_of ON request_reviewers (user_name, request);

-- Who has agreed, and to what: the tag of what they were shown.
CREATE TABLE request_approvals (
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (request, place)
) WITHOUT ROWID;

-- Everything that happened to it.
CREATE TABLE request_events (
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    token TEXT,
    event TEXT NOT NULL,
    comment TEXT,
    PRIMARY KEY (request, place)
) WITHOUT ROWID;

-- Unique values that open requests ask for, and the records that they change: each but once.
CREATE TABLE claims (
    type TEXT NOT NULL,
    fields TEXT NOT NULL,
    value TEXT NOT NULL,
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    PRIMARY KEY (type, fields, value)
) WITHOUT ROWID;
CREATE INDEX claims_of ON claims (request);
CREATE TABLE claims_record (
    type TEXT NOT NULL,
    id INTEGER NOT NULL,
    request INTEGER NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;
CREATE INDEX claims_record_of ON claims_record (request);
