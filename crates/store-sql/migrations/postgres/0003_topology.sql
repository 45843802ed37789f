-- Over which search shards the faces are spread. Lists of names are JSON.
CREATE TABLE topology (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    store BYTEA NOT NULL,
    epoch BIGINT NOT NULL,
    shards TEXT COLLATE "C" NOT NULL,
    -- The shards that are to be searched next, and the last change before that was planned; NULL without a plan.
    planned TEXT COLLATE "C",
    planned_since BIGINT
);

-- An index of persons is built from the faces that stand for them, by their ids.
CREATE INDEX exemplar_faces ON events (face_id) WHERE is_exemplar;
