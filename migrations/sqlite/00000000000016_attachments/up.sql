-- Files that hang on other records. Their bytes stand in the store of files, sealed with a key of their own each; here
-- is that key, sealed in its turn, until the file is deleted. Name, digests and reasons are sealed, too: names of files
-- often are names of people.
CREATE TABLE attachments (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    owner_resource TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    cleaning TEXT NOT NULL,
    status TEXT NOT NULL,
    uploaded_by BLOB,
    scanned_at INTEGER,
    store_key TEXT NOT NULL,
    key_sealed BLOB,
    details_sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attachments_by_owner ON attachments (owner_resource, owner_id, id);
CREATE INDEX attachments_by_status ON attachments (status, id);
CREATE UNIQUE INDEX attachments_by_store_key ON attachments (store_key);
