-- Who there is. A user without a password signs in with a provider, or not at all.
CREATE TABLE users (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    email TEXT COLLATE "C",
    display_name TEXT COLLATE "C",
    is_active BIGINT NOT NULL DEFAULT 1,
    password_hash TEXT COLLATE "C",
    -- Whom they sign in with; nobody else's word is taken for them.
    provider TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT
);

CREATE TABLE groups (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    description TEXT COLLATE "C"
);

-- Who is in a group, by whose word: a provider's are set anew at each sign-in with it.
CREATE TABLE members (
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (group_id, user_id, provider)
);
CREATE INDEX members_of_user ON members (user_id);

-- What a group may: everywhere, on a type, or on the records that a filter names.
CREATE TABLE grants (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id BIGINT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    rights TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C",
    filter TEXT COLLATE "C"
);
CREATE INDEX grants_of_group ON grants (group_id);

-- Who is signed in where, by the hash of what their cookie holds.
CREATE TABLE sessions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hash BYTEA NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    address TEXT COLLATE "C",
    agent TEXT COLLATE "C",
    id_token TEXT COLLATE "C"
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- What is good once: states and codes of a sign-in, used nonces, the first administrator's link.
CREATE TABLE one_time (
    purpose TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (purpose, hash)
);
CREATE INDEX one_time_expires ON one_time (expires_at);

-- Failed sign-ins, by account and by address, and until when the next is not looked at.
CREATE TABLE attempts (
    subject TEXT COLLATE "C" PRIMARY KEY,
    failures BIGINT NOT NULL,
    failed_at BIGINT NOT NULL,
    wait_until BIGINT NOT NULL
);

ALTER TABLE tokens ADD COLUMN rights TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN types TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN networks TEXT COLLATE "C";
ALTER TABLE tokens ADD COLUMN last_used_at BIGINT;

INSERT INTO groups (name, description) VALUES
    ('anonymous', 'What anybody may who has not signed in'),
    ('viewers', 'Look'),
    ('requesters', 'Look, and propose changes'),
    ('reviewers', 'Look, propose changes, and agree to those of others'),
    ('operators', 'Look, propose changes, and change'),
    ('administrators', 'May everything, and say who may what');
INSERT INTO grants (group_id, rights) SELECT id, 'view' FROM groups WHERE name = 'viewers';
INSERT INTO grants (group_id, rights) SELECT id, 'view,propose' FROM groups WHERE name = 'requesters';
INSERT INTO grants (group_id, rights) SELECT id, 'view,propose,review' FROM groups WHERE name = 'reviewers';
INSERT INTO grants (group_id, rights) SELECT id, 'view,propose,write' FROM groups WHERE name = 'operators';
INSERT INTO grants (group_id, rights)
SELECT id, 'view,propose,review,write,bypass,administer' FROM groups WHERE name = 'administrators';

-- Whoever has a token could read and change everything until now, and still can.
INSERT INTO users (name, created_at) SELECT user_name, min(created_at) FROM tokens GROUP BY user_name;
INSERT INTO members (group_id, user_id)
SELECT groups.id, users.id FROM groups CROSS JOIN users WHERE groups.name = 'operators';
