-- Regions are JSON lists: width, height, x, y.
CREATE TABLE cameras (
    id BLOB PRIMARY KEY NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    meta TEXT NOT NULL,
    url TEXT NOT NULL,
    is_enabled INTEGER NOT NULL,
    detector TEXT NOT NULL,
    tracking_region TEXT,
    event_region TEXT,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX cameras_of_account ON cameras (account_id, created_at);

CREATE TABLE persons (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    id INTEGER NOT NULL,
    meta TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;

-- The last number given to a person of the account: none is given twice, even if the last persons go.
CREATE TABLE person_numbers (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id),
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE faces ADD COLUMN person_id INTEGER;

CREATE INDEX faces_of_person ON faces (account_id, person_id) WHERE person_id IS NOT NULL;

-- The account and the person are repeated here so that one index answers each question about the history. The
-- indexes end with the row's key, the face id, which is the order of the history.
CREATE TABLE events (
    face_id INTEGER PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL,
    camera_id BLOB NOT NULL,
    person_id INTEGER,
    occurred_at INTEGER NOT NULL,
    is_friend INTEGER NOT NULL,
    is_exemplar INTEGER NOT NULL
) STRICT;

CREATE INDEX events_of_account ON events (account_id);
CREATE INDEX events_of_camera ON events (account_id, camera_id);
CREATE INDEX events_of_person ON events (account_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX events_of_person_in_time ON events (account_id, person_id, camera_id, occurred_at)
    WHERE person_id IS NOT NULL;
CREATE INDEX exemplars ON events (account_id, person_id, camera_id) WHERE is_exemplar = 1;

-- A person goes with its last face.
CREATE TRIGGER person_goes_with_deleted_face AFTER DELETE ON faces WHEN old.person_id IS NOT NULL
BEGIN
    DELETE FROM persons WHERE account_id = old.account_id AND id = old.person_id
        AND NOT EXISTS (SELECT 1 FROM faces WHERE account_id = old.account_id AND person_id = old.person_id);
END;

CREATE TRIGGER person_goes_with_moved_face AFTER UPDATE OF person_id ON faces
WHEN old.person_id IS NOT NULL AND old.person_id IS NOT new.person_id
BEGIN
    DELETE FROM persons WHERE account_id = old.account_id AND id = old.person_id
        AND NOT EXISTS (SELECT 1 FROM faces WHERE account_id = old.account_id AND person_id = old.person_id);
END;

-- Where an exemplar goes, its person's last event on that camera takes its place, and the change log says so.
CREATE TRIGGER exemplar_follows_deleted_one AFTER DELETE ON events
WHEN old.is_exemplar = 1 AND old.person_id IS NOT NULL
BEGIN
    INSERT INTO changes (face_id)
    SELECT face_id FROM events
    WHERE account_id = old.account_id AND person_id = old.person_id AND camera_id = old.camera_id
        AND is_exemplar = 0
    ORDER BY occurred_at DESC, face_id DESC LIMIT 1;
    UPDATE events SET is_exemplar = 1 WHERE face_id = (
        SELECT face_id FROM events
        WHERE account_id = old.account_id AND person_id = old.person_id AND camera_id = old.camera_id
            AND is_exemplar = 0
        ORDER BY occurred_at DESC, face_id DESC LIMIT 1);
END;

CREATE TRIGGER exemplar_follows_moved_one AFTER UPDATE OF person_id ON events
WHEN old.is_exemplar = 1 AND old.person_id IS NOT NULL AND old.person_id IS NOT new.person_id
BEGIN
    INSERT INTO changes (face_id)
    SELECT face_id FROM events
    WHERE account_id = old.account_id AND person_id = old.person_id AND camera_id = old.camera_id
        AND is_exemplar = 0
    ORDER BY occurred_at DESC, face_id DESC LIMIT 1;
    UPDATE events SET is_exemplar = 1 WHERE face_id = (
        SELECT face_id FROM events
        WHERE account_id = old.account_id AND person_id = old.person_id AND camera_id = old.camera_id
            AND is_exemplar = 0
        ORDER BY occurred_at DESC, face_id DESC LIMIT 1);
END;
