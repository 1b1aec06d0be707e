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
    moved_at BIGINT,
    error TEXT,
    error_at BIGINT
);
