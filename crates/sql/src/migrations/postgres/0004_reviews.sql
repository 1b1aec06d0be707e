-- How a commit came past the review: who agreed to it, a line each, or that a right took it past.
ALTER TABLE commits ADD COLUMN approved_by TEXT;
ALTER TABLE commits ADD COLUMN is_bypass BIGINT NOT NULL DEFAULT 0;

-- Changes that wait for a review, or waited. `content` is what is asked for, as JSON.
CREATE TABLE requests (
    number BIGINT PRIMARY KEY,
    title TEXT NOT NULL,
    reason TEXT,
    state TEXT NOT NULL,
    is_open BIGINT NOT NULL,
    requester TEXT NOT NULL,
    token TEXT,
    origin TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    -- 1 when it is made, one more whenever something else is asked for.
    revision BIGINT NOT NULL,
    content TEXT NOT NULL,
    -- The commit that applied it.
    commit_number BIGINT
);
CREATE INDEX requests_open ON requests (number) WHERE is_open = 1;
CREATE INDEX requests_in_state ON requests (state, number);
CREATE INDEX requests_of ON requests (requester, number);
CREATE INDEX requests_expire ON requests (expires_at) WHERE is_open = 1;

-- The records that a request is about; those that it adds have no id.
CREATE TABLE request_records (
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    type TEXT NOT NULL,
    id BIGINT,
    PRIMARY KEY (request, place)
);
CREATE INDEX request_records_about ON request_records (type, id, request);

-- Who is asked to decide.
CREATE TABLE request_reviewers (
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    user_name TEXT NOT NULL,
    PRIMARY KEY (request, user_name)
);
CREATE INDEX request_reviewers_of ON request_reviewers (user_name, request);

-- Who has agreed, and to what: the tag of what they were shown.
CREATE TABLE request_approvals (
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (request, place)
);

-- Everything that happened to it.
CREATE TABLE request_events (
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    token TEXT,
    event TEXT NOT NULL,
    comment TEXT,
    PRIMARY KEY (request, place)
);

-- Unique values that open requests ask for, and the records that they change: each but once.
CREATE TABLE claims (
    type TEXT NOT NULL,
    fields TEXT NOT NULL,
    value TEXT NOT NULL,
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    PRIMARY KEY (type, fields, value)
);
CREATE INDEX claims_of ON claims (request);
CREATE TABLE claims_record (
    type TEXT NOT NULL,
    id BIGINT NOT NULL,
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    PRIMARY KEY (type, id)
);
CREATE INDEX claims_record_of ON claims_record (request);
