-- Sources of messages: how far each partition was read. Who takes a partition over raises its epoch, and
-- who has an older one moves it no more.
CREATE TABLE source_partitions (
    source TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    -- The offset that is read next, null where none was read; and when the message before was written.
    next BIGINT,
    last_ms BIGINT,
    PRIMARY KEY (source, topic, number)
);

-- Messages that were seen, for as long as they may come again.
CREATE TABLE source_messages (
    source TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX source_messages_seen ON source_messages (seen_at);

-- The newest that each source said of a record, by the record's key.
CREATE TABLE source_stamps (
    source TEXT COLLATE "C" NOT NULL,
    type TEXT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    at BIGINT,
    sequence TEXT,
    PRIMARY KEY (source, type, key)
);

-- What became of the messages of each source.
CREATE TABLE source_tallies (
    source TEXT COLLATE "C" PRIMARY KEY,
    applied BIGINT NOT NULL DEFAULT 0,
    queued BIGINT NOT NULL DEFAULT 0,
    unchanged BIGINT NOT NULL DEFAULT 0,
    repeats BIGINT NOT NULL DEFAULT 0,
    late BIGINT NOT NULL DEFAULT 0,
    dead BIGINT NOT NULL DEFAULT 0,
    last_at BIGINT
);

-- Messages that could not be taken in, until somebody has seen to them.
CREATE TABLE dead_letters (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    message_offset BIGINT NOT NULL,
    key BYTEA,
    headers TEXT NOT NULL,
    payload BYTEA,
    is_cut BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (source, topic, number, message_offset)
);
