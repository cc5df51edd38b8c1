-- Who may come in, and what was done: accounts, roles, clients, sessions, keys, the audit trail.

-- One value each: the access epoch (raised by every change of rights), the installation id, and so on.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- Lower case; what is typed at sign-in.
    username TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- argon2id, PHC string. Empty until the first password is set by a one-time code.
    password_hash TEXT NOT NULL,
    must_change_password INTEGER NOT NULL,
    password_changed_at INTEGER,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    failed_sign_ins INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    last_sign_in_at INTEGER,
    member_id BLOB
) STRICT, WITHOUT ROWID;

-- Programs that ask for tokens: front ends (public) and machines (with a secret or a key set).
CREATE TABLE clients (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    client_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('front_end', 'service')),
    -- SHA-256 of a random 256-bit secret; a slow hash would add nothing to such a secret.
    secret_hash BLOB,
    -- JSON Web Key Set with the public keys for private_key_jwt.
    jwks TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

-- A role in a unit, for an account or a service client, from a day to a day.
CREATE TABLE role_assignments (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    principal_id BLOB NOT NULL,
    role TEXT NOT NULL,
    unit_id BLOB NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX role_assignments_by_principal ON role_assignments (principal_id);
CREATE INDEX role_assignments_by_unit ON role_assignments (unit_id);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    principal_id BLOB NOT NULL,
    client_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revoke_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_principal ON sessions (principal_id, expires_at);

-- Single use. A used one that comes back ends its session.
CREATE TABLE refresh_tokens (
    hash BLOB PRIMARY KEY,
    session_id BLOB NOT NULL REFERENCES sessions (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    public_key BLOB NOT NULL,
    -- PKCS#8, sealed with the installation's master key.
    private_key_sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    -- Signs no more from here on; still verifies until expires_at.
    retired_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- One-time codes by which a password is set: the first administrator, and every new account.
CREATE TABLE password_codes (
    hash BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Answers to writes that carried an Idempotency-Key, kept 24 hours in the transaction of their effect.
CREATE TABLE idempotency_keys (
    -- SHA-256 over client, caller, method, path and key.
    hash BLOB PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Append-only. Written in the transaction of the change; numbered and chained (seq, hash) in commit order.
CREATE TABLE audit_events (
    id BLOB PRIMARY KEY,
    seq INTEGER UNIQUE,
    hash BLOB,
    -- The transaction and place of insertion on PostgreSQL, by which the sealer orders; 0 on SQLite.
    xid INTEGER NOT NULL DEFAULT 0,
    ord INTEGER NOT NULL DEFAULT 0,
    recorded_at INTEGER NOT NULL,
    effective_on TEXT,
    action TEXT NOT NULL,
    resource TEXT NOT NULL,
    resource_id BLOB NOT NULL,
    resource_version INTEGER NOT NULL,
    -- Where it happened: what scopes the reading of the trail.
    unit_id BLOB,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('account', 'service', 'system', 'anonymous')),
    actor_id BLOB,
    actor_role TEXT,
    client_id TEXT,
    request_id TEXT NOT NULL,
    reason TEXT,
    -- JSON array of field names.
    changed_fields TEXT NOT NULL,
    -- JSON {before, after} of the changed fields, sealed: it may hold personal data, and may be erased;
    -- the chain covers its digest.
    changes_sealed BLOB,
    changes_digest BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_by_resource ON audit_events (resource_id, resource_version);
CREATE INDEX audit_events_by_unit ON audit_events (unit_id, seq);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, seq);
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE seq IS NULL;

-- Ids that clients made themselves, with what they sent: the same create, sent again years later, is recognised.
CREATE TABLE client_made_ids (
    id BLOB PRIMARY KEY,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
