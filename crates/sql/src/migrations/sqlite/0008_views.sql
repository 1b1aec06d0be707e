-- What tables show, kept under names. A view is private until it is shared with a group.
CREATE TABLE views (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    group_id INTEGER REFERENCES groups (id) ON DELETE SET NULL,
    -- What the group's members see who have no default of their own.
    is_group_default INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (owner_id, type, name)
);
CREATE INDEX views_of_group ON views (group_id, type);

-- The view by which somebody's table of a type opens; one's own, or one that others share.
CREATE TABLE view_defaults (
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type TEXT NOT NULL,
    view_id INTEGER NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, type)
) WITHOUT ROWID;
CREATE INDEX view_defaults_of_view ON view_defaults (view_id);

-- Pages show them.
CREATE TRIGGER pages_came_views AFTER INSERT ON views
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_moved_views AFTER UPDATE ON views
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_views AFTER DELETE ON views
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_came_view_defaults AFTER INSERT ON view_defaults
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_moved_view_defaults AFTER UPDATE ON view_defaults
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_view_defaults AFTER DELETE ON view_defaults
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
