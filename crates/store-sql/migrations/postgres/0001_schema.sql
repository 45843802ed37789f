-- Times are microseconds since 1970, boxes are in pixels of the displayed photo. Ids of accounts, cameras and media are
-- their 16 bytes. Texts are sorted by their bytes, as everywhere in Vultus.
CREATE TABLE accounts (
    id BYTEA PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    -- No limit where it is NULL.
    liveness_per_month BIGINT
);

CREATE TABLE credentials (
    kind TEXT COLLATE "C" NOT NULL,
    public_id TEXT COLLATE "C" NOT NULL,
    account_id BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret_hash BYTEA NOT NULL,
    -- Lasts until it is replaced where it is NULL.
    expires_at BIGINT,
    PRIMARY KEY (kind, public_id)
);

CREATE INDEX credentials_of_account ON credentials (account_id);
CREATE INDEX expiring_credentials ON credentials (expires_at) WHERE expires_at IS NOT NULL;

-- A gallery that was created by itself lasts without faces; others go with their last face.
CREATE TABLE galleries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    name TEXT COLLATE "C" NOT NULL,
    is_lasting BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (account_id, name)
);

CREATE TABLE faces (
    id BIGINT PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    subject TEXT COLLATE "C" NOT NULL,
    enrolled_at BIGINT NOT NULL,
    x DOUBLE PRECISION NOT NULL,
    y DOUBLE PRECISION NOT NULL,
    width DOUBLE PRECISION NOT NULL,
    height DOUBLE PRECISION NOT NULL,
    quality DOUBLE PRECISION NOT NULL,
    photo_digest BYTEA NOT NULL,
    photo_key TEXT COLLATE "C",
    photo_md5 BYTEA,
    photo_url TEXT COLLATE "C",
    thumbnail_key TEXT COLLATE "C",
    person_id BIGINT,
    template BYTEA NOT NULL
);

CREATE INDEX faces_of_account ON faces (account_id, id);
CREATE INDEX faces_of_subject ON faces (account_id, subject, id);
CREATE INDEX faces_of_photo ON faces (photo_key) WHERE photo_key IS NOT NULL;
CREATE INDEX faces_of_thumbnail ON faces (thumbnail_key) WHERE thumbnail_key IS NOT NULL;
CREATE INDEX faces_of_person ON faces (account_id, person_id) WHERE person_id IS NOT NULL;

-- The subject is repeated here so that one index answers "the subjects of a gallery" and "its faces".
CREATE TABLE face_galleries (
    gallery_id BIGINT NOT NULL REFERENCES galleries (id),
    subject TEXT COLLATE "C" NOT NULL,
    face_id BIGINT NOT NULL REFERENCES faces (id),
    PRIMARY KEY (gallery_id, subject, face_id)
);

CREATE INDEX galleries_of_face ON face_galleries (face_id);
CREATE INDEX faces_of_gallery ON face_galleries (gallery_id, face_id);

-- Transactions end in another order than they begin, so that a number given on the way could be passed by a reader
-- before its row is seen. Changes get their numbers afterwards, from whoever reads them, in turns: without gaps, and
-- never behind a number that was read. The face 0, which does not exist, stands for all faces.
CREATE TABLE changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence BIGINT UNIQUE,
    face_id BIGINT NOT NULL
);

CREATE INDEX changes_without_number ON changes (id) WHERE sequence IS NULL;

CREATE TABLE pending_blobs (
    key TEXT COLLATE "C" PRIMARY KEY,
    noted_at BIGINT NOT NULL
);

CREATE INDEX pending_blobs_by_time ON pending_blobs (noted_at);

-- Whose templates the table `faces` holds: the SHA-256 digests of the models of a template's parts, one after
-- the other.
CREATE TABLE embedder (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    models BYTEA NOT NULL CHECK (length(models) > 0 AND length(models) % 32 = 0),
    pack TEXT COLLATE "C"
);

-- The replacement of all templates that is under way.
CREATE TABLE reembedding (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    models BYTEA NOT NULL CHECK (length(models) > 0 AND length(models) % 32 = 0),
    pack TEXT COLLATE "C"
);

-- Results that wait for its end: a template, or why there is none, or neither where the present one stays.
CREATE TABLE staged_templates (
    face_id BIGINT PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE,
    template BYTEA,
    miss TEXT COLLATE "C",
    CHECK (template IS NULL OR miss IS NULL)
);

-- Regions are JSON lists: width, height, x, y.
CREATE TABLE cameras (
    id BYTEA PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    meta TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    is_enabled BOOLEAN NOT NULL,
    detector TEXT COLLATE "C" NOT NULL,
    tracking_region TEXT COLLATE "C",
    event_region TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);

CREATE INDEX cameras_of_account ON cameras (account_id, created_at);

