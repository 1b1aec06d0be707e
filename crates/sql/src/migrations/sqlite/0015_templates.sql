-- Templates of exports that administrators have uploaded.
CREATE TABLE templates (
    name TEXT NOT NULL PRIMARY KEY,
    media_type TEXT NOT NULL,
    -- The names of the types that it is for, parted by commas; empty for all.
    types TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by TEXT NOT NULL
);

-- Answers are made with them: whoever remembers some sees by this head that they are others now.
CREATE TRIGGER pages_came_templates AFTER INSERT ON templates
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_moved_templates AFTER UPDATE ON templates
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_templates AFTER DELETE ON templates
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
