-- Images and videos to analyse. One that is held by a worker is running until `held_until`.
CREATE TABLE media (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    source_key TEXT,
    wants_points INTEGER NOT NULL,
    summary TEXT,
    failure TEXT,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    attempts INTEGER NOT NULL,
    worker BLOB,
    held_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX unfinished_media ON media (created_at, id) WHERE summary IS NULL AND failure IS NULL;
CREATE INDEX media_sources ON media (source_key) WHERE source_key IS NOT NULL;

-- What was found, in the order of time.
CREATE TABLE media_frames (
    media_id BLOB NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    chunk INTEGER NOT NULL,
    frames TEXT NOT NULL,
    PRIMARY KEY (media_id, chunk)
) STRICT;
