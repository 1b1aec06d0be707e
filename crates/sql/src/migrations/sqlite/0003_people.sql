-- Who there is. A user without a password signs in with a provider, or not at all.
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    email TEXT,
    display_name TEXT,
    is_active INTEGER NOT NULL DEFAULT 1,
    password_hash TEXT,
    -- Whom they sign in with; nobody else's word is taken for them.
    provider TEXT,
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER
);

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT
);

-- Who is in a group, by whose word: a provider's are set anew at each sign-in with it.
CREATE TABLE members (
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (group_id, user_id, provider)
) WITHOUT ROWID;
CREATE INDEX members_of_user ON members (user_id);

-- What a group may: everywhere, on a type, or on the records that a filter names.
CREATE TABLE grants (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    rights TEXT NOT NULL,
    type TEXT,
    filter TEXT
);
CREATE INDEX grants_of_group ON grants (group_id);

-- Who is signed in where, by the hash of what their cookie holds.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    address TEXT,
    agent TEXT,
    id_token TEXT
);
CREATE INDEX sessions_of_user ON sessions (user_id);

-- What is good once: states and codes of a sign-in, used nonces, the first administrator's link.
CREATE TABLE one_time (
    purpose TEXT NOT NULL,
    hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (purpose, hash)
) WITHOUT ROWID;
CREATE INDEX one_time_expires ON one_time (expires_at);

-- Failed sign-ins, by account and by address, and until when the next is not looked at.
CREATE TABLE attempts (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    failed_at INTEGER NOT NULL,
    wait_until INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE tokens ADD COLUMN rights TEXT;
ALTER TABLE tokens ADD COLUMN types TEXT;
ALTER TABLE tokens ADD COLUMN networks TEXT;
ALTER TABLE tokens ADD COLUMN last_used_at INTEGER;

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
