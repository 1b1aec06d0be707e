-- By which change request a source asks for something of a record, by the record's key.
CREATE TABLE source_requests (
    source TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request BIGINT NOT NULL,
    PRIMARY KEY (source, type, key)
);

-- Who reads a source now, as each replica tells every few seconds.
CREATE TABLE source_members (
    source TEXT COLLATE "C" NOT NULL,
    replica TEXT COLLATE "C" NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    error TEXT,
    partitions TEXT NOT NULL,
    per_minute BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (source, replica)
);

-- How far behind each was in a minute.
CREATE TABLE source_lags (
    source TEXT COLLATE "C" NOT NULL,
    minute BIGINT NOT NULL,
    replica TEXT COLLATE "C" NOT NULL,
    behind BIGINT NOT NULL,
    PRIMARY KEY (source, minute, replica)
);

-- Whether a dead letter has been told to the topic for such.
ALTER TABLE dead_letters ADD COLUMN is_told BIGINT NOT NULL DEFAULT 0;
