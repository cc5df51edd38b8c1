-- Who tried to write into a case what tells of its petitioner: after a few tries nothing more of hers is taken there.
CREATE TABLE identity_lint_hits (
    complaint_id BLOB NOT NULL REFERENCES complaints (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    hit_count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (complaint_id, account_id)
) STRICT, WITHOUT ROWID;
