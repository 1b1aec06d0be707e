-- When the last commit that touched a type was made, and its hash: of a type that none has touched, null.
ALTER TABLE heads ADD COLUMN at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE heads ADD COLUMN hash BYTEA;
UPDATE heads SET at = commits.at, hash = commits.hash FROM commits WHERE commits.number = heads.head;

-- What answers depend on beside the records: `people` moves when what somebody may does, `cache` when
-- all that is kept is to be forgotten. `at` is when the last event of the audit moved them.
CREATE TABLE system_heads (
    name TEXT COLLATE "C" PRIMARY KEY,
    head BIGINT NOT NULL,
    at BIGINT NOT NULL
);
INSERT INTO system_heads (name, head, at) VALUES ('people', 0, 0), ('cache', 0, 0);

-- By triggers, so that no way to change what somebody may can be forgotten. What was only used or
-- told changes nothing, and whoever is new was never remembered. The register's row is locked
-- first, as everywhere, so that two replicas can't wait for each other.
CREATE FUNCTION people_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM register WHERE id = 1 FOR UPDATE;
    UPDATE system_heads SET head = head + 1 WHERE name = 'people';
    RETURN NULL;
END;
$$;
CREATE TRIGGER people_moved AFTER UPDATE OF name, is_active OR DELETE ON users
    FOR EACH ROW EXECUTE FUNCTION people_moved();
CREATE TRIGGER people_moved AFTER UPDATE OF name OR DELETE ON groups
    FOR EACH ROW EXECUTE FUNCTION people_moved();
CREATE TRIGGER people_moved AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION people_moved();
CREATE TRIGGER people_moved AFTER INSERT OR UPDATE OR DELETE ON grants
    FOR EACH ROW EXECUTE FUNCTION people_moved();
CREATE TRIGGER people_moved
    AFTER UPDATE OF user_name, name, hash, expires_at, rights, types, networks OR DELETE ON tokens
    FOR EACH ROW EXECUTE FUNCTION people_moved();
CREATE TRIGGER people_moved AFTER UPDATE OF hash, user_id, provider OR DELETE ON sessions
    FOR EACH ROW EXECUTE FUNCTION people_moved();
