-- Templates of exports that administrators have uploaded.
CREATE TABLE templates (
    name TEXT COLLATE "C" PRIMARY KEY,
    media_type TEXT NOT NULL,
    -- The names of the types that it is for, parted by commas; empty for all.
    types TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by TEXT NOT NULL
);

-- Answers are made with them: whoever remembers some sees by this head that they are others now.
CREATE TRIGGER pages_moved AFTER INSERT OR UPDATE OR DELETE ON templates
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
