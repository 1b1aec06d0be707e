-- How far each publisher of events has told of the commits, and who is at it. Who takes a cursor over
-- raises its epoch, and who has an older one moves it no more.
CREATE TABLE cursors (
    name TEXT COLLATE "C" PRIMARY KEY,
    -- The last event that was told; the greatest place of all where that is the whole commit.
    commit_number BIGINT NOT NULL,
    place BIGINT NOT NULL,
    epoch BIGINT NOT NULL DEFAULT 0,
    holder TEXT,
    beat BIGINT NOT NULL DEFAULT 0,
    beat_at BIGINT,
    moved_at BIGINT,
    error TEXT,
    error_at BIGINT
);

-- The last snapshot of all that is there that a publisher was asked for, and how far it is.
CREATE TABLE snapshots (
    cursor TEXT COLLATE "C" PRIMARY KEY,
    -- Of which type; null for all.
    type TEXT,
    asked_by TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL DEFAULT 0,
    total BIGINT NOT NULL DEFAULT 0,
    -- The commit after which things stood so.
    commit_number BIGINT,
    error TEXT
);
