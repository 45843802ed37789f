-- A keyed hash of a constant under the server's key: a node with another key is told so.
CREATE TABLE server_key (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    check_value BYTEA NOT NULL
);

-- Sign-ins that failed lately, by keyed hashes of the names and of the addresses that tried.
CREATE TABLE sign_in_failures (
    origin BYTEA PRIMARY KEY,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE INDEX sign_in_failures_in_time ON sign_in_failures (last_at);
