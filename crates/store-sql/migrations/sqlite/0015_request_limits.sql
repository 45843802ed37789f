-- No limit where it is NULL.
ALTER TABLE accounts ADD COLUMN requests_per_minute INTEGER;

-- The requests of an account in the latest minute that had any; minutes are numbered since 1970.
CREATE TABLE request_counts (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    minute INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
