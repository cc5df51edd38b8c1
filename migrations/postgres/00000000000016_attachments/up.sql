-- Files that hang on other records. Their bytes stand in the store of files, sealed with a key of their own each; here
-- is that key, sealed in its turn, until the file is deleted. Name, digests and reasons are sealed, too: names of files
-- often are names of people.
CREATE TABLE attachments (
    id BYTEA PRIMARY KEY,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    owner_resource TEXT COLLATE "C" NOT NULL,
    owner_id BYTEA NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    cleaning TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    uploaded_by BYTEA,
    scanned_at BIGINT,
    store_key TEXT COLLATE "C" NOT NULL,
    key_sealed BYTEA,
    details_sealed BYTEA NOT NULL
);
CREATE INDEX attachments_by_owner ON attachments (owner_resource, owner_id, id);
CREATE INDEX attachments_by_status ON attachments (status, id);
CREATE UNIQUE INDEX attachments_by_store_key ON attachments (store_key);
