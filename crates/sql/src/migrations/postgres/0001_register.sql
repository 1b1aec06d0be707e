-- The one row that every write transaction locks first: number, hash and time of the last commit.
CREATE TABLE register (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    last_commit BIGINT NOT NULL,
    last_hash BYTEA NOT NULL,
    last_at BIGINT NOT NULL
);
INSERT INTO register (id, last_commit, last_hash, last_at) VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);

-- Commits, which are the outbox too.
CREATE TABLE commits (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    token TEXT COLLATE "C",
    origin TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    request_id TEXT COLLATE "C",
    hash BYTEA NOT NULL
);

-- The truth: every change of every record, as canonical JSON.
CREATE TABLE changes (
    commit_number BIGINT NOT NULL REFERENCES commits (number),
    place BIGINT NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    before TEXT COLLATE "C",
    after TEXT COLLATE "C",
    PRIMARY KEY (commit_number, place)
);
CREATE UNIQUE INDEX changes_of_record ON changes (type, id, revision);

-- For each type: the last commit that touched it, the next id, and how many records there are.
CREATE TABLE heads (
    type TEXT COLLATE "C" PRIMARY KEY,
    head BIGINT NOT NULL,
    next_id BIGINT NOT NULL,
    records BIGINT NOT NULL
);

-- Every schema that was applied; the last one holds.
CREATE TABLE schemas (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL
);

CREATE TABLE tokens (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);

-- Work that one process does at a time: who does it, until when, and how often it changed hands.
CREATE TABLE leases (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);
