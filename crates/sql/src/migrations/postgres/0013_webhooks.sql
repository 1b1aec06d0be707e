-- Webhooks: how it goes with each. Who sends holds it by a fence that each step raises; one that stays
-- the same for too long is that of somebody who is gone.
CREATE TABLE webhooks (
    name TEXT COLLATE "C" PRIMARY KEY,
    takes_notices BIGINT NOT NULL,
    fence BIGINT NOT NULL DEFAULT 0,
    holder TEXT,
    -- By whom or what it rests; null where it does not.
    paused_by TEXT,
    -- What is tried, how often it failed, since when, and when it is tried again.
    trying TEXT,
    failed BIGINT NOT NULL DEFAULT 0,
    first_try_at BIGINT,
    next_try_at BIGINT,
    -- How many deliveries were taken, and how many tries came to nothing.
    delivered BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    last_success_at BIGINT,
    last_error_at BIGINT,
    last_error TEXT
);

-- What is sent beside the events of commits: notices, pings, what was dead and is replayed.
CREATE TABLE webhook_queue (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook TEXT COLLATE "C" NOT NULL REFERENCES webhooks (name) ON DELETE CASCADE,
    -- That of an event which is replayed; null for what gets its own.
    event_id TEXT,
    event_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX webhook_queue_of ON webhook_queue (webhook, id);

-- What was given up, until somebody has seen to it.
CREATE TABLE webhook_dead (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook TEXT COLLATE "C" NOT NULL REFERENCES webhooks (name) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    status BIGINT,
    answer TEXT NOT NULL,
    first_try_at BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX webhook_dead_of ON webhook_dead (webhook, id);
