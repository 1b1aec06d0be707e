-- How users want to see pages, null for as their browser has it, and whether they have seen the tour.
ALTER TABLE users ADD COLUMN time_zone TEXT;
ALTER TABLE users ADD COLUMN theme TEXT;
ALTER TABLE users ADD COLUMN density TEXT;
ALTER TABLE users ADD COLUMN tour_taken INTEGER NOT NULL DEFAULT 0;
-- Whoever was here before is on no first visit.
UPDATE users SET tour_taken = 1 WHERE last_sign_in_at IS NOT NULL;

-- Who somebody is, is remembered with how they want to see pages.
CREATE TRIGGER people_moved_preferences
AFTER UPDATE OF time_zone, theme, density, tour_taken ON users
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'people'; END;

-- How many changes of a type were made in each quarter of an hour, counted from 1970.
CREATE TABLE activity (
    quarter INTEGER NOT NULL,
    type TEXT NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (quarter, type)
) WITHOUT ROWID;
INSERT INTO activity (quarter, type, changes)
SELECT m.at / 900000000, c.type, count(*) FROM changes c JOIN commits m ON m.number = c.commit_number
GROUP BY m.at / 900000000, c.type;
