-- The import of an archive that is under way: whose, and the first of its blocks that is not in the database yet.
-- Nothing else works on a database that has one.
CREATE TABLE imports (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    archive BYTEA NOT NULL,
    next_block BIGINT NOT NULL
);
