-- How far each publisher of events has told of the commits, and who is at it. Who takes a cursor over
-- raises its epoch, and who has an older one moves it no more.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY,
    -- The last event that was told; the greatest place of all where that is the whole commit.
    commit_number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    beat INTEGER NOT NULL DEFAULT 0,
    beat_at INTEGER,
    moved_at INTEGER,
    error TEXT,
    error_at INTEGER
) WITHOUT ROWID;

-- The last snapshot of all that is there that a publisher was asked for, and how far it is.
CREATE TABLE snapshots (
    cursor TEXT PRIMARY KEY,
    -- Of which type; null for all.
    type TEXT,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    -- The commit after which things stood so.
    commit_number INTEGER,
    error TEXT
) WITHOUT ROWID;
