-- Whose templates the table `faces` holds: the SHA-256 digests of the models of a template's parts, one after
-- the other. A store of an earlier version has no row until it is asked; then its templates tell.
CREATE TABLE embedder (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    models BLOB NOT NULL CHECK (length(models) > 0 AND length(models) % 32 = 0),
    pack TEXT
) STRICT;

-- The replacement of all templates that is under way.
CREATE TABLE reembedding (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    models BLOB NOT NULL CHECK (length(models) > 0 AND length(models) % 32 = 0),
    pack TEXT
) STRICT;

-- Results that wait for its end: a template, or why there is none, or neither where the present one stays.
CREATE TABLE staged_templates (
    face_id INTEGER PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE,
    template BLOB,
    miss TEXT,
    CHECK (template IS NULL OR miss IS NULL)
) STRICT;

-- In `changes`, the face 0, which does not exist, stands for all faces.
