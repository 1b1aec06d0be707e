-- Tasks: when each runs next, and who is at it. `fence` grows with each run: what carries an older one
-- writes nothing.
CREATE TABLE tasks (
    name TEXT COLLATE "C" PRIMARY KEY,
    -- The schedule that `due` follows from.
    schedule TEXT NOT NULL,
    since BIGINT NOT NULL,
    due BIGINT NOT NULL,
    at BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    is_paused BIGINT NOT NULL DEFAULT 0,
    is_configured_paused BIGINT NOT NULL DEFAULT 0,
    is_failing BIGINT NOT NULL DEFAULT 0,
    run_asked_by TEXT,
    stop_asked_by TEXT,
    fence BIGINT NOT NULL DEFAULT 0,
    run BIGINT,
    holder TEXT,
    beat BIGINT NOT NULL DEFAULT 0,
    beat_at BIGINT
);
CREATE INDEX tasks_held ON tasks (holder) WHERE run IS NOT NULL;

CREATE TABLE task_runs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task TEXT COLLATE "C" NOT NULL,
    replica TEXT NOT NULL,
    fence BIGINT NOT NULL,
    -- Null where somebody asked for it.
    due BIGINT,
    asked_by TEXT,
    tries BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT,
    error TEXT,
    counts TEXT,
    next_at BIGINT
);
CREATE INDEX task_runs_of_task ON task_runs (task, id);
CREATE INDEX task_runs_ended ON task_runs (ended_at);

CREATE TABLE task_log (
    run BIGINT NOT NULL REFERENCES task_runs (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    at BIGINT NOT NULL,
    level TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (run, line)
);

-- The front page tells which tasks fail.
CREATE TRIGGER pages_moved AFTER UPDATE OF is_failing ON tasks
    FOR EACH ROW WHEN (OLD.is_failing IS DISTINCT FROM NEW.is_failing) EXECUTE FUNCTION pages_moved();

-- Notices tell of tasks, too: of their change request, or of a run.
ALTER TABLE notices ALTER COLUMN request DROP NOT NULL;
ALTER TABLE notices ADD COLUMN run BIGINT REFERENCES task_runs (id) ON DELETE CASCADE;
