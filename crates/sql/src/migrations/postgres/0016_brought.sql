-- What was brought over from another system: its records and ours, and what it said of them last, so
-- that only what is new comes another time.
CREATE TABLE brought (
    source TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    -- What the other system calls it.
    foreign_id TEXT COLLATE "C" NOT NULL,
    -- What we call it; null where it is no record.
    record BIGINT,
    -- A digest of what was said; empty where that is not known.
    digest TEXT NOT NULL,
    PRIMARY KEY (source, kind, foreign_id)
);
