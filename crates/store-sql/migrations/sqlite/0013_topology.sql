-- Over which search shards the faces are spread. Lists of names are JSON.
CREATE TABLE topology (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    shards TEXT NOT NULL,
    -- The shards that are to be searched next, and the last change before that was planned; NULL without a plan.
    planned TEXT,
    planned_since INTEGER
) STRICT;

-- An index of persons is built from the faces that stand for them, by their ids.
CREATE INDEX exemplar_faces ON events (face_id) WHERE is_exemplar;
