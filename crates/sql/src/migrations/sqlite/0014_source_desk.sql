-- By which change request a source asks for something of a record, by the record's key.
CREATE TABLE source_requests (
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    request INTEGER NOT NULL,
    PRIMARY KEY (source, type, key)
) WITHOUT ROWID;

-- Who reads a source now, as each replica tells every few seconds.
CREATE TABLE source_members (
    source TEXT NOT NULL,
    replica TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT,
    error TEXT,
    partitions TEXT NOT NULL,
    per_minute INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source, replica)
) WITHOUT ROWID;

-- How far behind each was in a minute.
CREATE TABLE source_lags (
    source TEXT NOT NULL,
    minute INTEGER NOT NULL,
    replica TEXT NOT NULL,
    behind INTEGER NOT NULL,
    PRIMARY KEY (source, minute, replica)
) WITHOUT ROWID;

-- Whether a dead letter has been told to the topic for such.
ALTER TABLE dead_letters ADD COLUMN is_told INTEGER NOT NULL DEFAULT 0;
