-- No limit where it is NULL.
ALTER TABLE accounts ADD COLUMN requests_per_minute BIGINT;

-- The requests of an account in the latest minute that had any; minutes are numbered since 1970. What a crash takes is
-- the count of a minute, which is why none waits for the disk.
CREATE UNLOGGED TABLE request_counts (
    account_id BYTEA PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    minute BIGINT NOT NULL,
    count BIGINT NOT NULL
);
