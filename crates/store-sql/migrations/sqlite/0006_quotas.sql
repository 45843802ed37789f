-- No limit where it is NULL.
ALTER TABLE accounts ADD COLUMN liveness_per_month INTEGER;

-- A month is its year times 100 and its number: 202603.
CREATE TABLE liveness_counts (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    month INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (account_id, month)
) STRICT, WITHOUT ROWID;
