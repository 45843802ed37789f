-- People who run the server. Passwords are PHC strings of Argon2id.
CREATE TABLE operators (
    name TEXT PRIMARY KEY NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    must_change_password INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    disabled_at INTEGER,
    last_sign_in_at INTEGER
) STRICT, WITHOUT ROWID;

-- Signed-in browsers, by the keyed hash of their token.
CREATE TABLE console_sessions (
    token_hash BLOB PRIMARY KEY NOT NULL,
    operator TEXT NOT NULL REFERENCES operators (name) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_operator ON console_sessions (operator);

-- Who did what to whom. AUTOINCREMENT: numbers only grow. Names are copied: an entry outlives what it is about.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    role TEXT,
    action TEXT NOT NULL,
    account TEXT,
    target TEXT,
    outcome TEXT NOT NULL,
    address TEXT
) STRICT;

CREATE INDEX audit_of_actor ON audit (actor, id);
CREATE INDEX audit_of_action ON audit (action, id);
CREATE INDEX audit_of_account ON audit (account, id) WHERE account IS NOT NULL;
CREATE INDEX audit_in_time ON audit (at);

-- Requests that ended in one step (60 or 3600 seconds) in one way, by buckets of their durations.
CREATE TABLE traffic (
    step_s INTEGER NOT NULL,
    at INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    outcome TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (step_s, at, dialect, outcome, bucket)
) STRICT, WITHOUT ROWID;

-- Requests of an account on a day, counted from 1970-01-01.
CREATE TABLE account_requests (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day INTEGER NOT NULL,
    dialect TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, dialect, outcome)
) STRICT, WITHOUT ROWID;

-- Lasts until it is replaced where it is NULL.
ALTER TABLE credentials ADD COLUMN expires_at INTEGER;

CREATE INDEX expiring_credentials ON credentials (expires_at) WHERE expires_at IS NOT NULL;
