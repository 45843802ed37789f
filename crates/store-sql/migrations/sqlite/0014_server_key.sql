-- A keyed hash of a constant under the server's key: a node with another key is told so.
CREATE TABLE server_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    check_value BLOB NOT NULL
) STRICT;

-- Sign-ins that failed lately, by keyed hashes of the names and of the addresses that tried.
CREATE TABLE sign_in_failures (
    origin BLOB PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_failures_in_time ON sign_in_failures (last_at);
