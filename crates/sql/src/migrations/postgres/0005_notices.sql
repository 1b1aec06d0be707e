-- What people are to be told of change requests by mail, until they are.
CREATE TABLE notices (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name TEXT NOT NULL,
    request BIGINT NOT NULL REFERENCES requests (number) ON DELETE CASCADE,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    comment TEXT,
    at BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at BIGINT NOT NULL
);
CREATE INDEX notices_due ON notices (next_try_at);

-- What a user wants to be told of, parted by commas; null for what suits most.
ALTER TABLE users ADD COLUMN notices TEXT;
