-- Sources of messages: how far each partition was read. Who takes a partition over raises its epoch, and
-- who has an older one moves it no more.
CREATE TABLE source_partitions (
    source TEXT NOT NULL,
    topic TEXT NOT NULL,
    number INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    -- The offset that is read next, null where none was read; and when the message before was written.
    next INTEGER,
    last_ms INTEGER,
    PRIMARY KEY (source, topic, number)
) WITHOUT ROWID;

-- Messages that were seen, for as long as they may come again.
CREATE TABLE source_messages (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE INDEX source_messages_seen ON source_messages (seen_at);

-- The newest that each source said of a record, by the record's key.
CREATE TABLE source_stamps (
    source TEXT NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER,
    sequence TEXT,
    PRIMARY KEY (source, type, key)
) WITHOUT ROWID;

-- What became of the messages of each source.
CREATE TABLE source_tallies (
    source TEXT PRIMARY KEY,
    applied INTEGER NOT NULL DEFAULT 0,
    queued INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    repeats INTEGER NOT NULL DEFAULT 0,
    late INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0,
    last_at INTEGER
) WITHOUT ROWID;

-- Messages that could not be taken in, until somebody has seen to them.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    topic TEXT NOT NULL,
    number INTEGER NOT NULL,
    message_offset INTEGER NOT NULL,
    key BLOB,
    headers TEXT NOT NULL,
    payload BLOB,
    is_cut INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (source, topic, number, message_offset)
);