CREATE TABLE persons (
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    id BIGINT NOT NULL,
    meta TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- The last number given to a person of the account: none is given twice, even if the last persons go.
CREATE TABLE person_numbers (
    account_id BYTEA PRIMARY KEY REFERENCES accounts (id),
    last BIGINT NOT NULL
);

-- The account and the person are repeated here so that one index answers each question about the history.
CREATE TABLE events (
    face_id BIGINT PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE,
    account_id BYTEA NOT NULL,
    camera_id BYTEA NOT NULL,
    person_id BIGINT,
    occurred_at BIGINT NOT NULL,
    is_friend BOOLEAN NOT NULL,
    is_exemplar BOOLEAN NOT NULL
);

CREATE INDEX events_of_account ON events (account_id, face_id);
CREATE INDEX events_of_camera ON events (account_id, camera_id, face_id);
CREATE INDEX events_of_person ON events (account_id, person_id, face_id) WHERE person_id IS NOT NULL;
CREATE INDEX events_of_person_in_time ON events (account_id, person_id, camera_id, occurred_at)
    WHERE person_id IS NOT NULL;
CREATE INDEX exemplars ON events (account_id, person_id, camera_id) WHERE is_exemplar;

-- A person goes with its last face.
CREATE FUNCTION remove_person_without_faces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM persons WHERE account_id = old.account_id AND id = old.person_id
        AND NOT EXISTS (SELECT 1 FROM faces WHERE account_id = old.account_id AND person_id = old.person_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER person_goes_with_deleted_face AFTER DELETE ON faces
FOR EACH ROW WHEN (old.person_id IS NOT NULL) EXECUTE FUNCTION remove_person_without_faces();

CREATE TRIGGER person_goes_with_moved_face AFTER UPDATE OF person_id ON faces
FOR EACH ROW WHEN (old.person_id IS NOT NULL AND old.person_id IS DISTINCT FROM new.person_id)
EXECUTE FUNCTION remove_person_without_faces();

-- Where an exemplar goes, its person's last event on that camera takes its place, and the change log says so.
CREATE FUNCTION replace_exemplar() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    successor BIGINT;
BEGIN
    SELECT face_id INTO successor FROM events
    WHERE account_id = old.account_id AND person_id = old.person_id AND camera_id = old.camera_id
        AND NOT is_exemplar
    ORDER BY occurred_at DESC, face_id DESC LIMIT 1;
    IF FOUND THEN
        INSERT INTO changes (face_id) VALUES (successor);
        UPDATE events SET is_exemplar = TRUE WHERE face_id = successor;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER exemplar_follows_deleted_one AFTER DELETE ON events
FOR EACH ROW WHEN (old.is_exemplar AND old.person_id IS NOT NULL) EXECUTE FUNCTION replace_exemplar();

CREATE TRIGGER exemplar_follows_moved_one AFTER UPDATE OF person_id ON events
FOR EACH ROW WHEN (old.is_exemplar AND old.person_id IS NOT NULL AND old.person_id IS DISTINCT FROM new.person_id)
EXECUTE FUNCTION replace_exemplar();

-- What clients declared about the consent of the persons whom a call processed.
CREATE TABLE consents (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    recorded_at BIGINT NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    is_declared BOOLEAN NOT NULL
);

CREATE INDEX consents_of_account ON consents (account_id, id);

-- A month is its year times 100 and its number: 202603.
CREATE TABLE liveness_counts (
    account_id BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    month BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (account_id, month)
);

-- Who watches a camera, until when, and what was last told of it. A watch that is not held any more is anybody's.
CREATE TABLE watches (
    camera_id BYTEA PRIMARY KEY REFERENCES cameras (id) ON DELETE CASCADE,
    watcher BYTEA NOT NULL,
    held_until BIGINT NOT NULL,
    activity TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    retry_at BIGINT,
    error TEXT COLLATE "C",
    frames BIGINT NOT NULL,
    dropped BIGINT NOT NULL,
    events BIGINT NOT NULL,
    lost BIGINT NOT NULL
);

-- Cameras that are to be watched.
CREATE VIEW cameras_to_watch AS
SELECT c.* FROM cameras c JOIN accounts a ON a.id = c.account_id
WHERE c.is_enabled AND c.url <> '' AND a.disabled_at IS NULL;

-- Images and videos to analyse. One that is held by a worker is running until `held_until`.
CREATE TABLE media (
    id BYTEA PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (id),
    source_key TEXT COLLATE "C",
    wants_points BOOLEAN NOT NULL,
    summary TEXT COLLATE "C",
    failure TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    attempts BIGINT NOT NULL,
    worker BYTEA,
    held_until BIGINT
);

CREATE INDEX unfinished_media ON media (created_at, id) WHERE summary IS NULL AND failure IS NULL;
CREATE INDEX media_sources ON media (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX media_of_account ON media (account_id, created_at, id);

-- What was found, in the order of time.
CREATE TABLE media_frames (
    media_id BYTEA NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    chunk BIGINT NOT NULL,
    frames TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (media_id, chunk)
);

-- People who run the server. Passwords are PHC strings of Argon2id.
CREATE TABLE operators (
    name TEXT COLLATE "C" PRIMARY KEY,
    role TEXT COLLATE "C" NOT NULL,
    password TEXT COLLATE "C" NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT,
    last_sign_in_at BIGINT
);

-- Signed-in browsers, by the keyed hash of their token.
CREATE TABLE console_sessions (
    token_hash BYTEA PRIMARY KEY,
    operator TEXT COLLATE "C" NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);

CREATE INDEX sessions_of_operator ON console_sessions (operator);

-- Who did what to whom. Names are copied: an entry outlives what it is about.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C",
    target TEXT COLLATE "C",
    outcome TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C"
);

CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_action ON audit (action, id);
CREATE INDEX audit_of_account ON audit (account, id) WHERE account IS NOT NULL;
CREATE INDEX audit_in_time ON audit (at);

-- Requests that ended in one step (60 or 3600 seconds) in one way, by buckets of their durations.
CREATE TABLE traffic (
    step_s BIGINT NOT NULL,
    at BIGINT NOT NULL,
    dialect TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    bucket BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (step_s, at, dialect, outcome, bucket)
);

-- Requests of an account on a day, counted from 1970-01-01.
CREATE TABLE account_requests (
    account_id BYTEA NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    dialect TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (account_id, day, dialect, outcome)
);
