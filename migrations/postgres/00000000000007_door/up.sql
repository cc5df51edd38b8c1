-- A row to write in, by which the service finds out whether the database can be written.
INSERT INTO settings (name, value) VALUES ('write_probe', '0');

-- Rights to content are given by one and confirmed by another; while they wait for that, they give nothing.
ALTER TABLE role_assignments ADD COLUMN given_by BYTEA;
ALTER TABLE role_assignments ADD COLUMN pending_since BIGINT;

-- Assertions of clients that were used (RFC 7523: once), until they run out.
CREATE TABLE used_assertions (
    hash BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX used_assertions_by_end ON used_assertions (expires_at);
