-- What pages show beside the records: `pages` moves when any of it does. By triggers, as for `people`.
INSERT INTO system_heads (name, head, at) VALUES ('pages', 0, 0);

CREATE FUNCTION pages_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM register WHERE id = 1 FOR UPDATE;
    UPDATE system_heads SET head = head + 1 WHERE name = 'pages';
    RETURN NULL;
END;
$$;
CREATE TRIGGER pages_moved AFTER INSERT OR UPDATE OR DELETE ON requests
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
CREATE TRIGGER pages_moved AFTER INSERT OR DELETE ON request_reviewers
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
CREATE TRIGGER pages_moved AFTER INSERT OR DELETE ON request_approvals
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
CREATE TRIGGER pages_moved AFTER INSERT ON request_events
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
