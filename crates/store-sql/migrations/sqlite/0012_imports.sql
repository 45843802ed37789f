-- The import of an archive that is under way: whose, and the first of its blocks that is not in the database yet.
-- Nothing else works on a database that has one.
CREATE TABLE imports (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    archive BLOB NOT NULL,
    next_block INTEGER NOT NULL
) STRICT;
