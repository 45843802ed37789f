-- Who watches a camera, until when, and what was last told of it. A watch that is not held any more is anybody's.
CREATE TABLE watches (
    camera_id BLOB PRIMARY KEY NOT NULL REFERENCES cameras (id) ON DELETE CASCADE,
    watcher BLOB NOT NULL,
    held_until INTEGER NOT NULL,
    activity TEXT NOT NULL,
    since INTEGER NOT NULL,
    retry_at INTEGER,
    error TEXT,
    frames INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    events INTEGER NOT NULL,
    lost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Cameras that are to be watched.
CREATE VIEW cameras_to_watch AS
SELECT c.* FROM cameras c JOIN accounts a ON a.id = c.account_id
WHERE c.is_enabled = 1 AND c.url <> '' AND a.disabled_at IS NULL;
