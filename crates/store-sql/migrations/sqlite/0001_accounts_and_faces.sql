CREATE TABLE accounts (
    id BLOB PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    kind TEXT NOT NULL,
    public_id TEXT NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL,
    PRIMARY KEY (kind, public_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_of_account ON credentials (account_id);

CREATE TABLE galleries (
    id INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    UNIQUE (account_id, name)
) STRICT;

-- Times are microseconds since 1970, boxes are in pixels of the displayed photo.
CREATE TABLE faces (
    id INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    subject TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    width REAL NOT NULL,
    height REAL NOT NULL,
    quality REAL NOT NULL,
    photo_digest BLOB NOT NULL,
    photo_key TEXT,
    template BLOB NOT NULL
) STRICT;

CREATE INDEX faces_of_photo ON faces (photo_key) WHERE photo_key IS NOT NULL;

-- The subject is repeated here so that one index answers "the subjects of a gallery" and "its faces".
CREATE TABLE face_galleries (
    gallery_id INTEGER NOT NULL REFERENCES galleries (id),
    subject TEXT NOT NULL,
    face_id INTEGER NOT NULL REFERENCES faces (id),
    PRIMARY KEY (gallery_id, subject, face_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX galleries_of_face ON face_galleries (face_id);

-- AUTOINCREMENT: a sequence is never given twice, even if the last rows go.
CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    face_id INTEGER NOT NULL
) STRICT;

CREATE TABLE pending_blobs (
    key TEXT PRIMARY KEY NOT NULL,
    noted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_blobs_by_time ON pending_blobs (noted_at);
