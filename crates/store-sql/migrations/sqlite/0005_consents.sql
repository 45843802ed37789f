-- What clients declared about the consent of the persons whom a call processed. AUTOINCREMENT: numbers only grow.
CREATE TABLE consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    recorded_at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    subject TEXT,
    is_declared INTEGER NOT NULL
) STRICT;

CREATE INDEX consents_of_account ON consents (account_id, id);
