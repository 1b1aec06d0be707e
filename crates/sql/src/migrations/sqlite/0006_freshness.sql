-- When the last commit that touched a type was made, and its hash: of a type that none has touched, null.
ALTER TABLE heads ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN hash BLOB;
UPDATE heads SET at = commits.at, hash = commits.hash FROM commits WHERE commits.number = heads.head;

-- What answers depend on beside the records: `people` moves when what somebody may does, `cache` when
-- all that is kept is to be forgotten. `at` is when the last event of the audit moved them.
CREATE TABLE system_heads (
    name TEXT PRIMARY KEY,
    head INTEGER NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO system_heads (name, head, at) VALUES ('people', 0, 0), ('cache', 0, 0);

-- By triggers, so that no way to change what somebody may can be forgotten. What was only used or
-- told changes nothing, and whoever is new was never remembered.
CREATE TRIGGER people_moved_users AFTER UPDATE OF name, is_active ON users
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_users AFTER DELETE ON users
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_moved_groups AFTER UPDATE OF name ON groups
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_groups AFTER DELETE ON groups
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_came_members AFTER INSERT ON members
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_moved_members AFTER UPDATE ON members
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_members AFTER DELETE ON members
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_came_grants AFTER INSERT ON grants
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_moved_grants AFTER UPDATE ON grants
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_grants AFTER DELETE ON grants
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_moved_tokens
AFTER UPDATE OF user_name, name, hash, expires_at, rights, types, networks ON tokens
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_tokens AFTER DELETE ON tokens
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_moved_sessions AFTER UPDATE OF hash, user_id, provider ON sessions
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
CREATE TRIGGER people_gone_sessions AFTER DELETE ON sessions
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;
