-- Tasks: when each runs next, and who is at it. `fence` grows with each run: what carries an older one
-- writes nothing.
CREATE TABLE tasks (
    name TEXT PRIMARY KEY,
    -- The schedule that `due` follows from.
    schedule TEXT NOT NULL,
    since INTEGER NOT NULL,
    due INTEGER NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    is_paused INTEGER NOT NULL DEFAULT 0,
    is_configured_paused INTEGER NOT NULL DEFAULT 0,
    is_failing INTEGER NOT NULL DEFAULT 0,
    run_asked_by TEXT,
    stop_asked_by TEXT,
    fence INTEGER NOT NULL DEFAULT 0,
    run INTEGER,
    holder TEXT,
    beat INTEGER NOT NULL DEFAULT 0,
    beat_at INTEGER
) WITHOUT ROWID;
CREATE INDEX tasks_held ON tasks (holder) WHERE run IS NOT NULL;

CREATE TABLE task_runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task TEXT NOT NULL,
    replica TEXT NOT NULL,
    fence INTEGER NOT NULL,
    -- Null where somebody asked for it.
    due INTEGER,
    asked_by TEXT,
    tries INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT,
    error TEXT,
    counts TEXT,
    next_at INTEGER
);
CREATE INDEX task_runs_of_task ON task_runs (task, id);
CREATE INDEX task_runs_ended ON task_runs (ended_at);

CREATE TABLE task_log (
    run INTEGER NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, line)
) WITHOUT ROWID;

-- The front page tells which tasks fail.
CREATE TRIGGER pages_moved_tasks AFTER UPDATE OF is_failing ON tasks WHEN OLD.is_failing <> NEW.is_failing
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;

-- Notices tell of tasks, too: of their change request, or of a run.
CREATE TABLE notices_of_both (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_name TEXT NOT NULL,
    request INTEGER REFERENCES requests (number) ON DELETE CASCADE,
    run INTEGER REFERENCES task_runs (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    actor TEXT NOT NULL,
    comment TEXT,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL
);
INSERT INTO notices_of_both (id, user_name, request, event, actor, comment, at, tries, next_try_at)
SELECT id, user_name, request, event, actor, comment, at, tries, next_try_at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_of_both RENAME TO notices;
CREATE INDEX notices_due ON notices (next_try_at);
