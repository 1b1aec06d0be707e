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
    moved_at INTEGER,
    error TEXT,
    error_at INTEGER
) WITHOUT ROWID;
