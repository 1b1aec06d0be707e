-- What tables show, kept under names. A view is private until it is shared with a group.
CREATE TABLE views (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    query TEXT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id BIGINT REFERENCES groups (id) ON DELETE SET NULL,
    -- What the group's members see who have no default of their own.
    is_group_default BIGINT NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (owner_id, type, name)
);
CREATE INDEX views_of_group ON views (group_id, type);

-- The view by which somebody's table of a type opens; one's own, or one that others share.
CREATE TABLE view_defaults (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type TEXT COLLATE "C" NOT NULL,
    view_id BIGINT NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, type)
);
CREATE INDEX view_defaults_of_view ON view_defaults (view_id);

-- Pages show them.
CREATE TRIGGER pages_moved AFTER INSERT OR UPDATE OR DELETE ON views
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
CREATE TRIGGER pages_moved AFTER INSERT OR UPDATE OR DELETE ON view_defaults
    FOR EACH STATEMENT EXECUTE FUNCTION pages_moved();
